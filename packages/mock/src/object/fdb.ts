/** Forwarding database entries, of bridges, of VXLANs, and of a link's own filters (`rtnl_fdb_add`). @module */

import {
  type CleanFdbFlush,
  type CleanFdbKey,
  type CleanFdbQuery,
  type CleanFdbSpec,
  type DriverEvent,
  type FdbEntry,
  type FdbFilter,
  type FdbState,
  formatMac,
  isGroupMac,
  type MacvlanMode,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { type FdbRecord, fdbKey } from '../kind/bridge-data.js'
import { deleteBridgeEntry, flushBridge, setBridgeEntry } from '../kind/bridge-entry.js'
import { describeRecord } from '../kind/bridge-table.js'
import type { MacvlanData } from '../kind/macvlan.js'
import { flushVxlan, getVxlanEntry } from '../kind/vxlan-flush.js'
import { deleteVxlanEntry, describeVxlanRecord, setVxlanEntry } from '../kind/vxlan-table.js'
import type { Namespace } from '../namespace.js'
import { refuse } from '../refusal.js'
import type { Device } from './device.js'
import { dropEntry, withEntry } from './empty.js'
import { filtersOf } from './filter.js'
import { linkOf } from './lookup.js'
import { syncUnicast } from './unicast.js'

/** Adds an entry, or replaces it. */
export function setFdb(kernel: Kernel, namespace: Namespace, spec: CleanFdbSpec, replace: boolean): undefined {
  const device = etherOf(namespace, spec.link, 'FDB add only supported for Ethernet devices')
  if (spec.master) setBridgeEntry(kernel, portOf(device), spec, replace)
  if (spec.self === false || (spec.master && !spec.self)) return
  if (device.vxlan !== undefined) setVxlanEntry(kernel, device, spec, replace)
  else if (device.bridge !== undefined) setBridgeEntry(kernel, device, spec, replace)
  else setOwn(device, spec, replace)
}

/** Removes an entry. */
export function deleteFdb(kernel: Kernel, namespace: Namespace, key: CleanFdbKey): undefined {
  const device = etherOf(namespace, key.link, 'FDB delete only supported for Ethernet devices')
  if (key.master) deleteBridgeEntry(kernel, portOf(device), key)
  if (key.self === false || (key.master && !key.self)) return
  if (device.vxlan !== undefined) deleteVxlanEntry(kernel, device, key)
  else if (device.bridge !== undefined) deleteBridgeEntry(kernel, device, key)
  else deleteOwn(device, key)
}

/** Removes all entries that match (`rtnl_fdb_del` with NLM_F_BULK). */
export function flushFdb(kernel: Kernel, namespace: Namespace, flush: CleanFdbFlush): undefined {
  const device = etherOf(namespace, flush.link, 'FDB delete only supported for Ethernet devices')
  const only = flush.port === undefined ? undefined : linkOf(namespace, flush.port, 'spec.port')
  if (flush.master) flushBridge(kernel, portOf(device), only ?? device, flush)
  if (!flush.self) return
  if (device.bridge !== undefined) flushBridge(kernel, device, only, flush)
  else if (device.vxlan !== undefined) flushVxlan(kernel, device, flush)
  else {
    refuse('EOPNOTSUPP', undefined, {
      attribute: 'spec.link',
      hint: `${device.name} is no bridge: give master for its own`,
    })
  }
}

/** One entry (`rtnl_fdb_get`). */
export function getFdb(kernel: Kernel, namespace: Namespace, query: CleanFdbQuery): FdbEntry | undefined {
  const device = linkOf(namespace, query.link)
  const mac = formatMac(query.mac)
  if (query.master && device.port === undefined) {
    refuse('EINVAL', 'Device is not a bridge port', { attribute: 'spec.link' })
  }
  const bridge = query.master ? device.master : device
  if (bridge?.bridge !== undefined) {
    const record = bridge.bridge.fdb.get(fdbKey(mac, query.vlan ?? 0))
    return record === undefined ? undefined : describeRecord(kernel, bridge, record)
  }
  if (device.vxlan !== undefined) return getVxlanEntry(kernel, device, mac, query.vni)
  return refuse('EOPNOTSUPP', 'Fdb get operation not supported by device', { attribute: 'spec.link' })
}

/** The link of an entry; the kernel looks at its type first. */
function etherOf(namespace: Namespace, ref: CleanFdbKey['link'], detail: string): Device {
  const device = linkOf(namespace, ref)
  if (device.type !== 'ether') refuse('EINVAL', detail, { attribute: 'spec.link' })
  return device
}

/** A link that has a master to keep the entry; a bridge has none. */
function portOf(device: Device): Device {
  if (device.port !== undefined) return device
  refuse('EOPNOTSUPP', undefined, {
    attribute: device.bridge === undefined ? 'spec.link' : 'spec.master',
    hint:
      device.bridge === undefined ? `${device.name} is no port of a bridge` : 'a bridge keeps its own entries: self',
  })
}

/** A filter of the link's own (`ndo_dflt_fdb_add`): permanent, without a VLAN. */
function setOwn(device: Device, spec: CleanFdbSpec, replace: boolean): void {
  if (device.macvlan !== undefined) {
    setOwnOfMacvlan(device, device.macvlan, spec, replace)
    return
  }
  if (spec.state !== undefined && spec.state !== 'permanent') {
    refuse('EINVAL', undefined, { attribute: 'spec.state', hint: 'filters of a link itself are permanent' })
  }
  if (spec.vlan !== undefined)
    refuse('EINVAL', "vlans aren't supported yet for dev_uc|mc_add()", { attribute: 'spec.vlan' })
  const mac = formatMac(spec.mac)
  if (device.ownFilters.has(mac)) {
    if (!replace && !spec.append) refuse('EEXIST', undefined, { attribute: 'spec.mac' })
    // Nothing is new, and told all the same.
    tellOwn(device, mac, 'fdb set')
    return
  }
  addOwn(device, mac)
}

/** A macvlan takes MACs besides its own only with the parent to itself, groups always (`macvlan_fdb_add`). */
function setOwnOfMacvlan(device: Device, { mode }: MacvlanData, spec: CleanFdbSpec, replace: boolean): void {
  refuseMoreMacs(mode, spec.mac)
  if (replace) refuse('EOPNOTSUPP', undefined, { hint: 'filters of a macvlan are added and deleted, not replaced' })
  const mac = formatMac(spec.mac)
  if (device.ownFilters.has(mac)) refuse('EEXIST', undefined, { attribute: 'spec.mac' })
  addOwn(device, mac)
}

function refuseMoreMacs(mode: MacvlanMode, mac: Uint8Array): void {
  if (mode === 'passthru' || isGroupMac(mac)) return
  refuse('EOPNOTSUPP', undefined, { attribute: 'spec.mac', hint: `a macvlan of mode ${mode} has one MAC` })
}

function addOwn(device: Device, mac: string): void {
  device.ownFilters = withEntry(device.ownFilters, mac)
  syncUnicast(device)
  tellOwn(device, mac, 'fdb set')
}

function deleteOwn(device: Device, key: CleanFdbKey): void {
  if (device.macvlan !== undefined) refuseMoreMacs(device.macvlan.mode, key.mac)
  const mac = formatMac(key.mac)
  if (!dropEntry(device.ownFilters, mac)) refuse('ENOENT', undefined, { attribute: 'spec.mac' })
  syncUnicast(device)
  tellOwn(device, mac, 'fdb delete')
}

function ownEntry(device: Device, mac: string): FdbEntry {
  return { link: device.index, mac, state: 'permanent', stale: false, flags: ['self'], other: [] }
}

function tellOwn(device: Device, mac: string, kind: 'fdb set' | 'fdb delete'): void {
  device.namespace.tell('fdb', () => ({ kind, group: 'fdb', object: ownEntry(device, mac) }) as DriverEvent)
}

/** The entries that match, in the order of a dump. */
export function listFdb(kernel: Kernel, namespace: Namespace, filter: FdbFilter): FdbEntry[] {
  const only = filter.link === undefined ? undefined : linkOf(namespace, filter.link)
  const bridge = filter.bridge === undefined ? undefined : linkOf(namespace, filter.bridge, 'spec.bridge')
  const found: FdbEntry[] = []
  const byPort = new Map<Device, Map<Device, FdbRecord[]>>()
  for (const device of namespace.sorted()) {
    if (only !== undefined && device !== only) continue
    if (bridge !== undefined && device !== bridge && device.master !== bridge) continue
    const master = device.bridge === undefined ? device.master : device
    // The bridge tells its own filters before its entries, a port the bridge's entries before its own filters.
    if (device.bridge !== undefined) found.push(...ownEntries(device))
    if (master?.bridge !== undefined) {
      let records = byPort.get(master)
      if (records === undefined) {
        records = recordsOf(master)
        byPort.set(master, records)
      }
      for (const record of records.get(device) ?? []) found.push(describeRecord(kernel, master, record))
    }
    if (device.vxlan !== undefined) {
      for (const record of [...device.vxlan.fdb.values()].reverse()) {
        for (const remote of record.remotes) found.push(describeVxlanRecord(kernel, device, record, remote))
      }
    } else if (device.bridge === undefined) found.push(...ownEntries(device))
  }
  return found.filter((entry) => fits(entry, filter.state, filter.vlan))
}

/** A bridge's entries by port, the latest first, as the kernel's list. */
function recordsOf(bridge: Device): Map<Device, FdbRecord[]> {
  const byPort = new Map<Device, FdbRecord[]>()
  for (const record of [...(bridge.bridge?.fdb.values() ?? [])].reverse()) {
    const port = record.port ?? bridge
    const records = byPort.get(port)
    if (records === undefined) byPort.set(port, [record])
    else records.push(record)
  }
  return byPort
}

function ownEntries(device: Device): FdbEntry[] {
  if (device.type !== 'ether') return []
  const macs = [...new Set([...device.ownFilters, ...filtersOf(device)])]
  const groups = macs.filter(isGroup)
  return [...macs.filter((mac) => !isGroup(mac)), ...groups].map((mac) => ownEntry(device, mac))
}

const isGroup = (mac: string): boolean => isGroupMac(Uint8Array.of(Number.parseInt(mac.slice(0, 2), 16)))

function fits(entry: FdbEntry, state: FdbState | undefined, vlan: number | undefined): boolean {
  return (state === undefined || entry.state === state) && (vlan === undefined || entry.vlan === vlan)
}
