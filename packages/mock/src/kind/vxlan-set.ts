/** The VXLANs of a namespace, by what tells their packets apart: there may be thousands. @module */
import type { Device } from '../object/device.js'
import { emptyList } from '../object/empty.js'
import { type Few, sizeOf, withOne, withoutOne } from '../object/few.js'
import { receives } from './vxlan-option.js'

/** VXLANs by how they read packets. */
type Readers = Map<string, Set<Device>>

/** VXLANs that were made in a namespace. Port, identifier and way of reading packets of a link never change. */
export class VxlanSet implements Iterable<Device> {
  readonly #all = new Set<Device>()
  /** By port and identifier, but for those that have a list of identifiers. */
  readonly #byVni = new Map<number, Few<Device>>()
  readonly #withLists = new Set<Device>()
  /** By port, and by how they read packets. */
  readonly #byPort = new Map<number, Readers>()

  /** A VXLAN was made. */
  add(device: Device): void {
    const { vxlan } = device
    if (vxlan === undefined || this.#all.has(device)) return
    const { port, id, vniFilter } = vxlan.options
    this.#all.add(device)
    if (vniFilter) this.#withLists.add(device)
    else this.#byVni.set(keyOf(port, id), withOne(this.#byVni.get(keyOf(port, id)) ?? emptyList, device))
    let readers = this.#byPort.get(port)
    if (readers === undefined) {
      readers = new Map()
      this.#byPort.set(port, readers)
    }
    const reads = receives(vxlan.options)
    const alike = readers.get(reads)
    if (alike === undefined) readers.set(reads, new Set([device]))
    else alike.add(device)
  }

  /** It is gone. */
  delete(device: Device): void {
    const { vxlan } = device
    if (vxlan === undefined || !this.#all.delete(device)) return
    const { port, id } = vxlan.options
    if (!this.#withLists.delete(device)) {
      const left = withoutOne(this.#byVni.get(keyOf(port, id)) ?? emptyList, device)
      if (sizeOf(left) === 0) this.#byVni.delete(keyOf(port, id))
      else this.#byVni.set(keyOf(port, id), left)
    }
    const readers = this.#byPort.get(port)
    const reads = receives(vxlan.options)
    const alike = readers?.get(reads)
    alike?.delete(device)
    if (alike?.size === 0) readers?.delete(reads)
    if (readers?.size === 0) this.#byPort.delete(port)
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<Device> {
    return this.#all.values()
  }

  /** Those that may have an identifier on a port. */
  *of(port: number, vni: number): Generator<Device> {
    yield* this.#byVni.get(keyOf(port, vni)) ?? emptyList
    yield* this.#withLists
  }

  /** Those of a port that read packets another way. */
  *readingOtherwise(port: number, reads: string): Generator<Device> {
    for (const [others, devices] of this.#byPort.get(port) ?? []) if (others !== reads) yield* devices
  }
}

const keyOf = (port: number, vni: number): number => port * 2 ** 24 + vni
