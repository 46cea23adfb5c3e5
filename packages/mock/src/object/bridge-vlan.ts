/** Requests about the VLANs of bridges (`rtnl_bridge_setlink`, `br_vlan_rtm_process`). @module */
import {
  type BridgeVlan,
  type BridgeVlanFilter,
  type BridgeVlanGlobal,
  type BridgeVlanGlobalFilter,
  type CleanBridgeVlanChange,
  type CleanBridgeVlanGlobalChange,
  type CleanBridgeVlanKey,
  type CleanBridgeVlanSpec,
  remedyOf,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { becomeQuerier } from '../kind/bridge-querier.js'
import { describeQueriers, optionsOf } from '../kind/bridge-querier-data.js'
import { changeVlan, describeVlan, joinVlan, leaveVlan, tellVlan } from '../kind/bridge-vlan.js'
import { changeVlanOptions, describeVlanOptions, vlansOfBridge } from '../kind/bridge-vlan-global.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'

/** VLANs become a port's, or the bridge's; of those that are there the flags change. */
export function addBridgeVlans(kernel: Kernel, namespace: Namespace, spec: CleanBridgeVlanSpec): undefined {
  for (const device of keepersOf(kernel, namespace, spec)) {
    for (const vlan of vlansOf(spec)) {
      if (joinVlan(kernel, device, vlan, spec)) tellVlan(device, describeVlan(device, vlan), 'bridgeVlan set')
    }
  }
}

/** VLANs are a port's, or the bridge's, no more; the kernel says nothing of those that were not. */
export function deleteBridgeVlans(kernel: Kernel, namespace: Namespace, key: CleanBridgeVlanKey): undefined {
  for (const device of keepersOf(kernel, namespace, key)) {
    const has = (device.bridge ?? device.port)?.vlans
    for (const vlan of vlansOf(key).filter((number) => has?.has(number))) {
      const gone = describeVlan(device, vlan)
      leaveVlan(kernel, device, vlan)
      tellVlan(device, gone, 'bridgeVlan delete')
    }
  }
}

/** Changes options of VLANs that are there. Those before a refusal stay changed, as in the kernel. */
export function setBridgeVlans(kernel: Kernel, namespace: Namespace, spec: CleanBridgeVlanChange): undefined {
  const device = linkOf(namespace, spec.link)
  refuseWithoutFiltering(kernel)
  if (device.bridge === undefined && device.port === undefined)
    refuse('EINVAL', 'The device is not a valid bridge or bridge port', { attribute: 'spec.link' })
  for (const vlan of vlansOf(spec)) {
    if (changeVlan(device, vlan, spec)) tellVlan(device, describeVlan(device, vlan), 'bridgeVlan set')
  }
}

/** The VLANs that match, in the order of a dump. */
export function listBridgeVlans(namespace: Namespace, filter: BridgeVlanFilter): BridgeVlan[] {
  const only = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  return namespace
    .sorted()
    .filter((device) => only === undefined || device === only)
    .flatMap((device) =>
      [...((device.bridge ?? device.port)?.vlans.keys() ?? [])]
        .filter((vlan) => filter.vlan === undefined || vlan === filter.vlan)
        .map((vlan) => describeVlan(device, vlan, filter.statistics)),
    )
}

/** Changes options of VLANs as a whole (`br_vlan_rtm_process_global_options`). */
export function setBridgeVlanGlobals(
  kernel: Kernel,
  namespace: Namespace,
  spec: CleanBridgeVlanGlobalChange,
): undefined {
  const { bridge: ref, vlan: _, ...change } = spec
  const bridge = linkOf(namespace, ref, 'spec.bridge')
  refuseWithoutFiltering(kernel)
  if (bridge.bridge === undefined)
    refuse('EINVAL', 'Global vlan options can only be set on bridge device', { attribute: 'spec.bridge' })
  const there = vlansOfBridge(bridge)
  for (const vlan of vlansOf(spec)) {
    if (!there.includes(vlan))
      refuse('ENOENT', "Vlan in range doesn't exist, can't process global options", { attribute: 'spec.vlan' })
    const asked = optionsOf(bridge, vlan)?.multicastQuerier
    changeVlanOptions(bridge, vlan, change)
    const asks = bridge.bridge.options.multicastVlanSnooping && optionsOf(bridge, vlan)?.multicastQuerier
    if (asks && !asked) becomeQuerier(kernel, bridge, vlan)
  }
}

/** The VLANs of bridges as a whole that match, in the order of a dump. */
export function listBridgeVlanGlobals(
  kernel: Kernel,
  namespace: Namespace,
  filter: BridgeVlanGlobalFilter,
): BridgeVlanGlobal[] {
  const only = filter.bridge === undefined ? undefined : linkOf(namespace, filter.bridge, 'spec.bridge')
  return namespace
    .sorted()
    .filter((device) => device.bridge !== undefined && (only === undefined || device === only))
    .flatMap((bridge) =>
      vlansOfBridge(bridge).map((vlan) => ({
        ...describeVlanOptions(bridge, vlan),
        ...describeQueriers(bridge, vlan, kernel.now()),
      })),
    )
    .filter(({ vlan }) => filter.vlan === undefined || vlan === filter.vlan)
}

/** The links whose VLANs a request is about: the link as a port, itself as a bridge, or both. */
function keepersOf(kernel: Kernel, namespace: Namespace, key: CleanBridgeVlanKey): Device[] {
  const device = linkOf(namespace, key.link)
  const found: Device[] = []
  if (key.master || !key.self) {
    if (device.port === undefined) {
      refuse('EOPNOTSUPP', undefined, {
        attribute: 'spec.link',
        hint:
          device.bridge === undefined ? `${device.name} is no port of a bridge` : 'a bridge has its own VLANs: self',
      })
    }
    found.push(device)
  }
  if (key.self) {
    if (device.bridge === undefined)
      refuse('EOPNOTSUPP', undefined, { attribute: 'spec.self', hint: `${device.name} is no bridge` })
    found.push(device)
  }
  refuseWithoutFiltering(kernel)
  return found
}

function refuseWithoutFiltering(kernel: Kernel): void {
  if (kernel.has('bridge vlan-filtering')) return
  refuse('EOPNOTSUPP', undefined, { hint: remedyOf('bridge vlan-filtering') })
}

function vlansOf({ vlan: [first, last] }: Pick<CleanBridgeVlanKey, 'vlan'>): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
