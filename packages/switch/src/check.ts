/** Checks of options: wrong values are refused with the path of the value, before anything is done. @module */
import { type ArgumentFault, parseMac } from '@vnet/core'
import { macAt } from '@vnet/wire'

type Check<T = unknown> = (value: unknown, path: string) => T

function fail(code: ArgumentFault['code'], path: string, problem: string): never {
  const message = `switch: ${path}: ${problem}`
  const error = code === 'VNET_TYPE' ? new TypeError(message) : new RangeError(message)
  throw Object.assign(error, { code, operation: 'switch', attribute: path } satisfies ArgumentFault)
}

function number(value: unknown, path: string): number {
  if (typeof value !== 'number') fail('VNET_TYPE', path, `a number is needed, not ${typeof value}`)
  return value
}

function macOf(value: unknown, path: string): number {
  const octets = typeof value === 'string' ? parseMac(value) : value
  if (!(octets instanceof Uint8Array) || octets.length !== 6) fail('VNET_TYPE', path, 'a MAC address is needed')
  return macAt(octets, 0)
}

/** Each returns the value or throws a `TypeError` (`VNET_TYPE`) or `RangeError` (`VNET_RANGE`) that names it. */
export const check = {
  /** A whole number from `min` to `max`. */
  whole:
    (min: number, max: number): Check<number> =>
    (value, path) => {
      const whole = number(value, path)
      if (Number.isInteger(whole) && whole >= min && whole <= max) return whole
      return fail('VNET_RANGE', path, `${whole} is not a whole number from ${min} to ${max}`)
    },

  /** A number from `min` to `max`. */
  from:
    (min: number, max: number): Check<number> =>
    (value, path) => {
      const some = number(value, path)
      return some >= min && some <= max ? some : fail('VNET_RANGE', path, `${some} is not from ${min} to ${max}`)
    },

  /** `true` or `false`. */
  boolean: ((value, path) => {
    if (typeof value !== 'boolean') fail('VNET_TYPE', path, `true or false is needed, not ${typeof value}`)
    return value
  }) as Check<boolean>,

  /** Text. */
  text: ((value, path) => {
    if (typeof value !== 'string') fail('VNET_TYPE', path, `a text is needed, not ${typeof value}`)
    return value
  }) as Check<string>,

  /** One of some words. */
  word:
    <W extends string>(...words: readonly W[]): Check<W> =>
    (value, path) => {
      if (words.includes(value as W)) return value as W
      return fail('VNET_RANGE', path, `${JSON.stringify(value)} is none of ${words.join(', ')}`)
    },

  /** A MAC address, as a number of 48 bits. */
  mac: macOf as Check<number>,

  /** The MAC address of one station, as a number of 48 bits: no group, not zero. */
  unicastMac: ((value, path) => {
    const mac = macOf(value, path)
    if (mac === 0 || Math.floor(mac / 0x10000000000) % 2 === 1) {
      fail('VNET_RANGE', path, 'the address of a single station is needed')
    }
    return mac
  }) as Check<number>,

  /** Takes over the properties of `options` that are there, each after its check; unknown ones are refused. */
  into<T extends object>(
    settings: T,
    options: object,
    path: string,
    checks: { readonly [K in keyof T]?: Check },
  ): void {
    if (typeof options !== 'object' || options === null) fail('VNET_TYPE', path || 'options', 'an object is needed')
    for (const [name, value] of Object.entries(options)) {
      const where = path === '' ? name : `${path}.${name}`
      const one = Object.hasOwn(checks, name) ? checks[name as keyof T] : undefined
      if (one === undefined) {
        fail('VNET_TYPE', where, `there is no such property; there are ${Object.keys(checks).join(', ')}`)
      }
      if (value !== undefined) settings[name as keyof T] = one(value, where) as T[keyof T]
    }
  },

  /** Refuses a value that is not allowed. */
  refuse: (path: string, problem: string): never => fail('VNET_RANGE', path, problem),
}
