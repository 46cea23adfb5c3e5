/** A bad line: frames are lost, late, doubled, out of order, or damaged, as chance has it. @module */
import { FrameBatch, type Port, type PortCounters } from '@vnet/core'
import { check } from '../check.js'
import { type Clock, realClock } from '../clock.js'
import type { Random } from '../random.js'
import { DelayLine } from './delay-line.js'
import { WrappedPort } from './wrapped-port.js'

/** What happens to frames of one direction, as `tc qdisc … netem` has it. Chances are 0–1; all is 0 when absent. */
export interface FaultRates {
  /** Chance that a frame is lost. */
  readonly loss?: number
  /** Chance that one bit of a frame is turned over. */
  readonly corrupt?: number
  /** Chance that a frame comes twice. */
  readonly duplicate?: number
  /** Seconds by which each frame is late. */
  readonly delay?: number
  /** Seconds, at most the delay, by which that varies to both sides, evenly; frames may overtake each other then. */
  readonly jitter?: number
  /** Chance that a frame is not late at all, and overtakes the others. Needs `delay`. */
  readonly reorder?: number
}

/** How a port is disturbed. */
export interface FaultOptions {
  /** Where chance comes from: {@link seededRandom}, or `Math.random`. */
  readonly random: Random
  /** Frames that are read. Undisturbed when absent. */
  readonly in?: FaultRates
  /** Frames that are written. Undisturbed when absent. */
  readonly out?: FaultRates
  /** Frames that are held back in each direction at most, 1–65,536; then no more are taken. Default 1,000. */
  readonly queue?: number
  /** Where time comes from. The real clock when absent. */
  readonly clock?: Clock
}

/** What was done to frames. */
export interface FaultCounters {
  readonly lost: number
  readonly corrupted: number
  readonly duplicated: number
  readonly reordered: number
}

/** A port that disturbs its frames. */
export interface FaultPort extends Port {
  /** What was done so far, by direction. A new object each time. */
  readonly faults: { readonly in: FaultCounters; readonly out: FaultCounters }
}

/**
 * A port around `port` that loses, delays, doubles, reorders and damages frames. The same random numbers and times give the
 * same faults.
 *
 * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed
 */
export function fault(port: Port, options: FaultOptions): FaultPort {
  const { random, clock = realClock(), ...rest } = options
  if (typeof random !== 'function') check.refuse('random', 'a function is needed')
  const settings = { in: ratesOf({}, 'in'), out: ratesOf({}, 'out'), queue: 1000 }
  check.into(settings, rest, '', { in: ratesOf, out: ratesOf, queue: check.whole(1, 65_536) })
  return new DisturbedPort(port, settings, random, clock)
}

type Rates = Required<FaultRates>

function ratesOf(value: unknown, path: string): Rates {
  const rates = { loss: 0, corrupt: 0, duplicate: 0, delay: 0, jitter: 0, reorder: 0 }
  const chance = check.from(0, 1)
  const seconds = check.from(0, 1_000_000)
  check.into(rates, value as object, path, {
    loss: chance,
    corrupt: chance,
    duplicate: chance,
    reorder: chance,
    delay: seconds,
    jitter: seconds,
  })
  if (rates.jitter > rates.delay) check.refuse(`${path}.jitter`, `${rates.jitter} is more than the delay`)
  if (rates.reorder > 0 && rates.delay === 0) check.refuse(`${path}.reorder`, 'needs a delay')
  return rates
}

/** One direction. */
class Line {
  readonly held: DelayLine
  readonly counts = { lost: 0, corrupted: 0, duplicated: 0, reordered: 0 }
  readonly #rates: Rates
  readonly #random: Random

  constructor(rates: Rates, limit: number, random: Random) {
    this.#rates = rates
    this.#random = random
    this.held = new DelayLine(limit)
  }

  /** Takes a frame and does with it what chance says. */
  admit(batch: FrameBatch, i: number, now: number): void {
    const { loss, duplicate } = this.#rates
    if (this.#happens(loss)) {
      this.counts.lost++
      return
    }
    this.#hold(batch, i, now)
    if (this.#happens(duplicate) && !this.held.full) {
      this.counts.duplicated++
      this.#hold(batch, i, now)
    }
  }

  #hold(batch: FrameBatch, i: number, now: number): void {
    const { corrupt, delay, jitter, reorder } = this.#rates
    const bytes = batch.frame(i).slice()
    if (bytes.length > 0 && this.#happens(corrupt)) {
      const bit = Math.floor(this.#random() * bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      this.counts.corrupted++
    }
    let late = delay + (jitter === 0 ? 0 : jitter * (2 * this.#random() - 1))
    if (this.#happens(reorder)) {
      late = 0
      this.counts.reordered++
    }
    this.held.add(bytes, batch.header(i).slice(), now + late)
  }

  /** No random number is drawn for what cannot happen. */
  #happens(chance: number): boolean {
    return chance > 0 && this.#random() < chance
  }
}

class DisturbedPort extends WrappedPort implements FaultPort {
  readonly #clock: Clock
  readonly #in: Line
  readonly #out: Line
  /** For the port inside, both ways. */
  readonly #scratch: FrameBatch
  readonly #arriving: FrameBatch
  #failure: { readonly error: unknown } | undefined
  #closed = false
  #cut = 0
  #listening = false
  #waitsForRoom = false
  #cancelTimer: (() => void) | undefined
  /** Ends the waits of reads and writers, to look again. */
  #wakeReader: (() => void) | undefined
  #wakeListener: (() => void) | undefined
  #writers: (() => void)[] = []
  #reading = false

