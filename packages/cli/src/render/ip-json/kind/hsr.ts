/** An HSR or PRP link as `ip -d -j link` writes its `info_data`. @module */
import type { HsrState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of an HSR or PRP link. */
export function hsrJson(state: HsrState, names: Names): JsonObject {
  // `ip` writes no word for a link that is gone.
  const link = (index: number | undefined) => (index === undefined ? null : names.link(index))
  return ordered([
    ['slave1', link(state.slave1)],
    ['slave2', link(state.slave2)],
    ['seq_nr', state.sequenceNumber],
    ['supervision_addr', state.supervisionAddress],
    state.protocol !== undefined && ['proto', state.protocol === 'prp' ? 1 : 0],
  ])
}
