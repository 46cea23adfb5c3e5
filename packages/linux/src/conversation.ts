/** Who waits for which answer: sequence numbers, acknowledgements, echoes, dumps. Pure: octets in, settled requests out. @module */
import { DecodeError } from '@vnet/core'
import {
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
  readVerdict,
  type Verdict,
} from './netlink/message.js'
import type { Octets } from './netlink/octets.js'

/** Who waits for the answers to one request or more. */
export interface Pending {
  /** Takes an object of the answer to the request of that number: its message type and payload. */
  object(from: Octets, start: number, end: number, type: number, sequence: number): void
  /** The kernel's verdict; the request of that number is over. `interrupted`: the dump was changed under way. */
  settle(verdict: Verdict, interrupted: boolean, sequence: number): void
}

const success: Verdict = { errno: 0 }
const NLMSG_HDRLEN = 16
/** Sequence numbers stay below this: V8 keeps such numbers in a register. */
const numbers = 0x3fffffff

/**
 * The requests of one socket. The kernel answers in order, so an answer to a request also says that every earlier one
 * that failed has been answered: those still waiting have succeeded.
 */
export class Conversation {
  /** Those since all were settled, by sequence number less {@link Conversation.first}; `undefined` once settled. */
  private readonly waiting: (Pending | undefined)[] = []
  /** How many of the places count. */
  private count = 0
  /** Position before which all are settled. */
  private settled = 0
  private first: number
  /** Positions of dumps that were changed under way. */
  private readonly interrupted = new Set<number>()

  /** @param first Sequence number to begin with; sockets that differ in it cannot take each other's answers for theirs. */
  constructor(first = 1) {
    this.first = ((first % numbers) | 0) + 1
  }

  /** Whether any request is under way. */
  get open(): boolean {
    return this.settled < this.count
  }

  /** Gives a request its sequence number and remembers who waits. */
  begin(pending: Pending): number {
    if (this.count > 0 && !this.open) this.restart()
    this.waiting[this.count] = pending
    return this.first + this.count++
  }

  /** Takes in a datagram. Answers to nobody (a foreign or forgotten sequence number) are dropped. */
  feed(from: Octets, start: number, end: number): void {
    for (let at = start; end - at >= NLMSG_HDRLEN; ) {
      const length = from.u32(at)
      if (length < NLMSG_HDRLEN || at + length > end)
        throw new DecodeError('message', at, `message of ${length} octets in ${end - at}`)
      const position = from.u32(at + 8) - this.first
      const pending = position >= 0 ? this.waiting[position] : undefined
      if (pending !== undefined) this.answer(pending, position, from, at, at + length)
      at += (length + 3) & ~3
    }
  }

  /** Settles all that wait, as after lost answers. */
  settleAll(verdict: Verdict): void {
    this.settleBefore(this.count, verdict)
    this.settled = this.count
  }

  private answer(pending: Pending, position: number, from: Octets, at: number, end: number): void {
    const type = from.u16(at + 4)
    if (type === NLMSG_NOOP || type === NLMSG_OVERRUN) return
    const flags = from.u16(at + 6)
    if (flags & NLM_F_DUMP_INTR) this.interrupted.add(position)
    const payload = at + NLMSG_HDRLEN
    if (type !== NLMSG_ERROR && type !== NLMSG_DONE) pending.object(from, payload, end, type, this.first + position)
    else {
      const verdict = readVerdict(from, payload, end, type, flags)
      this.settleBefore(position, success)
      this.waiting[position] = undefined
      this.settled = position + 1
      pending.settle(verdict, this.interrupted.delete(position), this.first + position)
    }
  }

  private settleBefore(position: number, verdict: Verdict): void {
    const { waiting } = this
    for (let i = this.settled; i < position; i++) {
      const pending = waiting[i]
      waiting[i] = undefined
      pending?.settle(verdict, false, this.first + i)
    }
  }

  private restart(): void {
    this.first += this.count
    if (this.first >= numbers) this.first = 1
    this.count = 0
    this.settled = 0
    this.interrupted.clear()
  }
}
