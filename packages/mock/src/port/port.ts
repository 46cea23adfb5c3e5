/** A port on queues of a TUN or TAP link of the mock. @module */
import {
  batchesOf,
  type FrameBatch,
  type PortCounters,
  type PortFilter,
  type PortOffloads,
  type PortSpec,
  type ProgramRef,
  portBoolean,
  portFilter,
  portNumber,
  portProgram,
  portSteering,
  type Steering,
  type TunPort,
  VnetError,
} from '@vnet/core'
import { closed } from '../connection-closed.js'
import { inTurn } from '../event-loop.js'
import type { Kernel } from '../kernel.js'
import { isTapLink } from '../kind/tap-link.js'
import { attach, detach, disable } from '../kind/tun-attach.js'
import type { TunQueues } from '../kind/tun-queues.js'
import type { Namespace } from '../namespace.js'
import { stateChange } from '../object/carrier.js'
import type { Device } from '../object/device.js'
import { Refusal, refusedBy } from '../refusal.js'
import { PortQueue } from './queue.js'
import { Reception, roomFor } from './reception.js'
import { Tally } from './tally.js'
import { Transmission } from './transmission.js'

/** Reads that may be answered at once, before everything else gets its turn. */
const turns = 4

/** What a port is made of. */
export interface PortParts {
  readonly kernel: Kernel
  /** Where it was opened; the port keeps it. */
  readonly namespace: Namespace
  readonly device: Device
  readonly spec: PortSpec
}

const allOffloads: PortOffloads = { checksum: true, tso4: true, tso6: true, uso: true }

/** The offloads that are asked for. */
export const offloadsOf = (asked: PortSpec['offloads']): PortOffloads | undefined =>
  asked === 'all' ? allOffloads : asked

interface Reader {
  readonly batch: FrameBatch
  resolve(count: number): void
  reject(error: unknown): void
}

/** The port. */
export class MockPort implements TunPort {
  readonly name: string
  readonly kind: 'tun' | 'tap'
  readonly index: number
  readonly mtu: number
  readonly batchSize: number
  readonly offloads: PortOffloads | undefined
  readonly transfer = 'within the program: the kernel is in its memory'
  readonly #kernel: Kernel
  readonly #namespace: Namespace
  readonly #device: Device
  readonly #queues: PortQueue[]
  /** Octets of virtio header in front of what is read. */
  readonly #headed: number
  readonly #tally = new Tally()
  readonly #reception: Reception
  readonly #transmission: Transmission
  #reader: Reader | undefined
  #turns = turns
  #failure: VnetError | undefined
  #isClosed = false
  readonly #wake = () => this.#answer()

  /** `queues` are attached already, and report to the port through `arrived` and `lost`. */
  constructor({ kernel, namespace, device, spec }: PortParts, queues: PortQueue[]) {
    this.name = device.name
    this.kind = spec.kind
    this.index = device.index
    this.mtu = device.mtu
    this.batchSize = spec.batchSize
    this.#kernel = kernel
    this.#namespace = namespace
    this.#device = device
    this.#queues = queues
    const { offloads } = spec
    // Those of a TUN or TAP are the link's.
    this.offloads = isTapLink(device) ? offloadsOf(offloads) : device.tun?.vnetHeader ? device.tunOffloads : undefined
    const headerSize = offloads === undefined ? 0 : spec.headerSize
    this.#headed = spec.receive === 'whole' ? headerSize : 0
    const isMarked = spec.packetInformation ?? false
    const look = { kind: spec.kind, isMarked, headerSize, isHeaded: this.#headed > 0, merges: spec.merge }
    const parts = { kernel, device, tally: this.#tally, ...look }
    this.#reception = new Reception(parts, queues, spec.batchSize)
    this.#transmission = new Transmission(parts)
    kernel.namespaces.hold(namespace)
  }

  get queues(): number {
    return this.#queues.length
  }

  get counters(): PortCounters {
    return this.#tally.snapshot()
  }

  createBatch(options: { readonly shared?: boolean; readonly headroom?: number } = {}): FrameBatch {
    return this.#reception.createBatch(options.headroom ?? 0, options.shared ?? false)
  }

  read(batch: FrameBatch): Promise<number> {
    try {
      this.#check('read')
      if (this.#reader !== undefined) throw this.#error('EBUSY', 16, 'read', 'a read is pending: one at a time')
      roomFor(batch, this.name, this.mtu, this.#headed)
      const count = this.#take(batch)
      if (count > 0) return Promise.resolve(count)
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.#reader = { batch, resolve, reject }
      this.#kernel.vigil.begin()
    })
  }

  write(batch: FrameBatch, from = 0): number {
    this.#check('write')
    const outlet = this.#queues.find((queue) => queue.attached) ?? (this.#queues[0] as PortQueue)
    return this.#transmission.write(outlet, batch, from)
  }

  async writable(): Promise<void> {
    // Written frames are looked at before `write` returns: none holds room in a send buffer.
    this.#check('write')
  }

  setCarrier(carrier: boolean): void {
    portBoolean('port set carrier', carrier, 'carrier')
    this.#control('set carrier', () => this.#device.kind?.setCarrier?.(this.#kernel, this.#device, carrier))
  }

  addQueue(): number {
    this.#change('add queue', () => {
      if (!isTapLink(this.#device) && !this.#device.tun?.multiQueue) {
        throw this.#error('EINVAL', 22, 'add queue', 'open the port with multiQueue: true')
      }
      const queue = this.#createQueue()
      attach(this.#kernel, this.#device, queue)
      this.#queues.push(queue)
    })
    return this.#queues.length - 1
  }

  setQueue(queue: number, attached: boolean): void {
    const number = portNumber('port set queue', queue, 'queue', 0, this.#queues.length - 1)
    portBoolean('port set queue', attached, 'attached')
    const one = this.#queues[number] as PortQueue
    if (one.attached === attached) return
    this.#control('set queue', () => {
      if (attached) attach(this.#kernel, this.#device, one)
      else disable(this.#kernel, this.#device, one)
      one.attached = attached
      if (attached) this.arrived()
    })
  }

  setPersistent(persistent: boolean): void {
    portBoolean('port set persistent', persistent, 'persistent')
    this.#control('set persistent', () => {
      if (this.#device.tun?.persistent === persistent) return
      this.#device.tun = { ...this.#device.tun, persistent }
      stateChange(this.#kernel, this.#device)
    })
  }

  setSendBuffer(octets: number): void {
    portNumber('port set send buffer', octets, 'octets', 1, 0x7fffffff)
    this.#check('set send buffer')
  }

  setFilter(filter: PortFilter | undefined): void {
    const clean = filter === undefined ? undefined : portFilter(filter)
    this.#control('set filter', (queues) => {
      if (this.kind === 'tun') throw this.#error('EINVAL', 22, 'set filter', 'only a TAP has destinations')
      queues.setFilter(clean)
    })
  }

  setSteering(steering: Steering | undefined): void {
    const clean = steering === undefined ? undefined : portSteering(steering)
    this.#control('set steering', (queues) => {
      if (typeof clean === 'object') throw this.#noDescriptor('set steering')
      queues.steer(clean === 'flow hash')
    })
  }

