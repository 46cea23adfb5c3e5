/** The forwarding database of a VXLAN: remotes by MAC (`vxlan_fdb_*` of `drivers/net/vxlan/vxlan_core.c`). @module */
import {
  type CleanFdbKey,
  type CleanFdbSpec,
  type DriverEvent,
  type FdbEntry,
  type FdbState,
  formatIp,
  formatMac,
} from '@vnet/core'
import { macFromNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropValue, withValue } from '../object/empty.js'
import { quietly, refuse } from '../refusal.js'
import type { VxlanData } from './vxlan.js'

/** One remote of an entry. */
export interface VxlanRemote {
  readonly address: string
  readonly port: number
  readonly vni: number
  readonly via: Device | undefined
}

/** An entry. */
export interface VxlanRecord {
  readonly mac: string
  readonly sourceVni: number
  state: FdbState
  externallyLearned: boolean
  router: boolean
  /** Kernel times, seconds. */
  used: number
  updated: number
  remotes: VxlanRemote[]
}

const zero = '00:00:00:00:00:00'
const dataOf = (device: Device) => device.vxlan as VxlanData

/** The key of an entry: where packets bring their own identifier, it counts. */
function keyOf(device: Device, mac: string, sourceVni: number): string {
  return dataOf(device).options.external ? `${mac} ${sourceVni}` : mac
}

/** An entry's remote as the kernel describes it. */
export function describeVxlanRecord(
  kernel: Kernel,
  device: Device,
  record: VxlanRecord,
  remote: VxlanRemote,
  event = false,
): FdbEntry {
  const { options } = dataOf(device)
  const now = kernel.now()
  return {
    link: device.index,
    mac: record.mac,
    state: record.state,
    stale: false,
    flags: ['self', ...(record.router ? ['router'] : []), ...(record.externallyLearned ? ['extern_learn'] : [])],
    remote: remote.address,
    ...(remote.port === options.port ? {} : { port: remote.port }),
    ...(remote.vni === options.id ? {} : { vni: remote.vni }),
    ...(options.external && record.sourceVni !== 0 ? { sourceVni: record.sourceVni } : {}),
    ...(remote.via === undefined ? {} : { via: remote.via.index }),
    ...(dataOf(device).home === device.namespace
      ? {}
      : { linkNamespaceId: kernel.namespaces.idOf(device.namespace, dataOf(device).home) }),
    used: event ? 0 : Math.floor(now - record.used),
    updated: event ? 0 : Math.floor(now - record.updated),
    other: [],
  }
}

function tell(
  kernel: Kernel,
  device: Device,
  record: VxlanRecord,
  remote: VxlanRemote,
  kind: 'fdb set' | 'fdb delete',
) {
  device.namespace.tell(
    'fdb',
    () => ({ kind, group: 'fdb', object: describeVxlanRecord(kernel, device, record, remote, true) }) as DriverEvent,
  )
}

/** Adds an entry or a remote, or replaces it. */
export function setVxlanEntry(kernel: Kernel, device: Device, spec: CleanFdbSpec, replace: boolean): void {
  const { options } = dataOf(device)
  const mac = formatMac(spec.mac)
  if (spec.nexthop !== undefined) {
    // The mock has no nexthop objects; the kernel says the same where there is none of this number.
    refuse('EINVAL', 'Nexthop id does not exist', { attribute: 'spec.nexthop' })
  }
  if (spec.remote === undefined) {
    refuse('EINVAL', undefined, { attribute: 'spec.remote', hint: 'an entry of a VXLAN leads to a remote address' })
  }
  const remote = remoteOf(device, spec)
  if ((options.family === 6) !== (spec.remote.length === 16)) {
    refuse('EAFNOSUPPORT', undefined, {
      attribute: 'spec.remote',
      hint: `${device.name} sends over IPv${options.family}`,
    })
  }
  const entry = {
    state: spec.state ?? 'permanent',
    externallyLearned: spec.externallyLearned ?? false,
    router: spec.router ?? false,
  }
  const sourceVni = spec.sourceVni ?? options.id
  putRemote(kernel, device, mac, sourceVni, remote, entry, replace ? 'replace' : spec.append ? 'append' : 'add')
}

/** The one way in which entries come about and change (`vxlan_fdb_update`). */
export function putRemote(
  kernel: Kernel,
  device: Device,
  mac: string,
  sourceVni: number,
  remote: VxlanRemote,
  entry: Pick<VxlanRecord, 'state' | 'externallyLearned' | 'router'>,
  how: 'add' | 'append' | 'replace',
): void {
  const data = dataOf(device)
  const key = keyOf(device, mac, sourceVni)
  const group = mac === zero || isGroup(mac)
  const now = kernel.now()
  const record = data.fdb.get(key)
  if (record === undefined) {
    if (how === 'replace' && group)
      refuse('EOPNOTSUPP', undefined, { attribute: 'spec.mac', hint: 'add it, or append' })
    if (data.options.maxEntries > 0 && data.fdb.size >= data.options.maxEntries) refuse('ENOSPC')
    const made: VxlanRecord = { mac, sourceVni, ...entry, used: now, updated: now, remotes: [remote] }
    data.fdb = withValue(data.fdb, key, made)
    ageVxlanRecord(kernel, device, made)
    tell(kernel, device, made, remote, 'fdb set')
    return
  }
  if (how === 'add')
    refuse('EEXIST', undefined, { attribute: 'spec.mac', hint: 'append a further remote, or replace it' })
  let changed = false
  for (const field of ['state', 'externallyLearned', 'router'] as const) {
    if (record[field] === entry[field]) continue
    Object.assign(record, { [field]: entry[field] })
    record.updated = now
    changed = true
  }
  let told = record.remotes[0] as VxlanRemote
  if (how === 'replace') {
    if (group) refuse('EOPNOTSUPP', 'Cannot replace non-unicast fdb entries', { attribute: 'spec.mac' })
    if (!record.remotes.some((other) => sameRemote(other, remote))) {
      record.remotes[0] = remote
      told = remote
      changed = true
    }
  } else if (group && !record.remotes.some((other) => sameRemote(other, remote))) {
    record.remotes.push(remote)
    told = remote
    changed = true
  }
  ageVxlanRecord(kernel, device, record)
  if (changed) tell(kernel, device, record, told, 'fdb set')
}

