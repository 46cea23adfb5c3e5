/** A capture: a tap with a ring, and who waits for what it holds. @module */
import { type FilterPrograms, runBpf } from '@vnet/bpf'
import {
  type Capture,
  CaptureBatch,
  type CaptureCounters,
  type CaptureDirection,
  type CaptureFormat,
  type CaptureSpec,
  captureFormats,
  VnetError,
} from '@vnet/core'
import { closed } from '../connection-closed.js'
import { inTurn } from '../event-loop.js'
import type { Kernel, Notice } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { setPromiscuity } from '../object/state.js'
import type { Frame } from '../stack/frame.js'
import { type PacketTypeNumber, packetType } from '../stack/packet-type.js'
import type { Tap } from '../stack/tap.js'
import { formatOf, recorded } from './record.js'
import { Ring } from './ring.js'

/** Reads in a row that may be answered at once, before everything else gets its turn. */
const turns = 4

/** The capture. */
export class MockCapture implements Capture, Tap {
  readonly name: string
  readonly index: number | undefined
  readonly format: CaptureFormat | undefined
  readonly snapLength: number
  readonly #kernel: Kernel
  readonly #namespace: Namespace
  readonly #device: Device | undefined
  readonly #direction: CaptureDirection
  readonly #isPromiscuous: boolean
  readonly #programs: FilterPrograms | undefined
  readonly #ring: Ring
  #waiting: { readonly promise: Promise<void>; wake(): void } | undefined
  #isReading = false
  #isClosed = false
  #end: 'ENETDOWN' | 'ENODEV' | undefined
  #turns = turns
  readonly #wake = () => this.#waiting?.wake()

  /** Begins to see frames; of all links of the namespace without `device`. */
  constructor(
    kernel: Kernel,
    namespace: Namespace,
    device: Device | undefined,
    spec: CaptureSpec,
    programs: FilterPrograms | undefined,
  ) {
    this.name = device?.name ?? 'any'
    this.index = device?.index
    this.format = device === undefined ? undefined : formatOf(device)
    this.snapLength = spec.snapLength
    this.#kernel = kernel
    this.#namespace = namespace
    this.#device = device
    this.#direction = spec.direction
    this.#isPromiscuous = spec.promiscuous && device !== undefined
    this.#programs = programs
    this.#ring = new Ring(spec.buffer)
    kernel.namespaces.hold(namespace)
    namespace.taps.add(this)
    if (this.#isPromiscuous) setPromiscuity(kernel, device as Device, 1)
  }

  get counters(): CaptureCounters {
    const { received, dropped, freezes } = this.#ring
    return { received, dropped, freezes }
  }

  see(device: Device, frame: Frame, type: PacketTypeNumber): void {
    if (this.#device !== undefined && device !== this.#device) return
    const leaves = type === packetType.outgoing
    // What leaves by lo comes in again at once: once is enough.
    const isWanted = this.#direction === 'both' ? !(leaves && device.loopback) : leaves === (this.#direction === 'out')
    if (!isWanted) return
    const octets = recorded(device, frame.octets, type)
    const format = formatOf(device)
    if (!this.#takes(octets, format, device, type)) return
    const { frameTime } = this.#kernel
    frameTime.advance(this.#kernel.now())
    this.#ring.put({
      octets: octets.length > this.snapLength ? octets.subarray(0, this.snapLength) : octets,
      seconds: frameTime.seconds,
      nanoseconds: frameTime.nanoseconds,
      originalLength: octets.length,
      link: device.index,
      format: captureFormats.indexOf(format),
      packetType: type,
    })
    this.#tell()
  }

  notice(notice: Notice, device: Device): void {
    if (device !== this.#device) return
    if (notice === 'unregister') this.#end = 'ENODEV'
    else if (notice === 'down') this.#end ??= 'ENETDOWN'
    else return
    this.#tell()
  }

  createBatch(): CaptureBatch {
    return new CaptureBatch({ frames: 256, octets: Math.max(this.#room(), 65_536) })
  }

  async read(batch: CaptureBatch): Promise<number> {
    if (this.#isReading) throw this.#error('EBUSY', 16, 'a read is pending: one at a time')
    this.#isReading = true
    try {
      for (;;) {
        const count = this.take(batch)
        if (count > 0) {
          if (--this.#turns > 0) return count
          this.#turns = turns
          await new Promise<void>((resolve) => inTurn(resolve))
          return count
        }
        await this.readable()
      }
    } finally {
      this.#isReading = false
    }
  }

  take(batch: CaptureBatch): number {
    if (this.#isClosed) throw closed('capture read', this.name)
    const room = this.#room()
    if (batch.slab.length < room + batch.headroom) {
      throw new RangeError(
        `capture read ${this.name}: the batch has ${batch.slab.length} octets, a frame may need ${room}: use createBatch`,
      )
    }
    batch.clear()
    const count = this.#ring.take(batch)
    if (count === 0 && this.#end !== undefined) throw this.#failure(this.#end)
    return count
  }

  readable(): Promise<void> {
    if (this.#isClosed || this.#end !== undefined || this.#ring.hasFrame) return Promise.resolve()
    if (this.#waiting !== undefined) return this.#waiting.promise
    let wake = () => {}
    const promise = new Promise<void>((resolve) => {
      wake = () => {
        this.#waiting = undefined
        this.#kernel.vigil.end()
        resolve()
      }
    })
    this.#waiting = { promise, wake }
    this.#kernel.vigil.begin()
    return promise
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#namespace.taps.delete(this)
    this.#kernel.perform(() => {
      const device = this.#device
      if (this.#isPromiscuous && device !== undefined && this.#end !== 'ENODEV')
        setPromiscuity(this.#kernel, device, -1)
    })
    this.#waiting?.wake()
    this.#kernel.namespaces.letGo(this.#namespace)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Whether the filter takes a frame. */
  #takes(octets: Uint8Array, format: CaptureFormat, device: Device, packetType: PacketTypeNumber): boolean {
    const program = this.#programs?.get(format)
    if (program === undefined) return this.#programs === undefined
    const random = () => 0
    return runBpf(program, { octets, link: device.index, packetType, random }) !== 0
  }

  /** Who waits is told when the kernel has looked at all frames. */
  #tell(): void {
    if (this.#waiting !== undefined) this.#kernel.ready.add(this.#wake)
  }

  /** Octets that a frame may need in a batch, with what aligns it. */
  #room(): number {
    return this.snapLength + 64
  }

  #failure(code: 'ENETDOWN' | 'ENODEV'): VnetError {
    return code === 'ENODEV'
      ? this.#error(code, 19, 'the link was deleted, or moved to another namespace')
      : this.#error(code, 100, 'the link was set down: set it up, and capture again')
  }

  #error(code: `E${string}`, errno: number, hint: string): VnetError {
    return new VnetError({ code, operation: 'capture read', subject: this.name, errno, hint })
  }
}
