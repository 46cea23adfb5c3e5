/** Checks of aliases, which are addresses by another name. @module */
import type { AddressSpec } from '../address.js'
import type { AliasFilter, AliasSpec } from '../alias.js'
import { rangeFault, typeFault } from '../argument.js'
import { formatIp, type Prefix } from '../ip.js'
import { addressSpec } from './address.js'
import { asObject, objectOf } from './object.js'
import { type Check, ipPrefix, linkRef, textOf } from './scalar.js'

const label = textOf(15, 1)

/** The name of an alias: the name of a link, which holds no colon, a colon, and something. */
export const aliasName: Check<string> = (value, path) => {
  const name = label(value, path)
  if (!/^[^/:%\s]+:[^/\s]+$/.test(name)) {
    throw rangeFault(
      path,
      `${JSON.stringify(name)} is not the name of an alias`,
      'write the name of its link, a colon and a word: eth0:1',
    )
  }
  return name
}

/** The name of the link that an alias belongs to. */
export const parentName = (alias: string): string => alias.slice(0, alias.indexOf(':'))

/** `alias add`: the address that it means. */
export const aliasSpec: Check<AddressSpec & { readonly label: string }> = (value, path) => {
  const source = asObject(value, path)
  for (const property of ['link', 'label']) {
    if (source[property] !== undefined)
      throw rangeFault(`${path}.${property}`, 'the name of an alias says this', 'leave it out')
  }
  const name = aliasName(source.name, `${path}.name`)
  ipv4Prefix(source.address, `${path}.address`)
  const { name: _, ...rest } = source as unknown as AliasSpec
  const spec = { ...rest, link: parentName(name), label: name }
  addressSpec(spec)
  return spec
}

/** An alias that is meant: its name, or its name and address. */
export const aliasKey: Check<{ readonly name: string; readonly address?: string }> = (value, path) => {
  if (typeof value === 'string') return { name: aliasName(value, path) }
  if (typeof value !== 'object' || value === null) throw typeFault(path, "an alias's name, or name and address", value)
  const { name, address } = key(value, path) as { name: string; address?: Prefix }
  return { name, ...(address === undefined ? {} : { address: `${formatIp(address.octets)}/${address.length}` }) }
}

/** `alias list`. */
export const aliasFilter = objectOf({ link: linkRef }) as Check<AliasFilter>

const ipv4Prefix: Check<Prefix> = (value, path) => {
  const prefix = ipPrefix(value, path)
  if (prefix.octets.length === 4) return prefix
  throw rangeFault(path, 'only IPv4 addresses can be aliases', 'give the link an IPv6 address by address add')
}

const key = objectOf({ name: aliasName, address: ipv4Prefix }, ['name'])
