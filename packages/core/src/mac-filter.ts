/** MAC filters: which stations may send at a port of a bridge (nf_tables, family bridge; `linux/netfilter/nf_tables.h`). @module */
import type { MacInput } from './mac.js'

/** Which port a filter is for. */
export interface MacFilterKey {
  /** The port: the name of a link, which need not exist and need not be a port yet. Alternative names are not looked at. */
  readonly link: string
}

/**
 * Who may send at a port, as the lists of a router say it. At least one of the lists must be there; each has 4096 addresses of
 * single stations at most.
 *
 * @example
 * { link: 'lan1', allow: ['02:00:00:00:00:01', '02:00:00:00:00:02'] }
 * { link: 'lan2', deny: ['02:00:00:00:00:66'] }
 */
export interface MacFilterSpec<Mac = MacInput> extends MacFilterKey {
  /** Only these stations may send here. Everybody when absent; nobody when empty. */
  readonly allow?: readonly Mac[]
  /** These stations may not send here, also where `allow` has them. */
  readonly deny?: readonly Mac[]
}

/** Frames that were counted. */
export interface MacFilterCounter {
  /** How many. */
  readonly packets: number
  /** Their octets behind the Ethernet header and a VLAN tag. */
  readonly bytes: number
}

/** Which filters are listed. */
export interface MacFilterFilter {
  /** Only that of this port. */
  readonly link?: string
}

/** The filter of a port as the kernel has it: addresses are text, each once, in ascending order. */
export interface MacFilter extends MacFilterSpec<string> {
  /** What came in and went on, since the filter was set. */
  readonly passed: MacFilterCounter
  /** What came in and was dropped, since the filter was set. */
  readonly dropped: MacFilterCounter
}

/** Specification as drivers receive it: addresses each once, in ascending order; an empty `deny` only where `allow` is absent. */
export type CleanMacFilterSpec = MacFilterSpec<Uint8Array>