  setFrameFilter(program: ProgramRef | undefined): void {
    if (program !== undefined) portProgram(program)
    this.#check('set filter')
    if (program !== undefined) throw this.#noDescriptor('set filter')
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#kernel.perform(() => {
      for (const queue of this.#queues) detach(this.#kernel, this.#device, queue)
      this.#end(this.#failure ?? closed('port read', this.name))
    })
    this.#kernel.namespaces.letGo(this.#namespace)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<FrameBatch> {
    return batchesOf(this, this.createBatch())
  }

  /** A queue that reports to this port. */
  #createQueue(): PortQueue {
    return new PortQueue(
      () => this.#device,
      () => this.arrived(),
      () => this.lost(),
    )
  }

  /** Something is there for a reader, who is told when the kernel has looked at all frames. */
  arrived(): void {
    if (this.#reader !== undefined) this.#kernel.ready.add(this.#wake)
  }

  /** The link is gone. */
  lost(): void {
    if (this.#isClosed || this.#failure !== undefined) return
    this.#failure = this.#error('EBADFD', 77, 'read', 'the link was deleted: open the port again')
    this.#end(this.#failure)
  }

  #answer(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const count = this.#take(reader.batch)
    if (count === 0) return
    this.#stopReading()
    reader.resolve(count)
  }

  /** Takes what is there; nothing while others have their turn. */
  #take(batch: FrameBatch): number {
    if (this.#turns === 0) return 0
    const count = this.#reception.take(batch)
    if (count > 0 && --this.#turns === 0) {
      inTurn(() => {
        this.#turns = turns
        this.#answer()
      })
    }
    return count
  }

  #stopReading(): void {
    this.#reader = undefined
    this.#kernel.vigil.end()
  }

  #end(error: VnetError): void {
    const reader = this.#reader
    if (reader === undefined) return
    this.#stopReading()
    reader.reject(error)
  }

  /** A change of what only links of `/dev/net/tun` have. */
  #control(action: string, body: (queues: TunQueues) => void): void {
    this.#change(action, (queues) => {
      if (isTapLink(this.#device)) throw this.#error('EINVAL', 22, action, 'this kind of link does not have it')
      body(queues)
    })
  }

  #change(action: string, body: (queues: TunQueues) => void): void {
    this.#check(action)
    const queues = this.#device.tunQueues as TunQueues
    try {
      this.#kernel.perform(() => body(queues))
    } catch (thrown) {
      if (thrown instanceof Refusal) throw refusedBy(thrown, `port ${action}`, this.name)
      throw thrown
    }
  }

  #check(action: string): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isClosed) throw closed(`port ${action}`, this.name)
  }

  #noDescriptor(action: string): VnetError {
    return this.#error('EBADF', 9, action, 'the mock has no descriptors, and no programs by them')
  }

  #error(code: `E${string}`, errno: number, action: string, hint: string): VnetError {
    return new VnetError({ code, operation: `port ${action}`, subject: this.name, errno, hint })
  }
}
