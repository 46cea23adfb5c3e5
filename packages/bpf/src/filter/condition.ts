/** What a filter tests, without regard to where jumps lead. @module */
import type { BpfInstruction } from '@vnet/core'
import { type Comparison, compute } from '../instruction.js'

/** A comparison of the accumulator, after instructions without jumps have filled it. */
export interface Test {
  readonly kind: 'test'
  readonly code: readonly BpfInstruction[]
  readonly comparison: Comparison
  /** What it is compared with; `x`: the index register. */
  readonly operand: number | 'x'
}

/** A condition. What is looked at first stands first: a look beyond the end of a frame ends the whole program. */
export type Condition =
  | Test
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'constant'; readonly holds: boolean }

/** Every one of them. */
export const all = (...of: readonly Condition[]): Condition => ({ kind: 'all', of })
/** One of them, at least. */
export const any = (...of: readonly Condition[]): Condition => ({ kind: 'any', of })
/** The opposite. */
export const not = (of: Condition): Condition => ({ kind: 'not', of })
/** It does not depend on the frame. */
export const constant = (holds: boolean): Condition => ({ kind: 'constant', holds })

/** A comparison with what some instructions load. */
export const test = (code: readonly BpfInstruction[], comparison: Comparison, operand: number | 'x'): Test => ({
  kind: 'test',
  code,
  comparison,
  operand: operand === 'x' ? operand : operand >>> 0,
})

/** Whether some bits of what is loaded are those of a number. */
export const equal = (code: readonly BpfInstruction[], value: number, mask = 0xffffffff): Test =>
  test(mask >>> 0 === 0xffffffff ? code : [...code, compute('&', mask)], '==', value)

/** Whether what is loaded lies between two numbers, or is one of them. */
export const between = (code: readonly BpfInstruction[], first: number, last: number): Condition =>
  all(test(code, '>=', first), not(test(code, '>', last)))

/** How many comparisons it has. */
export function sizeOf(condition: Condition): number {
  if (condition.kind === 'not') return sizeOf(condition.of)
  if (condition.kind !== 'all' && condition.kind !== 'any') return 1
  return condition.of.reduce((sum, each) => sum + sizeOf(each), 0)
}

/** Whether a jump with two known numbers is taken. */
export function compares(a: number, comparison: Comparison, b: number): boolean {
  if (comparison === '==') return a === b
  if (comparison === '&') return (a & b) !== 0
  return comparison === '>' ? a > b : a >= b
}
