/** The forwarding database of a bridge (`net/bridge/br_fdb.c`). @module */
import type { DriverEvent, FdbEntry } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropValue, withValue } from '../object/empty.js'
import { type BridgeData, type FdbRecord, fdbKey } from './bridge-data.js'

/** An entry as the kernel describes it. */
export function describeRecord(kernel: Kernel, bridge: Device, record: FdbRecord): FdbEntry {
  const now = kernel.now()
  const flags = [
    ...(record.externallyLearned ? ['extern_learn'] : []),
    ...(record.sticky ? ['sticky'] : []),
    ...(record.locked ? ['locked'] : []),
  ]
  return {
    link: (record.port ?? bridge).index,
    mac: record.mac,
    master: bridge.index,
    state: record.local ? 'permanent' : record.static ? 'static' : 'dynamic',
    stale: !record.local && !record.static && now - record.updated >= holdTime(bridge),
    flags,
    ...(record.vlan === 0 ? {} : { vlan: record.vlan }),
    used: Math.floor(now - record.used),
    updated: Math.floor(now - record.updated),
    other: [],
  }
}

/** Seconds until an unused entry is forgotten: the forward delay during a topology change. */
export function holdTime(device: Device): number {
  const bridge = device.bridge as BridgeData
  return bridge.topologyChange ? bridge.forwardDelay : bridge.ageingTime
}

/** Tells that an entry is there or gone. */
export function tellRecord(kernel: Kernel, bridge: Device, record: FdbRecord, kind: 'fdb set' | 'fdb delete'): void {
  bridge.namespace.tell(
    'fdb',
    () => ({ kind, group: 'fdb', object: describeRecord(kernel, bridge, record) }) as DriverEvent,
  )
}

/** A new entry. */
export function createRecord(
  kernel: Kernel,
  bridge: Device,
  mac: string,
  vlan: number,
  port: Device | undefined,
  { local, static: isStatic, ...more }: Pick<FdbRecord, 'local' | 'static'> & Partial<FdbRecord>,
): FdbRecord {
  const now = kernel.now()
  const record: FdbRecord = {
    mac,
    vlan,
    port,
    used: now,
    updated: now,
    local,
    static: isStatic,
    ...more,
  }
  const data = bridge.bridge as BridgeData
  data.fdb = withValue(data.fdb, fdbKey(mac, vlan), record)
  bridge.fdbIndex?.add(record)
  return record
}

/** Removes an entry and tells of it. */
export function deleteRecord(kernel: Kernel, bridge: Device, record: FdbRecord): void {
  const data = bridge.bridge as BridgeData
  dropValue(data.fdb, fdbKey(record.mac, record.vlan))
  bridge.fdbIndex?.delete(record)
  tellRecord(kernel, bridge, record, 'fdb delete')
}

/** Enters the MAC of a port or of the bridge itself. */
export function addLocal(kernel: Kernel, bridge: Device, port: Device | undefined, mac: string, vlan: number): void {
  if (mac === '00:00:00:00:00:00') return
  const data = bridge.bridge as BridgeData
  const existing = data.fdb.get(fdbKey(mac, vlan))
  if (existing !== undefined) {
    // Several ports may have one MAC; the first keeps it.
    if (existing.local) return
    deleteRecord(kernel, bridge, existing)
  }
  const record = createRecord(kernel, bridge, mac, vlan, port, { local: true, static: true })
  tellRecord(kernel, bridge, record, 'fdb set')
}

/** Removes a local entry, unless another port, or the bridge, has the same MAC: that one takes it over. */
export function deleteLocal(kernel: Kernel, bridge: Device, port: Device | undefined, record: FdbRecord): void {
  const data = bridge.bridge as BridgeData
  const { mac, vlan } = record
  const heir = data.ports.find(
    (other) => other !== port && other.mac === mac && (vlan === 0 || other.port?.vlans.has(vlan)),
  )
  if (heir !== undefined) {
    record.port = heir
    record.byUser = false
    return
  }
  if (port !== undefined && bridge.mac === mac && (vlan === 0 || data.vlans.has(vlan))) {
    record.port = undefined
    record.byUser = false
    return
  }
  deleteRecord(kernel, bridge, record)
}

/** The bridge's own entries move to another MAC (`br_fdb_change_mac_address`). */
export function changeBridgeMac(kernel: Kernel, bridge: Device, mac: string): void {
  const data = bridge.bridge as BridgeData
  for (const vlan of [0, ...data.vlans.keys()]) {
    const record = data.fdb.get(fdbKey(bridge.mac as string, vlan))
    if (record?.local && record.port === undefined && !record.byUser) deleteLocal(kernel, bridge, undefined, record)
    addLocal(kernel, bridge, undefined, mac, vlan)
  }
}

/** A port's own entries move to its new MAC (`br_fdb_changeaddr`). */
export function changePortMac(kernel: Kernel, bridge: Device, port: Device): void {
  const data = bridge.bridge as BridgeData
  for (const record of [...data.fdb.values()]) {
    if (record.port === port && record.local && !record.byUser) deleteLocal(kernel, bridge, port, record)
  }
  for (const vlan of [0, ...(port.port?.vlans.keys() ?? [])]) addLocal(kernel, bridge, port, port.mac as string, vlan)
}

/** Forgets what belongs to a port; only what was learned there unless `all` (`br_fdb_delete_by_port`). */
export function forgetPort(kernel: Kernel, bridge: Device, port: Device | undefined, all: boolean): void {
  const data = bridge.bridge as BridgeData
  for (const record of [...data.fdb.values()].reverse()) {
    if (record.port !== port) continue
    if (!all && (record.static || record.externallyLearned)) continue
    if (record.local) deleteLocal(kernel, bridge, port, record)
    else deleteRecord(kernel, bridge, record)
  }
}

/** Forgets what was learned, on one port or all (`br_fdb_flush`). */
export function flushTable(kernel: Kernel, bridge: Device, port?: Device): void {
  const data = bridge.bridge as BridgeData
  for (const record of [...data.fdb.values()].reverse()) {
    if (record.static || (port !== undefined && record.port !== port)) continue
    deleteRecord(kernel, bridge, record)
  }
}

/** Waits until an entry was not used for the ageing time, then forgets it. */
export function ageRecord(kernel: Kernel, bridge: Device, record: FdbRecord): void {
  if (record.static || record.externallyLearned) return
  kernel.timers.at(record.updated + holdTime(bridge), recordDue, bridge, record)
}

function recordDue(kernel: Kernel, bridge: Device, record: FdbRecord): void {
  const data = bridge.bridge as BridgeData
  if (data.fdb.get(fdbKey(record.mac, record.vlan)) !== record) return
  const due = record.updated + holdTime(bridge)
  if (record.static || bridge.removed) return
  if (due > kernel.now()) ageRecord(kernel, bridge, record)
  else if (bridge.up) deleteRecord(kernel, bridge, record)
}
