/** What a bridge keeps of multicast groups (`struct net_bridge_mdb_entry`, `net_bridge_port_group`). Plain data. @module */
import type { MdbFilterMode, RouteProtocol } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { Timer } from '../timers.js'

/** A group, or what one source sends to it. */
export interface GroupRecord {
  /** The group: an IP address or a MAC, and how many octets it has. */
  readonly group: string
  readonly octets: 4 | 6 | 16
  readonly source: string | undefined
  readonly vlan: number
  /** This host has joined it. */
  joined: boolean
  /** Kernel time when the host is forgotten, seconds. */
  ends: number | undefined
  members: readonly GroupMember[]
  /** Of what ages first. */
  timer?: Timer | undefined
}

/** A port of a group. */
export interface GroupMember {
  readonly port: Device
  /** Of the station that wants it; absent of entries made by hand. */
  readonly mac?: string
  permanent: boolean
  filterMode: MdbFilterMode
  protocol: RouteProtocol
  /** Made by the kernel, because the port excludes no such source. */
  readonly starExclude: boolean
  blocked: boolean
  /** Kernel time when it is forgotten, seconds. */
  ends: number | undefined
  /** The sources that `filterMode` is about, the latest first. */
  sources: readonly GroupSource[]
}

/** A source of a member. */
export interface GroupSource {
  readonly address: string
  /** Kernel time until which it is let through, seconds. */
  ends: number | undefined
}

/** Key of a record among those of its bridge. Joined at once: a text of parts takes twice the memory. */
export function groupKey({ group, source, vlan }: Pick<GroupRecord, 'group' | 'source' | 'vlan'>): string {
  return source === undefined && vlan === 0 ? group : [group, source, vlan].join(' ')
}
