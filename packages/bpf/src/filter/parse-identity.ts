/** Reads what primitives compare with: `10.0.0.0/8`, `(80 or 443)`. @module */
import type { Cursor } from './cursor.js'
import { FilterError } from './error.js'
import { continuesArithmetic } from './parse-arithmetic.js'
import type { Expression, Identity, Qualifiers } from './syntax.js'

const identityKinds: readonly string[] = ['name', 'ipv4', 'ipv6', 'mac']

/** Whether an identity comes whose qualifiers are those of the one before: a name, an address, or a number that is not computed with. */
export function startsIdentity(cursor: Cursor): boolean {
  let [ahead, opened] = [0, 0]
  for (; cursor.is(['(', 'not', '!'], ahead); ahead++) if (cursor.is(['('], ahead)) opened++
  const { kind } = cursor.peek(ahead)
  if (kind !== 'number') return identityKinds.includes(kind)
  ahead++
  for (; opened > 0 && cursor.is([')'], ahead); opened--) ahead++
  return !continuesArithmetic(cursor, ahead)
}

/** An identity, or several of them in parentheses. */
export function parseIdentity(cursor: Cursor, qualifiers: Qualifiers | undefined): Expression {
  if (cursor.accept('not', '!') !== undefined) {
    return { kind: 'not', of: cursor.nested(() => parseIdentity(cursor, qualifiers)) }
  }
  if (cursor.accept('(') !== undefined) {
    const inside = cursor.nested(() => parseIdentities(cursor, qualifiers))
    cursor.expect(')')
    return inside
  }
  const { at } = cursor.peek()
  const what = identityOf(cursor)
  if (qualifiers !== undefined) return { kind: 'identity', what, qualifiers, at }
  throw new FilterError(
    'syntax error: it is not said what this is',
    at,
    'a word before it tells: host, net, port, proto …',
  )
}

function parseIdentities(cursor: Cursor, qualifiers: Qualifiers | undefined): Expression {
  let left = parseIdentity(cursor, qualifiers)
  for (;;) {
    const kind = cursor.accept('and', '&&') ? 'and' : cursor.accept('or', '||') ? 'or' : undefined
    if (kind === undefined) return left
    const right = parseIdentity(cursor, qualifiers)
    left = { kind, of: left.kind === kind ? [...left.of, right] : [left, right] }
  }
}

function identityOf(cursor: Cursor): Identity {
  const token = cursor.peek()
  switch (token.kind) {
    case 'number':
      cursor.take()
      return { kind: 'number', value: token.value }
    case 'mac':
      cursor.take()
      return { kind: 'mac', octets: token.octets }
    case 'ipv6': {
      cursor.take()
      return { kind: 'ipv6', text: token.text, octets: token.octets, ...lengthOf(cursor) }
    }
    case 'ipv4': {
      cursor.take()
      if (cursor.accept('mask') === undefined) return { kind: 'ipv4', text: token.text, ...lengthOf(cursor) }
      const mask = cursor.peek()
      if (mask.kind !== 'ipv4') throw cursor.unexpected('a mask such as 255.255.255.0')
      cursor.take()
      return { kind: 'ipv4', text: token.text, mask: mask.text }
    }
    case 'name':
      cursor.take()
      return { kind: 'name', text: token.text.replace('\\', '') }
    default:
      throw cursor.unexpected(
        'an address, a number or a name',
        token.kind === 'word'
          ? `a name that is also a word of the language has a backslash: \\${token.text}`
          : undefined,
      )
  }
}

/** The length of a prefix behind an address. */
function lengthOf(cursor: Cursor): { readonly length?: number } {
  if (cursor.accept('/') === undefined) return {}
  const token = cursor.peek()
  if (token.kind !== 'number') throw cursor.unexpected('the length of a prefix')
  cursor.take()
  return { length: token.value }
}
