/** VLANs of bridges and their ports in the shape of `bridge -j vlan show` (iproute2 6.1). @module */
import type { BridgeVlan } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'

/** What is told. */
export interface BridgeVlanDetail {
  /** As with `bridge -d`: options too, equal VLANs as ranges. */
  readonly details?: boolean
  /** As with `bridge -s`. */
  readonly statistics?: boolean
}

/** The VLANs of each link, as `bridge -j vlan show` writes them. */
export function bridgeVlansJson(
  vlans: readonly BridgeVlan[],
  names: Names,
  bridges: ReadonlySet<number>,
  detail: BridgeVlanDetail,
): readonly JsonObject[] {
  const byLink = new Map<number, BridgeVlan[]>()
  for (const vlan of vlans) {
    const own = byLink.get(vlan.link)
    if (own === undefined) byLink.set(vlan.link, [vlan])
    else own.push(vlan)
  }
  const links = [...byLink]
  // `bridge -s` asks the kernel for the bridges first, and then for their ports.
  if (detail.statistics && !detail.details) {
    links.sort(([one], [other]) => Number(bridges.has(other)) - Number(bridges.has(one)))
  }
  return links.map(([link, own]) => ({
    ifname: names.link(link),
    vlans: detail.details
      ? ranges(own, detail).map(({ first, last }) => bridgeVlanJson(first, detail, last.vlan))
      : own.map((one) => (detail.statistics ? countersJson(one, bridges.has(link)) : bridgeVlanJson(one, {}))),
  }))
}

/** One VLAN, or as many as are alike. */
export function bridgeVlanJson(first: BridgeVlan, detail: BridgeVlanDetail, last = first.vlan): JsonObject {
  const flags = flagsOf(first)
  const { details } = detail
  return ordered([
    ['vlan', first.vlan],
    last !== first.vlan && ['vlanEnd', last],
    flags.length > 0 && ['flags', flags],
    details === true && ['state', first.state],
    details === true && ['mcast_router', first.multicastRouter],
    details === true && ['mcast_n_groups', first.multicastGroups],
    details === true && ['mcast_max_groups', first.multicastMaxGroups],
    details === true && ['neigh_suppress', first.neighbourSuppress],
    ...(detail.statistics ? counters(first) : []),
  ])
}

/** `bridge -s` asks another part of the kernel, and has other words; a bridge's own VLANs have flags that are no words. */
function countersJson(vlan: BridgeVlan, ofBridge: boolean): JsonObject {
  const flags = flagsOf(vlan)
  return ordered([['vid', vlan.vlan], (ofBridge || flags.length > 0) && ['flags', flags], ...counters(vlan)])
}

const counters = ({ statistics }: BridgeVlan) =>
  [
    ['rx_bytes', statistics?.rxBytes],
    ['rx_packets', statistics?.rxPackets],
    ['tx_bytes', statistics?.txBytes],
    ['tx_packets', statistics?.txPackets],
  ] as const

const flagsOf = ({ pvid, untagged }: BridgeVlan): string[] => [
  ...(pvid ? ['PVID'] : []),
  ...(untagged ? ['Egress Untagged'] : []),
]

/** VLANs that follow one another and are alike, as the kernel puts them together; never with counters. */
function ranges(
  vlans: readonly BridgeVlan[],
  detail: BridgeVlanDetail,
): readonly { readonly first: BridgeVlan; readonly last: BridgeVlan }[] {
  const found: { first: BridgeVlan; last: BridgeVlan }[] = []
  for (const vlan of vlans) {
    const open = found.at(-1)
    if (open !== undefined && !detail.statistics && follows(open.last, vlan)) open.last = vlan
    else found.push({ first: vlan, last: vlan })
  }
  return found
}

function follows(last: BridgeVlan, next: BridgeVlan): boolean {
  if (next.vlan !== last.vlan + 1 || last.pvid || next.pvid) return false
  const { vlan: _, tunnel: tunnelBefore, ...before } = last
  const { vlan: __, tunnel, ...now } = next
  const tunnels = tunnel === undefined ? tunnelBefore === undefined : tunnel === (tunnelBefore ?? 0) + 1
  return tunnels && JSON.stringify(before) === JSON.stringify(now)
}
