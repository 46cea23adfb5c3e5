/** GRE and ERSPAN as `ip -d -j link` writes their `info_data`. @module */
import type { ErspanHeaderOptions, GreState, Ip6greState, Told } from '@vnet/core'
import type { Names } from '../../../names.js'
import { hex, type JsonEntries, type JsonObject, ordered } from '../object.js'
import { encapEntries, endEntries, greHeaderEntries, header4Entries, header6Entries, markEntries } from './tunnel.js'

/** Of an erspan only. */
type ErspanHeader = Told<ErspanHeaderOptions>

/** The `info_data` of a gre, gretap or erspan. */
export function greJson(state: GreState & ErspanHeader, names: Names): JsonObject {
  return ordered([
    state.external === true && ['external', true],
    ...endEntries(state, names),
    ...header4Entries(state),
    state.ignoreDf === true && ['ignore_df', true],
    ...greHeaderEntries(state),
    ...markEntries(state),
    ...erspanEntries(state),
    ...encapEntries(state),
  ])
}

/** The `info_data` of an ip6gre, ip6gretap or ip6erspan. */
export function ip6greJson(state: Ip6greState & ErspanHeader, names: Names): JsonObject {
  return ordered([
    state.external === true && ['external', true],
    ...endEntries(state, names),
    ...header6Entries(state),
    ...greHeaderEntries(state),
    ...markEntries(state),
    ...erspanEntries(state),
    ...encapEntries(state),
  ])
}

const erspanEntries = (state: ErspanHeader): JsonEntries => [
  ['erspan_index', state.erspanIndex],
  ['erspan_ver', state.erspanVersion],
  ['erspan_dir', state.erspanDir],
  state.erspanHwid !== undefined && ['erspan_hwid', hex(state.erspanHwid)],
]
