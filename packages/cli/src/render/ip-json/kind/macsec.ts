/** A MACsec link as `ip -d -j link` writes its `info_data`. @module */
import type { MacsecState } from '@vnet/core'
import { type JsonObject, ordered } from '../object.js'

/** The `info_data` of a MACsec link. */
export function macsecJson(state: MacsecState): JsonObject {
  return ordered([
    ['sci', state.sci],
    ['protect', state.protect],
    ['cipher_suite', state.cipher?.toUpperCase()],
    ['icv_len', state.icvLength],
    ['encoding_sa', state.encodingSa],
    ['validation', state.validate],
    ['offload', state.offload],
    ['encrypt', state.encrypt],
    ['inc_sci', state.sendSci],
    ['es', state.endStation],
    ['scb', state.scb],
    ['replay_protect', state.replayProtect],
    ['window', state.window],
  ])
}
