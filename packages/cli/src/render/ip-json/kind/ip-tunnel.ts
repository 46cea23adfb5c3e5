/** IP in IP as `ip -d -j link` writes its `info_data`. @module */
import type { Ip6tnlState, IpipState, SitState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { type JsonEntries, type JsonObject, ordered } from '../object.js'
import { encapEntries, endEntries, header4Entries, header6Entries, markEntries } from './tunnel.js'

/** The `info_data` of an ipip. */
export function ipipJson(state: IpipState, names: Names): JsonObject {
  return ordered([
    state.external === true && ['external', true],
    ['proto', state.mode],
    ...endEntries(state, names),
    ...header4Entries(state),
    ...markEntries(state),
    ...encapEntries(state),
  ])
}

/** The `info_data` of a sit. */
export function sitJson(state: SitState, names: Names): JsonObject {
  return ordered([
    ['proto', state.mode],
    ...endEntries(state, names),
    ...header4Entries(state),
    state.isatap === true && ['isatap', true],
    ...sixrdEntries(state),
    ...markEntries(state),
    ...encapEntries(state),
  ])
}

/** The networks of IPv6 rapid deployment; that of the relays only where it is not all of IPv4. */
function sixrdEntries(state: SitState): JsonEntries {
  if (!state.sixrdPrefixLength) return []
  return [
    ['prefix', state.sixrdPrefix],
    ['prefixlen', state.sixrdPrefixLength],
    Boolean(state.sixrdRelayPrefixLength) && ['relay_prefix', state.sixrdRelayPrefix],
    Boolean(state.sixrdRelayPrefixLength) && ['relay_prefixlen', state.sixrdRelayPrefixLength],
  ]
}

/** The `info_data` of an ip6tnl. */
export function ip6tnlJson(state: Ip6tnlState, names: Names): JsonObject {
  return ordered([
    state.external === true && ['external', true],
    ['proto', state.mode],
    ...endEntries(state, names),
    ...header6Entries(state),
    ...markEntries(state),
    ...encapEntries(state),
  ])
}
