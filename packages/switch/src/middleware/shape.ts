/** A port that is no faster than a line. @module */
import type { FrameBatch, Port } from '@vnet/core'
import { check } from '../check.js'
import { type Clock, realClock } from '../clock.js'
import { TokenBucket } from '../token-bucket.js'
import { WrappedPort } from './wrapped-port.js'

/** A rate. */
export interface ShapeRate {
  /** Octets a second, above 0. */
  readonly rate: number
  /** Octets at once after a pause, 1 or more. The octets of 10 ms, at least 1,514, when absent. */
  readonly burst?: number
}

/** Rates of a port, by direction; a direction without one is not limited. */
export interface ShapeOptions {
  /** Of frames that are read. They wait in the port's own queue. */
  readonly in?: ShapeRate
  /** Of frames that are written. What is too early is not taken; `writable` waits. */
  readonly out?: ShapeRate
  /** Where time comes from. The real clock when absent. */
  readonly clock?: Clock
}

/**
 * A port around `port` with limited rates, by token buckets. It queues nothing: a writer is told that no more is taken, and
 * reads are put off. A frame may begin as long as any token is left, so that long ones pass small buckets.
 *
 * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed
 */
export function shape(port: Port, options: ShapeOptions): Port {
  const { clock = realClock(), ...rates } = options
  const buckets: { in?: TokenBucket; out?: TokenBucket } = {}
  check.into(buckets, rates, '', { in: bucketOf, out: bucketOf })
  return new ShapedPort(port, buckets, clock)
}

function bucketOf(value: unknown, path: string): TokenBucket {
  const given: { rate?: number; burst?: number } = {}
  check.into(given, value as object, path, {
    rate: check.from(Number.MIN_VALUE, Number.MAX_VALUE),
    burst: check.from(1, Number.MAX_VALUE),
  })
  if (given.rate === undefined) return check.refuse(`${path}.rate`, 'a rate is needed')
  return new TokenBucket(given.rate, given.burst ?? Math.max(1514, given.rate / 100))
}

class ShapedPort extends WrappedPort {
  readonly #buckets: { in?: TokenBucket; out?: TokenBucket }
  readonly #clock: Clock
  /** Waits that end early when the port is closed. */
  readonly #waits = new Set<() => void>()
  #reading = false

  constructor(inner: Port, buckets: { in?: TokenBucket; out?: TokenBucket }, clock: Clock) {
    super(inner)
    this.#buckets = buckets
    this.#clock = clock
  }

  override async read(batch: FrameBatch): Promise<number> {
    const bucket = this.#buckets.in
    if (bucket === undefined || this.#reading) return this.inner.read(batch)
    this.#reading = true
    try {
      await this.#wait(bucket)
      const count = await this.inner.read(batch)
      for (let i = 0, octets = 0; i < count; i++) {
        octets += batch.length(i)
        if (i === count - 1) bucket.owe(octets, this.#clock.now())
      }
      return count
    } finally {
      this.#reading = false
    }
  }

  override write(batch: FrameBatch, from = 0): number {
    const bucket = this.#buckets.out
    if (bucket === undefined) return this.inner.write(batch, from)
    const now = this.#clock.now()
    let end = from
    let octets = 0
    const left = bucket.left(now)
    while (end < batch.count && octets < left) octets += batch.length(end++)
    if (end === from) return 0
    const { count } = batch
    batch.count = end
    let taken = 0
    try {
      taken = this.inner.write(batch, from)
    } finally {
      batch.count = count
    }
    let sent = 0
    for (let i = from; i < from + taken; i++) sent += batch.length(i)
    bucket.owe(sent, now)
    return taken
  }

  override async writable(): Promise<void> {
    if (this.#buckets.out !== undefined) await this.#wait(this.#buckets.out)
    return this.inner.writable()
  }

  override close(): Promise<void> {
    for (const end of [...this.#waits]) end()
    return this.inner.close()
  }

  async #wait(bucket: TokenBucket): Promise<void> {
    const seconds = bucket.wait(this.#clock.now())
    if (seconds === 0) return
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#waits.delete(end)
        cancel()
        resolve()
      }
      const cancel = this.#clock.after(seconds, end)
      this.#waits.add(end)
    })
  }
}
