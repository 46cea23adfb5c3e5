/** Options of a port of the switch. @module */
import type { MacInput } from '@vnet/core'
import { check } from './check.js'
import { MacTable } from './mac-table.js'
import { type StpPortOptions, type StpPortSettings, stpPortSettings } from './stp/options.js'
import { TokenBucket } from './token-bucket.js'
import { VlanMembers, type VlanPortOptions } from './vlan.js'

/** Most frames of a sort: a token bucket. */
export interface StormLimit {
  /** Frames a second, above 0. */
  readonly rate: number
  /** Frames at once, 1 or more; the same as `rate` when absent, but at least 1. */
  readonly burst?: number
}

/** Limits for what comes in at a port and is flooded. */
export interface StormOptions {
  /** Frames to `ff:ff:ff:ff:ff:ff`. */
  readonly broadcast?: StormLimit
  /** Frames to other groups. */
  readonly multicast?: StormLimit
  /** Frames to a station that is not known. */
  readonly unknown?: StormLimit
}

/** How a port of the switch behaves. All is optional; the names are those of `bridge link set` where it has them. */
export interface SwitchPortOptions {
  /** Name for people. `port1`, … when absent. */
  readonly name?: string
  /** Whether the port works. A port that goes down forgets what it learned. Default `true`. */
  readonly up?: boolean
  /** Octets behind the Ethernet header and a tag that may leave here, 68 or more. Longer frames are dropped. No limit when absent. */
  readonly mtu?: number
  /** Learns source addresses. Default `true`. */
  readonly learning?: boolean
  /** What is learned here stays here until it has aged; frames with such a source from another port are dropped. Default `false`. */
  readonly sticky?: boolean
  /** Reaches only ports that are not isolated. Default `false`. */
  readonly isolated?: boolean
  /** Frames may leave where they came in. Default `false`. */
  readonly hairpin?: boolean
  /** Gets frames to stations that are not known. Default `true`. */
  readonly floodUnicast?: boolean
  /** Gets frames to groups. Default `true`. */
  readonly floodMulticast?: boolean
  /** Gets broadcasts. Default `true`. */
  readonly floodBroadcast?: boolean
  /** Only these sources may send here. Everybody when absent, or `null`, which lifts a list; nobody when empty. */
  readonly allow?: readonly MacInput[] | null
  /** These sources may not send here, also where `allow` has them. `null` lifts a list. */
  readonly deny?: readonly MacInput[] | null
  /** VLANs; needs `vlanFiltering` of the switch. Access to VLAN 1 when absent. */
  readonly vlan?: VlanPortOptions
  /** Limits of floods. */
  readonly storm?: StormOptions
  /** Part in the spanning tree; needs `stp` of the switch. */
  readonly stp?: StpPortOptions
}

/** Options with what is absent filled in, and in the form that forwarding needs. */
export interface PortSettings {
  name: string
  up: boolean
  mtu: number
  learning: boolean
  sticky: boolean
  isolated: boolean
  hairpin: boolean
  floodUnicast: boolean
  floodMulticast: boolean
  floodBroadcast: boolean
  allow: MacTable | undefined
  deny: MacTable | undefined
  vlan: VlanMembers | undefined
  storm: StormBuckets | undefined
  stp: StpPortSettings
}

/** Buckets of a port, by sort. */
export type StormBuckets = { readonly [S in keyof StormOptions]: TokenBucket }

const lists = (value: unknown, path: string): MacTable | undefined => {
  if (value === null) return undefined
  if (!Array.isArray(value)) return check.refuse(path, 'a list of MAC addresses is needed')
  const table = new MacTable(value.length)
  value.forEach((mac, i) => {
    const number = check.mac(mac, `${path}[${i}]`)
    const high = Math.floor(number / 0x100000000)
    const low = number | 0
    if (table.find(high, low) < 0) table.add(high, low, 0, 0, 0)
  })
  return table
}

const bucket = (value: unknown, path: string): TokenBucket => {
  const limit: { rate?: number; burst?: number } = {}
  check.into(limit, value as object, path, {
    rate: check.from(Number.MIN_VALUE, Number.MAX_VALUE),
    burst: check.from(1, Number.MAX_VALUE),
  })
  if (limit.rate === undefined) return check.refuse(`${path}.rate`, 'a rate is needed')
  return new TokenBucket(limit.rate, limit.burst ?? Math.max(1, limit.rate))
}

const buckets = (value: unknown, path: string): StormBuckets => {
  const out: { broadcast?: TokenBucket; multicast?: TokenBucket; unknown?: TokenBucket } = {}
  check.into(out, value as object, path, { broadcast: bucket, multicast: bucket, unknown: bucket })
  return out
}

const stpCheck = (value: unknown): StpPortSettings => stpPortSettings(value as StpPortOptions)

/** Settings of a port without options. */
export function defaultSettings(name: string): PortSettings {
  return {
    name,
    up: true,
    mtu: Number.POSITIVE_INFINITY,
    learning: true,
    sticky: false,
    isolated: false,
    hairpin: false,
    floodUnicast: true,
    floodMulticast: true,
    floodBroadcast: true,
    allow: undefined,
    deny: undefined,
    vlan: undefined,
    storm: undefined,
    stp: stpPortSettings({}),
  }
}

/**
 * Settings with the options that are given changed; `settings` stays.
 *
 * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`)
 */
export function changedSettings(settings: PortSettings, options: SwitchPortOptions): PortSettings {
  const changed = { ...settings }
  check.into(changed, options, '', {
    name: check.text,
    up: check.boolean,
    mtu: check.whole(68, 0x7fffffff),
    learning: check.boolean,
    sticky: check.boolean,
    isolated: check.boolean,
    hairpin: check.boolean,
    floodUnicast: check.boolean,
    floodMulticast: check.boolean,
    floodBroadcast: check.boolean,
    allow: lists,
    deny: lists,
    vlan: (value) => new VlanMembers(value as VlanPortOptions),
    storm: buckets,
    stp: stpCheck,
  })
  return changed
}
