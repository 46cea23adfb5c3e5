/** When a question is asked again (RFC 2131 § 4.1 and § 4.4.5). @module */

/** Seconds until the first repetition, and the longest time between two. */
const first = 4
const longest = 64
/** The least time between two questions of a client that has an address. */
const leastRenewal = 60

/** Seconds until a question is asked again that was asked `times` times: 4, 8, 16, 32, 64, each a second more or less. */
export function backoff(times: number, random: () => number): number {
  return Math.min(longest, first * 2 ** (times - 1)) + random() * 2 - 1
}

/** When a client that has an address asks again: when half of the time is over, but not within a minute. */
export function renewalRetry(now: number, until: number): number {
  return Math.min(until, now + Math.max(leastRenewal, (until - now) / 2))
}
