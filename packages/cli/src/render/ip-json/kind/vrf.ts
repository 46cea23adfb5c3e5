/** A VRF or a port of one as `ip -d -j link` writes its `info_data` or `info_slave_data`. @module */
import type { VrfPortState } from '@vnet/core'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of a VRF, and the `info_slave_data` of a port of one. */
export function vrfJson(state: VrfPortState): JsonObject {
  return ordered([['table', state.table]])
}
