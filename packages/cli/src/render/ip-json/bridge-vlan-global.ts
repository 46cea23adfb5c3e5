/** VLANs of bridges as a whole in the shape of `bridge -j -d vlan global show` (iproute2 6.1). @module */
import type { BridgeVlanGlobal } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'
import { querierEntries } from './querier.js'

/** The VLANs of each bridge; those that follow one another and are alike as ranges, as the kernel puts them together. */
export function bridgeVlanGlobalsJson(vlans: readonly BridgeVlanGlobal[], names: Names): readonly JsonObject[] {
  const byBridge = new Map<number, { first: BridgeVlanGlobal; last: number; alike: string }[]>()
  for (const entry of vlans) {
    const ranges = byBridge.get(entry.bridge) ?? []
    byBridge.set(entry.bridge, ranges)
    const { vlan, ...rest } = entry
    const alike = JSON.stringify(rest)
    const open = ranges.at(-1)
    if (open?.alike === alike && open.last === vlan - 1) open.last = vlan
    else ranges.push({ first: entry, last: vlan, alike })
  }
  return [...byBridge].map(([bridge, ranges]) => ({
    ifname: names.link(bridge),
    vlans: ranges.map(({ first, last }) => vlanJson(first, last)),
  }))
}

function vlanJson(entry: BridgeVlanGlobal, last: number): JsonObject {
  return ordered([
    ['vlan', entry.vlan],
    last !== entry.vlan && ['vlanEnd', last],
    ['mcast_snooping', digit(entry.multicastSnooping)],
    ['mcast_querier', digit(entry.multicastQuerier)],
    ...querierEntries(entry.multicastQuerierState),
    ['mcast_igmp_version', entry.multicastIgmpVersion],
    ['mcast_mld_version', entry.multicastMldVersion],
    ['mcast_last_member_count', entry.multicastLastMemberCount],
    ['mcast_last_member_interval', ticks(entry.multicastLastMemberInterval)],
    ['mcast_startup_query_count', entry.multicastStartupQueryCount],
    ['mcast_startup_query_interval', ticks(entry.multicastStartupQueryInterval)],
    ['mcast_membership_interval', ticks(entry.multicastMembershipInterval)],
    ['mcast_querier_interval', ticks(entry.multicastQuerierInterval)],
    ['mcast_query_interval', ticks(entry.multicastQueryInterval)],
    ['mcast_query_response_interval', ticks(entry.multicastQueryResponseInterval)],
  ])
}

const digit = (value: boolean | undefined) => (value === undefined ? undefined : Number(value))
/** `bridge` has hundredths of a second. */
const ticks = (seconds: number | undefined) => (seconds === undefined ? undefined : Math.round(seconds * 100))
