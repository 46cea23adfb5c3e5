/** What client and server on a link have in common: steps done in their order, an alarm, and an end. @module */

import { Alarm } from './alarm.js'
import type { DhcpClock } from './clock.js'
import type { DhcpLink } from './link.js'
import { reporter } from './reporter.js'
import { Sequence } from './sequence.js'

/** What both take. */
interface RunOptions<Step> {
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined
  readonly onProblem?: ((error: unknown) => void) | undefined
}

/** A machine whose steps are done on a link, until it is closed or cannot go on. */
export abstract class Run<Step> implements AsyncDisposable {
  /** Resolves when it has ended: with nothing where it was closed, with the error where its link is gone. */
  readonly closed: Promise<unknown>
  protected readonly link: DhcpLink
  protected readonly clock: DhcpClock
  protected readonly ending = new AbortController()
  protected readonly sequence: Sequence
  /** Tells what could not be done. */
  protected readonly report: (error: unknown) => void
  protected isClosed = false
  readonly #options: RunOptions<Step>
  readonly #alarm: Alarm
  #finish: (error: unknown) => void = () => {}

  constructor(link: DhcpLink, clock: DhcpClock, options: RunOptions<Step>) {
    this.link = link
    this.clock = clock
    this.#options = options
    this.report = reporter(options.onProblem)
    this.sequence = new Sequence(this.report)
    this.#alarm = new Alarm(clock, () => this.does(this.advance(clock.now())))
    this.closed = new Promise((resolve) => {
      this.#finish = resolve
    })
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The machine's deadline. */
  protected abstract readonly deadline: number | undefined
  /** Lets time pass for the machine. */
  protected abstract advance(now: number): Step[]
  /** Does a step. */
  protected abstract perform(step: Step): Promise<void>
  /** What is given back before it ends; steps that were asked for are done by then. */
  protected abstract leave(error: unknown): Promise<unknown>

  /** Ends. Idempotent. */
  async close(): Promise<void> {
    if (!this.isClosed) await this.end(undefined)
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  readonly #onAbort = () => void this.close()

  /** Does steps one after another, tells each when it is done, and sets the alarm. */
  protected does(steps: readonly Step[]): void {
    for (const step of steps) {
      this.sequence.add(async () => {
        await this.perform(step)
        await this.#options.onStep?.(step)
      })
    }
    this.#alarm.set(this.deadline)
  }

  protected async end(error: unknown): Promise<void> {
    this.isClosed = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#alarm.set(undefined)
    await this.sequence.done
    await this.leave(error)
    await this.link.close()
    this.#finish(error)
  }
}
