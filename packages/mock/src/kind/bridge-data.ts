/** What a bridge and its ports keep (`struct net_bridge`, `struct net_bridge_port`). Plain data, for snapshots. @module */
import type { BridgeOptions, BridgePortOptions, BridgeVlanGlobalOptions, PortState } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { Timer } from '../timers.js'
import type { GroupRecord } from './bridge-group-data.js'
import type { OtherQuerier, OwnQuery } from './bridge-querier-data.js'

/** An entry of the forwarding database. What most lack has no field in them. */
export interface FdbRecord {
  readonly mac: string
  readonly vlan: number
  /** The port; `undefined` for the bridge itself. */
  port: Device | undefined
  /** The bridge's own: frames to it go up the stack. */
  local: boolean
  /** Does not age. */
  static: boolean
  sticky?: boolean
  byUser?: boolean
  externallyLearned?: boolean
  /** Seen at a locked port, and let in by nobody yet. */
  locked?: boolean
  /** Kernel times, seconds. */
  used: number
  updated: number
}

/** A VLAN of a port, or of the bridge itself (`struct net_bridge_vlan`). */
export interface VlanRecord {
  readonly untagged: boolean
  readonly state: PortState
  readonly multicastRouter: number
  readonly neighbourSuppress: boolean
  readonly tunnel?: number | undefined
}

/** What passed in a VLAN while `vlanStatsEnabled` was on; octets without the Ethernet header. */
export interface VlanCounters {
  rxPackets: number
  rxBytes: number
  txPackets: number
  txBytes: number
}

/** A bridge. */
export interface BridgeData {
  /** The options as they are, but for those below. Bridges share them; a change makes a copy. */
  options: { readonly [O in keyof Omit<BridgeOptions, 'fdbFlush'>]-?: BridgeOptions[O] | undefined }
  /** Times in force: the root's. Seconds. */
  maxAge: number
  helloTime: number
  forwardDelay: number
  ageingTime: number
  /** Identities: priority and MAC, four hexadecimal digits, dot, MAC. */
  mac: string
  designatedRoot: string
  rootPort: number
  rootPathCost: number
  topologyChange: boolean
  topologyChangeDetected: boolean
  mtuSet: boolean
  /** Ports, the latest first, as the kernel's list. */
  ports: readonly Device[]
  /** VLANs of the bridge itself, in order; the one of untagged frames, 0 none. */
  vlans: ReadonlyMap<number, VlanRecord>
  pvid: number
  /** What passed in each VLAN, unless ports count by themselves. */
  vlanCounters?: Map<number, VlanCounters>
  /** Options of VLANs as a whole that are not the usual ones. */
  vlanOptions: ReadonlyMap<number, BridgeVlanGlobalOptions>
  /** By MAC and VLAN. */
  fdb: ReadonlyMap<string, FdbRecord>
  /** Multicast groups by address, source and VLAN. */
  groups: ReadonlyMap<string, GroupRecord>
  /** Who asks for groups: others, by version of IP and VLAN, and the bridge itself, also by port. */
  queriers: ReadonlyMap<string, OtherQuerier>
  queries: ReadonlyMap<string, OwnQuery>
  /** It had an address to ask from when it asked by IPv6 (`BROPT_HAS_IPV6_ADDR`). */
  hasIpv6Querier: boolean
  /** Kernel times: when the hello and garbage collection timers were started, and when others end. */
  helloSince: number | undefined
  gcSince: number | undefined
  topologyChangeEnds: number | undefined
  /** When the root is told of a change again. */
  topologyToldAgain?: number | undefined
  /** Of the next hello. */
  timer?: Timer | undefined
}

/** Whether a multicast router is behind a port, and until which kernel time, seconds. */
export interface RouterBehind {
  readonly there: boolean
  readonly ends?: number | undefined
}

/** There is none. Ports share it until there is one. */
export const noRouters: BridgePort['routers'] = { 4: { there: false }, 6: { there: false } }

/** A port. */
export interface BridgePort {
  readonly number: number
  /** The options as they are; `state`, `priority` and `cost` are below. */
  options: {
    readonly [O in keyof Omit<
      BridgePortOptions,
      'fdbFlush' | 'state' | 'priority' | 'cost' | 'backupPort'
    >]-?: BridgePortOptions[O]
  }
  state: PortState
  priority: number
  cost: number
  /** The cost was chosen by somebody. */
  costSet: boolean
  backup: Device | undefined
  designatedRoot: string
  designatedCost: number
  designatedBridge: string
  designatedPort: number
  topologyChangeAck: boolean
  configPending: boolean
  /** Kernel time when the state moves on, seconds. */
  forwardDelayEnds: number | undefined
  /** Kernel times: since when what the port was told holds, when it is too old, and when a BPDU may be sent again. */
  designatedSince?: number | undefined
  messageAgeEnds?: number | undefined
  holdEnds?: number | undefined
  /** VLANs, in order; the one of untagged frames, 0 none. */
  vlans: ReadonlyMap<number, VlanRecord>
  pvid: number
  /** A multicast router of a version of IP is behind it; kernel time when that ends, seconds. */
  routers: { readonly [F in 4 | 6]: RouterBehind }
  /** What passed in each VLAN, where ports count by themselves. */
  vlanCounters?: Map<number, VlanCounters>
}

/** Changes options of a bridge. */
export function setOptions(bridge: BridgeData, change: Partial<BridgeData['options']>): void {
  bridge.options = { ...bridge.options, ...change }
}

/** Identity of a bridge as STP compares it: priority, then MAC. */
export function bridgeId(bridge: BridgeData): string {
  return `${(bridge.options.priority ?? 0).toString(16).padStart(4, '0')}.${bridge.mac}`
}

/** Identity of a port: priority and number (`br_make_port_id`). */
export function portId(port: BridgePort): number {
  return (port.priority << 10) | port.number
}

/** Key of an entry in the forwarding database. Joined at once: a text of parts takes twice the memory. */
export function fdbKey(mac: string, vlan: number): string {
  return vlan === 0 ? mac : [mac, vlan].join(' ')
}

/** Seconds that a timer has left, in hundredths as the kernel tells them; 0 where it does not run. */
export function secondsLeft(ends: number | undefined, now: number): number {
  return ends === undefined ? 0 : Math.max(0, Math.floor((ends - now) * 100) / 100)
}
