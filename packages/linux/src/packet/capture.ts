/** A capture on a packet socket: readiness by poll, frames from its ring. @module */
import {
  type Capture,
  CaptureBatch,
  type CaptureCounters,
  type CaptureFormat,
  type CaptureSpec,
  VnetError,
} from '@vnet/core'
import { errnoName } from '../errno.js'
import { closed } from '../error.js'
import { littleEndian } from '../netlink/octets.js'
import { type PollHandle, READABLE, type Syscalls } from '../syscalls.js'
import { PACKET_STATISTICS, SOL_PACKET } from './constants.js'
import { Ring } from './ring.js'

const SOL_SOCKET = 1
const SO_ERROR = 4
const ENETDOWN = 100
/** Reads in a row that may be answered at once, before everything else gets its turn. */
const TURNS = 4
/** Milliseconds to look away when the socket says that there is something and there is not. */
const PAUSE = 5
/**
 * Milliseconds between an error and its end: the kernel hands out what it captured before, and a link that is deleted,
 * which begins with setting it down, is gone by then.
 */
const FATE = 50

/** What a capture is made of; it all becomes its own. */
export interface CaptureParts {
  readonly syscalls: Syscalls
  readonly spec: CaptureSpec
  readonly name: string
  readonly index: number | undefined
  readonly format: CaptureFormat | undefined
  readonly fd: number
  /** The mapped ring. */
  readonly memory: Uint8Array
}

type Held = Pick<CaptureParts, 'syscalls' | 'fd' | 'memory'>

function letGo({ syscalls, fd, memory }: Held): void {
  syscalls.unmap(memory)
  syscalls.close(fd)
}

/** Captures that were forgotten without being closed. */
const forgotten = new FinalizationRegistry<Held>(letGo)

/** The error that is pending at a socket, taken from it: its number, 0 where there is none. */
export function pendingError(syscalls: Syscalls, fd: number): number {
  const value = new Int32Array(1)
  syscalls.getOption(fd, SOL_SOCKET, SO_ERROR, new Uint8Array(value.buffer))
  return value[0] as number
}

/** The capture. */
export class LinuxCapture implements Capture {
  readonly name: string
  readonly index: number | undefined
  readonly format: CaptureFormat | undefined
  readonly snapLength: number
  private readonly held: Held
  private readonly ring: Ring
  private readonly total = { received: 0, dropped: 0, freezes: 0 }
  private handle: PollHandle | undefined
  private waiting: { readonly promise: Promise<void>; wake(): void } | undefined
  private isReading = false
  private isClosed = false
  private errno = 0
  private turns = TURNS

  constructor(parts: CaptureParts) {
    const { syscalls, fd, memory, spec } = parts
    this.name = parts.name
    this.index = parts.index
    this.format = parts.format
    this.snapLength = spec.snapLength
    this.held = { syscalls, fd, memory }
    this.ring = new Ring(memory, spec.snapLength)
    forgotten.register(this, this.held, this)
  }

  get counters(): CaptureCounters {
    if (!this.isClosed) this.count()
    return { ...this.total }
  }

  createBatch(): CaptureBatch {
    return new CaptureBatch({ frames: 256, octets: Math.max(this.room(), 65_536) })
  }

  async read(batch: CaptureBatch): Promise<number> {
    if (this.isReading) throw this.error('EBUSY', 16, 'a read is pending: one at a time')
    this.isReading = true
    try {
      for (;;) {
        const count = this.take(batch)
        if (count > 0) {
          if (--this.turns > 0) return count
          this.turns = TURNS
          await new Promise((resolve) => setImmediate(resolve))
          return count
        }
        await this.readable()
      }
    } finally {
      this.isReading = false
    }
  }

  take(batch: CaptureBatch): number {
    if (this.isClosed) throw closed('capture read', this.name)
    if (batch.slab.length < this.room() + batch.headroom) {
      throw new RangeError(
        `capture read ${this.name}: the batch has ${batch.slab.length} octets, a frame may need ${this.room()}: use createBatch`,
      )
    }
    batch.clear()
    const count = this.ring.take(batch)
    if (count > 0) return count
    if (this.errno !== 0) throw this.failure()
    return 0
  }

  readable(): Promise<void> {
    if (this.isClosed || this.errno !== 0 || this.ring.hasFrame) return Promise.resolve()
    if (this.waiting !== undefined) return this.waiting.promise
    let wake = () => {}
    const promise = new Promise<void>((resolve) => {
      wake = () => {
        this.waiting = undefined
        this.handle?.watch(0)
        resolve()
      }
    })
    this.waiting = { promise, wake }
    this.handle ??= this.held.syscalls.poll(this.held.fd, () => this.arrive())
    this.handle.watch(READABLE)
    return promise
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.count()
    this.isClosed = true
    this.waiting?.wake()
    this.handle?.close()
    forgotten.unregister(this)
    letGo(this.held)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private arrive(): void {
    if (this.isClosed || this.waiting === undefined) return
    if (this.ring.hasFrame) {
      this.waiting.wake()
      return
    }
    const errno = pendingError(this.held.syscalls, this.held.fd)
    // Level-triggered: without a pause this would be a loop.
    this.handle?.watch(0)
    if (errno === 0) {
      setTimeout(() => {
        if (!this.isClosed && this.waiting !== undefined) this.handle?.watch(READABLE)
      }, PAUSE)
      return
    }
    setTimeout(() => {
      this.errno = errno
      this.waiting?.wake()
    }, FATE)
  }

  /** Octets that a frame may need in a batch, with what aligns it. */
  private room(): number {
    return this.snapLength + 64
  }

  /** Asking sets the kernel's counters back. */
  private count(): void {
    const { syscalls, fd } = this.held
    const numbers = new Uint32Array(3)
    syscalls.getOption(fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(numbers.buffer))
    this.total.received += numbers[0] as number
    this.total.dropped += numbers[1] as number
    this.total.freezes += numbers[2] as number
  }

  /** A packet socket says the same of a link that was set down and of one that was deleted; its address tells them apart. */
  private failure(): VnetError {
    const { syscalls, fd } = this.held
    if (this.errno !== ENETDOWN) return this.error(errnoName(this.errno) as `E${string}`, this.errno)
    const address = syscalls.socketName(fd)
    const view = new DataView(address.buffer, address.byteOffset)
    // The type and the length of the MAC are those of the link: none where there is no such link any more.
    const isGone = view.getInt32(4, littleEndian) <= 0 || (view.getUint16(8, littleEndian) === 0 && address[11] === 0)
    return isGone
      ? this.error('ENODEV', 19, 'the link was deleted, or moved to another namespace')
      : this.error('ENETDOWN', ENETDOWN, 'the link was set down: set it up, and capture again')
  }

  private error(code: `E${string}`, errno: number, hint?: string): VnetError {
    return new VnetError({ code, operation: 'capture read', subject: this.name, errno, hint })
  }
}
