/** States of ports in instances of the spanning tree in the shape of `bridge -j mst show` (iproute2 6.11). @module */
import type { BridgeMst } from '@vnet/core'
import type { Names } from '../../names.js'
import type { JsonObject } from './object.js'

/** The ports with their instances. */
export function bridgeMstsJson(entries: readonly BridgeMst[], names: Names): readonly JsonObject[] {
  return [...new Set(entries.map(({ link }) => link))].map((port) => ({
    ifname: names.link(port),
    mst: entries.filter(({ link }) => link === port).map(({ msti, state }) => ({ msti, state })),
  }))
}
