/** Several captures as one sequence, in order of time. @module */
import type { Capture } from './capture.js'
import type { CaptureBatch, CaptureFormat, PacketType } from './capture-batch.js'
import { eventLoopTurn } from './turn.js'

/** A captured frame by itself; its octets are a copy. */
export interface CapturedFrame {
  /** Place of the capture in the list. */
  readonly capture: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  /** Octets that it had on the wire. */
  readonly originalLength: number
  /** Index of the link. */
  readonly link: number
  /** What the octets begin with. */
  readonly format: CaptureFormat
  /** How it was met. */
  readonly packetType: PacketType
  /** The octets. */
  readonly bytes: Uint8Array
}

/** Milliseconds until the kernel has surely handed out what it captured: several times its own limit (10 ms). */
const SETTLED = 60
/** Frames of a capture that wait for those of others; what is more waits in the kernel. */
const MOST = 4096

/** Frames of one capture that are not handed out. */
interface Source {
  readonly capture: Capture
  readonly batch: CaptureBatch
  readonly frames: CapturedFrame[]
  /** Whether all that was captured until then has been read. */
  drained: boolean
  ended: boolean
  failure: unknown
}

/**
 * The frames of several captures, in order of time. Each is held for some 60 ms, so that none overtakes an earlier one that
 * the kernel hands out later; of a single capture none is held. Lists of frames come as they are there.
 *
 * Ends with the first capture that ends: throws what its `read` throws, after the frames that were captured before.
 *
 * @param signal Ends the sequence, without an error, after the frames that were captured until then.
 */
export async function* mergeCaptures(
  captures: readonly Capture[],
  signal?: AbortSignal,
): AsyncGenerator<CapturedFrame[], void, void> {
  const sources = captures.map(
    (capture): Source => ({
      capture,
      batch: capture.createBatch(),
      frames: [],
      drained: false,
      ended: false,
      failure: undefined,
    }),
  )
  const waiting = new Waiting(sources, signal)
  /** When it was over: what is captured later is left, because links that never rest would keep it going. */
  let end: bigint | undefined
  for (;;) {
    const now = BigInt(Date.now()) * 1_000_000n
    sources.forEach((source, place) => {
      drain(source, place, end)
    })
    const failed = sources.find(({ ended }) => ended)
    const over = failed !== undefined || signal?.aborted === true
    if (over && end === undefined) {
      end = now
      await new Promise((resolve) => setTimeout(resolve, SETTLED))
      continue
    }
    const ready = settled(sources, over || sources.length === 1 ? undefined : now - BigInt(SETTLED) * 1_000_000n)
    if (ready.length > 0) yield ready
    if (over) {
      if (sources.some(({ frames, drained }) => frames.length > 0 || !drained)) continue
      if (signal?.aborted === true) return
      throw failed?.failure
    }
    // A reader that is slower than the links must not keep the event loop to itself.
    if (sources.some(({ drained }) => !drained)) await eventLoopTurn()
    else await waiting.next()
  }
}

/** Reads what is there, until the end where that is known. */
function drain(source: Source, place: number, end: bigint | undefined): void {
  const { capture, batch, frames } = source
  source.drained = source.ended
  while (!source.drained && frames.length < MOST) {
    let count = 0
    try {
      count = capture.take(batch)
    } catch (error) {
      source.ended = true
      source.failure = error
    }
    for (let i = 0; i < count; i++) {
      frames.push({
        capture: place,
        time: batch.time(i),
        originalLength: batch.originalLength(i),
        link: batch.link(i),
        format: batch.format(i),
        packetType: batch.packetType(i),
        bytes: batch.frame(i).slice(),
      })
    }
    source.drained = count === 0 || (end !== undefined && batch.time(count - 1) > end)
  }
}

/** Takes out the frames that nothing earlier can follow, in order: those until `limit`, or all that were read. */
function settled(sources: readonly Source[], limit: bigint | undefined): CapturedFrame[] {
  let until = limit
  for (const { drained, frames } of sources) {
    const last = frames.at(-1)?.time
    // What such a source has left in the kernel is no earlier than the last frame that it gave.
    if (!drained && last !== undefined && (until === undefined || last < until)) until = last
  }
  const ready: CapturedFrame[] = []
  for (const source of sources) {
    const { frames } = source
    let count = 0
    while (count < frames.length && (until === undefined || (frames[count] as CapturedFrame).time <= until)) count++
    ready.push(...frames.splice(0, count))
  }
  return sources.length === 1 ? ready : ready.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}

/** Waits until one of the captures has something, some frames have settled, or the signal comes. */
class Waiting {
  private readonly sources: readonly Source[]
  private readonly signal: AbortSignal | undefined
  /** Captures that are waited for: each is asked once, not at every turn. */
  private readonly asked = new Set<Source>()
  private wake: (() => void) | undefined

  constructor(sources: readonly Source[], signal: AbortSignal | undefined) {
    this.sources = sources
    this.signal = signal
  }

  async next(): Promise<void> {
    const held = this.sources.some(({ frames }) => frames.length > 0)
    let timer: ReturnType<typeof setTimeout> | undefined
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve
      if (held) timer = setTimeout(resolve, SETTLED / 3)
    })
    const wake = () => this.wake?.()
    this.signal?.addEventListener('abort', wake, { once: true })
    for (const source of this.sources) this.ask(source)
    if (this.signal?.aborted) wake()
    await woken
    clearTimeout(timer)
    this.signal?.removeEventListener('abort', wake)
  }

  private ask(source: Source): void {
    if (this.asked.has(source)) return
    this.asked.add(source)
    void source.capture.readable().then(() => {
      this.asked.delete(source)
      this.wake?.()
    })
  }
}
