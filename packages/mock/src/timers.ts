/** What falls due in the mock kernel: one queue of deadlines over one timer of the clock. @module */
import type { Clock } from './clock.js'
import { TimeQueue, type Waiting } from './time-queue.js'

/** Something that happens at its time. */
export interface Timer extends Waiting {
  /** What happens then; `undefined` once cancelled. */
  run: Run | undefined
  /** What it is about. */
  readonly subject: unknown
  readonly object: unknown
}

type Run = (owner: never, subject: never, object: never) => void

/** Deadlines in order of time; equal times in order of arrival. */
export class Timers<Owner> {
  readonly #owner: Owner
  readonly #clock: Clock
  readonly #offset: number
  readonly #fired: () => void
  readonly #queue = new TimeQueue<Timer>()
  #order = 0
  #disarm: (() => void) | undefined
  #armedFor = Number.POSITIVE_INFINITY

  /** `fired` is called whenever the clock's timer ends; it is to call {@link Timers.run}. */
  constructor(owner: Owner, clock: Clock, offset: number, fired: () => void) {
    this.#owner = owner
    this.#clock = clock
    this.#offset = offset
    this.#fired = fired
  }

  /** Kernel time, seconds. */
  now(): number {
    return this.#clock.now() + this.#offset
  }

  /** Calls `run` at a time. Of what every link waits for, name what it is about: a function of its own takes 120 octets. */
  at<Subject, Object>(
    time: number,
    run: (owner: Owner, subject: Subject, object: Object) => void,
    subject?: Subject,
    object?: Object,
  ): Timer {
    const timer: Timer = { at: time, run, order: this.#order++, subject, object }
    this.#queue.add(timer)
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
      const { first } = this.#queue
      if (first === undefined || (first.run !== undefined && first.at > this.now())) break
      this.#queue.take()
      const run = first.run
      first.run = undefined
      run?.(this.#owner as never, first.subject as never, first.object as never)
    }
    this.#arm()
  }

  /** Lets go of the clock. */
  stop(): void {
    this.#queue.clear()
    this.#disarm?.()
    this.#disarm = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  #arm(): void {
    const due = this.#queue.first?.at ?? Number.POSITIVE_INFINITY
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
}
