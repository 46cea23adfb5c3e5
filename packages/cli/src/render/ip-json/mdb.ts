/** Multicast databases in the shape of `bridge -j mdb show` (iproute2 6.1). @module */
import type { MdbEntry, MdbRouter } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'

/** What is told. */
export interface MdbDetail {
  /** As with `bridge -d`: sources, makers, router ports. */
  readonly details?: boolean
  /** As with `bridge -s`: timers. */
  readonly statistics?: boolean
}

/** The entries and the router ports of all bridges, as `bridge -j mdb show` writes them. */
export function mdbsJson(
  entries: readonly MdbEntry[],
  routers: readonly MdbRouter[],
  names: Names,
  detail: MdbDetail,
): readonly JsonObject[] {
  const byBridge: Record<string, JsonObject[]> = {}
  for (const router of detail.details ? routers : []) {
    const bridge = names.link(router.bridge)
    byBridge[bridge] = [...(byBridge[bridge] ?? []), mdbRouterJson(router, names, detail)]
  }
  return [{ mdb: entries.map((entry) => mdbJson(entry, names, detail)), router: byBridge }]
}

/** One entry. */
export function mdbJson(entry: MdbEntry, names: Names, { details, statistics }: MdbDetail = {}): JsonObject {
  return ordered([
    ['index', entry.bridge],
    ['dev', names.link(entry.bridge)],
    ['port', names.link(entry.port)],
    ['grp', entry.group],
    ['src', entry.source],
    ['state', entry.state],
    details === true && ['filter_mode', entry.filterMode],
    details === true && [
      'source_list',
      entry.sources?.map(({ address, timer }) => ({ address, timer: timer.toFixed(2) })),
    ],
    details === true && ['protocol', entry.protocol === undefined ? undefined : names.maker(entry.protocol)],
    ['flags', entry.flags],
    ['vid', entry.vlan],
    statistics === true && ['timer', timerText(entry.timer)],
  ])
}

/** One router port. */
export function mdbRouterJson(router: MdbRouter, names: Names, { statistics }: MdbDetail = {}): JsonObject {
  return ordered([
    ['port', names.link(router.port)],
    ['vid', router.vlan],
    statistics === true && ['timer', timerText(router.timer)],
    statistics === true && ['type', router.type === 'permanent' ? 'permanent' : 'temp'],
  ])
}

/** Seconds as `bridge` prints them: with hundredths, of a fixed width. */
function timerText(seconds: number | undefined): string | undefined {
  return seconds?.toFixed(2).padStart(7)
}
