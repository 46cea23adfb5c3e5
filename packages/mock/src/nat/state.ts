/** Address translation of a namespace: its rules and its connections. @module */
import type { CleanNatSpec, IpFamily, NatHook } from '@vnet/core'
import { ConnectionTable } from './connection-table.js'

/** A rule. */
export interface NatRuleEntry {
  readonly handle: number
  readonly spec: CleanNatSpec
  /** First packets of connections that it acted on. */
  packets: number
  /** Their octets. */
  bytes: number
}

/** The rules of a version of IP (`struct nft_table`). */
export interface NatTable {
  /** In order; a rule acts at the hook that it names. Without rules nothing is tracked. */
  readonly rules: NatRuleEntry[]
  /** Hooks that have rules: the chain of each has a handle of its own. */
  readonly chains: Set<NatHook>
  /** The handle given last. */
  lastHandle: number
}

const newTable = (): NatTable => ({ rules: [], chains: new Set(), lastHandle: 0 })

/** All of a namespace. */
export class NatState {
  readonly tables: { readonly [F in IpFamily]: NatTable } = { 4: newTable(), 6: newTable() }
  readonly connections = new ConnectionTable()
}
