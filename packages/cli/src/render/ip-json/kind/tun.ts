/** A TUN or TAP as `ip -d -j link` writes its `info_data`. @module */
import type { TunState } from '@vnet/core'
import type { Names } from '../../../names.js'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of a TUN or TAP. */
export function tunJson(type: 'tun' | 'tap', state: TunState, names: Names): JsonObject {
  return ordered([
    ['type', type],
    ['pi', state.packetInformation],
    ['vnet_hdr', state.vnetHeader],
    ['multi_queue', state.multiQueue],
    state.multiQueue === true && ['numqueues', state.queues],
    state.multiQueue === true && ['numdisabled', state.disabledQueues],
    ['persist', state.persistent],
    state.owner !== undefined && ['user', names.user(state.owner)],
    state.ownerGroup !== undefined && ['group', names.userGroup(state.ownerGroup)],
  ])
}
