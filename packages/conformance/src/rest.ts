/** The state of a namespace without what follows the carrier, which the kernel tells up to a second later. @module */
import type { Namespace } from '@vnet/core'
import { normalisedState } from './normalise.js'

/** Fields of a link that follow its carrier. */
const following: ReadonlySet<string> = new Set(['carrier', 'operationalState'])
/** Flags of links and routes that follow the carrier. */
const flags: ReadonlySet<unknown> = new Set(['NO-CARRIER', 'LOWER_UP', 'linkdown', 'dead'])

/** What of a namespace only a request changes: for comparing before with after. */
export async function stateAtRest(ns: Namespace): Promise<unknown> {
  return withoutCarrier(await normalisedState(ns))
}

function withoutCarrier(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) {
    const list = field === 'flags' ? value.filter((flag) => !flags.has(flag)) : value
    return list.map((element) => withoutCarrier(element))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !following.has(name) && !(field === 'port' && name === 'state'))
      .map(([name, inner]) => [name, withoutCarrier(inner, name)]),
  )
}