/** The entry of a MAC (`vxlan_find_mac`); it counts as used. */
export function findVxlan(kernel: Kernel, device: Device, mac: string, vni: number): VxlanRecord | undefined {
  const record = dataOf(device).fdb.get(keyOf(device, mac, vni))
  if (record !== undefined) record.used = kernel.now()
  return record
}

/**
 * A frame came in from a remote: its source is behind that one from now on (`vxlan_snoop`).
 *
 * @returns `false` where the frame must be dropped: its source is none, or is known to be elsewhere for good
 */
export function learnVxlan(
  kernel: Kernel,
  device: Device,
  source: number,
  vni: number,
  address: string,
  via: Device | undefined,
): boolean {
  const mac = macFromNumber(source)
  if (source === 0 || isGroup(mac)) return false
  const { options } = dataOf(device)
  const record = findVxlan(kernel, device, mac, vni)
  const remote: VxlanRemote = { address, port: options.port, vni: options.id, via }
  if (record === undefined) {
    const entry = { state: 'dynamic', externallyLearned: false, router: false } as const
    if (device.up) quietly(() => putRemote(kernel, device, mac, vni, remote, entry, 'add'))
    return true
  }
  const [first] = record.remotes
  if (first?.address === address && first.via === via) return true
  if (record.state !== 'dynamic') return false
  const moved = { ...(first ?? remote), address }
  record.remotes[0] = moved
  record.updated = kernel.now()
  tell(kernel, device, record, moved, 'fdb set')
  return true
}

const isGroup = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1

/** Waits until a dynamic entry was not used for the ageing time, then forgets it (`vxlan_cleanup`). */
export function ageVxlanRecord(kernel: Kernel, device: Device, record: VxlanRecord): void {
  const due = () => record.used + dataOf(device).options.ageing
  const ages = () => record.state === 'dynamic' && !record.externallyLearned
  if (!ages()) return
  kernel.timers.at(due(), () => {
    const key = keyOf(device, record.mac, record.sourceVni)
    if (device.removed || dataOf(device).fdb.get(key) !== record || !ages()) return
    if (due() > kernel.now()) ageVxlanRecord(kernel, device, record)
    else if (device.up) dropRemote(kernel, device, record.mac, record.sourceVni, undefined)
  })
}

/** Removes a remote; the entry with its last one. */
export function deleteVxlanEntry(kernel: Kernel, device: Device, key: CleanFdbKey): void {
  const { options } = dataOf(device)
  const remote = key.remote === undefined ? undefined : remoteOf(device, key)
  dropRemote(kernel, device, formatMac(key.mac), key.sourceVni ?? options.id, remote)
}

/** Removes one remote, or all of an entry. A remote that is not there is no error, an entry is. */
export function dropRemote(
  kernel: Kernel,
  device: Device,
  mac: string,
  sourceVni: number,
  remote: VxlanRemote | undefined,
): void {
  const data = dataOf(device)
  const key = keyOf(device, mac, sourceVni)
  const record = data.fdb.get(key)
  if (record === undefined) refuse('ENOENT', undefined, { attribute: 'spec.mac' })
  if (remote !== undefined) {
    const index = record.remotes.findIndex((other) => sameRemote(other, remote))
    if (index === -1) return
    if (record.remotes.length > 1) {
      const [gone] = record.remotes.splice(index, 1)
      tell(kernel, device, record, gone as VxlanRemote, 'fdb delete')
      return
    }
  }
  dropValue(data.fdb, key)
  for (const gone of record.remotes) tell(kernel, device, record, gone, 'fdb delete')
}

function remoteOf(device: Device, spec: CleanFdbKey): VxlanRemote {
  const { options } = dataOf(device)
  let via: Device | undefined
  if (spec.via !== undefined) {
    via = device.namespace.find(spec.via)
    if (via === undefined) {
      // A name is looked up before the kernel is asked, an index by the kernel.
      if (typeof spec.via === 'string') refuse('ENODEV', undefined, { attribute: 'spec.via' })
      refuse('EADDRNOTAVAIL', 'Device not found', { attribute: 'spec.via' })
    }
  }
  return {
    address: formatIp(spec.remote as Uint8Array),
    port: spec.port ?? options.port,
    vni: spec.vni ?? options.id,
    via,
  }
}

function sameRemote(a: VxlanRemote, b: VxlanRemote): boolean {
  return a.address === b.address && a.port === b.port && a.vni === b.vni && a.via === b.via
}
