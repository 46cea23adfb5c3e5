/** Conditions as comparisons that lead to others, without those whose outcome is known on every way to them. @module */
import type { BpfInstruction } from '@vnet/core'
import { type Condition, compares, type Test } from './condition.js'

/** A comparison and where both outcomes lead. */
export interface Node {
  readonly code: readonly BpfInstruction[]
  /** The code, as a key. */
  readonly key: string
  readonly comparison: Test['comparison']
  readonly operand: Test['operand']
  yes: Target
  no: Target
}

/** A comparison, or whether the frame is taken. */
export type Target = Node | boolean

/** The first comparison of a condition. */
export function graphOf(condition: Condition, yes: Target, no: Target): Target {
  switch (condition.kind) {
    case 'constant':
      return condition.holds ? yes : no
    case 'not':
      return graphOf(condition.of, no, yes)
    case 'all':
      return condition.of.reduceRight<Target>((next, each) => graphOf(each, next, no), yes)
    case 'any':
      return condition.of.reduceRight<Target>((next, each) => graphOf(each, yes, next), no)
    case 'test': {
      const { code, comparison, operand } = condition
      return { code, key: keyOf(code), comparison, operand, yes, no }
    }
  }
}

/** Instructions as text. */
export const keyOf = (code: readonly BpfInstruction[]): string => code.map(({ code, k }) => `${code} ${k};`).join('')

/** Comparisons in an order in which jumps only lead forward. */
export function orderOf(root: Target): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  // Not by recursion: an expression may be long.
  const pending: { readonly node: Node; readonly isDone: boolean }[] = []
  const visit = (target: Target) => {
    if (typeof target !== 'boolean' && !seen.has(target)) pending.push({ node: target, isDone: false })
  }
  visit(root)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, isDone } = next
    if (isDone) order.push(node)
    else if (!seen.has(node)) {
      seen.add(node)
      pending.push({ node, isDone: true })
      visit(node.yes)
      visit(node.no)
    }
  }
  return order.reverse()
}

/** Outcomes of comparisons by their text, and values that loads are known to have. */
type Facts = ReadonlyMap<string, boolean | number>

/** Facts that are remembered on a way, the first ones: those of the headers, which are asked for again and again. */
const mostFacts = 32

/**
 * Leads ways past comparisons whose outcome is known there. What is loaded before stays loaded before, so a frame that is
 * too short is still dropped at the same place.
 */
export function shorten(root: Target): void {
  const facts = new Map<Target, Facts>()
  if (typeof root !== 'boolean') facts.set(root, new Map())
  for (const node of orderOf(root)) {
    const before = facts.get(node)
    // Nothing leads here any more.
    if (before === undefined) continue
    const reach = (holds: boolean) => {
      const known = new Map(before)
      if (known.size < mostFacts) known.set(factOf(node), holds)
      if (known.size < mostFacts && holds && node.comparison === '==' && node.operand !== 'x')
        known.set(node.key, node.operand)
      const target = decided(holds ? node.yes : node.no, known)
      const others = facts.get(target)
      facts.set(target, others === undefined ? known : common(others, known))
      return target
    }
    node.yes = reach(true)
    node.no = reach(false)
  }
}

const factOf = ({ key, comparison, operand }: Node): string => `${key}${comparison}${operand}`

function decided(given: Target, known: Facts): Target {
  let target = given
  while (typeof target !== 'boolean') {
    const value = known.get(target.key)
    const outcome =
      typeof value === 'number' && target.operand !== 'x'
        ? compares(value, target.comparison, target.operand)
        : known.get(factOf(target))
    if (typeof outcome !== 'boolean') break
    target = outcome ? target.yes : target.no
  }
  return target
}

const common = (some: Facts, others: Facts): Facts =>
  new Map([...some].filter(([key, fact]) => others.get(key) === fact))
