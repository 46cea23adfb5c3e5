/** Who waits for which answer: sequence numbers, acknowledgements, echoes, dumps. Pure: octets in, settled requests out. @module */
import {
  forEachMessage,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
  readVerdict,
  type Verdict,
} from './netlink/message.js'
import type { Octets } from './netlink/octets.js'

/** A request under way. */
export interface Pending {
  /** Whether the answer is a dump: many objects, then NLMSG_DONE. */
  readonly dump: boolean
  /** Takes an object of the answer: its message type and payload. */
  object(from: Octets, start: number, end: number, type: number): void
  /** The kernel's verdict; the request is over. `interrupted`: the dump was changed under way. */
  settle(verdict: Verdict, interrupted: boolean): void
}

interface Waiting extends Pending {
  interrupted: boolean
}

const success: Verdict = { errno: 0 }

/**
 * The requests of one socket. The kernel answers in order, so an answer to a request also says that every earlier one
 * that failed has been answered: those still waiting have succeeded.
 */
export class Conversation {
  private readonly waiting = new Map<number, Waiting>()
  private last: number

  /** @param first Sequence number to begin behind; sockets that differ in it cannot take each other's answers for theirs. */
  constructor(first = 0) {
    this.last = first
  }

  /** Requests under way. */
  get size(): number {
    return this.waiting.size
  }

  /** Gives a request its sequence number and remembers who waits. */
  begin(pending: Pending): number {
    this.last = (this.last % 0xffffffff) + 1
    this.waiting.set(this.last, Object.assign(pending, { interrupted: false }))
    return this.last
  }

  /** Takes in a datagram. Answers to nobody (a foreign or forgotten sequence number) are dropped. */
  feed(from: Octets, start: number, end: number): void {
    forEachMessage(from, start, end, this.visit(from))
  }

  /** Settles all that wait, as after lost answers. */
  settleAll(verdict: Verdict): void {
    const all = [...this.waiting.values()]
    this.waiting.clear()
    for (const pending of all) pending.settle(verdict, false)
  }

  private visit(from: Octets) {
    return (type: number, flags: number, sequence: number, start: number, end: number): void => {
      const pending = this.waiting.get(sequence)
      if (pending === undefined || type === NLMSG_NOOP || type === NLMSG_OVERRUN) return
      if (flags & NLM_F_DUMP_INTR) pending.interrupted = true
      if (type === NLMSG_ERROR || type === NLMSG_DONE) {
        const verdict = readVerdict(from, start, end, type, flags)
        this.settleBefore(sequence)
        this.waiting.delete(sequence)
        pending.settle(verdict, pending.interrupted)
      } else pending.object(from, start, end, type)
    }
  }

  /** Requests are kept in the order of their numbers, so those before `sequence` come first. */
  private settleBefore(sequence: number): void {
    for (const [earlier, pending] of this.waiting) {
      if (earlier === sequence) return
      this.waiting.delete(earlier)
      pending.settle(success, false)
    }
  }
}
