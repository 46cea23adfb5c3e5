/** A VTI as `ip -d -j link` writes its `info_data`. @module */
import type { VtiState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { type JsonObject, ordered } from '../object.js'
import { dotted, endEntries, markEntries } from './tunnel.js'

/** The `info_data` of a vti or vti6. */
export function vtiJson(state: VtiState, names: Names): JsonObject {
  return ordered([
    ...endEntries(state, names),
    state.ikey !== undefined && state.ikey !== 0 && ['ikey', dotted(state.ikey)],
    state.okey !== undefined && state.okey !== 0 && ['okey', dotted(state.okey)],
    ...markEntries(state),
  ])
}
