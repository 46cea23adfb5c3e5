/** Frames changed on the way by a function. @module */
import { FrameBatch, type Port, type PortCounters } from '@vnet/core'
import { check } from '../check.js'
import { type Direction, WrappedPort } from './wrapped-port.js'

/**
 * Changes a frame: in place (returns nothing), into another one (returns it), or into nothing (returns `false`). `frame` is
 * valid until it returns. For a frame on its way out that the port did not take it is called again when that is tried again.
 */
export type Patch = (frame: Uint8Array, direction: Direction) => Uint8Array | false | undefined

/** How {@link patch} works. */
export interface PatchOptions {
  /** Which frames: those read (`in`), those written (`out`), or both, the default. */
  readonly direction?: Direction | 'both'
}

/**
 * A port around `port` whose frames go through a function. Works on copies, so that a frame that goes to several ports is
 * changed at this one only. Checksums are the function's business: see `fillChecksums` of `@vnet/wire`. A virtio header is
 * passed on as it is with frames that are not replaced, and is empty for those that are.
 */
export function patch(port: Port, change: Patch, options: PatchOptions = {}): Port {
  const settings = { direction: 'both' as Direction | 'both' }
  check.into(settings, options, '', { direction: check.word('in', 'out', 'both') })
  return new PatchedPort(port, change, settings.direction)
}

class PatchedPort extends WrappedPort {
  readonly #change: Patch
  readonly #in: boolean
  readonly #out: boolean
  /** What was read and has not been passed on. */
  readonly #arrived: FrameBatch
  #next = 0
  /** What became of the next of them, where there was no room for it. */
  #held: Changed | undefined
  #cut = 0
  /** One frame on its way out. */
  readonly #leaving: FrameBatch

  constructor(inner: Port, change: Patch, direction: Direction | 'both') {
    super(inner)
    this.#change = change
    this.#in = direction !== 'out'
    this.#out = direction !== 'in'
    const octets = Math.max(262_144, inner.batchSize * (inner.mtu + 160))
    this.#arrived = new FrameBatch({ frames: Math.min(4096, inner.batchSize), octets })
    this.#leaving = new FrameBatch({ frames: 1, octets: 70_000 })
  }

  /** Those of the port inside; `cut` also has frames that became too long for a batch. */
  override get counters(): PortCounters {
    const { dropped, ...passed } = this.inner.counters
    return { ...passed, dropped: { ...dropped, cut: dropped.cut + this.#cut } }
  }

  override async read(batch: FrameBatch): Promise<number> {
    if (!this.#in) return this.inner.read(batch)
    const arrived = this.#arrived
    for (;;) {
      if (this.#next >= arrived.count) {
        await this.inner.read(arrived)
        this.#next = 0
      }
      batch.clear()
      batch.headerSize = arrived.headerSize
      while (this.#next < arrived.count && batch.count < batch.capacity) {
        const frame = this.#held ?? this.#changed(arrived, this.#next, 'in')
        this.#held = undefined
        if (frame !== false && !put(frame, arrived, this.#next, batch)) {
          // Behind the others there is no room for it: next time, when there are none.
          if (batch.count > 0) {
            this.#held = frame
            break
          }
          this.#cut++
        }
        this.#next++
      }
      if (batch.count > 0) return batch.count
    }
  }

  override write(batch: FrameBatch, from = 0): number {
    if (!this.#out) return this.inner.write(batch, from)
    const leaving = this.#leaving
    for (let i = from; i < batch.count; i++) {
      leaving.clear()
      leaving.headerSize = batch.headerSize
      const frame = this.#changed(batch, i, 'out')
      if (frame !== false && !put(frame, batch, i, leaving)) this.#cut++
      if (leaving.count > 0 && this.inner.write(leaving) === 0) return i - from
    }
    return batch.count - from
  }

  #changed(batch: FrameBatch, i: number, direction: Direction): Changed | false {
    const copy = batch.frame(i).slice()
    const result = this.#change(copy, direction)
    return result === false ? false : { bytes: result ?? copy, replaced: result !== undefined }
  }
}

/** What became of a frame. */
interface Changed {
  readonly bytes: Uint8Array
  readonly replaced: boolean
}

/** Adds what became of frame `i` of `from`; `false` where there is no room for it. */
function put({ bytes, replaced }: Changed, from: FrameBatch, i: number, to: FrameBatch): boolean {
  if (!to.add(bytes)) return false
  if (!replaced && from.headerSize > 0) to.header(to.count - 1).set(from.header(i))
  return true
}
