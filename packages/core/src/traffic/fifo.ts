/** First in, first out, limited in packets or in octets (`pfifo`, `bfifo`; `struct tc_fifo_qopt`). @module */
import { type Field, integer } from '../field.js'

/** Options of `pfifo` and `bfifo`, as `tc qdisc add … pfifo limit 100`. */
export interface FifoOptions {
  /** Most that is queued: packets (`pfifo`; default the link's `txQueueLength`) or octets (`bfifo`; default that times the frame). */
  readonly limit?: number
}

/** What each option of `pfifo` takes. */
export const pfifoFields: Readonly<Record<keyof FifoOptions, Field>> = {
  limit: integer(0, 0xffffffff, 'most that is queued', 'packets'),
}
/** What each option of `bfifo` takes. */
export const bfifoFields: Readonly<Record<keyof FifoOptions, Field>> = {
  limit: integer(0, 0xffffffff, 'most that is queued', 'octets'),
}
