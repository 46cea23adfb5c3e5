/** Checks of single values. Each returns the clean value or throws a fault that names the path. @module */
import { nearest, rangeFault, typeFault } from '../argument.js'
import { formatPrefix, isNetwork, networkOf, type Prefix, parseIp, readIp, readPrefix } from '../ip.js'
import type { LinkRef } from '../link.js'
import { isGroupMac, readMac } from '../mac.js'
import { isNamespaceName, type NamespaceInput, type NamespaceRef, namespaceRef } from '../namespace.js'
import { pooledOctets } from '../octet-pool.js'

/** A check: the clean value, or a fault. */
export type Check<T = unknown> = (value: unknown, path: string) => T

const encoder = new TextEncoder()
const octetsOf = (text: string): number => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return encoder.encode(text).length
  return text.length
}

/** Whether a text has nothing in it that a name may not have. Most names are plain; an expression costs an object each time. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const lower = code | 0x20
    const isLetter = lower >= 97 && lower <= 122
    const isDigit = code >= 48 && code <= 57
    // `-`, `_`, and `.` where it is not the first.
    if (!isLetter && !isDigit && code !== 45 && code !== 95 && !(code === 46 && i > 0)) return false
  }
  return true
}

/** `true` or `false`. */
export const boolean: Check<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw typeFault(path, 'true or false', value)
  return value
}

/** A whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number, unit = ''): Check<number> =>
  (value, path) => {
    if (typeof value !== 'number') throw typeFault(path, 'a number', value)
    if (!Number.isInteger(value) || value < min || value > max) {
      throw rangeFault(
        path,
        `${value} is not a whole number from ${min} to ${max}${unit === '' ? '' : ` ${unit}`}`,
        `give a whole number from ${min} to ${max}`,
      )
    }
    return value
  }

/** A number from `min` to `max`, fractions allowed. */
export const decimal =
  (min: number, max: number, unit = ''): Check<number> =>
  (value, path) => {
    if (typeof value !== 'number') throw typeFault(path, 'a number', value)
    if (!(value >= min && value <= max)) {
      const range = `${min} to ${max}${unit === '' ? '' : ` ${unit}`}`
      throw rangeFault(path, `${value} is not from ${range}`, `give ${range}`)
    }
    return value
  }

/** A number of seconds; with `forever`, `Infinity` too. */
export const duration =
  (min: number, max: number, forever = false): Check<number> =>
  (value, path) => {
    if (typeof value !== 'number') throw typeFault(path, 'a number of seconds', value)
    if (forever && value === Number.POSITIVE_INFINITY) return value
    if (!(value >= min && value <= max))
      throw rangeFault(path, `${value} is not from ${min} to ${max} seconds`, `give ${min} to ${max} seconds`)
    return value
  }

/** Text of at most `octets` octets without NUL. */
export const textOf =
  (octets: number, least = 0): Check<string> =>
  (value, path) => {
    if (typeof value !== 'string') throw typeFault(path, 'a text', value)
    const size = octetsOf(value)
    if (size < least) throw rangeFault(path, 'the text is empty', 'give at least one character, or leave it out')
    if (size > octets)
      throw rangeFault(
        path,
        `the text has ${size} octets, at most ${octets} are allowed`,
        'shorten it; letters beyond ASCII have two octets or more',
      )
    if (value.includes('\0')) throw rangeFault(path, 'the text holds a NUL', 'leave the NUL out')
    return value
  }

/** One of some words. */
export const word =
  <W extends string>(words: readonly W[]): Check<W> =>
  (value, path) => {
    if (typeof value !== 'string') throw typeFault(path, 'a text', value)
    if (!words.includes(value as W))
      throw rangeFault(path, `${JSON.stringify(value)} is none of ${words.join(', ')}`, nearest(value, words))
    return value as W
  }

