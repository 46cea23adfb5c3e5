/** Entries of a bridge's forwarding database, added and removed by hand (`br_fdb_add`, `br_fdb_delete`). @module */
import { type CleanFdbFlush, type CleanFdbKey, type CleanFdbSpec, formatMac } from '@vnet/core'
import { macToNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { type BridgeData, type FdbRecord, fdbKey } from './bridge-data.js'
import { learn } from './bridge-learn.js'
import { ageRecord, createRecord, deleteRecord, tellRecord } from './bridge-table.js'

/** The bridge of a link that is one or is a port of one, and the port. */
function placeOf(device: Device): { master: Device; port: Device | undefined; vlans: readonly number[] } {
  if (device.bridge !== undefined) return { master: device, port: undefined, vlans: [...device.bridge.vlans.keys()] }
  if (device.master?.bridge === undefined) {
    refuse('EOPNOTSUPP', undefined, { attribute: 'spec.link', hint: `${device.name} is no port of a bridge` })
  }
  return { master: device.master, port: device, vlans: [...(device.port?.vlans.keys() ?? [])] }
}

/** Adds an entry, or replaces it; without a VLAN, also in each VLAN of the port. */
export function setBridgeEntry(kernel: Kernel, device: Device, spec: CleanFdbSpec, replace: boolean): void {
  const { master, port, vlans } = placeOf(device)
  if (spec.mac.every((octet) => octet === 0)) refuse('EINVAL', undefined, { attribute: 'spec.mac' })
  if (spec.vlan !== undefined && !vlans.includes(spec.vlan)) {
    refuse('EINVAL', undefined, {
      attribute: 'spec.vlan',
      hint: `VLAN ${spec.vlan} is not configured on ${device.name}`,
    })
  }
  for (const vlan of spec.vlan === undefined ? [0, ...vlans] : [spec.vlan]) {
    setOne(kernel, master, port, spec, vlan, replace)
  }
}

function setOne(
  kernel: Kernel,
  master: Device,
  port: Device | undefined,
  spec: CleanFdbSpec,
  vlan: number,
  replace: boolean,
): void {
  const bridge = master.bridge as BridgeData
  const mac = formatMac(spec.mac)
  const state = spec.state ?? 'permanent'
  const existing = bridge.fdb.get(fdbKey(mac, vlan))
  if (spec.use) {
    useEntry(kernel, master, port as Device, mac, vlan)
    return
  }
  if (spec.externallyLearned) {
    learnExternally(kernel, master, port, mac, vlan, state)
    return
  }
  const learns = port?.port?.state === 'learning' || port?.port?.state === 'forwarding'
  if (port !== undefined && state === 'dynamic' && !learns) {
    refuse('EPERM', undefined, {
      attribute: 'spec.state',
      hint: `${port.name} does not forward; only static entries can be made`,
    })
  }
  if (port === undefined && state !== 'permanent') {
    refuse('EINVAL', undefined, { attribute: 'spec.state', hint: 'entries of the bridge itself are permanent' })
  }
  if (spec.sticky && state === 'permanent') refuse('EINVAL', undefined, { attribute: 'spec.sticky' })
  const local = state === 'permanent'
  const fixed = state !== 'dynamic'
  const sticky = spec.sticky ?? false
  if (existing === undefined) {
    const record = createRecord(kernel, master, mac, vlan, port, { local, static: fixed, byUser: true, sticky })
    ageRecord(kernel, master, record)
    tellRecord(kernel, master, record, 'fdb set')
    return
  }
  if (!replace && !spec.append) refuse('EEXIST', undefined, { attribute: 'spec.mac' })
  // What is permanent or static counts as new each time: requests name its state with more bits than the bridge keeps (`fdb_to_nud`).
  const same =
    !fixed && existing.port === port && !existing.local && !existing.static && (existing.sticky ?? false) === sticky
  Object.assign(existing, { port, local, static: fixed, sticky, byUser: true, used: kernel.now() })
  if (same) return
  existing.updated = kernel.now()
  ageRecord(kernel, master, existing)
  tellRecord(kernel, master, existing, 'fdb set')
}

/** As if a frame had arrived (`br_fdb_update`): a port that does not learn enters nothing. */
function useEntry(kernel: Kernel, master: Device, port: Device, mac: string, vlan: number): void {
  const state = port.port?.state
  if (state !== 'learning' && state !== 'forwarding') return
  learn(kernel, master, port, macToNumber(mac), vlan, { byUser: true })
}

/** An entry of a control plane (`br_fdb_external_learn_add`). */
function learnExternally(
  kernel: Kernel,
  master: Device,
  port: Device | undefined,
  mac: string,
  vlan: number,
  state: string,
): void {
  const bridge = master.bridge as BridgeData
  if (port === undefined && state !== 'permanent') {
    refuse('EINVAL', 'bridge: FDB entry towards bridge must be permanent', { attribute: 'spec.state' })
  }
  const existing = bridge.fdb.get(fdbKey(mac, vlan))
  const kind = { local: port === undefined, static: false, byUser: true, externallyLearned: true }
  if (existing === undefined) {
    tellRecord(kernel, master, createRecord(kernel, master, mac, vlan, port, kind), 'fdb set')
    return
  }
  const same = existing.port === port && existing.externallyLearned
  Object.assign(existing, { port, externallyLearned: true, byUser: true, local: kind.local })
  existing.updated = kernel.now()
  if (!same) tellRecord(kernel, master, existing, 'fdb set')
}

/** Removes an entry; without a VLAN, in every VLAN. */
export function deleteBridgeEntry(kernel: Kernel, device: Device, key: CleanFdbKey): void {
  const { master, port, vlans } = placeOf(device)
  const bridge = master.bridge as BridgeData
  if (key.vlan !== undefined && !vlans.includes(key.vlan)) {
    refuse('EINVAL', undefined, {
      attribute: 'spec.vlan',
      hint: `VLAN ${key.vlan} is not configured on ${device.name}`,
    })
  }
  let found = false
  for (const vlan of key.vlan === undefined ? [0, ...vlans] : [key.vlan]) {
    const record = bridge.fdb.get(fdbKey(formatMac(key.mac), vlan))
    if (record === undefined || record.port !== port) continue
    found = true
    deleteRecord(kernel, master, record)
  }
  if (!found) refuse('ENOENT', undefined, { attribute: 'spec.mac' })
}

/** Removes all entries that match, of a port or all (`br_fdb_delete_bulk`). */
export function flushBridge(kernel: Kernel, device: Device, only: Device | undefined, flush: CleanFdbFlush): void {
  const { master } = placeOf(device)
  const bridge = master.bridge as BridgeData
  refuseForeign(flush)
  if (only !== undefined) checkFlushed(master, only)
  for (const record of [...bridge.fdb.values()].reverse()) {
    if (only !== undefined && (record.port ?? master) !== only) continue
    if (flush.vlan !== undefined && record.vlan !== flush.vlan) continue
    if (fitsFlush(record, flush)) deleteRecord(kernel, master, record)
  }
}

/** A bridge does not know what only VXLANs have. */
function refuseForeign(flush: CleanFdbFlush): void {
  if (flush.router !== undefined)
    refuse('EINVAL', 'Unsupported fdb flush ndm flag bits set', { attribute: 'spec.router' })
  for (const name of ['remote', 'udpPort', 'vni', 'sourceVni', 'nexthop'] as const) {
    if (flush[name] !== undefined) refuse('EINVAL', 'Unsupported attribute', { attribute: `spec.${name}` })
  }
}

function checkFlushed(master: Device, only: Device): void {
  const attribute = 'spec.port'
  if (only === master) return
  if (only.bridge !== undefined)
    refuse('EINVAL', 'Flush bridge device does not match target bridge device', { attribute })
  if (only.port === undefined) refuse('EINVAL', 'Flush device is not a bridge or bridge port', { attribute })
  if (only.master !== master) refuse('EINVAL', 'Port belongs to a different bridge device', { attribute })
}

function fitsFlush(record: FdbRecord, flush: CleanFdbFlush): boolean {
  const fits = (wanted: boolean | undefined, is = false) => wanted === undefined || wanted === is
  return (
    fits(flush.permanent, record.local) &&
    fits(flush.static, record.static) &&
    fits(flush.addedByUser, record.byUser) &&
    fits(flush.externallyLearned, record.externallyLearned) &&
    fits(flush.sticky, record.sticky) &&
    fits(flush.offloaded, false)
  )
}
