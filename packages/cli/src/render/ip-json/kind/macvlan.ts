/** A macvlan or macvtap as `ip -d -j link` writes its `info_data`. @module */
import type { MacvlanState } from '@vnet/core'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of a macvlan or macvtap. */
export function macvlanJson(state: MacvlanState): JsonObject {
  const macs = state.macs ?? []
  return ordered([
    ['mode', state.mode],
    state.noPromiscuous === true && ['nopromisc', true],
    state.noDestination === true && ['nodst', true],
    ['bcqueuelen', state.broadcastQueueLength],
    ['usedbcqueuelen', state.broadcastQueueUsed],
    macs.length > 0 && ['macaddr_count', macs.length],
    macs.length > 0 && ['macaddr_data', macs],
  ])
}
