/** What differs from one negotiated protocol to another, and how a negotiation ends (RFC 1661 § 4.6, § 5). @module */
import type { PppOption } from './option.js'

/** What the peer's options are answered with. */
export interface Verdict {
  /** All are fine, some should have other values, some are not to be there at all. */
  readonly answer: 'ack' | 'nak' | 'reject'
  /** Those of the answer: all, those with the values to have, those not to be there. */
  readonly options: readonly PppOption[]
}

/** What is special about a protocol: which options it asks for, and which it takes. */
export interface Negotiation {
  /** Starts from the beginning, as when nothing has been said. */
  reset(): void
  /** The options of the next Configure-Request. */
  request(): readonly PppOption[]
  /** What becomes of the peer's options; nothing is agreed on by it. Without `mayNak` what does not fit is rejected. */
  judge(options: readonly PppOption[], mayNak: boolean): Verdict
  /** The peer's options have been acknowledged: it goes by them now. */
  granted(options: readonly PppOption[]): void
  /** The peer wants other values. */
  naked(options: readonly PppOption[]): void
  /** The peer does not want these at all. */
  rejected(options: readonly PppOption[]): void
  /** Why what both agreed on is not enough to go on; `undefined` where it is. */
  lacks(): string | undefined
}

/** How an automaton came to its end. */
export interface AutomatonEnd {
  /** Closed here, no answer, ended by the peer, its protocol rejected by the peer, or no agreement on options. */
  readonly cause: 'closed' | 'no-answer' | 'terminated' | 'protocol-rejected' | 'no-agreement'
  /** In words; of the peer's, what it said. */
  readonly text: string
}

/** Limits and times of negotiation (RFC 1661 § 4.6). */
export interface AutomatonLimits {
  /** Seconds until a request without answer is repeated. */
  readonly restart: number
  /** Most Configure-Requests in a row without answer. */
  readonly maxConfigure: number
  /** Most Terminate-Requests without answer. */
  readonly maxTerminate: number
  /** Most Configure-Naks without an Ack between them; what does not fit then is rejected. */
  readonly maxFailure: number
}

/** The limits of RFC 1661 § 4.6. */
export const automatonLimits: AutomatonLimits = { restart: 3, maxConfigure: 10, maxTerminate: 2, maxFailure: 5 }
