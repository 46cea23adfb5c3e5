/** Frames of a TUN or TAP in batches: by io_uring, or by one system call a frame where that is not to be had. @module */
import { syscallError } from '@vnet/linux'
import type { Libc } from './libc.js'
import { ENTRIES, READV, Ring, WRITE } from './ring.js'
import { Spill } from './spill.js'

const [EINTR, EBADF, EAGAIN, EBADFD, EOPNOTSUPP] = [4, 9, 11, 77, 95] as const
const TUNGETSNDBUF = 0x800454d3
const TUNSETSNDBUF = 0x400454d4
const ALIGNMENT = 64
const INT_MAX = 0x7fffffff
/** Octets of a slot at first: a frame of an Ethernet's size. */
const SLOT = 1536

/** What was learnt of a descriptor. */
interface Habit {
  /** How many frames to ask for at first: as many as it gave last time. */
  window: number
  /** Octets of a frame's slot: as many as its longest frame had. */
  slot: number
  /** Frames that were read and had no room in the slab. */
  kept: Uint8Array[]
}

/** Reads and writes of batches on one thread. */
export class Batches {
  private readonly libc: Libc
  /** The ring; a text where there is none, which says why; undefined before it was tried. */
  private ring: Ring | string | undefined
  private spill: Spill | undefined
  private readonly habits = new Map<number, Habit>()
  /** Whether a descriptor's send buffer is bounded: then frames are written one at a time, so that none overtakes another. */
  private readonly bounded = new Map<number, boolean>()

  /** For a thread. */
  constructor(libc: Libc) {
    this.libc = libc
  }

  /** How frames move, in words. */
  transfer(): string {
    const ring = this.open()
    return typeof ring === 'string' ? `one system call a frame (${ring})` : 'io_uring, 64 frames a call'
  }

  /** Forgets what was learnt of a descriptor. */
  forget(fd: number): void {
    this.habits.delete(fd)
    this.bounded.delete(fd)
  }

  /** Takes note of a control of a device. */
  controlled(request: number): void {
    // It is of the device: other queues have it too.
    if (request === TUNSETSNDBUF) this.bounded.clear()
  }

  /** See `Syscalls.readBatch`. */
  read(
    fd: number,
    slab: Uint8Array,
    spans: Int32Array,
    wanted: number,
    headroom: number,
    skip: number,
    most: number,
  ): number {
    const limit = Math.min(wanted, spans.length >> 1)
    const ring = this.open()
    const base = this.libc.addressOf(slab)
    if (typeof ring === 'string') return this.readSingly(fd, base, slab.length, spans, limit, headroom, skip, most)
    this.spill ??= new Spill(this.libc)
    const habit = this.habitOf(fd)
    const room = Math.min(habit.slot, most)
    const stride = (headroom + room + ALIGNMENT - 1) & -ALIGNMENT
    let { window } = habit
    let count = habit.kept.length === 0 ? 0 : unpack(habit.kept, slab, spans, 0, 0, limit, headroom, skip)
    let cursor = endOf(spans, count)
    while (count < limit && habit.kept.length === 0) {
      const fitting = Math.floor((slab.length - cursor + stride - headroom - room) / stride)
      const tries = Math.min(limit - count, window, ENTRIES, fitting)
      if (tries <= 0) break
      for (let i = 0; i < tries; i++) {
        const pair = this.spill.pair(i, base + cursor + i * stride + headroom, room)
        ring.prepare(i, READV, fd, pair, 2)
      }
      ring.submit(tries)
      const before = count
      let end = cursor
      let error = 0
      let longest = 0
      for (let i = 0; i < tries; i++) {
        const got = ring.results[i] as number
        if (got < 0) {
          if (got !== -EAGAIN && got !== -EINTR) error = -got
          continue
        }
        const header = Math.min(got, skip)
        const start = cursor + i * stride + headroom
        spans[2 * count] = start + header
        spans[2 * count + 1] = got - header
        count++
        end = start + got
        if (got > longest) longest = got
      }
      if (error === EOPNOTSUPP && count === 0) {
        this.doWithout(ring)
        return this.readSingly(fd, base, slab.length, spans, limit, headroom, skip, most)
      }
      if (error !== 0 && count === 0) return -error
      const isLess = count - before < tries
      if (longest > room) {
        habit.slot = longest
        habit.kept = this.gather(ring, slab, tries, cursor + headroom, stride, room)
        count = unpack(habit.kept, slab, spans, before, cursor, limit, headroom, skip)
        break
      }
      if (isLess) break
      cursor = (end + ALIGNMENT - 1) & -ALIGNMENT
      window *= 2
    }
    habit.window = Math.max(1, count)
    return count
  }

