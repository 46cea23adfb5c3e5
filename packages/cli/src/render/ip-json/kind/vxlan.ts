/** A VXLAN as `ip -d -j link` writes its `info_data`. @module */
import { isMulticastIp, parseIp, type VxlanState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { hex, type JsonObject, ordered } from '../object.js'

/** The `info_data` of a VXLAN. */
export function vxlanJson(state: VxlanState, names: Names): JsonObject {
  const { remote, local, portRange } = state
  return ordered([
    state.external === true && ['external', true],
    state.vniFilter === true && ['vnifilter', true],
    ['id', state.id],
    remote !== undefined && [remoteKey(remote), remote],
    local !== undefined && [local.includes(':') ? 'local6' : 'local', local],
    state.link !== undefined && state.link !== 0 && ['link', names.link(state.link)],
    portRange !== undefined && ['port_range', { low: portRange[0], high: portRange[1] }],
    ['port', state.port],
    ['learning', state.learning],
    state.proxy === true && ['proxy', true],
    state.rsc === true && ['rsc', true],
    state.l2Miss === true && ['l2miss', true],
    state.l3Miss === true && ['l3miss', true],
    state.tos !== undefined && state.tos !== 0 && ['tos', hex(state.tos)],
    state.ttlInherit !== true && ['ttl', state.ttl],
    ['df', state.df],
    state.flowLabel !== undefined && state.flowLabel !== 0 && ['label', hex(state.flowLabel)],
    ['ageing', state.ageing],
    state.maxEntries !== undefined && state.maxEntries !== 0 && ['limit', state.maxEntries],
    ['udp_csum', state.udpChecksum],
    ['udp_zero_csum6_tx', state.udpZeroChecksum6Tx],
    ['udp_zero_csum6_rx', state.udpZeroChecksum6Rx],
    state.remoteChecksumTx === true && ['remcsum_tx', true],
    state.remoteChecksumRx === true && ['remcsum_rx', true],
    state.gbp === true && ['gbp', true],
    state.gpe === true && ['gpe', true],
  ])
}

function remoteKey(address: string): string {
  const octets = parseIp(address)
  const word = octets !== undefined && isMulticastIp(octets) ? 'group' : 'remote'
  return address.includes(':') ? `${word}6` : word
}
