/** What came back in place of an answer to an echo request: an error of a router, or of a host (RFC 792, RFC 4443 § 3). @module */

/** An ICMP or ICMPv6 error about an echo request. */
export interface PingProblem {
  /** Who sent it. */
  readonly from: string
  /** Type of the message: 3 or 1 unreachable, 2 packet too big (IPv6), 11 or 3 time exceeded. */
  readonly type: number
  /** What kind within the type. */
  readonly code: number
  /** Seconds from the request to its arrival. */
  readonly time: number
  /** What fits, octets, where that is what it says. */
  readonly mtu?: number
}

/** What a problem is about, in words of the standards. */
type Words = { readonly [type: number]: { readonly [code: number]: string | undefined } | undefined }

const words4: Words = {
  3: {
    0: 'network unreachable',
    1: 'host unreachable',
    2: 'protocol unreachable',
    3: 'port unreachable',
    4: 'fragmentation needed',
    9: 'network prohibited',
    10: 'host prohibited',
    13: 'communication prohibited',
  },
  11: { 0: 'time to live exceeded', 1: 'fragment reassembly time exceeded' },
}

const words6: Words = {
  1: {
    0: 'no route to destination',
    1: 'communication prohibited',
    2: 'beyond scope of source address',
    3: 'address unreachable',
    4: 'port unreachable',
    5: 'source address failed policy',
    6: 'route rejected',
  },
  2: { 0: 'packet too big' },
  3: { 0: 'hop limit exceeded', 1: 'fragment reassembly time exceeded' },
}

/** Whether the hops ran out on the way: there is a router, and more behind it. */
export function isTimeExceeded({ from, type, code }: PingProblem): boolean {
  return type === (from.includes(':') ? 3 : 11) && code === 0
}

/** The problem in words, with who tells it: `10.0.1.1 says: time to live exceeded`. */
export function pingProblemText({ from, type, code, mtu }: PingProblem): string {
  const words = from.includes(':') ? words6 : words4
  const what = words[type]?.[code] ?? `ICMP type ${type}, code ${code}`
  return `${from} says: ${what}${mtu === undefined ? '' : `, at most ${mtu} octets fit`}`
}

/** The problem behind an error of `ping`, where a message told of one: `undefined` for a timeout, or for no way from here. */
export function pingProblemOf(error: unknown): PingProblem | undefined {
  const cause = (error as { cause?: unknown } | null | undefined)?.cause as Partial<PingProblem> | undefined
  const isProblem = typeof cause?.from === 'string' && typeof cause.type === 'number' && typeof cause.code === 'number'
  return isProblem ? (cause as PingProblem) : undefined
}
