/** Token bucket filter: one rate for all that leaves (`tbf`; `struct tc_tbf_qopt`). @module */
import { choice, type Field, integer, rate, required } from '../field.js'
import type { LinkLayer } from './statistics.js'

/** Options of `tbf`, as `tc qdisc add … tbf rate 10mbit burst 10kb latency 50ms`. */
export interface TbfOptions {
  /** Rate, bit/s, at least 8; the kernel keeps whole octets a second. */
  readonly rate: number
  /** Size of the bucket, octets: what may leave at once; at least the largest frame, or that frame is dropped. */
  readonly burst: number
  /** Most that is queued, octets. Either this or `latency`. */
  readonly limit?: number
  /** Longest time that a packet waits, milliseconds; `limit` is computed of it and not told as `latency` again. */
  readonly latency?: number
  /** Rate within a burst, bit/s, more than `rate`; needs `peakBurst`. */
  readonly peakRate?: number
  /** Size of the peak rate's bucket, octets; about the MTU with the Ethernet header (`mtu` or `minburst` of `tc`). */
  readonly peakBurst?: number
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number
  /** Octets that each packet counts as more, 0–65535. */
  readonly overhead?: number
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer
}

/** What each option of `tbf` takes. */
export const tbfFields: Readonly<Record<keyof TbfOptions, Field>> = {
  rate: required(rate('rate')),
  burst: required(integer(1, 0xffffffff, 'size of the bucket', 'octets')),
  limit: integer(1, 0xffffffff, 'most that is queued', 'octets'),
  latency: { type: 'milliseconds', min: 0, max: 4_294_967, about: 'longest time that a packet waits' },
  peakRate: rate('rate within a burst'),
  peakBurst: integer(1, 0xffffffff, "size of the peak rate's bucket", 'octets'),
  leastPacket: integer(0, 0xffff, 'least octets that a packet counts as', 'octets'),
  overhead: integer(0, 0xffff, 'octets that each packet counts as more', 'octets'),
  linkLayer: choice(['ethernet', 'atm'], 'how octets become cells of the line'),
}
