/** Neighbours in the shape of `ip -j neighbour show` (iproute2 6.1). @module */
import type { Neighbour } from '@vnet/core'
import type { Names } from '../../names.js'
import { type JsonObject, ordered } from './object.js'

/** What is told; `ip` leaves out what the question already says. */
export interface NeighbourDetail {
  /** All are on one link. */
  readonly oneLink?: boolean
}

/** A neighbour as `ip -j neighbour show` writes it. */
export function neighbourJson(neighbour: Neighbour, names: Names, detail: NeighbourDetail = {}): JsonObject {
  const flags = ['router', 'proxy', 'extern_learn', 'offload', 'managed']
  return ordered([
    ['dst', neighbour.address],
    detail.oneLink !== true && ['dev', names.link(neighbour.link)],
    ['lladdr', neighbour.mac],
    ...flags.map((flag) => neighbour.flags.includes(flag) && ([flag, null] as const)),
    neighbour.state !== 'none' && !neighbour.flags.includes('proxy') && ['state', [neighbour.state.toUpperCase()]],
  ])
}
