/** From a saved state to rules and connections of address translation. @module */
import type { CleanNatSpec, IpFamily } from '@vnet/core'
import type { Connection } from './nat/connection.js'
import type { NatRuleEntry, NatState, NatTable } from './nat/state.js'

/** What is saved of a namespace's. */
export interface SavedNat {
  readonly tables: { readonly [F in IpFamily]: NatTable }
  readonly connections: readonly Connection[]
}

/** Puts it into a new namespace. Throws an `Error` where it is not whole. */
export function fillNat(nat: NatState, saved: SavedNat): void {
  for (const family of [4, 6] as const) {
    const { rules, chains, lastHandle } = saved.tables[family]
    for (const rule of rules) checkRule(rule, family)
    if (!Number.isSafeInteger(lastHandle)) throw new Error('a handle is no number')
    const table = nat.tables[family]
    table.rules.push(...rules)
    for (const hook of chains) table.chains.add(hook)
    table.lastHandle = lastHandle
  }
  for (const connection of saved.connections) {
    if (!Number.isFinite(connection.expires)) throw new Error('a connection has no end')
    if (!nat.connections.enter(connection, Number.NEGATIVE_INFINITY)) throw new Error('two connections are the same')
  }
}

const kinds: readonly CleanNatSpec['kind'][] = ['masquerade', 'snat', 'dnat', 'redirect']

function checkRule({ handle, spec, packets, bytes }: NatRuleEntry, family: IpFamily): void {
  if (![handle, packets, bytes].every(Number.isSafeInteger)) throw new Error('a number of a rule is missing')
  if (!kinds.includes(spec.kind) || spec.family !== family) throw new Error('a rule is of no kind or version')
}
