/** Settings behind a port: words and `key=value`, with commas between. @module */
import { refuse } from '../parameter.js'
import { UsageError } from '../usage.js'

/** A word that may be written, and what it sets. */
export interface Word {
  /** A few words for the help. */
  readonly about: string
  /** The property that it fills; `stp.cost` is one inside another. */
  readonly property: string
  /** What stands behind `=`. Without it the word alone is written, and gives `gives`. */
  readonly value?: { readonly placeholder: string; read(text: string, where: string): unknown }
  /** What the word alone gives; default `true`. */
  readonly gives?: boolean
}

/** The words that an option knows. */
export type Words = Readonly<Record<string, Word>>

/** Reads `cost=100,isolated` into the properties that the words fill. */
export function readSettings(text: string, words: Words, flag: string): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  const given = new Set<string>()
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    const key = equals < 0 ? part : part.slice(0, equals)
    const word = Object.hasOwn(words, key) ? words[key] : undefined
    if (word === undefined) return refuse(flag, key, Object.keys(words))
    const { property, value, gives = true } = word
    if (given.has(property)) throw new UsageError(`--${flag}: ${key} is given twice, or contradicts another word`)
    given.add(property)
    if (value === undefined && equals >= 0) throw new UsageError(`--${flag}: ${key} takes no value`)
    if (value !== undefined && (equals < 0 || equals === part.length - 1)) {
      throw new UsageError(`--${flag}: write ${key}=${value.placeholder}`)
    }
    put(properties, property, value === undefined ? gives : value.read(part.slice(equals + 1), `${flag}: ${key}`))
  }
  return properties
}

function put(properties: Record<string, unknown>, property: string, value: unknown): void {
  const dot = property.indexOf('.')
  if (dot < 0) {
    properties[property] = value
    return
  }
  const outer = property.slice(0, dot)
  properties[outer] ??= {}
  put(properties[outer] as Record<string, unknown>, property.slice(dot + 1), value)
}

/** The words for the help, one a line. */
export function helpOf(words: Words): string {
  const terms = Object.entries(words).map(
    ([key, { about, value }]) => [value === undefined ? key : `${key}=${value.placeholder}`, about] as const,
  )
  const width = Math.max(...terms.map(([term]) => term.length))
  return terms.map(([term, about]) => `  ${term.padEnd(width)}  ${about}`).join('\n')
}

const decimal = /^\d+(?:\.\d+)?$/

/** A chance: `1%`, or `0.01`. */
export function readChance(text: string, where: string): number {
  const percent = text.endsWith('%')
  const number = percent ? text.slice(0, -1) : text
  if (!decimal.test(number)) throw new UsageError(`--${where} takes a chance such as 1% or 0.01, not ${quoted(text)}`)
  return percent ? Number(number) / 100 : Number(number)
}

/** How many of a unit make a second. */
const units: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6 }

/** A time in seconds: `20ms`, `100us`, `0.02`. */
export function readTime(text: string, where: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|ms|us)?$/.exec(text)
  if (match === null) throw new UsageError(`--${where} takes a time such as 20ms, 100us or 0.02 s, not ${quoted(text)}`)
  return Number(match[1]) / (units[match[2] ?? 's'] as number)
}

/** A rate, and perhaps a burst behind it: `1000`, `1000/50`. */
export function readLimit(text: string, where: string): { readonly rate: number; readonly burst?: number } {
  const [rate = '', burst, ...more] = text.split('/')
  const isRate = decimal.test(rate) && Number(rate) > 0
  if (more.length > 0 || !isRate || (burst !== undefined && !decimal.test(burst))) {
    throw new UsageError(`--${where} takes frames a second such as 1000, or 1000/50 with a burst, not ${quoted(text)}`)
  }
  return { rate: Number(rate), ...(burst === undefined ? {} : { burst: Number(burst) }) }
}

const quoted = (text: string): string => JSON.stringify(text)
