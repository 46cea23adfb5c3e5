/** What a bridge keeps of queriers, and the options that rule them: its own, or those of a VLAN (`struct net_bridge_mcast`). @module */
import type { BridgeVlanGlobalOptions, MulticastQuerier, MulticastQuerierState } from '@vnet/core'
import type { Device } from '../object/device.js'
import { withValue } from '../object/empty.js'
import { type BridgeData, secondsLeft } from './bridge-data.js'
import { usualVlanOptions } from './bridge-vlan-global.js'

/** The versions of IP: who asks for groups by one does not by the other. */
export const families = [4, 6] as const
/** A version of IP. */
export type Family = (typeof families)[number]

/** Who asks: somebody else, or the bridge itself (`bridge_mcast_other_query`, `bridge_mcast_querier`). */
export interface OtherQuerier {
  /** Kernel times: until when it counts, and until when groups are flooded all the same. Seconds. */
  until: number
  floodUntil: number
  /** The address of who asks now; empty where nobody is known. */
  address: string
  /** Where somebody else was heard. */
  port: Device | undefined
}

/** A question of the bridge's own that is asked again and again (`bridge_mcast_own_query`). */
export interface OwnQuery {
  readonly family: Family
  readonly vlan: number
  /** Where it is asked; `undefined` of the bridge's own host. */
  readonly port: Device | undefined
  /** Kernel time of the next one, seconds. */
  at: number
  /** How often it was asked since it began, up to `multicastStartupQueryCount`. */
  sent: number
}

/** What the options of snooping are, by the names of both bridges and VLANs. */
export type SnoopingOptions = Required<Omit<BridgeVlanGlobalOptions, 'msti' | 'multicastSnooping'>>

/** The options for a VLAN: of the bridge, unless it snoops in each VLAN by itself. `undefined` where it does not snoop. */
export function optionsOf(bridge: Device, vlan: number): SnoopingOptions | undefined {
  const { options, vlanOptions } = bridge.bridge as BridgeData
  if (!options.multicastSnooping) return undefined
  if (!options.multicastVlanSnooping || vlan === 0) return options as SnoopingOptions
  const own = { ...usualVlanOptions, ...vlanOptions.get(vlan) }
  return own.multicastSnooping ? (own as SnoopingOptions) : undefined
}

/** The VLAN whose queriers count for frames of a VLAN; 0 where all are one. */
export const contextOf = (bridge: Device, vlan: number): number =>
  bridge.bridge?.options.multicastVlanSnooping ? vlan : 0

const keyOf = (bridge: Device, family: Family, vlan: number): string => `${family} ${contextOf(bridge, vlan)}`
const nobody: Readonly<OtherQuerier> = { until: 0, floodUntil: 0, address: '', port: undefined }

/** Who else asks in a VLAN. */
export function otherQuerier(bridge: Device, family: Family, vlan: number): Readonly<OtherQuerier> {
  const { queriers } = bridge.bridge as BridgeData
  return queriers.size === 0 ? nobody : (queriers.get(keyOf(bridge, family, vlan)) ?? nobody)
}

/** The same, to be changed: made where nobody was heard yet. */
export function heardOther(bridge: Device, family: Family, vlan: number): OtherQuerier {
  const data = bridge.bridge as BridgeData
  const key = keyOf(bridge, family, vlan)
  const there = data.queriers.get(key)
  if (there !== undefined) return there
  const made: OtherQuerier = { ...nobody }
  data.queriers = withValue(data.queriers, key, made)
  return made
}

/** Whether groups of a VLAN are sent only where they are wanted: somebody asks, and had time to hear (`br_multicast_querier_exists`). */
export function querierExists(bridge: Device, family: Family, vlan: number, now: number): boolean {
  const { until, floodUntil } = otherQuerier(bridge, family, vlan)
  const asks = optionsOf(bridge, vlan)?.multicastQuerier && (family === 4 || bridge.bridge?.hasIpv6Querier)
  return floodUntil <= now && (asks === true || until > now)
}

/** Who asks in a VLAN, as the kernel tells it; nothing where nobody does (`br_multicast_dump_querier_state`). */
export function describeQueriers(
  bridge: Device,
  vlan: number,
  now: number,
): { readonly multicastQuerierState?: MulticastQuerierState } {
  const { options } = bridge.bridge as BridgeData
  if (vlan !== 0 && !options.multicastVlanSnooping) return {}
  const asks = optionsOf(bridge, vlan)?.multicastQuerier
  if (asks === undefined) return {}
  const [ipv4, ipv6] = families.map((family) =>
    describeQuerier(bridge, otherQuerier(bridge, family, vlan), family, asks, now),
  )
  if (ipv4 === undefined && ipv6 === undefined) return {}
  return { multicastQuerierState: { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) } }
}

function describeQuerier(
  bridge: Device,
  { address, until, port }: Readonly<OtherQuerier>,
  family: Family,
  asks: boolean,
  now: number,
): MulticastQuerier | undefined {
  const isAnothers = until > now
  if (!asks && !isAnothers) return undefined
  return {
    address: address === '' ? (family === 4 ? '0.0.0.0' : '::') : address,
    // One that has left the bridge is not told.
    ...(isAnothers && port?.master === bridge ? { link: port.index } : {}),
    ...(isAnothers ? { timer: secondsLeft(until, now) } : {}),
  }
}
