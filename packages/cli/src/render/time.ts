/** Times for people. @module */

/** Seconds as milliseconds, to a microsecond: `0.052 ms`. */
export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(3)} ms`
}
