/** Checks of address requests; written out because addresses come by the ten thousand. @module */
import type { AddressFilter, CleanAddressKey, CleanAddressSpec, Scope } from '../address.js'
import { rangeFault, typeFault } from '../argument.js'
import type { IpFamily, Prefix } from '../ip.js'
import { asObject, objectOf, onlyKnown } from './object.js'
import { boolean, type Check, duration, ipAddress, ipPrefix, linkRef, textOf, wholeNumber } from './scalar.js'

const scopes = ['global', 'site', 'link', 'host', 'nowhere'] as const

/** A scope: a word or a number. */
export const scope: Check<Scope> = (value, path) => {
  if (typeof value === 'number') return wholeNumber(0, 255)(value, path)
  if (typeof value !== 'string') throw typeFault(path, `one of ${scopes.join(', ')}, or a number`, value)
  if (!scopes.includes(value as (typeof scopes)[number])) {
    throw rangeFault(
      path,
      `${JSON.stringify(value)} is none of ${scopes.join(', ')}`,
      'one of these words, or a number from 0 to 255',
    )
  }
  return value as Scope
}

/** 4 or 6. */
export const ipFamily: Check<IpFamily> = (value, path) => {
  if (value !== 4 && value !== 6)
    throw rangeFault(path, 'the version of IP is 4 or 6', 'leave it out: the address tells it')
  return value
}

const lifetime = duration(0, 0xfffffffe, true)
const label = textOf(15, 1)
const u32 = wholeNumber(0, 0xffffffff)
const flags = ['noPrefixRoute', 'noDad', 'optimistic', 'homeAddress', 'manageTemporary', 'autoJoin'] as const
const ipv6Only = ['noDad', 'optimistic', 'homeAddress', 'manageTemporary'] as const
const known = new Set<string>([
  ...['link', 'address', 'peer', 'broadcast', 'label', 'scope', 'validLifetime', 'preferredLifetime', 'metric'],
  ...flags,
])

/** `address add` and `address set`. */
export function addressSpec(value: unknown): CleanAddressSpec {
  const source = asObject(value, 'spec')
  onlyKnown(source, known, 'spec')
  const link = linkRef(source.link, 'spec.link')
  const address = ipPrefix(source.address, 'spec.address')
  const clean: { -readonly [K in keyof CleanAddressSpec]: CleanAddressSpec[K] } = { link, address }
  const ipv4 = address.octets.length === 4
  if (source.peer !== undefined) clean.peer = sameFamily(ipPrefix(source.peer, 'spec.peer'), address, 'spec.peer')
  if (source.broadcast !== undefined && source.broadcast !== false)
    clean.broadcast = broadcast(source.broadcast, address)
  if (source.label !== undefined) {
    if (!ipv4) throw rangeFault('spec.label', 'only IPv4 addresses have a label', 'leave the label out')
    clean.label = label(source.label, 'spec.label')
  }
  if (source.scope !== undefined) clean.scope = scope(source.scope, 'spec.scope')
  if (source.validLifetime !== undefined) clean.validLifetime = lifetime(source.validLifetime, 'spec.validLifetime')
  if (source.preferredLifetime !== undefined) {
    clean.preferredLifetime = lifetime(source.preferredLifetime, 'spec.preferredLifetime')
  }
  if (clean.validLifetime === 0)
    throw rangeFault('spec.validLifetime', 'an address cannot live for no time', 'delete it')
  if ((clean.preferredLifetime ?? 0) > (clean.validLifetime ?? Number.POSITIVE_INFINITY)) {
    throw rangeFault(
      'spec.preferredLifetime',
      `${clean.preferredLifetime} is greater than the valid lifetime`,
      'make it shorter, or validLifetime longer',
    )
  }
  if (source.metric !== undefined) clean.metric = u32(source.metric, 'spec.metric')
  for (const flag of flags) {
    if (source[flag] !== undefined) clean[flag] = boolean(source[flag], `spec.${flag}`)
  }
  if (ipv4) {
    for (const flag of ipv6Only)
      if (clean[flag]) throw rangeFault(`spec.${flag}`, 'is for IPv6 addresses only', 'leave it out')
  }
  return clean
}

/** `address delete`. */
export function addressKey(value: unknown): CleanAddressKey {
  const source = asObject(value, 'spec')
  onlyKnown(source, keyFields, 'spec')
  const address = ipPrefix(source.address, 'spec.address')
  return {
    link: linkRef(source.link, 'spec.link'),
    address,
    ...(source.peer === undefined
      ? {}
      : { peer: sameFamily(ipPrefix(source.peer, 'spec.peer'), address, 'spec.peer') }),
    ...(source.label === undefined ? {} : { label: label(source.label, 'spec.label') }),
  }
}
const keyFields = new Set(['link', 'address', 'peer', 'label'])

const filter = objectOf({ link: linkRef, family: ipFamily, scope, label })

/** `address list`. */
export function addressList(value: unknown): AddressFilter {
  return filter(value, 'spec') as AddressFilter
}

function sameFamily(prefix: Prefix, as: Prefix, path: string): Prefix {
  if (prefix.octets.length !== as.octets.length)
    throw rangeFault(path, 'is of another version of IP than the address', 'both are IPv4, or both IPv6')
  return prefix
}

/** The broadcast address: as given, or all host bits set (RFC 919). */
function broadcast(value: unknown, address: Prefix): Uint8Array {
  if (address.octets.length !== 4) throw rangeFault('spec.broadcast', 'IPv6 has no broadcast', 'leave it out')
  if (value !== true) {
    const octets = ipAddress(value, 'spec.broadcast')
    if (octets.length !== 4)
      throw rangeFault(
        'spec.broadcast',
        'is of another version of IP than the address',
        'give an IPv4 address, true or false',
      )
    return octets
  }
  if (address.length > 30)
    throw rangeFault(
      'spec.broadcast',
      `a network of /${address.length} has no broadcast address`,
      'leave it out, or choose a shorter prefix',
    )
  const octets = Uint8Array.from(address.octets)
  for (let bit = address.length; bit < 32; bit++) octets[bit >> 3] = (octets[bit >> 3] as number) | (0x80 >> (bit & 7))
  return octets
}
