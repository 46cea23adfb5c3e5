/** A port on descriptors of a TUN or TAP: readiness by poll, frames by batches. @module */
import {
  batchesOf,
  FrameBatch,
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
import { errnoName } from '../errno.js'
import { closed, systemError } from '../error.js'
import { GONE, READABLE, type Syscalls, WRITABLE } from '../syscalls.js'
import { TUNSETCARRIER, TUNSETFILTEREBPF, TUNSETPERSIST, TUNSETSNDBUF } from './constants.js'
import { beginning, plainInto } from './convert.js'
import { setFilter, setQueue, setSteering } from './device.js'
import { int } from './ifreq.js'
import { Lane } from './lane.js'
import { Sender } from './sender.js'
import { Tally } from './tally.js'

const [EBADF, EBADFD] = [9, 77] as const
/** Batches that a wake of the loop may fill before everything else gets its turn. */
const TURNS = 4
/** The largest frame there is: an IP packet behind an Ethernet header with a VLAN tag, or behind packet information. */
const LARGEST = 65_535 + 18 + 4
const LINK_HEADERS = 18 + 4
/** Octets of a batch for super-frames. */
const SUPER_SLAB = 262_144

/** What a port is made of. */
export interface PortParts {
  readonly syscalls: Syscalls
  readonly spec: PortSpec
  readonly name: string
  readonly index: number
  readonly mtu: number
  readonly offloads: PortOffloads | undefined
  /** Opens one more queue of the link. */
  addQueue(): number
}

interface Reader {
  readonly batch: FrameBatch
  resolve(count: number): void
  reject(error: unknown): void
}

/** Descriptors of ports that were forgotten without being closed. */
const forgotten = new FinalizationRegistry<{ readonly syscalls: Syscalls; readonly fds: number[] }>(
  ({ syscalls, fds }) => {
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
  private readonly headerSize: number
  /** Octets that a frame can have now, and one more, so that one that was cut shows. */
  private most: number
  private turns = 1
  private next = 0
  private reader: Reader | undefined
  private writers: { resolve(): void; reject(error: unknown): void }[] = []
  private isBlocked = false
  private failure: VnetError | undefined
  /** With `receive: 'split'`: what was read and is not all handed out. */
  private inner: FrameBatch | undefined
  private progress = beginning()

  /** `fd` becomes the port's own. */
  constructor(parts: PortParts, fd: number) {
    const { spec, syscalls, name, mtu } = parts
    this.parts = parts
    this.syscalls = syscalls
    this.name = name
    this.kind = spec.kind
    this.index = parts.index
    this.mtu = mtu
    this.batchSize = spec.batchSize
    this.offloads = parts.offloads
    this.headerSize = parts.offloads === undefined ? 0 : spec.headerSize
    this.most = (parts.offloads === undefined ? mtu + LINK_HEADERS : LARGEST) + this.headerSize + 1
    this.sender = new Sender({
      syscalls,
      kind: spec.kind,
      headerSize: this.headerSize,
      merge: spec.merge,
      tally: this.tally,
    })
    this.join(fd)
    if (spec.receive === 'split') this.inner = this.rawBatch(0, false)
    forgotten.register(this, { syscalls, fds: this.fds }, this)
  }

  /** The descriptor of the first queue. */
  get descriptor(): number {
    this.check('add queue')
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
    return this.rawBatch(options.headroom ?? 0, options.shared ?? false)
  }

  read(batch: FrameBatch): Promise<number> {
    try {
      this.check('read')
      if (this.reader !== undefined) throw this.error('EBUSY', 16, 'read', 'a read is pending: one at a time')
      this.checkRoom(batch)
      if (this.turns > 0) {
        this.turns--
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
    const lane = this.lanes.find((each) => each.attached) ?? (this.lanes[0] as Lane)
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
    const value = portBoolean('port set carrier', carrier, 'carrier') ? 1 : 0
    this.control('set carrier', (fd) => this.syscalls.ioctl(fd, TUNSETCARRIER, int(value)))
  }

  addQueue(): number {
    this.check('add queue')
    this.join(this.parts.addQueue())
    if (this.reader !== undefined) this.watch()
    return this.lanes.length - 1
  }

  setQueue(queue: number, attached: boolean): void {
    const number = portNumber('port set queue', queue, 'queue', 0, this.lanes.length - 1)
    portBoolean('port set queue', attached, 'attached')
    const lane = this.lanes[number] as Lane
    if (lane.attached === attached) return
    this.control('set queue', () => setQueue(this.syscalls, lane.fd, attached))
    lane.attached = attached
  }

  setPersistent(persistent: boolean): void {
    const value = portBoolean('port set persistent', persistent, 'persistent') ? 1 : 0
    this.control('set persistent', (fd) => this.syscalls.ioctl(fd, TUNSETPERSIST, value))
  }

  setSendBuffer(octets: number): void {
    portNumber('port set send buffer', octets, 'octets', 1, 0x7fffffff)
    this.control('set send buffer', (fd) => this.syscalls.ioctl(fd, TUNSETSNDBUF, int(octets)))
  }

  setFilter(filter: PortFilter | undefined): void {
    const clean = filter === undefined ? undefined : portFilter(filter)
    for (const lane of this.lanes) this.control('set filter', () => setFilter(this.syscalls, lane.fd, clean))
  }

  setSteering(steering: Steering | undefined): void {
    const clean = steering === undefined ? undefined : portSteering(steering)
    this.control('set steering', (fd) => setSteering(this.syscalls, fd, this.kind, clean))
  }

  setFrameFilter(program: ProgramRef | undefined): void {
    const fd = program === undefined ? -1 : portProgram(program).fd
    this.control('set filter', (own) => this.syscalls.ioctl(own, TUNSETFILTEREBPF, int(fd)))
  }

  async close(): Promise<void> {
    if (this.lanes.length === 0) return
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

  private rawBatch(headroom: number, shared: boolean): FrameBatch {
    // Slots for all frames, as some bindings need, within reason; and never less than the largest frame. Few super-frames at
    // a time: what was read is still in the processor's cache when it is written.
    const wanted = this.headerSize > 0 ? SUPER_SLAB : Math.min(this.batchSize * (headroom + this.most + 64), 1 << 20)
    const octets = Math.max(wanted, 262_144) + headroom
    return new FrameBatch({ frames: this.batchSize, octets, headroom, shared })
  }

  private ready(lane: Lane, events: number): void {
    if (events === GONE) {
      this.fail(EBADFD, 'read')
      return
    }
    if (events & WRITABLE) this.unblock(lane)
    if ((events & READABLE) === 0) return
    this.turns = TURNS - 1
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
    for (const lane of this.lanes) lane.want(reading && lane.attached, writing && lane.attached)
  }

  /** Fills a batch with what is there: the number of frames, 0 when there is nothing. Throws when the link is gone. */
  private take(batch: FrameBatch): number {
    if (this.inner !== undefined) return this.takeSplit(batch, this.inner)
    return this.takeWhole(batch)
  }

  private takeWhole(batch: FrameBatch): number {
    const { lanes, headerSize } = this
    for (let tries = lanes.length; tries > 0; tries--) {
      const lane = lanes[this.next % lanes.length] as Lane
      this.next++
      if (!lane.attached) continue
      const limit = this.batchSize
      const { slab, spans, headroom } = batch
      const count = this.syscalls.readBatch(lane.fd, slab, spans, limit, headroom, headerSize, this.most)
      if (count < 0) throw this.fail(-count, 'read')
      if (count === 0) continue
      batch.headerSize = headerSize
      // Fewer than fit: the queue is empty, and asking again would only be told so.
      const end = (spans[2 * count - 2] as number) + Math.abs(spans[2 * count - 1] as number)
      const isDrained = count < Math.min(limit, batch.capacity) && end + 64 + headroom + this.most <= slab.length
      if (isDrained && lanes.length === 1) this.turns = 0
      batch.count = this.countIn(spans, count)
      if (batch.count > 0) return batch.count
    }
    return 0
  }

  /** Counts what was read; takes frames that were cut out of the list. */
  private countIn(spans: Int32Array, count: number): number {
    let octets = 0
    let whole = 0
    for (let i = 0; i < count; i++) {
      const length = spans[2 * i + 1] as number
      if (length < 0) continue
      octets += length
      if (whole !== i) {
        spans[2 * whole] = spans[2 * i] as number
        spans[2 * whole + 1] = length
      }
      whole++
    }
    if (whole < count) {
      this.tally.cut += count - whole
      this.most = LARGEST + this.headerSize + 1
    }
    this.tally.readFrames += whole
    this.tally.readOctets += octets
    return whole
  }

  private takeSplit(batch: FrameBatch, inner: FrameBatch): number {
    const { progress, tally } = this
    for (;;) {
      if (progress.frame >= inner.count) {
        inner.clear()
        Object.assign(progress, beginning())
        if (this.takeWhole(inner) === 0) return 0
      }
      batch.clear()
      plainInto(batch, inner, progress, this.kind)
      tally.unsplittable += progress.unsplittable
      tally.tooLong += progress.tooLong
      progress.unsplittable = 0
      progress.tooLong = 0
      // What is left needs no wake: it is here.
      if (progress.frame < inner.count && this.turns === 0) this.turns = 1
      if (batch.count > 0) return batch.count
    }
  }

  private checkRoom(batch: FrameBatch): void {
    const least = (this.inner === undefined ? this.most : this.mtu + LINK_HEADERS) + batch.headroom
    if (batch.slab.length >= least) return
    throw new RangeError(
      `port read ${this.name}: the batch has ${batch.slab.length} octets, a frame may need ${least}: use createBatch`,
    )
  }

  private control(action: string, body: (fd: number) => void): void {
    this.check(action)
    try {
      body((this.lanes[0] as Lane).fd)
    } catch (error) {
      throw systemError(error, `port ${action}`, this.name, {
        hint:
          (error as { code?: string }).code === 'EINVAL'
            ? 'this kind of link, or this kernel, does not have it'
            : undefined,
      })
    }
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
