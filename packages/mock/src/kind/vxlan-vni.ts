/** Identifiers that a VXLAN with `vniFilter` receives (`drivers/net/vxlan/vxlan_vnifilter.c`; Linux 6.18). @module */
import { type BridgeVni, type BridgeVniStatistics, type DriverEvent, isMulticastIp, parseIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropValue, withValue } from '../object/empty.js'
import { quietly, refuse } from '../refusal.js'
import { joinTunnelGroup, leaveTunnelGroup } from '../tunnel/vxlan-group.js'
import type { VxlanData } from './vxlan.js'
import { refuseUsed } from './vxlan-option.js'
import { dropRemote, putRemote } from './vxlan-table.js'

/** An identifier. */
export interface VniRecord {
  readonly vni: number
  /** Where frames of unknown destination go, in place of the VXLAN’s own. */
  remote: string | undefined
  readonly counters: { -readonly [C in keyof BridgeVniStatistics]: number }
}

/** MAC of the entries for frames of unknown destination. */
const zero = '00:00:00:00:00:00'

const dataOf = (device: Device) => device.vxlan as VxlanData
const isGroup = (text: string) => isMulticastIp(parseIp(text) as Uint8Array)

/** Adds an identifier, or changes the remote of one that is there (`vxlan_vni_add`). */
export function addVni(kernel: Kernel, device: Device, vni: number, remote: string | undefined): void {
  const data = dataOf(device)
  const { options, home } = data
  let record = data.vnis.get(vni)
  const isNew = record === undefined
  if (record === undefined) {
    refuseUsed(device, options, home, vni, 'VNI in use', 'spec.vni')
    record = { vni, remote: undefined, counters: newCounters() }
    data.vnis = withValue(data.vnis, vni, record)
  }
  if (lead(kernel, device, record, remote) || isNew) tell(device, record, 'bridgeVni set')
}

/** Where frames of the identifier go; `false` where that is nowhere, as before (`vxlan_vni_update_group`). */
function lead(kernel: Kernel, device: Device, record: VniRecord, remote: string | undefined): boolean {
  const { options } = dataOf(device)
  const before = record.remote
  const now = remote ?? options.remote
  if (now === undefined && before === undefined) return false
  // A slip of the kernel: the former remote stays in the FDB, unless nothing takes its place.
  moveDefault(kernel, device, record.vni, now === undefined ? before : undefined, now)
  record.remote = remote
  if (device.up) {
    if (before !== undefined && isGroup(before)) leaveTunnelGroup(kernel, device, before)
    if (remote !== undefined && isGroup(remote)) joinTunnelGroup(kernel, device, remote)
  }
  return true
}

/** The entry for frames of unknown destination (`vxlan_update_default_fdb_entry`). */
function moveDefault(
  kernel: Kernel,
  device: Device,
  vni: number,
  before: string | undefined,
  now: string | undefined,
): void {
  const { port } = dataOf(device).options
  const entry = { state: 'permanent', externallyLearned: false, router: false } as const
  if (now !== undefined) {
    putRemote(kernel, device, zero, vni, { address: now, port, vni, via: device.lower }, entry, 'append')
  }
  if (before !== undefined) {
    quietly(() => dropRemote(kernel, device, zero, vni, { address: before, port, vni, via: device.lower }))
  }
}

/** Removes an identifier (`vxlan_vni_del`). */
export function deleteVni(kernel: Kernel, device: Device, vni: number): void {
  const { vnis, options } = dataOf(device)
  const record = vnis.get(vni)
  if (record === undefined) refuse('ENOENT', undefined, { attribute: 'spec.vni' })
  moveDefault(kernel, device, vni, record.remote ?? options.remote, undefined)
  if (device.up && record.remote !== undefined && isGroup(record.remote))
    leaveTunnelGroup(kernel, device, record.remote)
  dropValue(vnis, vni)
  tell(device, record, 'bridgeVni delete')
}

/** The VXLAN’s own remote is another now, which counts for identifiers without one (`vxlan_vnilist_update_group`). */
export function followRemote(
  kernel: Kernel,
  device: Device,
  before: string | undefined,
  now: string | undefined,
): void {
  for (const { vni, remote } of sorted(device).reverse()) {
    if (remote === undefined) moveDefault(kernel, device, vni, before, now)
  }
}

/** The VXLAN vanishes with all of them (`vxlan_vnigroup_uninit`). */
export function dropVnis(device: Device): void {
  for (const record of sorted(device)) {
    dropValue(dataOf(device).vnis, record.vni)
    tell(device, record, 'bridgeVni delete')
  }
}

/** The identifiers in their order. */
export const sorted = (device: Device): VniRecord[] => [...dataOf(device).vnis.values()].sort((a, b) => a.vni - b.vni)

/** An identifier as the kernel describes it. */
export function describeVni(device: Device, { vni, remote, counters }: VniRecord, statistics: boolean): BridgeVni {
  return {
    link: device.index,
    vni,
    ...(remote === undefined ? {} : { remote }),
    ...(statistics ? { statistics: { ...counters } } : {}),
    other: [],
  }
}

/** Counts for an identifier; nothing where it is none of the list (`vxlan_vnifilter_count`). */
export function countVni(device: Device, vni: number, what: 'rx' | 'tx', octets: number): void {
  const counters = device.vxlan?.vnis.get(vni)?.counters
  if (counters === undefined) return
  counters[`${what}Packets`]++
  counters[`${what}Bytes`] += octets
}

/** Counts a frame that was lost. */
export function countLostVni(
  device: Device,
  vni: number,
  what: 'rxDropped' | 'rxErrors' | 'txDropped' | 'txErrors',
): void {
  const counters = device.vxlan?.vnis.get(vni)?.counters
  if (counters !== undefined) counters[what]++
}

const newCounters = (): VniRecord['counters'] => ({
  rxBytes: 0,
  rxPackets: 0,
  rxDropped: 0,
  rxErrors: 0,
  txBytes: 0,
  txPackets: 0,
  txDropped: 0,
  txErrors: 0,
})

function tell(device: Device, record: VniRecord, kind: 'bridgeVni set' | 'bridgeVni delete'): void {
  device.namespace.tell(
    'bridgeVni',
    () => ({ kind, group: 'bridgeVni', object: describeVni(device, record, false) }) as DriverEvent,
  )
}
