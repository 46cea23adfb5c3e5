/** Rules of address translation (`nf_tables_newrule`, `net/netfilter/nf_tables_api.c`). @module */
import {
  type CleanNatKey,
  type CleanNatSpec,
  formatIp,
  formatPrefix,
  type IpFamily,
  type NatFilter,
  type NatHook,
  type NatRule,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { NatRuleEntry, NatTable } from '../nat/state.js'
import { refuse } from '../refusal.js'
import { unsupported } from '../supports.js'

/** Hooks in the order of a packet's way. */
const hooks: readonly NatHook[] = ['prerouting', 'output', 'postrouting']

/** A rule in the words of {@link NatRule}. */
function describeNat({ handle, spec, packets, bytes }: NatRuleEntry): NatRule {
  const { index: _, ...rest } = spec
  const { from, to, except } = rest
  const text = {
    ...(from === undefined ? {} : { from: formatPrefix(from) }),
    ...(to === undefined ? {} : { to: formatPrefix(to) }),
    ...(except === undefined ? {} : { except: except.map(formatPrefix) }),
    ...('address' in rest ? { address: formatIp(rest.address) } : {}),
    ...('lastAddress' in rest && rest.lastAddress !== undefined ? { lastAddress: formatIp(rest.lastAddress) } : {}),
  }
  return { ...rest, ...text, handle, packets, bytes, other: [] } as NatRule
}

/** Adds a rule at its place among those of its hook. */
export function addNat(kernel: Kernel, namespace: Namespace, spec: CleanNatSpec): NatRule {
  if (!kernel.has('nat')) throw unsupported('nat add', 'nat')
  const table = namespace.nat.tables[spec.family]
  const { rules, chains } = table
  const ofHook = rules.filter((rule) => rule.spec.hook === spec.hook)
  const { index = ofHook.length } = spec
  if (index > ofHook.length) {
    const hint = `the hook ${spec.hook} has ${ofHook.length} rules: give an index of 0 to ${ofHook.length}`
    refuse('ENOENT', undefined, { attribute: 'spec.index', hint })
  }
  if (!chains.has(spec.hook)) table.lastHandle++
  chains.add(spec.hook)
  const rule: NatRuleEntry = { handle: ++table.lastHandle, spec, packets: 0, bytes: 0 }
  const behind = ofHook[index]
  rules.splice(behind === undefined ? rules.length : rules.indexOf(behind), 0, rule)
  return describeNat(rule)
}

/** Removes a rule. */
export function deleteNat(namespace: Namespace, { family, handle }: CleanNatKey): undefined {
  const table = namespace.nat.tables[family]
  const at = table.rules.findIndex((rule) => rule.handle === handle)
  if (at === -1)
    refuse('ENOENT', undefined, { attribute: 'spec.handle', hint: '`vnet nat list` shows the handles there are' })
  table.rules.splice(at, 1)
  forgetEmpty(table)
}

/** The rules, hook by hook. */
export function listNat(namespace: Namespace, filter: NatFilter): NatRule[] {
  return tablesOf(namespace, filter).flatMap(({ rules }) =>
    hooks.flatMap((hook) => rules.filter(({ spec }) => spec.hook === hook).map(describeNat)),
  )
}

/** Removes all rules. */
export function flushNat(namespace: Namespace, filter: NatFilter): undefined {
  for (const table of tablesOf(namespace, filter)) {
    table.rules.length = 0
    forgetEmpty(table)
  }
}

function tablesOf({ nat }: Namespace, { family }: NatFilter): readonly NatTable[] {
  const families: readonly IpFamily[] = family === undefined ? [4, 6] : [family]
  return families.map((one) => nat.tables[one])
}

/** A chain goes with its last rule, and the table with its last chain; a new one counts its handles from the start. */
function forgetEmpty(table: NatTable): void {
  for (const hook of table.chains) if (!table.rules.some(({ spec }) => spec.hook === hook)) table.chains.delete(hook)
  if (table.rules.length === 0) table.lastHandle = 0
}
