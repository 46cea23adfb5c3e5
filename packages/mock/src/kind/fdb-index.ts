/** The entries of a bridge by MAC and VLAN as numbers: what the path of a frame looks up. @module */
import { macToNumber } from '@vnet/wire'
import type { BridgeData, FdbRecord } from './bridge-data.js'

/** An index beside `BridgeData.fdb`, whose keys are text. */
export class FdbIndex {
  readonly #byVlan: (Map<number, FdbRecord> | undefined)[] = []

  /** Has what the bridge has. */
  constructor(bridge: BridgeData) {
    for (const record of bridge.fdb.values()) this.add(record)
  }

  /** An entry was made. */
  add(record: FdbRecord): void {
    let records = this.#byVlan[record.vlan]
    if (records === undefined) {
      records = new Map()
      this.#byVlan[record.vlan] = records
    }
    records.set(macToNumber(record.mac), record)
  }

  /** An entry is gone. */
  delete(record: FdbRecord): void {
    this.#byVlan[record.vlan]?.delete(macToNumber(record.mac))
  }

  /** The entry of a MAC in a VLAN, 0 without VLANs. */
  find(mac: number, vlan: number): FdbRecord | undefined {
    return this.#byVlan[vlan]?.get(mac)
  }
}
