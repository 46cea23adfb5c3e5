/** A GENEVE link as `ip -d -j link` writes its `info_data`. @module */
import type { GeneveState } from '@vnet/core'
import { hex, type JsonObject, ordered } from '../object.js'

/** The `info_data` of a GENEVE link. */
export function geneveJson(state: GeneveState): JsonObject {
  const { remote, tos, flowLabel } = state
  return ordered([
    state.external === true && ['external', true],
    ['id', state.id],
    remote !== undefined && [remote.includes(':') ? 'remote6' : 'remote', remote],
    state.ttlInherit !== true && ['ttl', state.ttl],
    tos !== undefined && tos !== 0 && ['tos', hex(tos)],
    ['df', state.df],
    flowLabel !== undefined && flowLabel !== 0 && ['label', hex(flowLabel)],
    ['port', state.port],
    ['udp_csum', state.udpChecksum],
    ['udp_zero_csum6_tx', state.udpZeroChecksum6Tx],
    ['udp_zero_csum6_rx', state.udpZeroChecksum6Rx],
    state.innerProtocolInherit === true && ['inner_proto_inherit', true],
  ])
}
