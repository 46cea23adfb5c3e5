/** Instances of the spanning tree: the VLANs of a port in one have a state in common (`net/bridge/br_mst.c`). @module */
import type { BridgeMst, PortState } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { setVlan } from './bridge-vlan-list.js'

/** The instance that a VLAN of a bridge belongs to; 0 until somebody says otherwise. */
export const instanceOf = (bridge: BridgeData, vlan: number): number => bridge.vlanOptions.get(vlan)?.msti ?? 0

/** The VLANs of a port in an instance get a state (`br_mst_set_state`). */
export function setInstance(bridge: BridgeData, port: BridgePort, msti: number, state: PortState): void {
  for (const [vlan, record] of port.vlans) {
    if (instanceOf(bridge, vlan) === msti && record.state !== state) setVlan(port, vlan, { ...record, state })
  }
}

/** A port changes its state; where instances have states of their own, that is the one of instance 0 (`br_set_state`). */
export function setPortState(bridge: BridgeData, port: BridgePort, state: PortState): void {
  port.state = state
  if (bridge.options.mstEnabled) setInstance(bridge, port, 0, state)
}

/** A VLAN has moved to another instance: it has the state that others there have, and none forwards at first (`br_mst_vlan_sync_state`). */
export function joinInstance(bridge: BridgeData, vlan: number): void {
  const msti = instanceOf(bridge, vlan)
  for (const { port } of bridge.ports) {
    const record = port?.vlans.get(vlan)
    if (port === undefined || record === undefined) continue
    const other = [...port.vlans].find(([number]) => number !== vlan && instanceOf(bridge, number) === msti)
    setVlan(port, vlan, { ...record, state: other?.[1].state ?? 'disabled' })
  }
}

/** The instances that the VLANs of a port belong to, in the order of these (`br_mst_fill_info`). */
export function instancesOf(device: Device): BridgeMst[] {
  const bridge = device.master?.bridge
  const { port } = device
  if (bridge === undefined || port === undefined) return []
  const found = new Map<number, BridgeMst>()
  for (const [vlan, { state }] of port.vlans) {
    const msti = instanceOf(bridge, vlan)
    if (!found.has(msti)) found.set(msti, { link: device.index, msti, state })
  }
  return [...found.values()]
}
