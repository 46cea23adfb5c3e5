/** IP addresses of links (`ip address`; `linux/if_addr.h`). @module */
import type { IpFamily, IpInput, Prefix, PrefixInput } from './ip.js'
import type { LinkRef, RawAttribute } from './link.js'

/** How far an address or a route is valid (`linux/rtnetlink.h`, `RT_SCOPE_*`); other scopes are numbers 0–255. */
export type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere' | number

/** Flags of an address that can be chosen. */
export interface AddressFlags {
  /** The kernel makes no route to the prefix (`noprefixroute`). */
  readonly noPrefixRoute?: boolean
  /** IPv6: no duplicate address detection (RFC 4862 § 5.4). */
  readonly noDad?: boolean
  /** IPv6: usable before detection ends (RFC 4429). */
  readonly optimistic?: boolean
  /** IPv6 home address (RFC 6275). */
  readonly homeAddress?: boolean
  /** IPv6: make temporary addresses from this one (RFC 8981). */
  readonly manageTemporary?: boolean
  /** Join the multicast group of the address (IPv4). */
  readonly autoJoin?: boolean
}

/** Specification of an address of a link, as `ip address add PREFIX dev LINK`. */
export interface AddressSpec<Address = IpInput, Net = PrefixInput> extends AddressFlags {
  /** The link. */
  readonly link: LinkRef
  /** The address with the length of its network, such as `172.17.0.1/16`. */
  readonly address: Net
  /** The other end of a point-to-point link, or its prefix. */
  readonly peer?: Net
  /** Broadcast address; `true` computes it (RFC 919), as `brd +`. IPv4 only. */
  readonly broadcast?: Address | boolean
  /** Name of an alias sub-interface, at most 15 octets, such as `br0:1` (see `AliasClient`). IPv4 only. */
  readonly label?: string
  /** Reach; the default is `host` for loopback addresses, else `global`. */
  readonly scope?: Scope
  /** Seconds until the address is removed; `Infinity` never (the default). */
  readonly validLifetime?: number
  /** Seconds until the address is deprecated; at most `validLifetime`. */
  readonly preferredLifetime?: number
  /** Metric of the route to the prefix. */
  readonly metric?: number
}

/** Which address `address delete` removes. */
export interface AddressKey<Net = PrefixInput> {
  /** The link. */
  readonly link: LinkRef
  /** The address with its length. */
  readonly address: Net
  /** The peer, where there is one. */
  readonly peer?: Net
  /** Only if it has this label. */
  readonly label?: string
}

/** Which addresses a list holds. */
export interface AddressFilter {
  /** Only those of this link. */
  readonly link?: LinkRef
  /** Only this version of IP. */
  readonly family?: IpFamily
  /** Only this scope. */
  readonly scope?: Scope
  /** Only this label. */
  readonly label?: string
}

/** An IP address of a link as the kernel describes it. */
export interface Address {
  /** Index of the link. */
  readonly link: number
  /** Version of IP. */
  readonly family: IpFamily
  /** The address, canonical text without length. */
  readonly address: string
  /** Length of the network, bits. */
  readonly prefixLength: number
  /** The other end, where it differs from the address. */
  readonly peer?: string
  /** Broadcast address. */
  readonly broadcast?: string
  /** Anycast address (IPv6). */
  readonly anycast?: string
  /** Label (IPv4); the link's name unless one was chosen. */
  readonly label?: string
  /** Reach. */
  readonly scope: Scope
  /** Flags as `ip` prints them: `permanent`, `secondary`, `tentative`, `noprefixroute`, …, in its order. */
  readonly flags: readonly string[]
  /** Seconds left until removal; `Infinity` never. */
  readonly validLifetime: number
  /** Seconds left until deprecation; `Infinity` never. */
  readonly preferredLifetime: number
  /** Metric of the route to the prefix, where one was chosen. */
  readonly metric?: number
  /** Who made it: `kernel_lo`, `kernel_ra`, `kernel_ll` (Linux 5.18), or a number. */
  readonly protocol?: string | number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it; `broadcast` is already computed. */
export type CleanAddressSpec = Omit<AddressSpec<Uint8Array, Prefix>, 'broadcast'> & { readonly broadcast?: Uint8Array }
/** Key as drivers receive it. */
export type CleanAddressKey = AddressKey<Prefix>
