/** What a lab is made of, as a test writes it. Types only. @module */
import type { BridgeOptions, DriverName, NetemOptions } from '@vnet/core'
import type { MockOptions } from '@vnet/mock'
import type { NatOptions, NatType } from './nat/type.js'

/** A line that is bad: the options of `netem` (`tc qdisc add … netem delay 100ms loss 1%`); times in milliseconds, chances 0–1. */
export type Impairment = NetemOptions

/** What is said of a cable between two nodes. All is optional. */
export interface CableOptions {
  /**
   * Addresses with the lengths of their networks, by node: `{ a: ['10.1.0.1/24', 'fd01::1/64'] }`. A node that stands here has
   * exactly these and none that is handed out; the others get theirs from the same network. Not for switches.
   */
  readonly addresses?: Readonly<Record<string, string | readonly string[]>>
  /** Largest packet in octets, without the 14-octet Ethernet header, at both ends: 68–65535, from 1280 on with IPv6; default 1500. */
  readonly mtu?: number
  /** How bad the line is, in both directions: see {@link Lab.impair}. */
  readonly impair?: Impairment
}

/** A cable (a veth pair) between two nodes. Each end is called `eth0`, `eth1` and so on, in the order of the cables of its node. */
export type CableSpec = readonly [one: string, other: string, options?: CableOptions]

/** The nodes and cables of a lab. */
export interface LabSpec {
  /** Hosts: a namespace each, with addresses and routes. */
  readonly hosts?: readonly string[]
  /** Routers: hosts that forward IPv4 and IPv6 packets. */
  readonly routers?: readonly string[]
  /**
   * NAT boxes by name, each with its type or its options: `{ home: 'symmetric', office: { type: 'full-cone', hairpin: false } }`.
   * Each translates the IPv4 addresses of what is at its inside cables to the one that it has at its outside cable.
   */
  readonly nats?: Readonly<Record<string, NatType | NatOptions>>
  /** Switches: a namespace each with a bridge `br0`, whose ports are its cables. By name, with the options of the bridge. */
  readonly switches?: readonly string[] | Readonly<Record<string, BridgeOptions>>
  /** Cables. */
  readonly links: readonly CableSpec[]
  /** The versions of IP whose addresses are handed out; when absent both, or IPv4 alone where there are NAT boxes. */
  readonly families?: readonly (4 | 6)[]
  /** Whether nodes get routes to the networks that they are not in, by the fewest routers; default `true`. */
  readonly routes?: boolean
}

/** What {@link createLab} takes. */
export interface LabOptions extends LabSpec {
  /**
   * The backend: `mock`, or a kernel (`napi`, `ffi`, `auto`), which needs root or `unshare --user --map-root-user --net
   * --mount`. By default the environment's `VNET_DRIVER`, else `mock`.
   */
  readonly driver?: DriverName | 'auto'
  /** Seed of all chance on the mock: the same seed gives the same MACs, delays and losses. Default 1. Only with `mock`. */
  readonly seed?: number
  /** On the mock: `manual`, the default, stands still until {@link Lab.wait} or a question moves it; `real` runs by itself. */
  readonly clock?: 'manual' | 'real'
  /** Further options of the mock, such as `lacks`. Only with `mock`. */
  readonly mock?: Pick<MockOptions, 'lacks' | 'processors' | 'eventQueue' | 'onStorm'>
  /**
   * Gives the namespaces names that `ip netns` shows, with a random beginning of their own so that runs in parallel do not
   * meet: see {@link LabNode.namespace}. By default they have none, and vanish with the process.
   */
  readonly named?: boolean
  /** Name of the lab: what its files of evidence begin with. Default `lab`. */
  readonly name?: string
  /** Folder of the evidence; by default the environment's `VNET_LAB_ARTIFACTS`; nothing is written when that
   * is absent too, or the text is empty. */
  readonly artifacts?: string
  /** Whether frames and events are recorded, for evidence; default `true`. The last 10,000 of each (32 MiB of frames) are kept. */
  readonly record?: boolean
}
