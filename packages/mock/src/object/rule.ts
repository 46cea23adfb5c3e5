/** Rules of policy routing (`net/core/fib_rules.c`). @module */
import type { CleanRuleSpec, DriverEvent, IpFamily, Prefix, Rule, RuleFilter } from '@vnet/core'
import { formatPrefix } from '@vnet/core'
import { samePrefix } from '../bits.js'
import type { Listener } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import { tableNumber, tableWord } from './route-entry.js'
import type { RuleEntry } from './rule-match.js'

export type { RuleEntry } from './rule-match.js'

/** The rules that every namespace has from the start. */
export function defaultRules(family: IpFamily): RuleEntry[] {
  const rule = (priority: number, table: number): RuleEntry => ({
    ...entryOf({ family, table, protocol: 'kernel' }, priority),
  })
  const rules = [rule(0, tableNumber('local')), rule(32766, tableNumber('main'))]
  return family === 4 ? [...rules, rule(32767, tableNumber('default'))] : rules
}

function entryOf(spec: CleanRuleSpec, priority: number): RuleEntry {
  const action = spec.action ?? 'table'
  const mark = spec.mark ?? 0
  return {
    family: spec.family,
    priority,
    action,
    table:
      spec.table !== undefined ? tableNumber(spec.table) : action === 'table' && !spec.l3mdev ? tableNumber('main') : 0,
    protocol: spec.protocol ?? 'unspec',
    from: spec.from?.length ? spec.from : undefined,
    to: spec.to?.length ? spec.to : undefined,
    inputLink: spec.inputLink,
    outputLink: spec.outputLink,
    input: undefined,
    output: undefined,
    mark,
    // All bits count where a mark is given without a mask.
    markMask: spec.markMask ?? (mark === 0 ? 0 : 0xffffffff),
    tos: spec.tos ?? 0,
    ipProtocol: spec.ipProtocol ?? 0,
    sourcePorts: spec.sourcePorts,
    destinationPorts: spec.destinationPorts,
    uids: spec.uids,
    tunnelId: spec.tunnelId ?? 0,
    not: spec.not ?? false,
    l3mdev: spec.l3mdev ?? false,
    goto: spec.goto,
    suppressPrefixLength: spec.suppressPrefixLength,
    suppressGroup: spec.suppressGroup,
  }
}

/** A rule in the words of {@link Rule}. */
export function describeRule(namespace: Namespace, rule: RuleEntry): Rule {
  const rules = namespace.rules[rule.family]
  const unresolved = rule.action === 'goto' && !rules.some((other) => other.priority === rule.goto)
  const some = <V>(name: string, value: V | undefined, there = value !== undefined) => (there ? { [name]: value } : {})
  return {
    family: rule.family,
    priority: rule.priority,
    ...some('from', rule.from === undefined ? undefined : formatPrefix(rule.from)),
    ...some('to', rule.to === undefined ? undefined : formatPrefix(rule.to)),
    ...some('inputLink', rule.inputLink),
    ...some('outputLink', rule.outputLink),
    ...some('mark', rule.mark, rule.mark !== 0),
    ...some('markMask', rule.markMask, rule.markMask !== 0xffffffff && (rule.markMask !== 0 || rule.mark !== 0)),
    ...some('tos', rule.tos, rule.tos !== 0),
    ...some('ipProtocol', rule.ipProtocol, rule.ipProtocol !== 0),
    ...some('sourcePorts', rule.sourcePorts),
    ...some('destinationPorts', rule.destinationPorts),
    ...some('uids', rule.uids),
    ...some('tunnelId', rule.tunnelId, rule.tunnelId !== 0),
    ...some('not', true, rule.not),
    ...some('l3mdev', true, rule.l3mdev),
    action: rule.action,
    ...some('table', tableWord(rule.table), rule.table !== 0),
    ...some('goto', rule.goto, rule.action === 'goto'),
    ...some('suppressPrefixLength', rule.suppressPrefixLength),
    ...some('suppressGroup', rule.suppressGroup),
    protocol: rule.protocol,
    flags: [
      ...(unresolved ? ['unresolved'] : []),
      ...(rule.inputLink !== undefined && rule.input === undefined ? ['iif_detached'] : []),
      ...(rule.outputLink !== undefined && rule.output === undefined ? ['oif_detached'] : []),
    ],
    other: [],
  } as Rule
}

function tell(namespace: Namespace, rule: RuleEntry, kind: 'rule set' | 'rule delete'): void {
  namespace.tell('rule', () => ({ kind, group: 'rule', object: describeRule(namespace, rule) }) as DriverEvent)
}

