/** Frames handled together: one slab of octets, and for each frame where it lies. @module */
import { argumentError, Fault, rangeFault, typeFault } from './argument.js'
import { boolean, wholeNumber } from './check/scalar.js'

/** What a {@link FrameBatch} is made of. */
export interface BatchOptions {
  /** Most frames, 1 to 4,096; 64 when absent, which is where a system call's cost stops to matter. */
  readonly frames?: number
  /** Octets of the slab, 128 to 2 GiB; 262,144 when absent: many frames of an Ethernet's size, or three of 64 KiB. */
  readonly octets?: number
  /** Octets kept free before each frame, for a header that is put in front later; 0 when absent, at most 4,096. */
  readonly headroom?: number
  /** Whether slab and places lie in shared memory (`SharedArrayBuffer`), so that a worker thread can have them uncopied. */
  readonly shared?: boolean
}

/** The memory of a batch, to be posted to another thread: {@link FrameBatch.of} makes a batch of it again, uncopied if shared. */
export interface BatchParts {
  /** The octets. */
  readonly slab: Uint8Array
  /** Offset and length of each frame. */
  readonly spans: Int32Array
  /** Octets kept free before each frame. */
  readonly headroom: number
  /** Octets of virtio header right before each frame, 0 for none. */
  readonly headerSize: number
  /** Frames that are in it. */
  readonly count: number
}

/** Frames start at multiples of this, plus the headroom: a line of the processor's cache. */
const ALIGNMENT = 64

/**
 * A batch of frames in one slab, without an object for each. Reading fills it, writing empties nothing: it is the caller's,
 * and used again and again. A frame is `spans[2 * i]` (offset, octets) and `spans[2 * i + 1]` (length, octets).
 *
 * @example
 * const batch = new FrameBatch()
 * while (await port.read(batch)) for (const frame of batch) console.log(frame.length)
 */
export class FrameBatch implements Iterable<Uint8Array> {
  /** The octets of all frames. */
  readonly slab: Uint8Array
  /** Offset and length of each frame, both in octets, in pairs; only the first {@link FrameBatch.count} pairs count. */
  readonly spans: Int32Array
  /** Octets kept free before each frame (and before its virtio header, if it has one). */
  readonly headroom: number
  /** Frames that are in it. */
  count: number = 0
  /**
   * Octets of virtio header (`struct virtio_net_hdr`) that lie right before each frame; 0 for none. A port with offloads
   * sets it when it reads and obeys it when it writes, so such a batch goes from port to port unchanged.
   */
  headerSize: number = 0

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
  constructor(options: BatchOptions = {}) {
    const { frames, octets, headroom, shared } = checkedOptions(options)
    const memory = (size: number) => (shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
    this.slab = new Uint8Array(memory(octets))
    this.spans = new Int32Array(memory(frames * 8))
    this.headroom = headroom
  }

  /** The batch whose memory `parts` is, as another thread sent it. */
  static of(parts: BatchParts): FrameBatch {
    const { slab, spans, headroom, headerSize, count } = parts
    const batch = Object.create(FrameBatch.prototype) as FrameBatch
    return Object.assign(batch, { slab, spans, headroom, headerSize, count })
  }

  /** The memory, to be posted to another thread. Without `shared` it is copied on the way. */
  parts(): BatchParts {
    const { slab, spans, headroom, headerSize, count } = this
    return { slab, spans, headroom, headerSize, count }
  }

  /** Most frames that fit. */
  get capacity(): number {
    return this.spans.length >> 1
  }

  /** Where frame `i` starts in the slab, octets. */
  offset(i: number): number {
    return this.spans[2 * i] as number
  }

  /** Octets of frame `i`. */
  length(i: number): number {
    return this.spans[2 * i + 1] as number
  }

  /** Frame `i`, as a view of the slab: it changes when the batch is filled again. */
  frame(i: number): Uint8Array {
    if (!(i >= 0 && i < this.count)) throw new RangeError(`there is no frame ${i}: the batch holds ${this.count}`)
    const start = this.offset(i)
    return this.slab.subarray(start, start + this.length(i))
  }

  /** The virtio header of frame `i` as a view of the slab; empty where there is none. */
  header(i: number): Uint8Array {
    if (!(i >= 0 && i < this.count)) throw new RangeError(`there is no frame ${i}: the batch holds ${this.count}`)
    const start = this.offset(i)
    return this.slab.subarray(start - this.headerSize, start)
  }

  /** Forgets all frames; the octets stay. */
  clear(): void {
    this.count = 0
    this.headerSize = 0
  }

  /** Copies a frame behind the others; `false` where it does not fit. Of a batch with virtio headers its header is zero. */
  add(frame: Uint8Array): boolean {
    const start = this.reserve(frame.length)
    if (start < 0) return false
    this.slab.set(frame, start)
    return true
  }

  /**
   * Makes room for a frame of `length` octets behind the others and returns where it starts; -1 where it does not fit. The
   * octets are left as they are, but for the virtio header, which is made zero.
   */
  reserve(length: number): number {
    const { spans, count, headerSize } = this
    if (count >= this.capacity) return -1
    const end = count === 0 ? 0 : (spans[2 * count - 2] as number) + (spans[2 * count - 1] as number)
    const start = ((end + ALIGNMENT - 1) & -ALIGNMENT) + this.headroom + headerSize
    if (start + length > this.slab.length) return -1
    if (headerSize > 0) this.slab.fill(0, start - headerSize, start)
    spans[2 * count] = start
    spans[2 * count + 1] = length
    this.count = count + 1
    return start
  }

  /** The frames, one after another; each view is valid until the next step. */
  *[Symbol.iterator](): IterableIterator<Uint8Array> {
    for (let i = 0; i < this.count; i++) yield this.frame(i)
  }
}

function checkedOptions(options: BatchOptions): Required<BatchOptions> {
  try {
    if (typeof options !== 'object' || options === null) throw typeFault('options', 'an object', options)
    const { frames = 64, octets = 262_144, headroom = 0, shared = false } = options
    wholeNumber(1, 4096, 'frames')(frames, 'options.frames')
    wholeNumber(128, 0x7fffffff, 'octets')(octets, 'options.octets')
    wholeNumber(0, 4096, 'octets')(headroom, 'options.headroom')
    boolean(shared, 'options.shared')
    if (headroom >= octets) throw rangeFault('options.headroom', 'leaves no room for a frame', 'give more octets')
    return { frames, octets, headroom, shared }
  } catch (error) {
    if (error instanceof Fault) throw argumentError(error, 'batch', undefined)
    throw error
  }
}
