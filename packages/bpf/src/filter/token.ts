/** A filter expression, cut into words, numbers, addresses and signs. @module */
import { parseIp } from '@vnet/core'
import { FilterError } from './error.js'
import { numberWords, words } from './word.js'

/** A piece of an expression. `text`: as it is written; `at`: where. */
export type Token = { readonly text: string; readonly at: number } & (
  | { readonly kind: 'word' | 'name' | 'sign' | 'ipv4' | 'end' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'ipv6' | 'mac'; readonly octets: Uint8Array }
)

const space = /[ \t\r\n]*/y
const sign = /&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^!<>=()[\]:]/y
const word = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y
const escaped = /\\([^ !()\n\t]+)/y
const mac =
  /[0-9a-f]{1,2}(?:[:.-][0-9a-f]{1,2}){5}(?![:\w])|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?![.:\w])|[0-9a-f]{12}(?![.:\w])/iy
const colons = /[0-9a-f:.]*:[0-9a-f:.]*/iy
const numeral = /^(?:0x[0-9a-f]+|[0-9]+)$/i
const dotted = /^[0-9]+(?:\.[0-9]+){1,3}$/

/**
 * All tokens, the last of kind `end`.
 *
 * @throws FilterError
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    at += found(space, text, at).length
    if (at >= text.length) break
    const token = tokenAt(text, at)
    tokens.push(token)
    at += token.text.length
  }
  return [...tokens, { kind: 'end', text: '', at }]
}

function tokenAt(text: string, at: number): Token {
  const hardware = found(mac, text, at)
  if (hardware !== '') return { kind: 'mac', text: hardware, at, octets: macOctets(hardware) }
  const colon = found(colons, text, at)
  const address = colon.length > 1 && colon.indexOf(':') !== colon.lastIndexOf(':') ? parseIp(colon) : undefined
  if (address?.length === 16) return { kind: 'ipv6', text: colon, at, octets: address }
  const name = found(escaped, text, at)
  if (name !== '') return { kind: 'name', text: name, at }
  const plain = found(word, text, at)
  if (plain !== '') return wordToken(plain, at)
  const mark = found(sign, text, at)
  if (mark !== '') return { kind: 'sign', text: mark, at }
  throw new FilterError(`syntax error: illegal character ${JSON.stringify(text[at])}`, at)
}

function wordToken(text: string, at: number): Token {
  const known = numberWords.get(text)
  if (known !== undefined) return { kind: 'number', text, at, value: known }
  if (words.has(text)) return { kind: 'word', text, at }
  if (numeral.test(text)) return { kind: 'number', text, at, value: numberOf(text, at) }
  return { kind: dotted.test(text) ? 'ipv4' : 'name', text, at }
}

/** Decimal, hexadecimal behind `0x`, octal behind `0`, as in C. */
function numberOf(text: string, at: number): number {
  const isOctal = /^0[0-9]/.test(text)
  if (isOctal && /[89]/.test(text)) throw new FilterError(`number ${text} contains non-octal digit`, at)
  const value = isOctal ? Number.parseInt(text, 8) : Number(text)
  if (value > 0xffffffff) throw new FilterError(`number ${text} overflows 32 bits`, at)
  return value
}

function macOctets(text: string): Uint8Array {
  const parts = /^[0-9a-f]{1,2}[:.-]/i.test(text) ? text.split(/[:.-]/) : (text.replaceAll('.', '').match(/../g) ?? [])
  return Uint8Array.from(parts, (part) => Number.parseInt(part, 16))
}

/** What a pattern finds at a place; empty for nothing. */
function found(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
