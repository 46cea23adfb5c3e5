/** `teql0` and the like at a link: what that sends itself, before packets of `teql0` (`net/sched/sch_teql.c`). @module */
import type { Waiting } from '../tally.js'
import { type Admission, admission, Discipline } from './discipline.js'
import { Queue, type QueuedFrame } from './queue.js'

/** The discipline of a link that sends for a `teql0`. */
export class Equalized extends Discipline {
  readonly #queue = new Queue()

  enqueue(frame: QueuedFrame): Admission {
    // What is not taken in is not counted here.
    if (this.#queue.length >= this.line.txQueueLength) return admission.dropped
    this.#queue.push(frame)
    return admission.queued
  }

  protected take(): QueuedFrame | undefined {
    const own = this.#queue.shift()
    if (own !== undefined) return this.sent(own)
    // Packets of `teql0` may make the link ask for a neighbour.
    this.line.idle(this.entry.kind)
    return this.sent(this.#queue.shift())
  }

  protected inside(): Waiting {
    return { backlog: 0, queueLength: this.#queue.length }
  }

  protected empty(): void {
    this.#queue.clear(this.gone)
  }
}
