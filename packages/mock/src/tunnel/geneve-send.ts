/** Frames that leave by a GENEVE link (`geneve_xmit`, `drivers/net/geneve.c`; RFC 8926). @module */
import { parseIp } from '@vnet/core'
import { encodeGeneve, ethernetHeaderSize, etherTypes, ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { GeneveData } from '../kind/geneve.js'
import type { Device } from '../object/device.js'
import { countRare } from '../stack/counters.js'
import { Frame } from '../stack/frame.js'
import { packetProtocol } from './gre-header.js'
import { hopsOf, innerOf, mustNotFragment, serviceOf, withEcn } from './inner.js'
import { countOuter, outerWay, sendOuter } from './outer.js'
import { sourcePort } from './source-port.js'
import { answerTooLong } from './too-long.js'
import { datagramOf } from './udp.js'

/** Octets of the headers with that of the frame inside (`GENEVE_IPV4_HLEN`, `GENEVE_IPV6_HLEN`). */
const outerOctets = { 4: 50, 6: 70 } as const

/** Sends a frame to the far end. It is taken in any case: what is lost is counted, and no error of the link. */
export function sendGeneve(kernel: Kernel, device: Device, frame: Frame): boolean {
  sendBy(kernel, device, frame)
  return true
}

function sendBy(kernel: Kernel, device: Device, frame: Frame): void {
  const { options, home } = device.geneve as GeneveData
  const { octets } = frame
  const { counters } = device
  const to = options.remote === undefined ? undefined : parseIp(options.remote)
  const isFrame = !options.innerProtocolInherit
  const protocol = isFrame ? etherTypes.ethernet : packetProtocol(octets)
  // Of an external one the far end would come with the frame, and nothing brings it along here.
  if (options.external || to === undefined || protocol === undefined) {
    counters.txErrors++
    kernel.dropped(device, octets, 'no-far-end')
    return
  }
  const inner = innerOf(octets, isFrame)
  const given = options.tos === 1 ? serviceOf(octets, inner) : options.tos
  const way = outerWay(kernel, home, { to, tos: given })
  if (way === undefined || way.device === device) {
    if (way === undefined) countRare(counters, 'txCarrierErrors')
    else countRare(counters, 'collisions')
    counters.txErrors++
    kernel.dropped(device, octets, way === undefined ? 'no-route' : 'loop')
    return
  }
  const over = to.length === 4 ? 4 : 6
  const answer = isFrame ? answerTooLong(kernel, device, frame, way.mtu - outerOctets[over]) : undefined
  if (answer !== undefined) {
    counters.txErrors++
    kernel.backlog.add(device, new Frame(answer, frame.priority))
    return
  }
  const datagram = datagramOf(
    {
      sourcePort: sourcePort(octets, isFrame, options.portRange),
      port: options.port,
      isSummed: over === 4 ? options.udpChecksum : !options.udpZeroChecksum6Tx,
      payload: encodeGeneve({ vni: options.id, protocol }, octets),
    },
    way.source,
    to,
  )
  const hops = options.ttlInherit ? hopsOf(octets, inner) : options.ttl
  const header = {
    to,
    protocol: ipProtocols.udp,
    hops: hops || way.hops,
    tos: withEcn(given, serviceOf(octets, inner)),
    flowLabel: options.flowLabel,
    isWhole:
      options.df === 'set' || (options.df === 'inherit' && (inner.version === 6 || mustNotFragment(octets, inner))),
  }
  const isSent = sendOuter(kernel, way, header, datagram)
  countOuter(device, isSent, octets.length - (isFrame ? ethernetHeaderSize : 0), over)
}
