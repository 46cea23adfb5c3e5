/** Two ports joined by a cable in memory: what goes in at one comes out at the other. @module */
import { type FrameBatch, type Port, type PortCounters, VnetError } from '@vnet/core'
import { check } from './check.js'

/** What {@link memoryPorts} makes. All is optional. */
export interface MemoryPortOptions {
  /** Names of the two. `memory0` and `memory1` when absent. */
  readonly names?: readonly [string, string]
  /** Octets behind the Ethernet header, 68–65,535. Longer frames (with 4 octets for a tag) are dropped and counted. Default 1,500. */
  readonly mtu?: number
  /** Frames that wait at each end until they are read, 1–65,536; then `write` takes no more. Default 256. */
  readonly queue?: number
  /** Most frames of a read, 1–4,096. Default 64. */
  readonly batchSize?: number
}

/**
 * A pair of ports without a kernel, for tests and for programs that are put together in one process. Each holds its own
 * queue, of fixed size. When one end is closed, frames written to the other count as `linkDown`.
 *
 * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed
 */
export function memoryPorts(options: MemoryPortOptions = {}): [Port, Port] {
  const settings = { names: ['memory0', 'memory1'], mtu: 1500, queue: 256, batchSize: 64 }
  check.into(settings, options, '', {
    names: (value, path) =>
      Array.isArray(value) && value.length === 2 ? value.map(String) : check.refuse(path, 'two names are needed'),
    mtu: check.whole(68, 65_535),
    queue: check.whole(1, 65_536),
    batchSize: check.whole(1, 4096),
  })
  const [a, b] = settings.names.map((name) => new MemoryPort({ ...settings, name }))
  const left = a as MemoryPort
  const right = b as MemoryPort
  left.peer = right
  right.peer = left
  return [left, right]
}

/** A read or a wait that goes on. */
interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

class MemoryPort implements Port {
  readonly name: string
  readonly mtu: number
  readonly batchSize: number
  peer: MemoryPort | undefined = undefined

  /** Frames that wait to be read, one slot each, used in a ring. */
  readonly #octets: Uint8Array
  readonly #lengths: Int32Array
  readonly #slot: number
  #first = 0
  #count = 0
  #open = true
  #reader: (Waiting<number> & { readonly batch: FrameBatch }) | undefined
  #writers: Waiting<void>[] = []
  readonly #passed = { readFrames: 0, readOctets: 0, writtenFrames: 0, writtenOctets: 0 }
  readonly #dropped = { malformed: 0, linkDown: 0, noMemory: 0, tooLong: 0, otherwise: 0, cut: 0, unsplittable: 0 }

  constructor(settings: { name: string; mtu: number; queue: number; batchSize: number }) {
    this.name = settings.name
    this.mtu = settings.mtu
    this.batchSize = settings.batchSize
    this.#slot = settings.mtu + 18
    this.#octets = new Uint8Array(this.#slot * settings.queue)
    this.#lengths = new Int32Array(settings.queue)
  }

  get counters(): PortCounters {
    return { ...this.#passed, dropped: { ...this.#dropped } }
  }

  read(batch: FrameBatch): Promise<number> {
    if (!this.#open) return Promise.reject(this.#failure('VNET_CLOSED', 'read'))
    if (this.#reader !== undefined) return Promise.reject(this.#failure('EBUSY', 'read'))
    if (this.#count > 0) {
      const filled = this.#fill(batch)
      if (filled > 0) return Promise.resolve(filled)
    }
    return new Promise((resolve, reject) => {
      this.#reader = { batch, resolve, reject }
    })
  }

  write(batch: FrameBatch, from = 0): number {
    if (!this.#open) throw this.#failure('VNET_CLOSED', 'write')
    const peer = this.peer
    let taken = from
    for (; taken < batch.count; taken++) {
      const length = batch.length(taken)
      if (peer === undefined || !peer.#open) this.#dropped.linkDown++
      else if (length < 14 || needsOffload(batch, taken)) this.#dropped.malformed++
      else if (length > this.#slot) this.#dropped.tooLong++
      else if (peer.#put(batch, taken)) {
        this.#passed.writtenFrames++
        this.#passed.writtenOctets += length
      } else break
    }
    if (peer !== undefined) peer.#wakeReader()
    return taken - from
  }

  writable(): Promise<void> {
    if (!this.#open) return Promise.reject(this.#failure('VNET_CLOSED', 'write'))
    const peer = this.peer
    if (peer === undefined || !peer.#open || peer.#count < peer.#lengths.length) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#writers.push({ resolve, reject })
    })
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    this.#reader?.reject(this.#failure('VNET_CLOSED', 'read'))
    this.#reader = undefined
    for (const writer of this.#writers.splice(0)) writer.reject(this.#failure('VNET_CLOSED', 'write'))
    // Whoever waits at the other end finds out at once that nothing takes its frames any more.
    if (this.peer !== undefined) this.peer.#wakeWriters()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #put(batch: FrameBatch, i: number): boolean {
    const size = this.#lengths.length
    if (this.#count >= size) return false
    const at = (this.#first + this.#count) % size
    const start = batch.offset(i)
    const length = batch.length(i)
    this.#octets.set(batch.slab.subarray(start, start + length), at * this.#slot)
    this.#lengths[at] = length
    this.#count++
    return true
  }

  #fill(batch: FrameBatch): number {
    batch.clear()
    const size = this.#lengths.length
    while (this.#count > 0 && batch.count < this.batchSize) {
      const length = this.#lengths[this.#first] as number
      const start = batch.reserve(length)
      if (start < 0 && batch.count > 0) break
      if (start < 0) this.#dropped.cut++
      else {
        const from = this.#first * this.#slot
        batch.slab.set(this.#octets.subarray(from, from + length), start)
        this.#passed.readFrames++
        this.#passed.readOctets += length
      }
      this.#first = (this.#first + 1) % size
      this.#count--
    }
    if (this.peer !== undefined) this.peer.#wakeWriters()
    return batch.count
  }

  #wakeReader(): void {
    const reader = this.#reader
    if (reader === undefined || this.#count === 0) return
    const filled = this.#fill(reader.batch)
    if (filled === 0) return
    this.#reader = undefined
    reader.resolve(filled)
  }

  #wakeWriters(): void {
    for (const writer of this.#writers.splice(0)) writer.resolve()
  }

  #failure(code: 'VNET_CLOSED' | 'EBUSY', action: 'read' | 'write'): VnetError {
    return new VnetError({ code, operation: `port ${action}`, subject: this.name })
  }
}

/** Whether a frame's virtio header asks for something that a cable cannot do: a checksum, or splitting. */
function needsOffload(batch: FrameBatch, i: number): boolean {
  if (batch.headerSize === 0) return false
  const at = batch.offset(i) - batch.headerSize
  return ((batch.slab[at] as number) & 1) !== 0 || batch.slab[at + 1] !== 0
}
