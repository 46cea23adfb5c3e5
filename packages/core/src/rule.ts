/** Rules of policy routing (`ip rule`; `linux/fib_rules.h`). @module */
import type { IpFamily, Prefix, PrefixInput } from './ip.js'
import type { RawAttribute } from './link.js'
import type { RouteProtocol, RouteTable } from './route.js'

/** What a rule does with a packet that matches (`FR_ACT_*`). */
export type RuleAction = 'table' | 'goto' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit'

/** Specification of a rule, as `ip rule add from … table …`. A packet must match all that is given. */
export interface RuleSpec<Net = PrefixInput> {
  /** Version of IP; by the prefixes, else 4. */
  readonly family?: IpFamily
  /** Order, the lowest first; the kernel chooses one below the least when absent. */
  readonly priority?: number
  /** Packets from this prefix. */
  readonly from?: Net
  /** Packets to this prefix. */
  readonly to?: Net
  /** Packets that came in by this link: its name, which need not exist. */
  readonly inputLink?: string
  /** Packets of sockets bound to this link. */
  readonly outputLink?: string
  /** Packets with this mark. */
  readonly mark?: number
  /** Bits of the mark that count. */
  readonly markMask?: number
  /** Type of service. */
  readonly tos?: number
  /** IP protocol number, 1–255. */
  readonly ipProtocol?: number
  /** Source ports, first and last. */
  readonly sourcePorts?: readonly [number, number]
  /** Destination ports, first and last. */
  readonly destinationPorts?: readonly [number, number]
  /** Users, first and last. */
  readonly uids?: readonly [number, number]
  /** Number of a tunnel key. */
  readonly tunnelId?: number
  /** Only packets that do not match. */
  readonly not?: boolean
  /** Packets of a VRF master. */
  readonly l3mdev?: boolean
  /** What is done; default `table`. */
  readonly action?: RuleAction
  /** Table to look in; default `main`. */
  readonly table?: RouteTable
  /** Priority of the rule to go on with (`goto`). */
  readonly goto?: number
  /** Ignore routes with a prefix of this length or shorter. */
  readonly suppressPrefixLength?: number
  /** Ignore routes by links of this group. */
  readonly suppressGroup?: number
  /** Who made it; `unspec` unless said, as `ip` does. */
  readonly protocol?: RouteProtocol
}

/** Which rules a list holds. */
export interface RuleFilter {
  /** Version of IP; both when absent. */
  readonly family?: IpFamily
}

/** A rule as the kernel describes it: prefixes are text. */
export interface Rule extends Omit<RuleSpec<string>, 'family' | 'priority' | 'action' | 'protocol'> {
  /** Version of IP. */
  readonly family: IpFamily
  /** Order. */
  readonly priority: number
  /** What is done. */
  readonly action: RuleAction
  /** Who made it. */
  readonly protocol: RouteProtocol
  /**
   * As `ip -j` prints them: `permanent`, `unresolved` (no rule with the number of `goto`), `iif_detached` and
   * `oif_detached` (no link with the name of `inputLink`, `outputLink`). Bits without a word come last, in hexadecimal.
   */
  readonly flags: readonly string[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Specification as drivers receive it; `family` is filled in. `priority` absent lets the kernel choose. */
export type CleanRuleSpec = RuleSpec<Prefix> & { readonly family: IpFamily }
