/** Datagrams for GENEVE links (`geneve_udp_encap_recv`, `geneve_rx`, `drivers/net/geneve.c`). @module */
import { parseIp } from '@vnet/core'
import {
  ethernetHeaderSize,
  etherTypes,
  geneveHeaderSize,
  geneveHeaderSizeAt,
  geneveProtocolAt,
  geneveVniAt,
  isGeneveControlAt,
  isGeneveCriticalAt,
  macAt,
} from '@vnet/wire'
import { sameOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { GeneveData } from '../kind/geneve.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { countRare, countReceived } from '../stack/counters.js'
import type { DropCause } from '../stack/drop.js'
import { Frame } from '../stack/frame.js'
import type { LocalPacket } from '../stack/icmp.js'
import { ownMac } from '../stack/packet-type.js'
import { arrivedBy } from '../stack/tunnel-info.js'
import { innerOf, serviceOf, takeEcn } from './inner.js'

const dataOf = (device: Device): GeneveData => device.geneve as GeneveData

/** The links that listen to a port over a version of IP. */
export function geneveListeners(home: Namespace, port: number, over: 4 | 6): readonly Device[] {
  return [...home.geneves].filter((device) => {
    const { external, remote, port: own } = dataOf(device).options
    return device.up && own === port && (external || (remote?.includes(':') === true ? 6 : 4) === over)
  })
}

/** A datagram: of the link that has its identifier and its source as the far end; of an external one all. */
export function receiveGeneve(kernel: Kernel, packet: LocalPacket, listeners: readonly Device[]): void {
  const { octets, start, end, from } = packet
  const dropped = (cause: DropCause) => kernel.dropped(packet.device, octets, cause)
  const isWrong = end - start < geneveHeaderSize || (octets[start] as number) >> 6 !== 0
  const behind = isWrong ? end : start + geneveHeaderSizeAt(octets, start)
  if (isWrong || behind > end) {
    dropped('malformed')
    return
  }
  const device = listeners.find((each) => {
    const { external, id, remote } = dataOf(each).options
    if (external) return true
    return (
      id === geneveVniAt(octets, start) && sameOctets(parseIp(remote ?? (from.length === 4 ? '0.0.0.0' : '::')), from)
    )
  })
  if (device === undefined) {
    dropped('no-tunnel')
    return
  }
  const protocol = geneveProtocolAt(octets, start)
  const { innerProtocolInherit, external } = dataOf(device).options
  const isFrame = protocol === etherTypes.ethernet
  const isOther = !isFrame && protocol !== etherTypes.ipv4 && protocol !== etherTypes.ipv6
  if (isFrame === innerProtocolInherit || isOther) {
    dropped('tunnel-header')
    return
  }
  const { counters } = device
  // What must be understood is nothing that this one knows.
  const isCritical = isGeneveCriticalAt(octets, start)
  if (!external && isCritical) {
    countRare(counters, 'rxFrameErrors')
    counters.rxErrors++
    dropped('tunnel-header')
    return
  }
  const payload = octets.slice(behind, end)
  if (isFrame && payload.length < ethernetHeaderSize) {
    counters.rxDropped++
    dropped('malformed')
    return
  }
  if (isFrame && macAt(payload, 6) === ownMac(device)) {
    counters.rxErrors++
    dropped('loop')
    return
  }
  const service = serviceOf(octets, { version: from.length === 4 ? 4 : 6, at: packet.ip })
  if (!takeEcn(payload, innerOf(payload, isFrame), service)) {
    countRare(counters, 'rxFrameErrors')
    counters.rxErrors++
    dropped('tunnel-header')
    return
  }
  countReceived(device, payload.length - (isFrame ? ethernetHeaderSize : 0))
  const tunnel = external
    ? arrivedBy(packet, geneveVniAt(octets, start), { isOam: isGeneveControlAt(octets, start), isCritical })
    : undefined
  kernel.backlog.add(device, new Frame(payload, 0, undefined, undefined, tunnel))
}
