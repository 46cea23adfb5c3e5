/** How changes of address translation are taken back. @module */
import type { NatFilter, NatRule, NatSpec } from '../nat.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** How the operations of `nat` are prepared for. */
export const natPreparations: Preparations = {
  'nat add': async (connection, { family, hook, index }) => {
    const rules = await ask(connection, 'nat list', { family })
    const place = index ?? rules.filter((rule) => rule.hook === hook).length
    return (made) => async (later) => {
      const found = sameRule(await ask(later, 'nat list', { family }), made as NatRule, place)
      return found === undefined ? [] : [{ operation: 'nat delete', spec: { family, handle: found.handle } }]
    }
  },
  'nat delete': async (connection, { family, handle }) => {
    const rules = await ask(connection, 'nat list', { family })
    return () => again(rules, (rule) => rule.handle === handle)
  },
  'nat flush': async (connection, spec: NatFilter) => {
    const rules = await ask(connection, 'nat list', spec)
    return () => again(rules, () => true)
  },
}

/** The rule that was made: by its handle, or, where it was deleted and made again and so has another one, by its place. */
function sameRule(rules: readonly NatRule[], made: NatRule, place: number): NatRule | undefined {
  const equal = (rule: NatRule | undefined): rule is NatRule => rule !== undefined && textOf(rule) === textOf(made)
  const byHandle = rules.find(({ handle }) => handle === made.handle)
  const byPlace = rules.filter(({ hook }) => hook === made.hook)[place]
  return [byHandle, byPlace].find(equal)
}

/** What a rule says, for comparison. */
const textOf = (rule: NatRule): string =>
  JSON.stringify(Object.entries(natSpec(rule, 0)).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * The requests that make rules again, each at its place, the first one first. Those that vnet has no words for are not removed
 * by `flush`, and cannot be written again.
 */
function again(rules: readonly NatRule[], removed: (rule: NatRule) => boolean): LooseRequest[] {
  const requests: LooseRequest[] = []
  const counts: Record<string, number> = {}
  for (const rule of rules) {
    const place = `${rule.family} ${rule.hook}`
    const index = counts[place] ?? 0
    counts[place] = index + 1
    if (removed(rule) && rule.kind !== 'other') requests.push({ operation: 'nat add', spec: natSpec(rule, index) })
  }
  return requests
}

/** The specification that makes a rule again. */
function natSpec(rule: NatRule, index: number): NatSpec {
  const { handle: _, packets: __, bytes: ___, expressions: ____, other: _____, hook, ...spec } = rule
  return { ...spec, ...(hook === 'postrouting' ? {} : { hook }), index } as NatSpec
}