/** The name of a link that is to be: 1–15 octets, no `/`, `:`, `%` or white space, not `.` or `..` (`dev_valid_name`). */
export const linkName: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw typeFault(path, 'a text', value)
  const size = octetsOf(value)
  if (size === 0) throw rangeFault(path, 'a name cannot be empty', 'leave it out to let the kernel choose')
  if (size > 15)
    throw rangeFault(
      path,
      `the name ${JSON.stringify(value)} has ${size} octets, at most 15 are allowed`,
      'shorten it: letters beyond ASCII have two octets or more; addAltNames takes up to 127',
    )
  if (value === '.' || value === '..')
    throw rangeFault(path, `a link cannot be called ${JSON.stringify(value)}`, 'use letters, digits, - . and _')
  if (!isPlain(value) && /[/:%\s\0]/.test(value)) {
    throw rangeFault(
      path,
      `the name ${JSON.stringify(value)} holds /, :, % or white space`,
      'use letters, digits, - . and _',
    )
  }
  return value
}

/** An alternative name: 1–127 octets, otherwise as a name. */
export const altName: Check<string> = (value, path) => {
  const name = textOf(127, 1)(value, path)
  if (name === '.' || name === '..' || /[/:%\s]/.test(name)) {
    throw rangeFault(path, `the name ${JSON.stringify(value)} is not allowed`, 'use letters, digits, - . and _')
  }
  return name
}

/** A link that is meant: its name, an alternative name, or its index. */
export const linkRef: Check<LinkRef> = (value, path) => {
  if (typeof value === 'string') {
    if (value.length === 0 || value.length > 127 || (!isPlain(value) && badReference.test(value))) {
      throw rangeFault(
        path,
        `${JSON.stringify(value)} cannot be the name of a link`,
        'give its name, an alternative name, or its index',
      )
    }
    return value
  }
  if (typeof value !== 'number') throw typeFault(path, "a link's name or index", value)
  if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff) {
    throw rangeFault(
      path,
      `${value} is not an index of a link: a whole number from 1`,
      '`vnet link list` shows the indexes',
    )
  }
  return value
}
const badReference = /[/\s\0]|^\.{1,2}$/

/** The octets of a unicast MAC. */
export const unicastMac: Check<Uint8Array> = (value, path) => {
  const octets = anyMac(value, path)
  if (isGroupMac(octets)) {
    throw rangeFault(
      path,
      `${JSON.stringify(value)} is a group address`,
      'a link needs a unicast MAC: an even first octet',
    )
  }
  if (octets.every((octet) => octet === 0))
    throw rangeFault(path, 'a MAC of zeros only is not allowed', 'choose one that begins with 02, or leave it out')
  return octets
}

/** The six octets of a MAC. */
export const anyMac: Check<Uint8Array> = (value, path) => {
  if (value instanceof Uint8Array) {
    if (value.length !== 6) throw rangeFault(path, `a MAC has 6 octets, not ${value.length}`, 'give six octets')
    return value
  }
  if (typeof value !== 'string') throw typeFault(path, 'a MAC (text or 6 octets)', value)
  const octets = readMac(value, pooledOctets)
  if (octets === undefined) {
    throw rangeFault(path, `${JSON.stringify(value)} is not a MAC`, 'write six octets: 02:00:00:00:00:01')
  }
  return octets
}

/** The address read last: a list of routes repeats its gateway. Nobody changes octets of a clean request. */
const last: { text: string | undefined; octets: Uint8Array | undefined } = { text: undefined, octets: undefined }

/** The octets of an IP address. */
export const ipAddress: Check<Uint8Array> = (value, path) => {
  if (typeof value === 'string') {
    const octets = value === last.text ? last.octets : readIp(value, pooledOctets)
    if (octets === undefined) throw rangeFault(path, `${JSON.stringify(value)} is not an IP address`, ipHint(value))
    last.text = value
    last.octets = octets
    return octets
  }
  if (!(value instanceof Uint8Array)) throw typeFault(path, 'an IP address (text or octets)', value)
  if (value.length !== 4 && value.length !== 16) {
    throw rangeFault(
      path,
      `an IP address has 4 or 16 octets, not ${value.length}`,
      'give 4 octets for IPv4, 16 for IPv6',
    )
  }
  return value
}

