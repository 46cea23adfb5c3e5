/** VLANs of a bridge and its ports (`net/bridge/br_vlan.c`). @module */
import type { BridgeVlan, CleanBridgeVlanChange, DriverEvent } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { followVlan } from './bridge-binding.js'
import {
  type BridgeData,
  type BridgePort,
  fdbKey,
  setOptions,
  type VlanCounters,
  type VlanRecord,
} from './bridge-data.js'
import { addLocal, deleteLocal, deleteRecord } from './bridge-table.js'
import { forgetVlanOptions } from './bridge-vlan-global.js'
import { addVlan, dropVlan, setVlan, usualTagged, usualUntagged } from './bridge-vlan-list.js'

/** How a VLAN is a link's: the flags of `bridge vlan add`. */
export interface Membership {
  readonly pvid?: boolean | undefined
  readonly untagged?: boolean | undefined
}

/** What keeps the VLANs of a port, or of the bridge itself. */
type Keeper = Pick<BridgeData | BridgePort, 'vlans' | 'pvid' | 'vlanCounters'>

/** The VLANs of a link that is a bridge or a port of one. */
function keeperOf(device: Device): Keeper {
  return (device.bridge ?? device.port) as Keeper
}

/** The bridge of such a link, and the link as a port; no port where it is the bridge itself. */
function placeOf(device: Device): { readonly bridge: Device; readonly port: Device | undefined } {
  return device.bridge === undefined
    ? { bridge: device.master as Device, port: device }
    : { bridge: device, port: undefined }
}

/** A VLAN becomes the link's, or its flags change; whether anything did (`nbp_vlan_add`, `br_vlan_add`). */
export function joinVlan(kernel: Kernel, device: Device, vlan: number, { pvid, untagged }: Membership): boolean {
  const keeper = keeperOf(device)
  const former = keeper.vlans.get(vlan)
  const wasPvid = keeper.pvid === vlan
  if (pvid) keeper.pvid = vlan
  else if (wasPvid) keeper.pvid = 0
  if (former !== undefined) {
    const changed = former.untagged !== (untagged ?? false) || wasPvid !== (pvid ?? false)
    if (changed) setVlan(keeper, vlan, { ...former, untagged: untagged ?? false })
    return changed
  }
  const usual = untagged ? usualUntagged : usualTagged
  const { bridge, port } = placeOf(device)
  const isTree = port?.port !== undefined && bridge.bridge?.options.mstEnabled === true
  const record = isTree ? { ...usual, state: (port.port as BridgePort).state } : usual
  addVlan(keeper, vlan, record)
  addLocal(kernel, bridge, port, device.mac as string, vlan)
  if (port !== undefined) followVlan(kernel, bridge, vlan)
  return true
}

/** A VLAN is the link's no more, with what was learned in it; whether it was (`nbp_vlan_delete`, `br_vlan_delete`). */
export function leaveVlan(kernel: Kernel, device: Device, vlan: number): boolean {
  const keeper = keeperOf(device)
  if (!dropVlan(keeper, vlan)) return false
  if (keeper.pvid === vlan) keeper.pvid = 0
  const { bridge, port } = placeOf(device)
  forgetVlanOptions(bridge, vlan)
  const data = bridge.bridge as BridgeData
  keeper.vlanCounters?.delete(vlan)
  if (!data.vlans.has(vlan) && !data.ports.some((other) => other.port?.vlans.has(vlan))) data.vlanCounters?.delete(vlan)
  const own = data.fdb.get(fdbKey(device.mac as string, vlan))
  if (own?.local && own.port === port && !own.byUser) deleteLocal(kernel, bridge, port, own)
  for (const record of [...data.fdb.values()].reverse()) {
    if (record.port !== port || record.vlan !== vlan || record.static || record.externallyLearned) continue
    deleteRecord(kernel, bridge, record)
  }
  if (port !== undefined) followVlan(kernel, bridge, vlan)
  return true
}

/** Every VLAN goes, as of a port that leaves its bridge (`nbp_vlan_flush`). */
export function leaveVlans(kernel: Kernel, device: Device): void {
  for (const vlan of [...keeperOf(device).vlans.keys()]) {
    const gone = describeVlan(device, vlan)
    leaveVlan(kernel, device, vlan)
    tellVlan(device, { ...gone, pvid: false }, 'bridgeVlan delete')
  }
}

