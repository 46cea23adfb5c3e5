/** The host's half of IPv6 addresses whose other half routers give (`ip token`; `linux/if_link.h`, `IFLA_INET6_TOKEN`; RFC 4862 § 5.5.3). @module */
import type { IpInput } from './ip.js'
import type { LinkRef } from './link.js'

/** Whose token is meant. */
export interface TokenKey {
  /** The link. */
  readonly link: LinkRef
}

/** The token of a link, as `ip token set TOKEN dev LINK`. */
export interface TokenSpec<Address = IpInput> extends TokenKey {
  /** The last 64 bits of its addresses, such as `::5`; the first 64 are zero here, as they are the router's. */
  readonly token: Address
}

/** Which tokens a list holds. */
export interface TokenFilter {
  /** Only that of this link (`dev LINK`). */
  readonly link?: LinkRef
}

/** The token of a link. */
export interface Token {
  /** Index of the link. */
  readonly link: number
  /** The last 64 bits; `::` where it has none, and makes its addresses of its MAC. */
  readonly token: string
}

/** Specification as drivers receive it: 16 octets. */
export type CleanTokenSpec = TokenSpec<Uint8Array>
