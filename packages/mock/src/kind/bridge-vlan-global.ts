/** VLANs of a bridge as a whole, and their options (`net/bridge/br_vlan_options.c`). @module */
import type { BridgeVlanGlobal, BridgeVlanGlobalOptions } from '@vnet/core'
import type { Device } from '../object/device.js'
import { dropValue, withValue } from '../object/empty.js'
import type { BridgeData } from './bridge-data.js'
import { instanceOf, joinInstance } from './bridge-mst.js'

/** What a VLAN has until somebody changes it. */
export const usualVlanOptions: BridgeVlanGlobalOptions = {
  multicastSnooping: true,
  multicastQuerier: false,
  multicastIgmpVersion: 2,
  multicastMldVersion: 1,
  multicastLastMemberCount: 2,
  multicastLastMemberInterval: 1,
  multicastStartupQueryCount: 2,
  multicastStartupQueryInterval: 31.25,
  multicastMembershipInterval: 260,
  multicastQuerierInterval: 255,
  multicastQueryInterval: 125,
  multicastQueryResponseInterval: 10,
  msti: 0,
}

/** The VLANs that the bridge or a port of it has, in order. */
export function vlansOfBridge(bridge: Device): number[] {
  const data = bridge.bridge as BridgeData
  const all = [data, ...data.ports.map(({ port }) => port)].flatMap((keeper) => [...(keeper?.vlans.keys() ?? [])])
  return [...new Set(all)].sort((a, b) => a - b)
}

/** A VLAN as the kernel describes it. */
export function describeVlanOptions(bridge: Device, vlan: number): BridgeVlanGlobal {
  const data = bridge.bridge as BridgeData
  return { bridge: bridge.index, vlan, ...usualVlanOptions, ...data.vlanOptions.get(vlan), other: [] }
}

/** Changes options. Less than a second between queries would flood the network (`BR_MULTICAST_QUERY_INTVL_MIN`). */
export function changeVlanOptions(bridge: Device, vlan: number, change: BridgeVlanGlobalOptions): void {
  const data = bridge.bridge as BridgeData
  const now: Record<string, unknown> = { ...data.vlanOptions.get(vlan), ...change }
  for (const name of ['multicastQueryInterval', 'multicastStartupQueryInterval']) {
    const value = now[name]
    if (typeof value === 'number' && value < 1) now[name] = 1
  }
  const before = instanceOf(data, vlan)
  data.vlanOptions = withValue(data.vlanOptions, vlan, now)
  if (instanceOf(data, vlan) !== before) joinInstance(data, vlan)
}

/** A VLAN that nobody has any more is as usual when it comes again. */
export function forgetVlanOptions(bridge: Device, vlan: number): void {
  const data = bridge.bridge as BridgeData
  if (!vlansOfBridge(bridge).includes(vlan)) dropValue(data.vlanOptions, vlan)
}
