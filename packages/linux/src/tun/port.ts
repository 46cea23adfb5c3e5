/** A port on descriptors of a TUN or TAP: readiness by poll, frames by batches. @module */
import {
  batchesOf,
  type FrameBatch,
  type PortCounters,
  type PortFilter,
  type PortOffloads,
  type PortSpec,
  type ProgramRef,
  portBoolean,
  portNumber,
  type Steering,
  type TunPort,
  VnetError,
} from '@vnet/core'
import { errnoName } from '../errno.js'
import { closed } from '../error.js'
import { GONE, READABLE, type Syscalls, WRITABLE } from '../syscalls.js'
import { Controls } from './controls.js'
import { Lane } from './lane.js'
import { Receiver } from './receiver.js'
import { Sender } from './sender.js'
import { Tally } from './tally.js'

const [EBADF, EBADFD] = [9, 77] as const

/** Calls back when the link is gone; `end` ends that. */
export interface LinkWatch {
  begin(gone: () => void): void
  end(): void
}

/** What a port is made of. */
export interface PortParts {
  readonly syscalls: Syscalls
  readonly spec: PortSpec
  readonly name: string
  readonly index: number
  readonly mtu: number
  readonly offloads: PortOffloads | undefined
  /** Opens one more queue of the link that a descriptor of it is attached to. */
  addQueue(first: number): number
  /** Watches the link, where its descriptors do not tell that it is gone; ends what it began. */
  readonly watchLink?: LinkWatch
}

interface Reader {
  readonly batch: FrameBatch
  resolve(count: number): void
  reject(error: unknown): void
}

/** Descriptors of ports that were forgotten without being closed. */
const forgotten = new FinalizationRegistry<Pick<PortParts, 'syscalls' | 'watchLink'> & { readonly fds: number[] }>(
  ({ syscalls, watchLink, fds }) => {
    watchLink?.end()
    for (const fd of fds) syscalls.close(fd)
  },
)

/** The port. */
export class LinuxPort implements TunPort {
  readonly name: string
  readonly kind: 'tun' | 'tap'
  readonly index: number
  readonly mtu: number
  readonly batchSize: number
  readonly offloads: PortOffloads | undefined
  private readonly parts: PortParts
  private readonly syscalls: Syscalls
  private readonly lanes: Lane[] = []
  private readonly fds: number[] = []
  private readonly tally = new Tally()
  private readonly sender: Sender
  private readonly controls: Controls
  private readonly receiver: Receiver
  private reader: Reader | undefined
  private writers: { resolve(): void; reject(error: unknown): void }[] = []
  private isBlocked = false
  private failure: VnetError | undefined

  /** `fds`, a queue each, become the port's own. */
  constructor(parts: PortParts, fds: readonly number[]) {
    const { spec, syscalls, name, mtu } = parts
    this.parts = parts
    this.syscalls = syscalls
    this.name = name
    this.kind = spec.kind
    this.index = parts.index
    this.mtu = mtu
    this.batchSize = spec.batchSize
    this.offloads = parts.offloads
    const headerSize = parts.offloads === undefined ? 0 : spec.headerSize
    const { lanes, tally } = this
    const { kind, batchSize, merge } = spec
    this.receiver = new Receiver({
      name,
      syscalls,
      kind,
      mtu,
      batchSize,
      headerSize,
      split: spec.receive === 'split',
      lanes,
      tally,
    })
    this.sender = new Sender({ syscalls, kind, headerSize, merge, tally })
    this.controls = new Controls(
      { syscalls, kind, name, descriptor: (action) => this.descriptor(action) },
      spec.sendBuffer,
    )
    for (const fd of fds) this.join(fd)
    const { watchLink } = parts
    forgotten.register(this, { syscalls, fds: this.fds, ...(watchLink === undefined ? {} : { watchLink }) }, this)
    // Weak, for a port that is forgotten must be found.
    const weak = new WeakRef(this)
    watchLink?.begin(() => weak.deref()?.fail(EBADFD, 'read'))
  }

  /** A descriptor of the device, for an action; throws when the port has ended. */
  private descriptor(action: string): number {
    this.check(action)
    return (this.lanes[0] as Lane).fd
  }

  get queues(): number {
    return this.lanes.length
  }

  get transfer(): string {
    return this.syscalls.transfer()
  }

  get counters(): PortCounters {
    return this.tally.snapshot()
  }

  createBatch(options: { readonly shared?: boolean; readonly headroom?: number } = {}): FrameBatch {
    return this.receiver.createBatch(options.headroom ?? 0, options.shared ?? false)
  }

