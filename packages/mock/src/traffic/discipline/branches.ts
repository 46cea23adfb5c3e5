/** Disciplines with a fixed number of places inside: bands (`net/sched/sch_prio.c`), queues of the driver (`sch_mq.c`). @module */
import { actionControl } from '../classify/control.js'
import { majorOf } from '../entry.js'
import { sumOf, type Waiting } from '../tally.js'
import { type Admission, admission, Discipline } from './discipline.js'
import { type Fifo, ownFifo } from './fifo.js'
import type { QueuedFrame } from './queue.js'

/** Places from 1 on, the first emptied first. */
abstract class Branches extends Discipline {
  readonly #queues = new Map<number, Fifo>()

  /** How many there are. */
  protected abstract get count(): number

  /** The discipline of a place: what somebody chose, or a queue. */
  branch(index: number): Discipline {
    const place = this.entry.handle + index + 1
    const chosen = this.line.child(place)
    if (chosen !== undefined) return chosen
    let queue = this.#queues.get(place)
    if (queue === undefined) {
      queue = this.own(ownFifo(this.line, place, 'pfifo', this.line.txQueueLength))
      this.#queues.set(place, queue)
    }
    return queue
  }

  /** Places that are no longer there lose what waits in them. */
  override changed(): void {
    for (const place of [...this.#queues.keys()])
      if (place - this.entry.handle > this.count) this.entry.tally.drops += this.forget(place)
  }

  override forget(place: number): number {
    const queue = this.#queues.get(place)
    const count = queue?.waiting.queueLength ?? 0
    queue?.reset()
    this.#queues.delete(place)
    return count
  }

  protected take(): QueuedFrame | undefined {
    for (let index = 0; index < this.count; index++) {
      const frame = this.branch(index).dequeue()
      if (frame !== undefined) return this.sent(frame)
    }
    return undefined
  }

  protected inside(): Waiting {
    return sumOf(Array.from({ length: this.count }, (_, index) => this.branch(index).waiting))
  }

  protected empty(): void {
    for (const queue of this.#queues.values()) queue.reset()
  }
}

/** `prio`: a filter or the priority of a frame says its band. */
export class Bands extends Branches {
  protected get count(): number {
    return this.entry.options.bands as number
  }

  /** Looks into the bands, and takes nothing out (`prio_peek`). */
  override peek(): QueuedFrame | undefined {
    for (let index = 0; index < this.count; index++) {
      const frame = this.branch(index).peek()
      if (frame !== undefined) return frame
    }
    return undefined
  }

  enqueue(frame: QueuedFrame): Admission {
    const band = this.#bandOf(frame)
    return typeof band === 'number' ? this.passed(this.branch(band).enqueue(frame)) : band.became
  }

  #bandOf(frame: QueuedFrame): number | { readonly became: Admission } {
    const { handle, options } = this.entry
    const bands = options.priorityMap as readonly number[]
    const { priority } = frame.frame
    let classId = priority
    if (majorOf(priority) !== handle) {
      const verdict = this.line.classify(handle, frame)
      if (verdict?.control === actionControl.stolen) return { became: admission.stolen }
      if (verdict?.control === actionControl.shot) return { became: this.drop() }
      if (verdict === undefined || verdict.control < 0) return bands[priority & 15] as number
      classId = verdict.classId
    }
    const index = (classId % 0x10000) - 1
    return index >= 0 && index < this.count ? index : (bands[0] as number)
  }
}

/** `mq`: the driver's choice of a queue. Each goes by itself. */
export class Queues extends Branches {
  protected get count(): number {
    return this.line.txQueues
  }

  enqueue(frame: QueuedFrame): Admission {
    return this.passed(this.branch(this.line.queueOf(frame)).enqueue(frame))
  }
}