  /** See `Syscalls.holds`. */
  holds(fd: number): boolean {
    return (this.habits.get(fd)?.kept.length ?? 0) > 0
  }

  private habitOf(fd: number): Habit {
    let habit = this.habits.get(fd)
    if (habit === undefined) {
      habit = { window: 1, slot: SLOT, kept: [] }
      this.habits.set(fd, habit)
    }
    return habit
  }

  /** Copies of the frames of a submission in which one was longer than its slot. */
  private gather(
    ring: Ring,
    slab: Uint8Array,
    tries: number,
    first: number,
    stride: number,
    room: number,
  ): Uint8Array[] {
    const frames: Uint8Array[] = []
    for (let i = 0; i < tries; i++) {
      const got = ring.results[i] as number
      if (got < 0) continue
      const frame = new Uint8Array(got)
      const start = first + i * stride
      frame.set(slab.subarray(start, start + Math.min(got, room)))
      if (got > room) frame.set((this.spill as Spill).tail(i, got - room), room)
      frames.push(frame)
    }
    return frames
  }

  /** See `Syscalls.writeBatch`. */
  write(
    fd: number,
    slab: Uint8Array,
    spans: Int32Array,
    from: number,
    to: number,
    prefix: number,
    refused: Int32Array,
  ): number {
    const most = (refused.length - 1) >> 1
    const opened = this.open()
    const base = this.libc.addressOf(slab)
    let ring = typeof opened === 'string' || this.isBounded(fd) ? undefined : opened
    refused[0] = 0
    let at = from
    while (at < to && (refused[0] as number) < most) {
      const tries = ring === undefined ? 1 : Math.min(to - at, ENTRIES, most - (refused[0] as number))
      for (let i = 0; i < tries; i++) {
        const start = spans[2 * (at + i)] as number
        const length = spans[2 * (at + i) + 1] as number
        if (!(length >= 0 && start >= prefix && start + length <= slab.length)) {
          throw new TypeError('the spans are not within the slab')
        }
        ring?.prepare(i, WRITE, fd, base + start - prefix, length + prefix)
      }
      if (ring === undefined) {
        const start = spans[2 * at] as number
        const result = this.writeOne(fd, base + start - prefix, (spans[2 * at + 1] as number) + prefix)
        if (result === -EAGAIN) break
        if (result === -EBADF || result === -EBADFD) return at === from ? result : at - from
        if (result < 0) note(refused, at, -result)
      } else {
        ring.submit(tries)
        // Nothing of the submission was carried out then.
        if (ring.results[0] === -EOPNOTSUPP) {
          this.doWithout(ring)
          ring = undefined
          continue
        }
        for (let i = 0; i < tries; i++) {
          const result = ring.results[i] as number
          if (result === -EBADF || result === -EBADFD) return at + i === from ? result : at + i - from
          if (result < 0) note(refused, at + i, -result)
        }
      }
      at += tries
    }
    return at - from
  }

  private doWithout(ring: Ring): void {
    ring.close()
    this.ring = 'io_uring: this kernel’s TUN cannot be asked without waiting'
  }

  private open(): Ring | string {
    if (this.ring !== undefined) return this.ring
    if (process.env.VNET_IO_URING === 'off') {
      this.ring = 'io_uring: switched off by VNET_IO_URING'
      return this.ring
    }
    try {
      const ring = new Ring(this.libc)
      process.once('exit', () => ring.close())
      this.ring = ring
    } catch (error) {
      this.ring = (error as Error).message
    }
    return this.ring
  }

