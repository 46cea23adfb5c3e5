/** What a program holds of a namespace's tokens. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { Token, TokenFilter, TokenKey, TokenSpec } from '../token.js'

/** The host's half of IPv6 addresses that routers give (`ip token`). They are not watched. */
export interface TokenClient {
  /**
   * As `ip token set`: routers are asked anew, and addresses with a former token go. Throws `EINVAL` for `lo`, and where the link does
   * not hear routers (`detail`): without ARP, with `accept_ra` or `router_solicitations` of 0, and on a router.
   */
  set(spec: TokenSpec, options?: CallOptions): Promise<void>
  /** As `ip token delete`: addresses with the token go; those of later advertisements are made of the MAC. Throws as `set`. */
  delete(key: TokenKey, options?: CallOptions): Promise<void>
  /** Of each link that can have one, as `ip token list`. */
  list(filter?: TokenFilter, options?: CallOptions): Promise<Token[]>
}
