/** A discipline at work: frames wait in it until it lets them go (`struct Qdisc_ops`, `include/net/sch_generic.h`). @module */
import type { QdiscEntry } from '../entry.js'
import { countPacket, type Waiting } from '../tally.js'
import type { QueuedFrame } from './queue.js'

/** What became of a frame (`NET_XMIT_*`): it waits; it was dropped; another one was dropped for it; an action took it. */
export const admission = { queued: 0, dropped: 1, congested: 2, stolen: 3 } as const

/** One of {@link admission}. */
export type Admission = (typeof admission)[keyof typeof admission]

/** What a discipline has of the link that it stands on. */
export interface Line {
  /** Nanoseconds since some beginning; whole, and never less than before. */
  readonly now: number
  /** Kernel time of that, seconds. */
  readonly time: number
  /** The discipline at the link's root. */
  readonly root: Discipline | undefined
  /** Whether its frames have an Ethernet header. */
  readonly isEthernet: boolean
  /** Packets that wait where nobody says how many. */
  readonly txQueueLength: number
  /** Queues of the link's driver. */
  readonly txQueues: number
  /** Has the root asked for frames again at a time. */
  wakeAt(time: number): void
  /** The discipline that somebody chose for a class. */
  child(place: number): Discipline | undefined
  /** The one that somebody chose inside a discipline which has room for one. */
  only(handle: number): Discipline | undefined
  /** Asks the filters of a place; `undefined` where there are none. */
  classify(place: number, frame: QueuedFrame): Verdict | undefined
  /** Tells of a frame that is dropped, where no outcome of taking it in says so. */
  dropped(frame: QueuedFrame): void
  /** A discipline of a `teql0`, of this kind, has nothing more to send. */
  idle(kind: string): void
  /** The queue of the driver that a frame leaves by. */
  queueOf(frame: QueuedFrame): number
}

/** What filters say of a frame. */
export interface Verdict {
  /** What is done with it (`TC_ACT_*`); -1 where no filter matched. */
  readonly control: number
  /** The class that it is to go to. */
  readonly classId: number
}

/** A discipline. */
export abstract class Discipline {
  readonly entry: QdiscEntry
  protected readonly line: Line
  /** The one that it stands in. */
  outer: Discipline | undefined
  #head: QueuedFrame | undefined

  constructor(line: Line, entry: QdiscEntry) {
    this.line = line
    this.entry = entry
  }

  /** A frame comes. */
  abstract enqueue(frame: QueuedFrame): Admission
  /** The next frame that may go; where none may yet, the line is told when to ask again. */
  protected abstract take(): QueuedFrame | undefined
  /** What waits inside. */
  protected abstract inside(): Waiting
  /** Drops all that waits, and begins anew. */
  protected abstract empty(): void

  /** Its options were changed. */
  changed(): void {}

  /** Another discipline takes the place of the kernel's choice at a class; how many frames that drops. */
  forget(_place: number): number {
    return 0
  }

  /** Takes the next frame that may go. */
  dequeue(): QueuedFrame | undefined {
    const head = this.#head
    this.#head = undefined
    return head ?? this.take()
  }

  /** Looks at it (`qdisc_peek_dequeued`). */
  peek(): QueuedFrame | undefined {
    this.#head ??= this.take()
    return this.#head
  }

  /** What waits. */
  get waiting(): Waiting {
    const { backlog, queueLength } = this.inside()
    const head = this.#head
    return head === undefined
      ? { backlog, queueLength }
      : { backlog: backlog + head.length, queueLength: queueLength + 1 }
  }

  /** Whether something waits. */
  get isBusy(): boolean {
    return this.waiting.queueLength > 0
  }

  /** Drops all that waits, and begins anew (`qdisc_reset`). */
  reset(): void {
    if (this.#head !== undefined) this.gone(this.#head)
    this.#head = undefined
    this.empty()
  }

  /** Tells of a frame that had been taken in, and is dropped. */
  protected readonly gone = (frame: QueuedFrame): void => this.line.dropped(frame)

  /** Counts a frame that goes. */
  protected sent<F extends QueuedFrame | undefined>(frame: F): F {
    if (frame !== undefined) countPacket(this.entry.tally, frame.length, this.line)
    return frame
  }

  /** Counts a frame that is not taken in. */
  protected drop(): Admission {
    this.entry.tally.drops++
    return admission.dropped
  }

  /** Counts what came of giving a frame to a discipline inside. */
  protected passed(outcome: Admission): Admission {
    if (outcome === admission.dropped || outcome === admission.congested) this.entry.tally.drops++
    return outcome
  }

  /** Frames that had been taken in are lost: those outside count them too (`qdisc_tree_reduce_backlog`). */
  lost(count: number): void {
    for (let outer = this.outer; outer !== undefined; outer = outer.outer) outer.entry.tally.drops += count
  }

  /** Gives what is inside its place. */
  protected own<D extends Discipline>(inner: D): D {
    inner.outer = this
    return inner
  }
}