  private isBounded(fd: number): boolean {
    let bounded = this.bounded.get(fd)
    if (bounded === undefined) {
      const value = new Int32Array(64)
      const asked = this.libc.ioctl(fd, TUNGETSNDBUF, new Uint8Array(value.buffer))
      bounded = asked < 0 || value[0] !== INT_MAX
      this.bounded.set(fd, bounded)
    }
    return bounded
  }

  private readSingly(
    fd: number,
    base: number,
    size: number,
    spans: Int32Array,
    limit: number,
    headroom: number,
    skip: number,
    most: number,
  ): number {
    let count = 0
    let cursor = 0
    while (count < limit) {
      const start = cursor + headroom
      const room = size - start
      if (room < most) break
      const got = this.libc.readAt(fd, base + start, room)
      if (got < 0) {
        const errno = this.libc.errno()
        if (errno === EINTR) continue
        if (errno !== EAGAIN && count === 0) return -errno
        break
      }
      const header = Math.min(got, skip)
      spans[2 * count] = start + header
      spans[2 * count + 1] = got === room ? header - got : got - header
      count++
      cursor = (start + got + ALIGNMENT - 1) & -ALIGNMENT
    }
    return count
  }

  private writeOne(fd: number, address: number, length: number): number {
    for (;;) {
      const sent = this.libc.writeAt(fd, address, length)
      if (sent >= 0) return sent
      const errno = this.libc.errno()
      if (errno !== EINTR) return -errno
    }
  }
}

/** Where the next frame may begin. */
function endOf(spans: Int32Array, count: number): number {
  if (count === 0) return 0
  return ((spans[2 * count - 2] as number) + Math.abs(spans[2 * count - 1] as number) + ALIGNMENT - 1) & -ALIGNMENT
}

/** Lays frames into the slab from a place on and takes them from the list; those that do not fit stay. Returns the new count. */
function unpack(
  frames: Uint8Array[],
  slab: Uint8Array,
  spans: Int32Array,
  count: number,
  from: number,
  limit: number,
  headroom: number,
  skip: number,
): number {
  let [next, cursor, taken] = [count, from, 0]
  for (; taken < frames.length && next < limit; taken++) {
    const frame = frames[taken] as Uint8Array
    const start = cursor + headroom
    const isCut = start + frame.length > slab.length
    // One that does not fit in a whole slab never will.
    if (isCut && next > 0) break
    const whole = isCut ? frame.subarray(0, Math.max(0, slab.length - start)) : frame
    slab.set(whole, start)
    const header = Math.min(whole.length, skip)
    spans[2 * next] = start + header
    spans[2 * next + 1] = isCut ? header - whole.length : whole.length - header
    next++
    cursor = (start + whole.length + ALIGNMENT - 1) & -ALIGNMENT
  }
  frames.splice(0, taken)
  return next
}

function note(refused: Int32Array, frame: number, errno: number): void {
  const failed = refused[0] as number
  refused[1 + 2 * failed] = frame
  refused[2 + 2 * failed] = errno
  refused[0] = failed + 1
}

const SYS_BPF: { readonly [arch: string]: number | undefined } = { x64: 321, arm64: 280, riscv64: 280 }
const BPF_PROG_LOAD = 5
const BPF_PROG_TYPE_SOCKET_FILTER = 1

/** See `Syscalls.loadProgram`. */
export function loadProgram(libc: Libc, instructions: Uint8Array, license: string): number {
  const number = SYS_BPF[process.arch]
  if (number === undefined) throw syscallError('bpf', 38 /* ENOSYS */)
  const words = new Uint8Array(instructions)
  const text = new TextEncoder().encode(`${license}\0`)
  const attributes = new BigUint64Array(16)
  new Uint32Array(attributes.buffer).set([BPF_PROG_TYPE_SOCKET_FILTER, words.length / 8])
  // Both stay where they are: koffi moved them out of V8's heap when it was asked where they lie.
  attributes[1] = BigInt(libc.addressOf(words))
  attributes[2] = BigInt(libc.addressOf(text))
  const fd = libc.syscallPointer(number, BPF_PROG_LOAD, new Uint8Array(attributes.buffer), attributes.byteLength)
  const errno = libc.errno()
  // Keeps them alive until the call is over.
  if (words.length + text.length === 0 || fd < 0) throw syscallError('bpf', errno)
  return fd
}
