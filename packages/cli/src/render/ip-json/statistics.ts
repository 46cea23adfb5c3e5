/** Counters in the shape of `ip -s -j link` (iproute2 6.1). @module */
import type { LinkStatistics } from '@vnet/core'
import { type JsonObject, ordered } from './object.js'

/** The `stats64` of a link. */
export function statisticsJson(counters: LinkStatistics): JsonObject {
  return {
    rx: ordered([
      ['bytes', counters.rxBytes],
      ['packets', counters.rxPackets],
      ['errors', counters.rxErrors],
      ['dropped', counters.rxDropped],
      ['over_errors', counters.rxOverErrors],
      ['multicast', counters.multicast],
      counters.rxCompressed !== 0 && ['compressed', counters.rxCompressed],
    ]),
    tx: ordered([
      ['bytes', counters.txBytes],
      ['packets', counters.txPackets],
      ['errors', counters.txErrors],
      ['dropped', counters.txDropped],
      ['carrier_errors', counters.txCarrierErrors],
      ['collisions', counters.collisions],
      counters.txCompressed !== 0 && ['compressed', counters.txCompressed],
    ]),
  }
}