  read(batch: FrameBatch): Promise<number> {
    try {
      this.check('read')
      if (this.reader !== undefined) throw this.error('EBUSY', 16, 'read', 'a read is pending: one at a time')
      this.receiver.check(batch)
      if (this.receiver.turns > 0) {
        this.receiver.turns--
        const count = this.take(batch)
        if (count > 0) return Promise.resolve(count)
      }
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.reader = { batch, resolve, reject }
      this.watch()
    })
  }

  write(batch: FrameBatch, from = 0): number {
    this.check('write')
    const lane = this.outlet()
    const taken = this.sender.write(lane.fd, batch, from)
    if (taken < 0) throw this.fail(-taken, 'write')
    this.isBlocked = from + taken < batch.count
    return taken
  }

  async writable(): Promise<void> {
    this.check('write')
    if (!this.isBlocked) return
    await new Promise<void>((resolve, reject) => {
      this.writers.push({ resolve, reject })
      this.watch()
    })
  }

  setCarrier(carrier: boolean): void {
    this.controls.setCarrier(carrier)
  }

  addQueue(): number {
    this.join(this.parts.addQueue(this.descriptor('add queue')))
    this.controls.inherit()
    this.watch()
    return this.lanes.length - 1
  }

  setQueue(queue: number, attached: boolean): void {
    const number = portNumber('port set queue', queue, 'queue', 0, this.lanes.length - 1)
    portBoolean('port set queue', attached, 'attached')
    const lane = this.lanes[number] as Lane
    if (lane.attached === attached) return
    this.controls.setQueue(lane.fd, attached)
    lane.attached = attached
    // Who waits now waits for other queues.
    this.watch()
  }

  setPersistent(persistent: boolean): void {
    this.controls.setPersistent(persistent)
  }

  setSendBuffer(octets: number): void {
    this.controls.setSendBuffer(octets)
  }

  setFilter(filter: PortFilter | undefined): void {
    this.controls.setFilter(filter)
  }

  setSteering(steering: Steering | undefined): void {
    this.controls.setSteering(steering)
  }

  setFrameFilter(program: ProgramRef | undefined): void {
    this.controls.setFrameFilter(program)
  }

  async close(): Promise<void> {
    if (this.lanes.length === 0) return
    this.parts.watchLink?.end()
    for (const lane of this.lanes) lane.close()
    this.lanes.length = 0
    forgotten.unregister(this)
    this.end(this.failure ?? closed('port read', this.name))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<FrameBatch> {
    return batchesOf(this, this.createBatch())
  }

  private join(fd: number): void {
    this.lanes.push(new Lane(this.syscalls, fd, (lane, events) => this.ready(lane, events)))
    this.fds.push(fd)
  }

  private ready(lane: Lane, events: number): void {
    if (events === GONE) {
      this.fail(EBADFD, 'read')
      return
    }
    if (events & WRITABLE) this.unblock(lane)
    if ((events & READABLE) === 0) return
    this.receiver.wake()
    const { reader } = this
    if (reader === undefined) {
      lane.pause(READABLE)
      return
    }
    try {
      const count = this.take(reader.batch)
      if (count === 0) return
      this.reader = undefined
      this.watch()
      reader.resolve(count)
    } catch (error) {
      this.reader = undefined
      reader.reject(error)
    }
  }

  private unblock(lane: Lane): void {
    lane.pause(WRITABLE)
    this.isBlocked = false
    for (const { resolve } of this.writers.splice(0)) resolve()
    this.watch()
  }

  private watch(): void {
    const reading = this.reader !== undefined
    const writing = this.writers.length > 0
    const outlet = writing ? this.outlet() : undefined
    for (const lane of this.lanes) lane.want(reading && lane.attached, lane === outlet)
  }

  /** The queue that is written to: another one's room is of no use. */
  private outlet(): Lane {
    return this.lanes.find((each) => each.attached) ?? (this.lanes[0] as Lane)
  }

  /** Throws when the link is gone. */
  private take(batch: FrameBatch): number {
    const count = this.receiver.take(batch)
    if (count < 0) throw this.fail(-count, 'read')
    return count
  }

  private check(action: string): void {
    if (this.failure !== undefined) throw this.failure
    if (this.lanes.length === 0) throw closed(`port ${action}`, this.name)
  }

  /** Ends the port with an error number: everybody gets one and the same error from now on. */
  private fail(errno: number, action: string): VnetError {
    if (this.failure === undefined) {
      const hint =
        errno === EBADFD || errno === EBADF
          ? 'the link was deleted: open the port again'
          : 'close the port and open it again'
      this.failure = this.error(errnoName(errno) as `E${string}`, errno, action, hint)
      for (const lane of this.lanes) lane.pause(READABLE | WRITABLE)
      this.end(this.failure)
    }
    return this.failure
  }

  private end(error: VnetError): void {
    const { reader } = this
    this.reader = undefined
    reader?.reject(error)
    for (const writer of this.writers.splice(0)) writer.reject(error)
  }

  private error(code: `E${string}`, errno: number, action: string, hint: string): VnetError {
    return new VnetError({ code, operation: `port ${action}`, subject: this.name, errno, hint })
  }
}
