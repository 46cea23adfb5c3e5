/** Reads numbers that are computed: `tcp[tcpflags] & 0x12`. @module */
import type { Operation } from '../instruction.js'
import type { Cursor } from './cursor.js'
import type { Arithmetic, Relation } from './syntax.js'
import { protocolWords } from './word.js'

/**
 * How tightly operators bind. libpcap has no precedence for the remainder and the exclusive or: they take all that follows
 * as their right side, whatever stands before them.
 */
const precedence: Readonly<Record<Operation, number>> = {
  '|': 1,
  '&': 2,
  '<<': 3,
  '>>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': Number.POSITIVE_INFINITY,
  '^': Number.POSITIVE_INFINITY,
}
const operators = Object.keys(precedence)
/** Tighter than all that has a precedence. */
const tightest = 6

/** Comparisons, as they are written. */
const relations: Readonly<Record<string, Relation>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/** Whether a token, this one or one after it, goes on with a number that was computed. */
export function continuesArithmetic(cursor: Cursor, ahead = 0): boolean {
  return cursor.is(operators, ahead) || cursor.is(Object.keys(relations), ahead)
}

/** Whether a computed number begins here; not looking into parentheses. */
export function startsArithmetic(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek()
  if (kind === 'number' || cursor.is(['-', 'len', 'length'])) return true
  return kind === 'word' && protocolWords.has(text) && cursor.is(['['], 1)
}

/** Passes a comparison, if one comes. */
export function acceptRelation(cursor: Cursor): Relation | undefined {
  const written = cursor.accept(...Object.keys(relations))
  return written === undefined ? undefined : relations[written]
}

/** A computed number, with operators that bind at least as tightly. */
export function parseArithmetic(cursor: Cursor, loosest = 0): Arithmetic {
  return continueArithmetic(cursor, operand(cursor), loosest)
}

/** The same, of which the first operand was read already. */
export function continueArithmetic(cursor: Cursor, first: Arithmetic, loosest = 0): Arithmetic {
  let left = first
  while (cursor.is(operators)) {
    const { text, at } = cursor.peek()
    const operation = text as Operation
    const binds = precedence[operation]
    if (binds < loosest) break
    cursor.take()
    const right = cursor.nested(() => parseArithmetic(cursor, binds > tightest ? 0 : binds + 1))
    left = { kind: 'binary', operation, left, right, at }
  }
  return left
}

function operand(cursor: Cursor): Arithmetic {
  if (cursor.accept('-') !== undefined) {
    return { kind: 'negative', of: cursor.nested(() => parseArithmetic(cursor, tightest)) }
  }
  if (cursor.accept('(') !== undefined) {
    const inside = cursor.nested(() => parseArithmetic(cursor))
    cursor.expect(')')
    return inside
  }
  if (cursor.accept('len', 'length') !== undefined) return { kind: 'length' }
  const token = cursor.peek()
  if (token.kind === 'number') {
    cursor.take()
    return { kind: 'number', value: token.value }
  }
  const protocol = token.kind === 'word' ? protocolWords.get(token.text) : undefined
  if (protocol === undefined) throw cursor.unexpected('a number, len or octets of a header such as ip[0]')
  cursor.take()
  cursor.expect('[')
  const index = cursor.nested(() => parseArithmetic(cursor))
  let size = 1
  if (cursor.accept(':') !== undefined) {
    const octets = cursor.peek()
    if (octets.kind !== 'number') throw cursor.unexpected('1, 2 or 4 octets')
    cursor.take()
    size = octets.value
  }
  cursor.expect(']')
  return { kind: 'load', protocol, index, size, at: token.at }
}
