/** Checks of neighbour requests. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { CleanNeighbourKey, CleanNeighbourSpec, NeighbourFilter, NeighbourState } from '../neighbour.js'
import { ipFamily } from './address.js'
import { asObject, objectOf, onlyKnown } from './object.js'
import { anyMac, boolean, ipAddress, linkRef, word } from './scalar.js'

const states: readonly NeighbourState[] = [
  'incomplete',
  'reachable',
  'stale',
  'delay',
  'probe',
  'failed',
  'noarp',
  'permanent',
  'none',
]
const state = word(states)
const known = new Set(['link', 'address', 'mac', 'state', 'proxy', 'router', 'externallyLearned'])

/** `neighbour add` and `neighbour set`. */
export function neighbourSpec(value: unknown): CleanNeighbourSpec {
  const source = asObject(value, 'spec')
  onlyKnown(source, known, 'spec')
  const clean: { -readonly [K in keyof CleanNeighbourSpec]: CleanNeighbourSpec[K] } = {
    link: linkRef(source.link, 'spec.link'),
    address: ipAddress(source.address, 'spec.address'),
  }
  if (source.mac !== undefined) clean.mac = anyMac(source.mac, 'spec.mac')
  if (source.state !== undefined) clean.state = state(source.state, 'spec.state')
  if (source.proxy !== undefined) clean.proxy = boolean(source.proxy, 'spec.proxy')
  if (source.router !== undefined) clean.router = boolean(source.router, 'spec.router')
  if (source.externallyLearned !== undefined) {
    clean.externallyLearned = boolean(source.externallyLearned, 'spec.externallyLearned')
  }
  if (clean.proxy) {
    if (clean.mac !== undefined) throw rangeFault('spec.mac', 'a proxy entry has no MAC', 'leave mac out, or proxy')
    if (clean.state !== undefined)
      throw rangeFault('spec.state', 'a proxy entry has no state', 'leave state out, or proxy')
  } else if (clean.mac === undefined && needsMac(clean.state ?? 'permanent')) {
    throw typeFault('spec.mac', `a MAC for state ${clean.state ?? 'permanent'}`, undefined)
  }
  return clean
}

/** States in which the kernel wants a MAC to be known (`NUD_VALID`, less `noarp`). */
function needsMac(value: NeighbourState): boolean {
  return value === 'permanent' || value === 'reachable' || value === 'stale' || value === 'delay' || value === 'probe'
}

const key = objectOf({ link: linkRef, address: ipAddress, proxy: boolean }, ['link', 'address'])

/** `neighbour delete` and `neighbour get`. */
export function neighbourKey(value: unknown): CleanNeighbourKey {
  return key(value, 'spec') as unknown as CleanNeighbourKey
}

const filter = objectOf({ link: linkRef, family: ipFamily, state, proxy: boolean })

/** `neighbour list`. */
export function neighbourList(value: unknown): NeighbourFilter {
  return filter(value, 'spec') as NeighbourFilter
}