  constructor(inner: Port, settings: { in: Rates; out: Rates; queue: number }, random: Random, clock: Clock) {
    super(inner)
    this.#clock = clock
    this.#in = new Line(settings.in, settings.queue, random)
    this.#out = new Line(settings.out, settings.queue, random)
    const frames = Math.min(4096, inner.batchSize)
    const octets = Math.max(262_144, frames * (inner.mtu + 160))
    this.#scratch = new FrameBatch({ frames, octets })
    this.#arriving = new FrameBatch({ frames, octets })
  }

  get faults(): FaultPort['faults'] {
    return { in: { ...this.#in.counts }, out: { ...this.#out.counts } }
  }

  /** Those of the port inside; `cut` also has frames that no batch of the reader had room for. */
  override get counters(): PortCounters {
    const { dropped, ...passed } = this.inner.counters
    return { ...passed, dropped: { ...dropped, cut: dropped.cut + this.#cut } }
  }

  override async read(batch: FrameBatch): Promise<number> {
    // A second read fails as the port inside has it.
    if (this.#reading) return this.inner.read(batch)
    this.#reading = true
    try {
      for (;;) {
        void this.#listen()
        const { held } = this.#in
        const now = this.#clock.now()
        const shown = held.show(batch, now)
        if (shown > 0) {
          held.remove(shown)
          this.#wakeListener?.()
          return shown
        }
        // What was too long for the batch that was given will never fit.
        if (held.next !== undefined && held.next <= now) {
          held.remove(1)
          this.#cut++
          continue
        }
        if (this.#closed || (this.#failure !== undefined && held.length === 0)) {
          if (this.#failure !== undefined) throw this.#failure.error
          return await this.inner.read(batch)
        }
        await this.#until(held.next, (wake) => {
          this.#wakeReader = wake
        })
      }
    } finally {
      this.#reading = false
    }
  }

  override write(batch: FrameBatch, from = 0): number {
    this.#throwFailure()
    if (this.#closed) return this.inner.write(batch, from)
    const now = this.#clock.now()
    let i = from
    while (i < batch.count && !this.#out.held.full) {
      for (; i < batch.count && !this.#out.held.full; i++) this.#out.admit(batch, i, now)
      // What is not late makes room at once.
      this.#release()
      this.#throwFailure()
    }
    return i - from
  }

  override async writable(): Promise<void> {
    this.#throwFailure()
    while (this.#out.held.full && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#writers.push(resolve)
      })
      this.#throwFailure()
    }
    if (this.#closed) return this.inner.writable()
  }

  /** Frames that are held back are lost. */
  override close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    const closing = this.inner.close()
    this.#wakeAll()
    return closing
  }

  /** Reads the port inside as long as there is room. */
  async #listen(): Promise<void> {
    if (this.#listening || this.#failure !== undefined) return
    this.#listening = true
    try {
      while (!this.#closed) {
        await this.inner.read(this.#arriving)
        const now = this.#clock.now()
        for (let i = 0; i < this.#arriving.count; i++) {
          // A frame of this batch that has no room now has waited in the queue of the port inside no longer than this.
          while (this.#in.held.full && !this.#closed) {
            this.#wakeReader?.()
            await new Promise<void>((resolve) => {
              this.#wakeListener = resolve
            })
          }
          this.#in.admit(this.#arriving, i, now)
        }
        this.#wakeReader?.()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#listening = false
  }

  /** Writes what is due, and sets the timer for what is not. */
  #release(): void {
    const { held } = this.#out
    if (this.#waitsForRoom || this.#closed) return
    try {
      for (;;) {
        const shown = held.show(this.#scratch, this.#clock.now())
        if (shown === 0) break
        const taken = this.inner.write(this.#scratch)
        held.remove(taken)
        if (taken < shown) {
          void this.#waitForRoom()
          break
        }
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    for (const wake of this.#writers.splice(0)) wake()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const { next } = held
    if (next === undefined || this.#waitsForRoom) return
    this.#cancelTimer = this.#clock.after(Math.max(0, next - this.#clock.now()), () => this.#release())
  }

  async #waitForRoom(): Promise<void> {
    this.#waitsForRoom = true
    try {
      await this.inner.writable()
      this.#waitsForRoom = false
      this.#release()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wakeAll()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #wakeAll(): void {
    this.#wakeReader?.()
    this.#wakeListener?.()
    for (const wake of this.#writers.splice(0)) wake()
  }

  /** Waits until it is `time`, or until somebody wakes it. */
  async #until(time: number | undefined, expose: (wake: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = time === undefined ? undefined : this.#clock.after(Math.max(0, time - this.#clock.now()), resolve)
      expose(() => {
        cancel?.()
        resolve()
      })
    })
    this.#wakeReader = undefined
  }
}
