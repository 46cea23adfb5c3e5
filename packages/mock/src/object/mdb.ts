/** Requests about multicast databases (`rtnl_mdb_add`, `rtnl_mdb_del`, `br_mdb_dump`). @module */
import {
  type CleanMdbFilter,
  type CleanMdbKey,
  type CleanMdbSpec,
  formatIp,
  formatMac,
  type MdbEntry,
  type MdbFlush,
  type MdbRouter,
  type MdbRouterFilter,
  remedyOf,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { BridgeData } from '../kind/bridge-data.js'
import { describeMember } from '../kind/bridge-group.js'
import { deleteGroup, flushGroups, setGroup } from '../kind/bridge-group-entry.js'
import { describeRouters } from '../kind/bridge-router.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { linkOf } from './lookup.js'

/** Makes an entry, or replaces it. */
export function setMdb(kernel: Kernel, namespace: Namespace, spec: CleanMdbSpec, replace: boolean): undefined {
  const { bridge, port } = placeOf(namespace, spec)
  refuseSources(kernel, spec)
  if (port === undefined) refuseHost(spec)
  refuseIdle(bridge)
  if (port?.port?.state === 'disabled' && spec.state !== 'permanent')
    refuse('EINVAL', 'bridge: Port is in disabled state and entry is not permanent', { attribute: 'spec.port' })
  for (const vlan of vlansOf(bridge, port, spec)) setGroup(kernel, bridge, port, spec, vlan, replace)
}

/** Removes an entry. */
export function deleteMdb(kernel: Kernel, namespace: Namespace, key: CleanMdbKey): undefined {
  const { bridge, port } = placeOf(namespace, key)
  refuseIdle(bridge)
  for (const vlan of vlansOf(bridge, port, key)) {
    if (!deleteGroup(kernel, bridge, port, key, vlan)) refuse('EINVAL')
  }
}

/** Removes all entries that match. */
export function flushMdb(kernel: Kernel, namespace: Namespace, flush: MdbFlush): undefined {
  const bridge = linkOf(namespace, flush.bridge, 'spec.bridge')
  const port = flush.port === undefined ? undefined : linkOf(namespace, flush.port, 'spec.port')
  if (!kernel.has('mdb flush')) refuse('EOPNOTSUPP', 'Bulk delete is not supported')
  if (bridge.bridge === undefined) refuse('EOPNOTSUPP', 'Device does not support MDB bulk deletion')
  flushGroups(kernel, bridge, port, flush)
}

/** The entries that match, in the order of a dump. */
export function listMdb(kernel: Kernel, namespace: Namespace, filter: CleanMdbFilter): MdbEntry[] {
  const only = filter.bridge === undefined ? undefined : linkOf(namespace, filter.bridge, 'spec.bridge')
  const port = filter.port === undefined ? undefined : linkOf(namespace, filter.port, 'spec.port').index
  const { vlan } = filter
  const octets = filter.group
  const group = octets === undefined ? undefined : octets.length === 6 ? formatMac(octets) : formatIp(octets)
  return bridgesOf(namespace, only)
    .flatMap((bridge) =>
      [...(bridge.bridge as BridgeData).groups.values()]
        .reverse()
        .flatMap((record) => [
          ...(record.joined ? [describeMember(kernel, bridge, record)] : []),
          ...record.members.map((member) => describeMember(kernel, bridge, record, member)),
        ]),
    )
    .filter(
      (entry) =>
        (port === undefined || entry.port === port) &&
        (group === undefined || entry.group === group) &&
        (vlan === undefined || entry.vlan === vlan),
    )
}

/** The router ports that match. */
export function listMdbRouters(kernel: Kernel, namespace: Namespace, filter: MdbRouterFilter): MdbRouter[] {
  const only = filter.bridge === undefined ? undefined : linkOf(namespace, filter.bridge, 'spec.bridge')
  return bridgesOf(namespace, only).flatMap((bridge) => describeRouters(kernel, bridge))
}

const bridgesOf = (namespace: Namespace, only: Device | undefined): Device[] =>
  namespace.sorted().filter((device) => device.bridge !== undefined && (only === undefined || device === only))

/** The bridge of an entry, and the port; none for the bridge itself. */
function placeOf(namespace: Namespace, key: CleanMdbKey): { bridge: Device; port: Device | undefined } {
  const bridge = linkOf(namespace, key.bridge, 'spec.bridge')
  const port = linkOf(namespace, key.port, 'spec.port')
  if (bridge.bridge === undefined) refuse('EOPNOTSUPP', 'Device does not support MDB operations')
  if (port === bridge) return { bridge, port: undefined }
  if (port.port === undefined) refuse('EINVAL', 'bridge: Net device is not a bridge port')
  if (port.master !== bridge) refuse('EINVAL', 'bridge: Port belongs to a different bridge device')
  return { bridge, port }
}

function refuseIdle(bridge: Device): void {
  if (!bridge.up) refuse('EINVAL', 'bridge: Bridge device is not running')
  if (!bridge.bridge?.options.multicastSnooping) refuse('EINVAL', "bridge: Bridge's multicast processing is disabled")
}

/** An older kernel does not know these attributes. */
function refuseSources(kernel: Kernel, spec: CleanMdbSpec): void {
  if (kernel.has('mdb sources')) return
  for (const name of ['sources', 'filterMode', 'protocol'] as const) {
    if (spec[name] !== undefined)
      refuse('EINVAL', 'Unknown attribute type', { attribute: `spec.${name}`, hint: remedyOf('mdb sources') })
  }
}

function refuseHost(spec: CleanMdbSpec): void {
  if (spec.filterMode !== undefined)
    refuse('EINVAL', 'bridge: Filter mode cannot be set for host groups', { attribute: 'spec.filterMode' })
  if (spec.protocol !== undefined)
    refuse('EINVAL', 'bridge: Protocol cannot be set for host groups', { attribute: 'spec.protocol' })
  if (spec.group.length === 6) return
  if (spec.state === 'permanent') refuse('EINVAL', 'bridge: Flags are not allowed for host groups')
  if (spec.source !== undefined) refuse('EINVAL', 'bridge: Groups with sources cannot be manually host joined')
}

/** The VLANs that a request is about; 0 stands for none. */
function vlansOf(bridge: Device, port: Device | undefined, key: CleanMdbKey): readonly number[] {
  const data = bridge.bridge as BridgeData
  const { vlanFiltering, multicastVlanSnooping } = data.options
  const own = [...((port?.port ?? data).vlans.keys() ?? [])]
  const vlans = vlanFiltering && key.vlan === undefined && own.length > 0 ? own : [key.vlan ?? 0]
  if (multicastVlanSnooping) {
    for (const vlan of vlans) {
      if (vlan === 0) refuse('EINVAL', 'bridge: Cannot add an entry without a vlan when vlan snooping is enabled')
      if (!data.vlans.has(vlan)) refuse('EINVAL', 'bridge: Vlan is not configured')
      if (data.vlanOptions.get(vlan)?.multicastSnooping === false)
        refuse('EINVAL', "bridge: Vlan's multicast processing is disabled")
    }
  }
  return vlans
}
