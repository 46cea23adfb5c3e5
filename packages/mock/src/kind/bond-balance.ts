/** Modes balance-tlb and balance-alb: each flow by the port with the least load (`drivers/net/bonding/bond_alb.c`). @module */
import { broadcastMac, etherTypeAt, etherTypes, ipProtocols, isGroupMacAt, macAt, setMacAt } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import { speedOf } from '../nic/line.js'
import type { Device } from '../object/device.js'
import { Frame } from '../stack/frame.js'
import { ownMac } from '../stack/packet-type.js'
import { type Client, chooseForArp } from './bond-alb.js'
import { type BondData, bondOf, canSend } from './bond-data.js'
import { bondHash } from './bond-hash.js'

/** Seconds after which flows are spread anew (`BOND_TLB_REBALANCE_INTERVAL`). */
const rebalanceInterval = 10
/** What a port counts as that tells no speed (`SPEED_UNKNOWN`). */
const unknownSpeed = 0xffffffff

/** A hash value of flows, and the port that they take. */
interface Flow {
  port: Device | undefined
  /** Octets since flows were spread. */
  octets: number
  /** What counts as its load: that of the interval before. */
  history: number
}

/** What both modes keep (`struct alb_bond_info`). */
export interface Balance {
  /** By hash, 0–255. */
  readonly flows: Map<number, Flow>
  /** When flows were spread last, kernel time. */
  since: number
  /** Octets that went by the port in use because they belong to no flow, now and in the interval before. */
  loose: number
  looseBefore: number
  /** Of balance-alb: by hash of their address, those who are told by ARP which port to send to. */
  readonly clients: Map<number, Client>
  /** Of balance-alb: index of the port that the next of them is told. */
  nextPort: number
}

/** Nothing was sent yet. */
export const newBalance = (): Balance => ({
  flows: new Map(),
  since: 0,
  loose: 0,
  looseBefore: 0,
  clients: new Map(),
  nextPort: 0,
})

/** The port of a frame, and the frame as it leaves by it; without a port it is dropped (`bond_do_alb_xmit`). */
export function balance(kernel: Kernel, device: Device, frame: Frame): { port: Device | undefined; frame: Frame } {
  const data = bondOf(device)
  const { octets } = frame
  if (data.options.mode === 'balance-alb' && etherTypeAt(octets, 0) === etherTypes.arp) {
    const chosen = chooseForArp(kernel, device, octets)
    if (chosen !== undefined) return asSentBy(data, chosen.port, new Frame(chosen.octets, frame.priority))
    return asSentBy(data, data.active, frame)
  }
  const hash = hashOf(data, octets)
  const port = hash === undefined ? undefined : flowPort(kernel, data, hash, octets.length)
  if (port === undefined) data.balance.loose += octets.length
  return asSentBy(data, port ?? data.active, frame)
}

/** What leaves by a port that is not the one in use has that port's MAC, so that no switch takes the bond for there. */
function asSentBy(data: BondData, port: Device | undefined, frame: Frame) {
  if (port === undefined || !canSend(data, port)) return { port: undefined, frame }
  if (port === data.active) return { port, frame }
  const octets = frame.octets.slice()
  setMacAt(octets, 6, ownMac(port))
  return { port, frame: new Frame(octets, frame.priority) }
}

const ndTypes = [133, 134, 135, 136, 137]

/** The hash of a frame that may take any port; `undefined` for what must not. */
function hashOf(data: BondData, octets: Uint8Array): number | undefined {
  const type = etherTypeAt(octets, 0)
  if (type !== etherTypes.ipv4 && type !== etherTypes.ipv6) return undefined
  const { mode, xmitHashPolicy, tlbDynamicLb } = data.options
  if (mode === 'balance-tlb') return isGroupMacAt(octets, 0) ? undefined : bondHash(octets, xmitHashPolicy)
  if (macAt(octets, 0) === broadcastMac || macAt(octets, 0) === 0x333300000001) return undefined
  if (type === etherTypes.ipv4 ? isLooseIpv4(octets) : isLooseIpv6(octets)) return undefined
  if (!tlbDynamicLb) return bondHash(octets, xmitHashPolicy)
  const [from, end] = type === etherTypes.ipv4 ? [30, 34] : [38, 54]
  return octets.subarray(from, end).reduce((hash, octet) => hash ^ octet, 0)
}

const isLooseIpv4 = (octets: Uint8Array): boolean =>
  octets[23] === ipProtocols.igmp || octets.subarray(30, 34).every((octet) => octet === 0xff)

/** What Neighbour Discovery says tells a MAC: it leaves by the port in use. */
const isLooseIpv6 = (octets: Uint8Array): boolean =>
  octets.length < 55 || (octets[20] === ipProtocols.icmpv6 && ndTypes.includes(octets[54] as number))

function flowPort(kernel: Kernel, data: BondData, hash: number, octets: number): Device | undefined {
  if (!data.options.tlbDynamicLb) {
    const usable = data.ports.filter((port) => canSend(data, port))
    return usable[hash % usable.length]
  }
  const { flows } = data.balance
  spreadAnew(kernel, data)
  let flow = flows.get(hash & 0xff)
  if (flow === undefined) {
    flow = { port: undefined, octets: 0, history: 0 }
    flows.set(hash & 0xff, flow)
  }
  if (flow.port !== undefined && !(data.ports.includes(flow.port) && canSend(data, flow.port))) flow.port = undefined
  flow.port ??= leastLoaded(data)
  flow.octets += octets
  return flow.port
}

/** Once in a while every flow may take another port; its load is what it sent meanwhile (`tlb_clear_slave`). */
function spreadAnew(kernel: Kernel, data: BondData): void {
  const { balance } = data
  const now = kernel.now()
  if (now - balance.since < rebalanceInterval) return
  balance.since = now
  balance.looseBefore = Math.floor(balance.loose / rebalanceInterval)
  balance.loose = 0
  for (const flow of balance.flows.values()) {
    if (flow.port === undefined) continue
    flow.history = 1 + Math.floor(flow.octets / rebalanceInterval)
    flow.octets = 0
    flow.port = undefined
  }
}

/** The port with the most room: its speed less what its flows send (`compute_gap`, which computes speeds in 32 bits). */
function leastLoaded(data: BondData): Device | undefined {
  let best: { port: Device; room: number } | undefined
  for (const port of data.ports) {
    if (!canSend(data, port)) continue
    let load = port === data.active ? data.balance.looseBefore : 0
    for (const flow of data.balance.flows.values()) if (flow.port === port) load += flow.history
    const room = (((speedOf(port) ?? unknownSpeed) << 20) >>> 0) - load * 8
    if (best === undefined || room > best.room) best = { port, room }
  }
  return best?.port
}

/** A port is given up: its flows take others. */
export function forgetFlows(data: BondData, port: Device): void {
  for (const flow of data.balance.flows.values()) if (flow.port === port) flow.port = undefined
}
