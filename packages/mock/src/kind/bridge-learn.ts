/** What a bridge learns of a frame's source (`br_fdb_update`, `net/bridge/br_fdb.c`). @module */
import { macFromNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { BridgeData, FdbRecord } from './bridge-data.js'
import { ageRecord, createRecord, holdTime, tellRecord } from './bridge-table.js'
import { FdbIndex } from './fdb-index.js'

/** The entry of a MAC, a number of 48 bits, in a VLAN. */
export function findRecord(bridge: Device, mac: number, vlan: number): FdbRecord | undefined {
  bridge.fdbIndex ??= new FdbIndex(bridge.bridge as BridgeData)
  return bridge.fdbIndex.find(mac, vlan)
}

/** How an entry came about, where it was not by a frame that was let in. */
type Origin = Partial<Pick<FdbRecord, 'byUser' | 'locked'>>

/** A source was seen at a port, or somebody says so: its entry is made, moved or refreshed. */
export function learn(
  kernel: Kernel,
  bridge: Device,
  port: Device,
  mac: number,
  vlan: number,
  origin: Origin = {},
): void {
  if (holdTime(bridge) === 0) return
  const record = findRecord(bridge, mac, vlan)
  if (record === undefined) {
    if (!origin.byUser && isFull(bridge.bridge as BridgeData)) return
    const made = createRecord(kernel, bridge, macFromNumber(mac), vlan, port, {
      local: false,
      static: false,
      ...origin,
    })
    ageRecord(kernel, bridge, made)
    tellRecord(kernel, bridge, made, 'fdb set')
    return
  }
  // Somebody sends with an address of the bridge or its ports, or a frame came back.
  if (record.local) return
  record.updated = kernel.now()
  if (origin.byUser) record.byUser = true
  // What is sticky stays where it is.
  if (record.port === port || record.sticky) return
  record.port = port
  record.externallyLearned = false
  // Only a port that lets everybody in takes an entry over.
  record.locked = false
  tellRecord(kernel, bridge, record, 'fdb set')
}

/** Entries that were learned from frames. */
export function learnedCount(bridge: BridgeData): number {
  let count = 0
  for (const record of bridge.fdb.values()) {
    if (!record.local && !record.static && !record.byUser && !record.externallyLearned) count++
  }
  return count
}

function isFull(bridge: BridgeData): boolean {
  const most = bridge.options.fdbMaxLearned ?? 0
  return most > 0 && learnedCount(bridge) >= most
}
