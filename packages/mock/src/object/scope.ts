/** Scopes of addresses and routes by number (`linux/rtnetlink.h`, `RT_SCOPE_*`). @module */
import type { Scope } from '@vnet/core'

const words: { readonly [word: string]: number | undefined } = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
}
const numbers = new Map<number, Scope>(Object.entries(words).map(([word, number]) => [number as number, word as Scope]))

/** The number of a scope. */
export function scopeNumber(scope: Scope): number {
  return typeof scope === 'number' ? scope : (words[scope] as number)
}

/** The word of a scope, where it has one. */
export function scopeWord(number: number): Scope {
  return numbers.get(number) ?? number
}
