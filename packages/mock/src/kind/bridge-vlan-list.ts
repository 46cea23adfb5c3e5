/** The VLANs that a bridge or a port of one keeps (`struct net_bridge_vlan_group`). @module */
import { dropValue, emptyMap, withValue } from '../object/empty.js'
import type { BridgeData, BridgePort, VlanRecord } from './bridge-data.js'

/** What keeps VLANs. */
type Keeper = Pick<BridgeData | BridgePort, 'vlans'>

/** VLANs as they are at first. Links share these until one is changed. */
export const usualTagged: VlanRecord = {
  untagged: false,
  state: 'forwarding',
  multicastRouter: 1,
  neighbourSuppress: false,
}
/** The same, of frames without a tag. */
export const usualUntagged: VlanRecord = { ...usualTagged, untagged: true }

/** The only VLAN of most bridges and ports. They share it as well. */
const usualVlans: ReadonlyMap<number, VlanRecord> = new Map([[1, usualUntagged]])

/** A VLAN comes; they stay in the order of their numbers, as the kernel keeps them. */
export function addVlan(keeper: Keeper, vlan: number, record: VlanRecord): void {
  const sorted = [...keeper.vlans, [vlan, record] as const].sort(([a], [b]) => a - b)
  const isUsual = sorted.length === 1 && vlan === 1 && record === usualUntagged
  keeper.vlans = isUsual ? usualVlans : new Map(sorted)
}

/** A VLAN that is there is another now. */
export function setVlan(keeper: Keeper, vlan: number, record: VlanRecord): void {
  keeper.vlans = withValue(keeper.vlans === usualVlans ? emptyMap : keeper.vlans, vlan, record)
}

/** A VLAN goes; whether it was there. */
export function dropVlan(keeper: Keeper, vlan: number): boolean {
  if (!keeper.vlans.has(vlan)) return false
  if (keeper.vlans === usualVlans) keeper.vlans = emptyMap
  else dropValue(keeper.vlans, vlan)
  return true
}
