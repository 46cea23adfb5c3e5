/** FDB entries in the shape of `bridge -j fdb show` (iproute2 6.1). @module */
import type { FdbEntry } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'

/** What is told; `bridge` leaves out what the question already says. */
export interface FdbDetail {
  /** All are of one link. */
  readonly oneLink?: boolean
  /** As with `bridge -s`. */
  readonly statistics?: boolean
}

/** An entry as `bridge -j fdb show` writes it. */
export function fdbJson(entry: FdbEntry, names: Names, detail: FdbDetail = {}): JsonObject {
  const order = ['self', 'router', 'extern_learn', 'offload', 'master', 'sticky', 'locked']
  const foreign = entry.linkNamespaceId !== undefined
  return ordered([
    ['mac', entry.mac],
    detail.oneLink !== true && ['ifname', names.link(entry.link)],
    ['dst', entry.remote],
    entry.vlan !== undefined && entry.vlan !== 0 && ['vlan', entry.vlan],
    ['port', entry.port],
    ['vni', entry.vni],
    ['src_vni', entry.sourceVni],
    entry.via !== undefined && !foreign && ['viaIf', names.link(entry.via)],
    entry.via !== undefined && foreign && ['viaIfIndex', entry.via],
    ['linkNetNsId', entry.linkNamespaceId],
    ['nhid', entry.nexthop],
    detail.statistics === true && ['used', wholeSeconds(entry.used)],
    detail.statistics === true && ['updated', wholeSeconds(entry.updated)],
    ['flags', order.filter((flag) => entry.flags.includes(flag))],
    entry.master !== undefined && ['master', names.link(entry.master)],
    ['state', entry.state === 'dynamic' ? (entry.stale ? 'stale' : '') : entry.state],
  ])
}

function wholeSeconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.trunc(seconds)
}
