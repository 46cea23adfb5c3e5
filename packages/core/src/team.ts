/** Teams: modes, options, and the state of their ports (`teamnl`; `linux/if_team.h`, `drivers/net/team`). @module */
import type { BpfInstruction } from './bpf.js'
import type { LinkRef, RawAttribute } from './link.js'

/** The modes of a team, each a module of the kernel's: `team_mode_roundrobin` and so on. */
export const teamModes = ['roundrobin', 'activebackup', 'broadcast', 'loadbalance', 'random'] as const

/** How a team spreads frames over its ports. */
export type TeamMode = (typeof teamModes)[number]

/** Options of one port, as `teamnl -p PORT TEAM setoption …`. What is absent stays as it is. */
export interface TeamPortChange {
  /** The port; `ENOENT` for a link that is none of this team. */
  readonly link: LinkRef
  /** Whether it takes part (`enabled`). */
  readonly enabled?: boolean
  /** Its priority, -2147483648–2147483647, for programs that choose and for queues that several ports share. */
  readonly priority?: number
  /** Queue of the team whose frames leave by this port only (`queue_id`), 0 for none; less than the team's `txQueues`. */
  readonly queueId?: number
  /** What counts as its link state while `userLinkupEnabled` (`user_linkup`). */
  readonly userLinkup?: boolean
  /** Its link state is what `userLinkup` says, not what the link tells (`user_linkup_enabled`). */
  readonly userLinkupEnabled?: boolean
}

/** How a team in mode `loadbalance` chooses the port of a frame (`lb_tx_method`). */
export const teamMethods = ['hash', 'hash_to_port_mapping'] as const

/** `hash`: by the frame's hash alone. `hash_to_port_mapping`: by a table from hash to port; without an entry as `hash`. */
export type TeamMethod = (typeof teamMethods)[number]

/** Options of mode `loadbalance` (`drivers/net/team/team_mode_loadbalance.c`). What is absent stays as it is. */
export interface TeamBalancing<Link = LinkRef> {
  /** How the port of a frame is chosen (`lb_tx_method`). */
  readonly method?: TeamMethod
  /**
   * A program that gives each frame, from its Ethernet header on, a number of 32 bits, whose four octets together (by
   * exclusive or) are its hash (`bpf_hash_func`); empty for none: then every hash is 0.
   */
  readonly hashProgram?: readonly BpfInstruction[]
  /**
   * The ports of some hashes, 0–255 (`lb_tx_hash_to_port_mapping`). Each must be an enabled port of the team. An entry is
   * not taken away by itself: it goes when its port is disabled or leaves.
   */
  readonly hashPorts?: Readonly<Record<number, Link>>
  /** Seconds between two looks at what was sent by hash and port, in tenths, 0–429496729.5; 0 for none (`lb_stats_refresh_interval`). */
  readonly statisticsInterval?: number
}

/** A change of a team, as `teamnl TEAM setoption …` (TEAM_CMD_OPTIONS_SET). What is absent stays as it is. */
export interface TeamChange {
  /** The link, of kind `team`. */
  readonly link: LinkRef
  /**
   * How frames are spread; only while the team has no ports, and not the mode that it has (`mode`). In `activebackup` and
   * `loadbalance` ports keep their MACs: give them that of the team before they become ports.
   */
  readonly mode?: TeamMode
  /** Announcements to neighbours when a port is enabled, 0–4294967295 (`notify_peers_count`). */
  readonly notifyPeersCount?: number
  /** Milliseconds between them, 0–4294967295 (`notify_peers_interval`). */
  readonly notifyPeersInterval?: number
  /** Reports of multicast groups when a port is enabled, 0–4294967295 (`mcast_rejoin_count`). */
  readonly mcastRejoinCount?: number
  /** Milliseconds between them, 0–4294967295 (`mcast_rejoin_interval`). */
  readonly mcastRejoinInterval?: number
  /** Options of ports, in this order. */
  readonly ports?: readonly TeamPortChange[]
  /** Options of mode `loadbalance`. */
  readonly balancing?: TeamBalancing
  /** The port that carries the frames, in mode `activebackup` (`activeport`). */
  readonly activePort?: LinkRef
}

/** Which team `team get` reads. */
export interface TeamQuery {
  /** The link, of kind `team`. */
  readonly link: LinkRef
}

/** How the value of an option is laid out. */
export type TeamOptionType = 'u32' | 's32' | 'bool' | 'string' | 'binary'

/** One option as the kernel tells it, also one that vnet has no property for, such as the counters of mode `loadbalance`. */
export interface TeamOption {
  /** The kernel's name of it: `lb_tx_method`. */
  readonly name: string
  /** How its value is laid out; a number in text where vnet does not know it. */
  readonly type: TeamOptionType
  /** A number for `u32` and `s32`, octets for `binary` and what is unknown. */
  readonly value: number | boolean | string | Uint8Array
  /** Index of the port that it is about. */
  readonly port?: number
  /** Which one of a row. */
  readonly arrayIndex?: number
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** A port of a team. */
export interface TeamPort {
  /** Index of the link. */
  readonly link: number
  /** Whether the link says that it works. */
  readonly linkUp: boolean
  /** Mbit/s, as the link's driver tells; absent while it does not work, and where the driver does not know. */
  readonly speed?: number
  /** As the link's driver tells; absent likewise. */
  readonly duplex?: 'half' | 'full'
  /** Whether it takes part. */
  readonly enabled: boolean
  /** Its priority. */
  readonly priority: number
  /** Queue of the team whose frames leave by this port only; 0 for none. */
  readonly queueId: number
  /** What counts as its link state while `userLinkupEnabled`. */
  readonly userLinkup: boolean
  /** Its link state is what `userLinkup` says. */
  readonly userLinkupEnabled: boolean
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** A team as the kernel describes it, as `teamnl TEAM options` and `teamnl TEAM ports`. */
export interface TeamDevice {
  /** Index of the link. */
  readonly link: number
  /** How frames are spread; absent while nobody chose, when the team carries none. */
  readonly mode?: TeamMode
  /** Announcements to neighbours when a port is enabled. */
  readonly notifyPeersCount: number
  /** Milliseconds between them. */
  readonly notifyPeersInterval: number
  /** Reports of multicast groups when a port is enabled. */
  readonly mcastRejoinCount: number
  /** Milliseconds between them. */
  readonly mcastRejoinInterval: number
  /** Index of the port that carries the frames; absent where there is none, as in all modes but `activebackup`. */
  readonly activePort?: number
  /** What mode `loadbalance` has; `hashPorts` are indexes. Absent in other modes. */
  readonly balancing?: Required<TeamBalancing<number>>
  /** Its ports, by index. */
  readonly ports: readonly TeamPort[]
  /** All options as the kernel tells them, in its order, those with a property of their own too. */
  readonly options: readonly TeamOption[]
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}
