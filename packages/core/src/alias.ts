/** Alias sub-interfaces such as `eth0:1`: IPv4 addresses whose label begins with the name of their link (`IFA_LABEL`). @module */
import type { Address, AddressSpec } from './address.js'
import type { IpInput, PrefixInput } from './ip.js'
import type { Link, LinkRef } from './link.js'

/** Specification of an alias, as `ip address add PREFIX dev eth0 label eth0:1`, or `ifconfig eth0:1 ADDRESS netmask MASK`. */
export interface AliasSpec<Address = IpInput, Net = PrefixInput>
  extends Omit<AddressSpec<Address, Net>, 'link' | 'label' | 'address'> {
  /** The name of its link, a colon and a word: `eth0:1`; at most 15 octets. */
  readonly name: string
  /** Its IPv4 address with the length of its network. */
  readonly address: Net
}

/** Which alias is meant. */
export interface AliasKey<Net = PrefixInput> {
  /** Its name: `eth0:1`. */
  readonly name: string
  /** Which of several addresses that carry this name; needed only then. */
  readonly address?: Net
}

/** Which aliases a list holds. */
export interface AliasFilter {
  /** Only those of this link. */
  readonly link?: LinkRef
}

/** An alias sub-interface: the address that carries its name. It is no link: it has no index, no MAC, no counters. */
export interface Alias extends Address {
  /** Its name, which is the label of the address: `eth0:1`. */
  readonly name: string
  /** Whether its link is administratively up. An alias has no state of its own: it is up and down with its link. */
  readonly up: boolean
}

/** The alias that an address of the link is; `undefined` for an address without a name of its own, or with another link's. */
export function aliasOf(address: Address, link: Pick<Link, 'index' | 'name' | 'up'>): Alias | undefined {
  const { label } = address
  if (address.link !== link.index || !label?.startsWith(`${link.name}:`)) return undefined
  return { ...address, name: label, up: link.up }
}
