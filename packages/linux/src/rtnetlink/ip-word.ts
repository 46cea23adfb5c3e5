/** Words for numbers that addresses, routes and rules share: scopes, tables, makers, families, flags. @module */
import {
  type IpFamily,
  type RawAttribute,
  type RouteProtocol,
  type RouteTable,
  routeProtocols,
  type Scope,
} from '@vnet/core'
import * as k from './constants-ip.js'

/** No unknown attribute; shared, so that a hundred thousand routes do not hold a hundred thousand empty lists. */
export const noOther: readonly RawAttribute[] = Object.freeze([])
/** No flag. */
export const noFlags: readonly string[] = Object.freeze([])

const scopes: { readonly [word: string]: number } = {
  global: k.RT_SCOPE_UNIVERSE,
  site: k.RT_SCOPE_SITE,
  link: k.RT_SCOPE_LINK,
  host: k.RT_SCOPE_HOST,
  nowhere: k.RT_SCOPE_NOWHERE,
}
const tables: { readonly [word: string]: number } = {
  default: k.RT_TABLE_DEFAULT,
  main: k.RT_TABLE_MAIN,
  local: k.RT_TABLE_LOCAL,
}
const protocols: { readonly [word: string]: number } = routeProtocols

/** Words by number, 0–255; a number without a word stands for itself. */
function byNumber<T>(words: { readonly [word: string]: number }): readonly T[] {
  const list: (string | number)[] = Array.from({ length: 256 }, (_, number) => number)
  for (const [word, number] of Object.entries(words)) list[number] = word
  return list as unknown as readonly T[]
}
const scopeWords = byNumber<Scope>(scopes)
const tableWords = byNumber<RouteTable>(tables)
const protocolWords = byNumber<RouteProtocol>(protocols)

/** A scope as the kernel's number. */
export const scopeNumber = (scope: Scope): number => (typeof scope === 'number' ? scope : (scopes[scope] as number))
/** A scope in words. */
export const scopeWord = (number: number): Scope => scopeWords[number] as Scope
/** A table as the kernel's number. */
export const tableNumber = (table: RouteTable): number =>
  typeof table === 'number' ? table : (tables[table] as number)
/** A table in words. */
export const tableWord = (number: number): RouteTable => tableWords[number] ?? number
/** A maker of routes as the kernel's number. */
export const protocolNumber = (protocol: RouteProtocol): number =>
  typeof protocol === 'number' ? protocol : (protocols[protocol] as number)
/** A maker of routes in words. */
export const protocolWord = (number: number): RouteProtocol => protocolWords[number] as RouteProtocol
/** A version of IP as the kernel's family; AF_UNSPEC for none. */
export const familyNumber = (family: IpFamily | undefined): number =>
  family === undefined ? k.AF_UNSPEC : family === 4 ? k.AF_INET : k.AF_INET6

/** Turns a bit mask into words, each mask's list made once; bits without a word come last, in hexadecimal. */
export function flagWords(
  names: readonly (readonly [bit: number, word: string])[],
): (mask: number) => readonly string[] {
  const made = new Map<number, readonly string[]>([[0, noFlags]])
  return (mask) => {
    let words = made.get(mask)
    if (words === undefined) {
      const rest = names.reduce((left, [bit]) => left & ~bit, mask)
      const known = names.filter(([bit]) => mask & bit).map(([, word]) => word)
      words = Object.freeze(rest === 0 ? known : [...known, (rest >>> 0).toString(16)])
      made.set(mask, words)
    }
    return words
  }
}