/** Adds a rule; without a priority it comes just before the second one. */
export function addRule(namespace: Namespace, spec: CleanRuleSpec): undefined {
  const rules = namespace.rules[spec.family]
  const second = rules[1]?.priority ?? 0
  const rule = entryOf(spec, spec.priority ?? (second === 0 ? 0 : second - 1))
  if (rule.action === 'goto') {
    if (rule.goto === undefined || rule.goto === 0) refuse('EINVAL', 'Invalid goto target', { attribute: 'spec.goto' })
    if (rule.goto <= rule.priority) refuse('EINVAL', 'Backward goto not supported', { attribute: 'spec.goto' })
  }
  if (spec.l3mdev && spec.table !== undefined) {
    refuse('EINVAL', 'l3mdev and table are mutually exclusive', { attribute: 'spec.l3mdev' })
  }
  if (rules.some((other) => isSame(other, rule))) {
    refuse('EEXIST', undefined, { hint: 'there is such a rule with this priority' })
  }
  rule.input = spec.inputLink === undefined ? undefined : namespace.byName.get(spec.inputLink)?.index
  rule.output = spec.outputLink === undefined ? undefined : namespace.byName.get(spec.outputLink)?.index
  let index = rules.findIndex((other) => other.priority > rule.priority)
  if (index === -1) index = rules.length
  rules.splice(index, 0, rule)
  if (spec.family === 4) namespace.ownRules4 = true
  tell(namespace, rule, 'rule set')
}

/**
 * Whether there is such a rule (`rule_exists`): not by whether it is turned round or where it leads, and by networks
 * and TOS only where the new one has them.
 */
function isSame(rule: RuleEntry, wanted: RuleEntry): boolean {
  if (decisive.some((name) => rule[name] !== wanted[name])) return false
  if (ranges.some((name) => String(rule[name]) !== String(wanted[name]))) return false
  if (wanted.tos !== 0 && rule.tos !== wanted.tos) return false
  return hasNetwork(rule.from, wanted.from) && hasNetwork(rule.to, wanted.to)
}

/** Removes the first rule that matches all that is given. */
export function deleteRule(namespace: Namespace, spec: CleanRuleSpec): undefined {
  const rules = namespace.rules[spec.family]
  const index = rules.findIndex((rule) => fits(rule, spec))
  const rule = rules[index]
  if (rule === undefined) refuse('ENOENT')
  rules.splice(index, 1)
  if (spec.family === 4) namespace.ownRules4 = true
  tell(namespace, rule, 'rule delete')
}

const decisive = [
  ...(['action', 'table', 'priority', 'inputLink', 'outputLink'] as const),
  ...(['mark', 'markMask', 'tunnelId', 'l3mdev', 'ipProtocol', 'protocol'] as const),
  ...(['suppressPrefixLength', 'suppressGroup'] as const),
]
const compared = ['priority', 'action', 'inputLink', 'outputLink', 'suppressPrefixLength', 'suppressGroup'] as const
/** Those of which zero means any. */
const nonZero = ['mark', 'markMask', 'tos', 'ipProtocol', 'tunnelId'] as const
const ranges = ['sourcePorts', 'destinationPorts', 'uids'] as const

function fits(rule: RuleEntry, spec: CleanRuleSpec): boolean {
  if (compared.some((name) => spec[name] !== undefined && spec[name] !== rule[name])) return false
  if (nonZero.some((name) => spec[name] && spec[name] !== rule[name])) return false
  for (const name of ranges) {
    const wanted = spec[name]
    if (wanted !== undefined && (rule[name]?.[0] !== wanted[0] || rule[name]?.[1] !== wanted[1])) return false
  }
  if (spec.l3mdev && !rule.l3mdev) return false
  if (spec.table !== undefined && tableNumber(spec.table) !== rule.table) return false
  return hasNetwork(rule.from, spec.from) && hasNetwork(rule.to, spec.to)
}

/** Whether a rule has the network that is wanted, if one is. */
function hasNetwork(there: Prefix | undefined, wanted: Prefix | undefined): boolean {
  if (wanted === undefined || wanted.length === 0) return true
  return there?.length === wanted.length && samePrefix(there.octets, wanted.octets, wanted.length)
}

/** Rules name links: those of a new name are theirs, those that go are no more (`fib_rules_event`). */
export const ruleListener: Listener = (_kernel, notice, device) => {
  if (notice !== 'register' && notice !== 'name' && notice !== 'unregister') return
  for (const rule of [...device.namespace.rules[4], ...device.namespace.rules[6]]) {
    if (notice !== 'register') {
      if (rule.input === device.index) rule.input = undefined
      if (rule.output === device.index) rule.output = undefined
    }
    if (notice === 'unregister') continue
    if (rule.inputLink === device.name) rule.input ??= device.index
    if (rule.outputLink === device.name) rule.output ??= device.index
  }
}

/** The rules, in order. */
export function listRules(namespace: Namespace, filter: RuleFilter): Rule[] {
  const families = filter.family === undefined ? ([4, 6] as const) : [filter.family]
  return families.flatMap((family) => namespace.rules[family].map((rule) => describeRule(namespace, rule)))
}
