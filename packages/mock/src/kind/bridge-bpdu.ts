/** What a bridge says on its ports: configurations, and that the topology changed (`net/bridge/br_stp_bpdu.c`, `br_stp.c`). @module */
import {
  type Bpdu,
  type BpduSpec,
  decodeBpdu,
  encodeBpdu,
  ethernetHeaderSize,
  etherTypeAt,
  isDecodeError,
  macToNumber,
  setMacAt,
  setU16At,
} from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { Frame } from '../stack/frame.js'
import { ownMac } from '../stack/packet-type.js'
import { transmit } from '../stack/transmit.js'
import { type BridgeData, type BridgePort, portId } from './bridge-data.js'
import { isDesignated, isRoot, rootPortOf } from './bridge-root.js'

/** Seconds between two configurations on one port, at least (`BR_HOLD_TIME`). */
const holdTime = 1
/** What each bridge adds to the age of what it passes on, seconds (`MESSAGE_AGE_INCR`). */
const ageStep = 1 / 256
/** The LLC header: the spanning tree's address twice, unnumbered information. */
const llc = Uint8Array.of(0x42, 0x42, 0x03)

const idOf = (text: string) => ({ priority: Number.parseInt(text.slice(0, 4), 16), mac: text.slice(5) })

/** Sends a configuration at a port, or once it may again (`br_transmit_config`). */
export function sendConfiguration(kernel: Kernel, bridge: Device, member: Device): void {
  const data = bridge.bridge as BridgeData
  if (!data.options.stp) return
  const port = member.port as BridgePort
  const now = kernel.now()
  if (port.holdEnds !== undefined && port.holdEnds > now) {
    port.configPending = true
    return
  }
  const messageAge = isRoot(data) ? 0 : now - (rootPortOf(data)?.port?.designatedSince ?? now) + ageStep
  if (messageAge >= data.maxAge) return
  send(kernel, data, member, {
    kind: 'configuration',
    topologyChange: data.topologyChange,
    topologyChangeAcknowledged: port.topologyChangeAck,
    root: idOf(data.designatedRoot),
    rootPathCost: data.rootPathCost,
    bridge: { priority: data.options.priority ?? 0, mac: data.mac },
    port: portId(port),
    messageAge,
    maxAge: data.maxAge,
    helloTime: data.helloTime,
    forwardDelay: data.forwardDelay,
  })
  port.topologyChangeAck = false
  port.configPending = false
  port.holdEnds = now + holdTime
  resumeHold(kernel, member)
}

/** Waits until a port may send again; also after a snapshot was loaded. */
export function resumeHold(kernel: Kernel, member: Device): void {
  const port = member.port as BridgePort
  if (port.holdEnds !== undefined) kernel.timers.at(port.holdEnds, holdDue, member, port)
}

function holdDue(kernel: Kernel, member: Device, port: BridgePort): void {
  // It may have sent since, and has to wait longer then.
  if (member.port !== port || port.holdEnds === undefined || port.holdEnds > kernel.now()) return
  port.holdEnds = undefined
  if (port.configPending && member.master?.bridge !== undefined) sendConfiguration(kernel, member.master, member)
}

/** Sends a configuration at every port that this bridge is designated for (`br_config_bpdu_generation`). */
export function sendConfigurations(kernel: Kernel, bridge: Device): void {
  const data = bridge.bridge as BridgeData
  for (const member of data.ports) {
    const port = member.port as BridgePort
    if (port.state !== 'disabled' && isDesignated(data, port)) sendConfiguration(kernel, bridge, member)
  }
}

/** Tells the root that the topology changed (`br_transmit_tcn`). */
export function sendTopologyChange(kernel: Kernel, data: BridgeData): void {
  const member = rootPortOf(data)
  if (member !== undefined) send(kernel, data, member, { kind: 'topology-change' })
}

function send(kernel: Kernel, data: BridgeData, member: Device, bpdu: BpduSpec): void {
  const body = encodeBpdu(bpdu)
  const octets = new Uint8Array(ethernetHeaderSize + llc.length + body.length)
  setMacAt(octets, 0, macToNumber(data.options.groupAddress ?? ''))
  setMacAt(octets, 6, ownMac(member))
  setU16At(octets, 12, llc.length + body.length)
  octets.set(llc, ethernetHeaderSize)
  octets.set(body, ethernetHeaderSize + llc.length)
  transmit(kernel, member, new Frame(octets))
}

/** The BPDU of a frame; `undefined` where it is none of the kernel's spanning tree, which knows version 0 only (`br_stp_rcv`). */
export function bpduOf(octets: Uint8Array): Bpdu | undefined {
  const start = ethernetHeaderSize + llc.length
  const end = ethernetHeaderSize + etherTypeAt(octets, 0)
  if (end > octets.length || llc.some((octet, i) => octets[ethernetHeaderSize + i] !== octet)) return undefined
  try {
    const bpdu = decodeBpdu(octets, start, end)
    return bpdu.version === 0 && bpdu.kind !== 'rapid' ? bpdu : undefined
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}
