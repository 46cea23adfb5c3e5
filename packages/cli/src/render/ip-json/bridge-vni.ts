/** Identifiers of VXLANs in the shape of `bridge -j vni show` (iproute2 6.1). @module */
import { type BridgeVni, isMulticastIp, parseIp } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'

/** What is told. */
export interface BridgeVniDetail {
  /** As with `bridge -s`: each by itself, with counters. */
  readonly statistics?: boolean
}

/** The identifiers of each VXLAN; those that follow one another and are alike as a range, as the kernel puts them together. */
export function bridgeVnisJson(
  entries: readonly BridgeVni[],
  names: Names,
  detail: BridgeVniDetail,
): readonly JsonObject[] {
  return [...new Set(entries.map(({ link }) => link))].map((link) => {
    const ranges: { first: BridgeVni; last: number }[] = []
    for (const entry of entries.filter((one) => one.link === link)) {
      const open = ranges.at(-1)
      const follows = open !== undefined && open.last + 1 === entry.vni && open.first.remote === entry.remote
      if (follows && !detail.statistics) open.last = entry.vni
      else ranges.push({ first: entry, last: entry.vni })
    }
    return { ifname: names.link(link), vnis: ranges.map(({ first, last }) => bridgeVniJson(first, detail, last)) }
  })
}

/** One identifier, or as many as are alike. */
export function bridgeVniJson(first: BridgeVni, detail: BridgeVniDetail, last = first.vni): JsonObject {
  const { vni, remote, statistics } = first
  const isGroup = remote !== undefined && isMulticastIp(parseIp(remote) as Uint8Array)
  return ordered([
    ['vni', vni],
    last !== vni && ['vniEnd', last],
    [isGroup ? 'group' : 'remote', remote],
    detail.statistics === true && [
      'stats',
      {
        rx_bytes: statistics?.rxBytes,
        rx_pkts: statistics?.rxPackets,
        rx_drops: statistics?.rxDropped,
        rx_errors: statistics?.rxErrors,
        tx_bytes: statistics?.txBytes,
        tx_pkts: statistics?.txPackets,
        tx_drops: statistics?.txDropped,
        tx_errors: statistics?.txErrors,
      },
    ],
  ])
}
