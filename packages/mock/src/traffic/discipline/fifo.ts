/** First in, first out (`net/sched/sch_fifo.c`). @module */

import type { QdiscEntry } from '../entry.js'
import { newOwnTally, newTally, type Waiting } from '../tally.js'
import { type Admission, admission, Discipline, type Line } from './discipline.js'
import { Queue, type QueuedFrame } from './queue.js'

/** `pfifo`, limited in packets, or `bfifo`, in octets. */
export class Fifo extends Discipline {
  readonly #queue = new Queue()

  enqueue(frame: QueuedFrame): Admission {
    const { kind, options } = this.entry
    const limit = options.limit as number
    const queue = this.#queue
    const fits = kind === 'bfifo' ? queue.octets + frame.length <= limit : queue.length < limit
    if (!fits) return this.drop()
    queue.push(frame)
    return admission.queued
  }

  protected take(): QueuedFrame | undefined {
    return this.sent(this.#queue.shift())
  }

  override peek(): QueuedFrame | undefined {
    return this.#queue.first
  }

  protected inside(): Waiting {
    return { backlog: this.#queue.octets, queueLength: this.#queue.length }
  }

  protected empty(): void {
    this.#queue.clear(this.gone)
  }
}

/** The queue of a place where nobody chose one (`qdisc_create_dflt`); nobody hears of it. */
export function ownFifo(line: Line, parent: number, kind: 'pfifo' | 'bfifo', limit: number): Fifo {
  const entry: QdiscEntry = {
    handle: 0,
    parent,
    kind,
    options: { limit },
    sizeTable: undefined,
    ingressBlock: undefined,
    egressBlock: undefined,
    classes: [],
    filters: [],
    tally: newTally(),
    ownTally: newOwnTally(),
    random: { state: 0 },
  }
  return new Fifo(line, entry)
}
