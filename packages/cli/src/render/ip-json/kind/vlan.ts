/** A VLAN as `ip -d -j link` writes its `info_data`. @module */
import type { VlanState } from '@vnet/core'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of a VLAN. */
export function vlanJson(state: VlanState): JsonObject {
  const flags = [
    state.reorderHeader === true && 'REORDER_HDR',
    state.gvrp === true && 'GVRP',
    state.mvrp === true && 'MVRP',
    state.looseBinding === true && 'LOOSE_BINDING',
    state.bridgeBinding === true && 'BRIDGE_BINDING',
  ]
  return ordered([
    ['protocol', state.protocol ?? '802.1Q'],
    ['id', state.id],
    ['flags', flags.filter((flag) => flag !== false)],
    ['ingress_qos', mapJson(state.ingressQos)],
    ['egress_qos', mapJson(state.egressQos)],
  ])
}

function mapJson(map: Readonly<Record<number, number>> | undefined): readonly JsonObject[] | undefined {
  const entries = Object.entries(map ?? {})
  return entries.length === 0 ? undefined : entries.map(([from, to]) => ({ from: Number(from), to }))
}
