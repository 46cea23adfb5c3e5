/** An ipvlan or ipvtap as `ip -d -j link` writes its `info_data`. @module */
import type { IpvlanState } from '@vnet/core'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of an ipvlan or ipvtap. */
export function ipvlanJson(state: IpvlanState): JsonObject {
  return ordered([
    ['mode', state.mode],
    [state.modeFlag, true],
  ])
}