/** An IP prefix; host bits may be set. */
export const ipPrefix: Check<Prefix> = (value, path) => {
  if (typeof value === 'string') {
    const prefix = readPrefix(value, pooledOctets)
    if (prefix === undefined) throw rangeFault(path, `${JSON.stringify(value)} is not an IP prefix`, ipHint(value))
    return prefix
  }
  const prefix = value as Prefix | null | undefined
  if (!(prefix?.octets instanceof Uint8Array)) throw typeFault(path, 'an IP prefix (text, or octets and length)', value)
  const bits = prefix.octets.length * 8
  if (bits !== 32 && bits !== 128)
    throw rangeFault(
      path,
      `an IP address has 4 or 16 octets, not ${prefix.octets.length}`,
      'give 4 octets for IPv4, 16 for IPv6',
    )
  if (!Number.isInteger(prefix.length) || prefix.length < 0 || prefix.length > bits) {
    throw rangeFault(
      path,
      `a prefix length is a whole number from 0 to ${bits}, not ${prefix.length}`,
      `give a length from 0 to ${bits}`,
    )
  }
  return prefix
}

/** An IP prefix without host bits. */
export const ipNetwork: Check<Prefix> = (value, path) => {
  const prefix = ipPrefix(value, path)
  if (!isNetwork(prefix)) {
    throw rangeFault(
      path,
      `${formatPrefix(prefix)} has host bits set`,
      `did you mean ${formatPrefix(networkOf(prefix))}?`,
    )
  }
  return prefix
}

/** A reference to a namespace. */
export const namespace: Check<NamespaceRef> = (value, path) => {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) {
    throw typeFault(path, 'a namespace (name, path, or object)', value)
  }
  const input = value as NamespaceInput
  if (typeof input === 'object' && 'ref' in input && input.ref === undefined) {
    throw rangeFault(path, "the host's own namespace has no reference", 'use { pid: process.pid }')
  }
  const ref = namespaceRef(input)
  if ('name' in ref) namespaceName(ref.name, path)
  else if ('path' in ref) textOf(4095, 1)(ref.path, path)
  else {
    const number = 'pid' in ref ? ref.pid : 'fd' in ref ? ref.fd : ref.handle
    if (number === undefined) throw typeFault(path, 'a namespace by name, path, pid, fd or handle', value)
    wholeNumber('pid' in ref ? 1 : 0, 0x7fffffff)(number, path)
  }
  return ref
}

/** The name of a namespace. */
export const namespaceName: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw typeFault(path, 'a text', value)
  if (!isNamespaceName(value)) {
    throw rangeFault(
      path,
      `${JSON.stringify(value)} cannot be the name of a namespace`,
      '1–255 octets, no /, not . or ..',
    )
  }
  return value
}

/** Two whole numbers, the first not greater than the second. */
export const numberRange =
  (min: number, max: number): Check<readonly [number, number]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw typeFault(path, 'a list of two numbers', value)
    const first = wholeNumber(min, max)(value[0], `${path}.0`)
    const last = wholeNumber(min, max)(value[1], `${path}.1`)
    if (first > last) throw rangeFault(path, `${first} is greater than ${last}`, 'give the smaller one first')
    return [first, last]
  }

/** What is likely meant by text that is no IP address. */
function ipHint(value: string): string {
  if (/(^|\.)0\d/.test(value)) return 'leading zeros are refused: C reads them as octal, people as decimal'
  if (value.includes('%')) return 'a zone is given by the link'
  const slash = value.indexOf('/')
  if (slash !== -1 && parseIp(value.slice(0, slash)) !== undefined) {
    return value.includes(':') ? 'the length goes from 0 to 128' : 'the length goes from 0 to 32'
  }
  return value.includes(':')
    ? 'write it as 2001:db8::1, with at most one `::`'
    : 'write it as 10.0.0.1: four numbers from 0 to 255, nothing around them'
}
