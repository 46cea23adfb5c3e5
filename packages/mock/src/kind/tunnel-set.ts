/** The tunnels over IP of a namespace, by their ends: there may be thousands. @module */
import type { Device } from '../object/device.js'
import { emptyList } from '../object/empty.js'
import { type Few, sizeOf, withOne, withoutOne } from '../object/few.js'

/** What tells tunnels apart. */
type Ends = Readonly<Record<string, unknown>>

/** Tunnels that were made in a namespace, in the order in which they were. */
export class TunnelSet {
  readonly #all = new Set<Device>()
  readonly #byEnds = new Map<string, Few<Device>>()

  /** A tunnel was made. */
  add(device: Device): void {
    if (device.tunnel === undefined || this.#all.has(device)) return
    this.#all.add(device)
    this.#enter(device, device.tunnel.options)
  }

  /** It is gone. */
  delete(device: Device): void {
    if (device.tunnel !== undefined && this.#all.delete(device)) this.#leave(device, device.tunnel.options)
  }

  /** Its options are others than before. */
  changed(device: Device, before: Ends): void {
    if (device.tunnel === undefined || !this.#all.has(device)) return
    this.#leave(device, before)
    this.#enter(device, device.tunnel.options)
  }

  /** Those with the same ends; of ends that come with each packet those like that. */
  like(ends: Ends): Iterable<Device> {
    return this.#byEnds.get(keyOf(ends)) ?? emptyList
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<Device> {
    return this.#all.values()
  }

  #enter(device: Device, ends: Ends): void {
    this.#byEnds.set(keyOf(ends), withOne(this.#byEnds.get(keyOf(ends)) ?? emptyList, device))
  }

  #leave(device: Device, ends: Ends): void {
    const left = withoutOne(this.#byEnds.get(keyOf(ends)) ?? emptyList, device)
    if (sizeOf(left) === 0) this.#byEnds.delete(keyOf(ends))
    else this.#byEnds.set(keyOf(ends), left)
  }
}

const keyOf = ({ external, local, remote }: Ends): string =>
  external === true ? 'external' : [local, remote].join(' ')