/** Changes options of one VLAN; whether anything changed (`br_vlan_process_one_opts`). */
export function changeVlan(device: Device, vlan: number, change: CleanBridgeVlanChange): boolean {
  const keeper = keeperOf(device)
  const record = keeper.vlans.get(vlan)
  if (record === undefined) {
    refuse('ENOENT', "Vlan in range doesn't exist, can't process options", { attribute: 'spec.vlan' })
  }
  let now = record
  const set = (part: Partial<VlanRecord>) => {
    now = { ...now, ...part }
    setVlan(keeper, vlan, now)
  }
  if (change.state !== undefined) {
    const { options } = placeOf(device).bridge.bridge as BridgeData
    if (options.mstEnabled)
      refuse('EBUSY', "Can't modify vlan state directly when MST is enabled", { attribute: 'spec.state' })
    if (options.stp) refuse('EBUSY', "Can't modify vlan state when using kernel STP", { attribute: 'spec.state' })
    set({ state: change.state })
  }
  if (change.tunnel !== undefined) {
    const tunnel = change.tunnel === null ? undefined : change.tunnel + vlan - change.vlan[0]
    checkTunnel(device, vlan, record, tunnel)
    set({ tunnel })
  }
  if (change.multicastRouter !== undefined) {
    // "For a time" is of a router that was heard; a bridge hears itself always.
    if (device.bridge !== undefined && change.multicastRouter === 3)
      refuse('EINVAL', undefined, { attribute: 'spec.multicastRouter' })
    set({ multicastRouter: change.multicastRouter })
  }
  if (change.multicastMaxGroups !== undefined) {
    refuse(
      'EINVAL',
      device.bridge === undefined
        ? 'Multicast snooping disabled on this VLAN'
        : "Can't set mcast_max_groups for non-port VLANs",
      { attribute: 'spec.multicastMaxGroups' },
    )
  }
  if (change.neighbourSuppress !== undefined) {
    if (device.bridge !== undefined)
      refuse('EINVAL', "Can't set neigh_suppress for non-port VLANs", { attribute: 'spec.neighbourSuppress' })
    set({ neighbourSuppress: change.neighbourSuppress })
  }
  return (
    change.tunnel !== undefined ||
    now.state !== record.state ||
    now.multicastRouter !== record.multicastRouter ||
    now.neighbourSuppress !== record.neighbourSuppress
  )
}

/** Whether a VLAN of a port may be mapped to a tunnel; to none it always may (`br_vlan_modify_tunnel`). */
function checkTunnel(device: Device, vlan: number, record: VlanRecord, tunnel: number | undefined): void {
  const attribute = 'spec.tunnel'
  const { port } = device
  if (port === undefined) refuse('EINVAL', "Can't modify tunnel mapping of non-port vlans", { attribute })
  if (!port.options.vlanTunnel) refuse('EINVAL', "Port doesn't have tunnel flag set", { attribute })
  if (tunnel === undefined) return
  const others = [...port.vlans].some(([number, other]) => number !== vlan && other.tunnel === tunnel)
  if (record.tunnel !== undefined || others) refuse('EEXIST', undefined, { attribute })
}

const noneCounted = { rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0 }

/** What passed in a VLAN, of this link alone or of the whole bridge, as the bridge counts it. */
function countersOf(device: Device, vlan: number): VlanCounters | undefined {
  const bridge = placeOf(device).bridge.bridge as BridgeData
  const counted = bridge.options.vlanStatsPerPort ? keeperOf(device) : bridge
  return counted.vlanCounters?.get(vlan)
}

/** A VLAN of a link as the kernel describes it. */
export function describeVlan(device: Device, vlan: number, statistics = false): BridgeVlan {
  const keeper = keeperOf(device)
  const { untagged, tunnel, ...options } = keeper.vlans.get(vlan) as VlanRecord
  return {
    link: device.index,
    vlan,
    pvid: keeper.pvid === vlan,
    untagged,
    ...options,
    ...(tunnel === undefined ? {} : { tunnel }),
    ...(statistics ? { statistics: { ...noneCounted, ...countersOf(device, vlan) } } : {}),
    other: [],
  }
}

/** Tells that a VLAN is there, has changed, or is gone. */
export function tellVlan(device: Device, object: BridgeVlan, kind: 'bridgeVlan set' | 'bridgeVlan delete'): void {
  device.namespace.tell('bridgeVlan', () => ({ kind, group: 'bridgeVlan', object }) as DriverEvent)
}

/** The VLAN of untagged frames moves, on the bridge and on the ports that have it (`__br_vlan_set_default_pvid`). */
export function changeDefaultPvid(kernel: Kernel, bridge: Device, pvid: number): void {
  const data = bridge.bridge as BridgeData
  const old = data.options.vlanDefaultPvid ?? 0
  if (pvid === old) return
  for (const device of [bridge, ...data.ports]) {
    const keeper = keeperOf(device)
    // Only where nobody chose otherwise.
    if (old !== 0 && !(keeper.pvid === old && keeper.vlans.get(old)?.untagged)) continue
    if (pvid !== 0 && keeper.vlans.has(pvid)) continue
    if (pvid !== 0) joinVlan(kernel, device, pvid, { pvid: true, untagged: true })
    if (old !== 0) {
      const gone = describeVlan(device, old)
      leaveVlan(kernel, device, old)
      tellVlan(device, gone, 'bridgeVlan delete')
    }
    if (pvid !== 0) tellVlan(device, describeVlan(device, pvid), 'bridgeVlan set')
  }
  setOptions(data, { vlanDefaultPvid: pvid })
}
