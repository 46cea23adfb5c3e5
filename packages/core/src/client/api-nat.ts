/** Address translation, as a program holds it. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { NatFilter, NatKey, NatRule, NatSpec } from '../nat.js'

/**
 * Address translation. On Linux rules are those of nf_tables in tables of our own (`nft list table ip vnet`), made when the
 * first rule comes and removed with the last; what others have in theirs is left alone.
 */
export interface NatClient {
  /**
   * Adds a rule behind the others of its hook, as `nft add rule ip vnet postrouting … masquerade`. Throws `EPERM`, `ENOENT` where
   * `index` is beyond the last, `EEXIST` where somebody else has a chain of another type under the name,
   * `VNET_UNSUPPORTED` where the kernel has no nf_tables or no translation.
   */
  add(spec: NatSpec, options?: CallOptions): Promise<NatRule>
  /**
   * Removes a rule, as `nft delete rule ip vnet postrouting handle N`; a rule that was listed will do. What has begun stays
   * translated, but for the last rule of its version of IP, with which Linux ends all translation. Throws `ENOENT`.
   */
  delete(rule: NatKey, options?: CallOptions): Promise<void>
  /** The rules of our tables in the order in which they act, hook by hook, as `nft -a list table ip vnet`; IPv4 first. */
  list(filter?: NatFilter, options?: CallOptions): Promise<NatRule[]>
  /** Removes all rules but those of kind `other`; the table as well where nothing is left in it. See {@link NatClient.delete}. */
  flush(filter?: NatFilter, options?: CallOptions): Promise<void>
}
