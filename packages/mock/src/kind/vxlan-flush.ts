/** Entries of a VXLAN asked for one by one, and removed all at once (`vxlan_fdb_get`, `vxlan_fdb_delete_bulk`). @module */
import { type CleanFdbFlush, type FdbEntry, formatIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import type { VxlanData } from './vxlan.js'
import { describeVxlanRecord, dropRemote, type VxlanRecord, type VxlanRemote } from './vxlan-table.js'

/** The first remote of an entry. */
export function getVxlanEntry(
  kernel: Kernel,
  device: Device,
  mac: string,
  vni: number | undefined,
): FdbEntry | undefined {
  const { fdb, options } = device.vxlan as VxlanData
  const wanted = vni ?? options.id
  const record = [...fdb.values()].find((one) => one.mac === mac && (!options.external || one.sourceVni === wanted))
  const [remote] = record?.remotes ?? []
  return record === undefined || remote === undefined ? undefined : describeVxlanRecord(kernel, device, record, remote)
}

/** Removes all remotes that match, and entries with their last one. */
export function flushVxlan(kernel: Kernel, device: Device, flush: CleanFdbFlush): void {
  for (const name of ['sticky', 'addedByUser'] as const) {
    if (flush[name] !== undefined)
      refuse('EINVAL', 'Unsupported fdb flush ndm flag bits set', { attribute: `spec.${name}` })
  }
  for (const name of ['port', 'vlan'] as const) {
    if (flush[name] !== undefined) refuse('EINVAL', 'Unsupported attribute', { attribute: `spec.${name}` })
  }
  const { fdb, options } = device.vxlan as VxlanData
  const ofRemote = flush.remote ?? flush.udpPort ?? flush.vni
  for (const record of [...fdb.values()]) {
    if (!isMeant(record, flush)) continue
    if (flush.sourceVni !== undefined && (options.external ? record.sourceVni : options.id) !== flush.sourceVni)
      continue
    if (ofRemote === undefined) dropRemote(kernel, device, record.mac, record.sourceVni, undefined)
    else {
      for (const remote of record.remotes.filter((one) => isRemoteMeant(one, flush)))
        dropRemote(kernel, device, record.mac, record.sourceVni, remote)
    }
  }
}

/** The mock has no nexthop objects, so no entry has one; and no hardware. */
function isMeant(record: VxlanRecord, flush: CleanFdbFlush): boolean {
  const fits = (wanted: boolean | undefined, is: boolean) => wanted === undefined || wanted === is
  return (
    flush.nexthop === undefined &&
    fits(flush.permanent, record.state === 'permanent') &&
    fits(flush.static, record.state !== 'dynamic') &&
    fits(flush.externallyLearned, record.externallyLearned) &&
    fits(flush.router, record.router) &&
    fits(flush.offloaded, false)
  )
}

function isRemoteMeant(remote: VxlanRemote, flush: CleanFdbFlush): boolean {
  return (
    (flush.remote === undefined || formatIp(flush.remote) === remote.address) &&
    (flush.udpPort === undefined || flush.udpPort === remote.port) &&
    (flush.vni === undefined || flush.vni === remote.vni)
  )
}
