/** Fair queueing with controlled delay (`fq_codel`; RFC 8290; `TCA_FQ_CODEL_*`). @module */
import { bool, type Field, integer, since } from '../field.js'

/** Options of `fq_codel`. What is left out has the kernel's default, or stays as it is when changed. */
export interface FqCodelOptions {
  /** Most that is queued, packets; default 10,240. */
  readonly limit?: number
  /** Queues that flows are spread over, 1–65,536; default 1,024. Fixed once made. */
  readonly flows?: number
  /** Delay that is accepted, milliseconds; default 5. Kept in steps of about a microsecond, rounded down. */
  readonly target?: number
  /** Time within which the delay must fall below the target, milliseconds; default 100. */
  readonly interval?: number
  /** Octets that a flow may send in its turn, at least 256; default 1,514. */
  readonly quantum?: number
  /** Mark packets (ECN) instead of dropping them; default true. */
  readonly ecn?: boolean
  /** Delay from which all packets are marked, milliseconds. */
  readonly ceThreshold?: number
  /**
   * Only packets whose type of service under `ceMask` is this are marked from the threshold on, 0–255; needs both (Linux 5.16).
   * A selector of 1 under a mask of 3 means those of L4S (RFC 9331).
   */
  readonly ceSelector?: number
  /** Which bits of the type of service count for `ceSelector`, 0–255; 0, the default: all packets are marked. */
  readonly ceMask?: number
  /** Packets dropped at once from the longest queue; default 64. */
  readonly dropBatch?: number
  /** Most that is queued, octets; default 32 MiB. */
  readonly memoryLimit?: number
}

const time = (about: string): Field => ({ type: 'milliseconds', min: 0, max: 4_294_967, about })

/** What each option of `fq_codel` takes. */
export const fqCodelFields: Readonly<Record<keyof FqCodelOptions, Field>> = {
  limit: integer(1, 0xffffffff, 'most that is queued', 'packets'),
  flows: integer(1, 65_536, 'queues that flows are spread over'),
  target: time('delay that is accepted'),
  interval: time('time within which the delay must fall below the target'),
  quantum: integer(256, 1 << 20, 'what a flow may send in its turn', 'octets'),
  ecn: bool('mark packets instead of dropping them'),
  ceThreshold: time('delay from which all packets are marked'),
  ceSelector: since('Linux 5.16', integer(0, 255, 'type of service of packets that are marked from the threshold on')),
  ceMask: since('Linux 5.16', integer(0, 255, 'which bits of it count')),
  dropBatch: integer(1, 0xffffffff, 'packets dropped at once from the longest queue', 'packets'),
  memoryLimit: integer(1, 0x7fffffff, 'most that is queued', 'octets'),
}
