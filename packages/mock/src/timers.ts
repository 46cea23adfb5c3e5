/** What falls due in the mock kernel: one heap of deadlines over one timer of the clock. @module */
import type { Clock } from './clock.js'

/** Something that waits for its time. */
export interface Timer {
  /** Kernel time when it is due, seconds. */
  at: number
  /** What happens then; `undefined` once cancelled. */
  run: (() => void) | undefined
  /** How many were set before it. */
  readonly order: number
}

/** Deadlines in order of time; equal times in order of arrival. */
export class Timers {
  readonly #clock: Clock
  readonly #offset: number
  readonly #fired: () => void
  readonly #heap: Timer[] = []
  #order = 0
  #disarm: (() => void) | undefined
  #armedFor = Number.POSITIVE_INFINITY

  /** `fired` is called whenever the clock's timer ends; it is to call {@link Timers.run}. */
  constructor(clock: Clock, offset: number, fired: () => void) {
    this.#clock = clock
    this.#offset = offset
    this.#fired = fired
  }

  /** Kernel time, seconds. */
  now(): number {
    return this.#clock.now() + this.#offset
  }

  /** Calls `run` at a time. */
  at(time: number, run: () => void): Timer {
    const timer: Timer = { at: time, run, order: this.#order++ }
    const heap = this.#heap
    let child = heap.push(timer) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
    this.#arm()
    return timer
  }

  /** Forgets a timer. */
  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) timer.run = undefined
  }

  /** Carries out all that is due. */
  run(): void {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || (first.run !== undefined && first.at > this.now())) break
      this.#pop()
      const run = first.run
      first.run = undefined
      run?.()
    }
    this.#arm()
  }

  /** Lets go of the clock. */
  stop(): void {
    this.#heap.length = 0
    this.#disarm?.()
    this.#disarm = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  #arm(): void {
    const due = this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
    if (due === this.#armedFor) return
    this.#disarm?.()
    this.#disarm = undefined
    this.#armedFor = due
    if (due === Number.POSITIVE_INFINITY) return
    this.#disarm = this.#clock.after(due - this.now(), () => {
      this.#armedFor = Number.POSITIVE_INFINITY
      this.#disarm = undefined
      this.#fired()
    })
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a] as Timer
    const right = this.#heap[b] as Timer
    return left.at === right.at ? left.order < right.order : left.at < right.at
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const held = heap[a] as Timer
    heap[a] = heap[b] as Timer
    heap[b] = held
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = parent * 2 + 1
      if (left >= heap.length) break
      const least = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left
      if (!this.#before(least, parent)) break
      this.#swap(least, parent)
      parent = least
    }
  }
}
