/** The entries of a bridge by MAC and VLAN as numbers: what the path of a frame looks up. @module */
import { macToNumber } from '@vnet/wire'
import type { BridgeData, FdbRecord } from './bridge-data.js'

/** As many entries lie in a list: less memory than a `Map`, and no slower. */
const most = 8

/** Entries by MAC, by VLAN. */
type ByVlan = (Map<number, FdbRecord> | undefined)[]

/** An index beside `BridgeData.fdb`, whose keys are text. */
export class FdbIndex {
  /** Up to {@link most} entries and, at the same places, their MACs. */
  #records: readonly FdbRecord[] = []
  #macs: readonly number[] = []
  /** More than those, by VLAN and MAC. */
  #byVlan: ByVlan | undefined

  /** Has what the bridge has. */
  constructor(bridge: BridgeData) {
    for (const record of bridge.fdb.values()) this.add(record)
  }

  /** An entry was made. */
  add(record: FdbRecord): void {
    if (this.#byVlan !== undefined) enter(this.#byVlan, record)
    else if (this.#records.length < most) {
      // Lists that grow by themselves reserve room.
      this.#records = this.#records.concat([record])
      this.#macs = this.#macs.concat([macToNumber(record.mac)])
    } else {
      this.#byVlan = []
      for (const one of [...this.#records, record]) enter(this.#byVlan, one)
      this.#records = []
      this.#macs = []
    }
  }

  /** An entry is gone. */
  delete(record: FdbRecord): void {
    const mac = macToNumber(record.mac)
    this.#byVlan?.[record.vlan]?.delete(mac)
    const at = this.#place(mac, record.vlan)
    if (at === -1) return
    this.#records = this.#records.toSpliced(at, 1)
    this.#macs = this.#macs.toSpliced(at, 1)
  }

  /** The entry of a MAC in a VLAN, 0 without VLANs. */
  find(mac: number, vlan: number): FdbRecord | undefined {
    if (this.#byVlan !== undefined) return this.#byVlan[vlan]?.get(mac)
    const at = this.#place(mac, vlan)
    return at === -1 ? undefined : this.#records[at]
  }

  #place(mac: number, vlan: number): number {
    const macs = this.#macs
    for (let at = 0; at < macs.length; at++) if (macs[at] === mac && this.#records[at]?.vlan === vlan) return at
    return -1
  }
}

function enter(byVlan: ByVlan, record: FdbRecord): void {
  let records = byVlan[record.vlan]
  if (records === undefined) {
    records = new Map()
    byVlan[record.vlan] = records
  }
  records.set(macToNumber(record.mac), record)
}
