/** Checks of objects: each property by its own check, unknown properties refused. @module */
import { Fault, rangeFault, typeFault, unknownProperty } from '../argument.js'
import type { Field } from '../field.js'
import { etherType } from './filter-protocol.js'
import {
  anyMac,
  boolean,
  type Check,
  decimal,
  duration,
  ipAddress,
  linkRef,
  numberRange,
  textOf,
  wholeNumber,
  word,
} from './scalar.js'

/** A check for each property. */
export type Checks = Readonly<Record<string, Check>>

/** An object that has only properties with a check; those of `needed` must be there. */
export const objectOf = (checks: Checks, needed: readonly string[] = []): Check<Record<string, unknown>> => {
  // Of requests, of which there are thousands, paths are made once.
  const paths = new Map(Object.keys(checks).map((property) => [property, `spec.${property}`]))
  return (value, path) => {
    const source = asObject(value, path)
    const clean: Record<string, unknown> = {}
    for (const property in source) {
      const given = source[property]
      const check = Object.hasOwn(checks, property) ? checks[property] : undefined
      if (check === undefined) throw unknownProperty(path, property, Object.keys(checks))
      if (given === undefined) continue
      clean[property] = check(given, path === 'spec' ? (paths.get(property) as string) : `${path}.${property}`)
    }
    for (const property of needed) {
      if (clean[property] === undefined) throw typeFault(`${path}.${property}`, 'a value', undefined)
    }
    return clean
  }
}

/** The value as an object, or a fault. */
export function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw typeFault(path, 'an object', value)
  return value as Record<string, unknown>
}

/** Refuses properties that are not in `known`. For checks that are written out for speed. */
export function onlyKnown(source: object, known: ReadonlySet<string>, path: string): void {
  for (const property in source) if (!known.has(property)) throw unknownProperty(path, property, known)
}

/** A list, each element by the same check. */
export const listOf =
  <T>(check: Check<T>): Check<T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw typeFault(path, 'a list', value)
    return value.map((element, index) => check(element, `${path}.${index}`))
  }

/** The check that an option's description asks for. Addresses and MACs stay text: options are not a bulk. */
function checkOf(field: Field): Check {
  switch (field.type) {
    case 'boolean':
      return boolean
    case 'integer':
      return wholeNumber(field.min, field.max, field.unit)
    case 'seconds':
      return duration(field.min, field.max)
    case 'milliseconds':
      return decimal(field.min, field.max, 'milliseconds')
    case 'chance':
      return decimal(0, 1)
    case 'rate':
      return wholeNumber(field.min, field.max, 'bit/s')
    case 'choice':
      return word(field.values)
    case 'mac':
      return macText
    case 'protocol':
      return etherType
    case 'ip':
      return field.version === undefined ? ipText : ipTextOf(field.version)
    case 'link':
      return linkRef
    case 'text':
      return textOf(field.octets)
    case 'macs':
      return listOf(macText)
    case 'ips':
      return atMost(field.most, listOf(ipTextOf(field.version)))
    case 'range':
      return numberRange(field.min, field.max)
    case 'numbers':
      return numberList(field.min, field.max, field.count)
    case 'record':
      return optionsOf(field.fields, 'add')
    case 'records':
      return listOf(optionsOf(field.fields, 'add'))
    case 'map':
      return numberMap(field.min, field.max, field.most)
  }
}

/** The options of a kind, by its table. `when` is `add` or `set`. */
export function optionsOf(
  fields: Readonly<Record<string, Field>>,
  when: 'add' | 'set',
): Check<Record<string, unknown>> {
  const { checks, needed } = optionChecks(fields, when)
  return objectOf(checks, needed)
}

/** The checks of the options of a kind, for specifications that hold them beside their other properties. */
export function optionChecks(
  fields: Readonly<Record<string, Field>>,
  when: 'add' | 'set',
): { readonly checks: Checks; readonly needed: readonly string[] } {
  const checks: Record<string, Check> = {}
  const needed: string[] = []
  for (const [property, field] of Object.entries(fields)) {
    if (field.readOnly) continue
    if (field.setOnly && when === 'add') {
      checks[property] = (_, path) => {
        throw new Fault('VNET_RANGE', path, 'only for a link that is there', 'use link set')
      }
    } else if (field.addOnly && when === 'set') {
      checks[property] = (_, path) => {
        throw new Fault('VNET_RANGE', path, 'is fixed once the link is made', 'delete the link and make it again')
      }
    } else checks[property] = field.nullable ? orNull(checkOf(field)) : checkOf(field)
    if (field.required && when === 'add') needed.push(property)
  }
  return { checks, needed }
}

const macText: Check<string> = (value, path) => {
  const octets = anyMac(value, path)
  return typeof value === 'string' ? value.toLowerCase().replaceAll('-', ':') : hexText(octets)
}
const hexText = (octets: Uint8Array) => Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':')

const ipText: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw typeFault(path, 'an IP address as text', value)
  ipAddress(value, path)
  return value
}

/** An address of one version of IP. */
const ipTextOf =
  (version: 4 | 6): Check<string> =>
  (value, path) => {
    const text = ipText(value, path)
    if (text.includes(':') !== (version === 6)) {
      throw rangeFault(path, `${text} is not an address of IPv${version}`, `give an address of IPv${version}`)
    }
    return text
  }

const orNull =
  (check: Check): Check =>
  (value, path) =>
    value === null ? null : check(value, path)

const numberList =
  (min: number, max: number, count: number): Check<number[]> =>
  (value, path) => {
    const numbers = listOf(wholeNumber(min, max))(value, path)
    if (numbers.length !== count)
      throw rangeFault(path, `${numbers.length} numbers, ${count} are needed`, `give ${count} numbers`)
    return numbers
  }

const numberMap =
  (min: number, max: number, most: number): Check<Readonly<Record<number, number>>> =>
  (value, path) => {
    const source = asObject(value, path)
    const clean: Record<number, number> = {}
    for (const [from, to] of Object.entries(source)) {
      if (!/^\d+$/.test(from)) throw rangeFault(`${path}.${from}`, 'is not a whole number', 'give a priority of 0 to 7')
      clean[wholeNumber(min, max)(Number(from), `${path}.${from}`)] = wholeNumber(0, most)(to, `${path}.${from}`)
    }
    return clean
  }

/** A list of no more than some elements. */
const atMost =
  (most: number, check: Check<unknown[]>): Check<unknown[]> =>
  (value, path) => {
    const list = check(value, path)
    if (list.length > most) throw rangeFault(path, `has ${list.length} elements`, `at most ${most}`)
    return list
  }
