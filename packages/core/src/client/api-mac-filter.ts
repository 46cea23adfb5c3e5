/** MAC filters, as a program holds them. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { MacFilter, MacFilterFilter, MacFilterKey, MacFilterSpec } from '../mac-filter.js'

/**
 * MAC filters: who may send at a port of a bridge. What is filtered is the source of frames that come in at the port, before the
 * bridge learns it; frames that bridges keep to a link (to `01:80:c2:00:00:0x`: LLDP, LACP, spanning tree) are not.
 *
 * On Linux a filter is two or three rules of nf_tables in the chain `mac-filter` of a table of our own
 * (`nft list table bridge vnet`), made with the first filter and removed with the last. Ours have the comment
 * `vnet mac-filter`; rules that others write into the chain are neither listed nor removed, and a policy that somebody gave the
 * chain stays.
 */
export interface MacFilterClient {
  /**
   * Sets who may send at a port, in place of what was set before, as `nft add rule bridge vnet mac-filter iifname PORT ether saddr
   * { … } drop`. The change is made in one go: each frame meets the old lists or the new ones, never none. Counters begin
   * at 0 again. Throws `EPERM`, `EEXIST` where somebody else has a chain of another type under the name,
   * `VNET_UNSUPPORTED` where the kernel cannot filter what bridges forward.
   */
  set(spec: MacFilterSpec, options?: CallOptions): Promise<void>
  /** Lets all stations send at a port again. Throws `ENOENT` where it has no filter. */
  delete(filter: MacFilterKey, options?: CallOptions): Promise<void>
  /** The filters by name of their ports, as `nft list chain bridge vnet mac-filter`. */
  list(filter?: MacFilterFilter, options?: CallOptions): Promise<MacFilter[]>
}
