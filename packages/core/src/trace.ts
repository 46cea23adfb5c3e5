/** The routers on the way to a host, found by echo requests whose hops run out (`traceroute -I`; RFC 1393 § 2 tells the method). @module */
import type { IpInput } from './ip.js'
import type { PingProblem } from './ping-problem.js'

/** What is traced. */
export interface TraceSpec {
  /** The host at the end of the way; IPv4 or IPv6. */
  readonly address: IpInput
  /** Routers that are looked for at most, 1–255; default 30 (`traceroute -m`). */
  readonly maxHops?: number
  /** Requests for each, 1–10; default 3 (`traceroute -q`). */
  readonly probes?: number
  /** Octets after the ICMP header, 0–65507; default 32. */
  readonly size?: number
  /** Seconds to wait for each answer; default 1 (`traceroute -w`). */
  readonly timeout?: number
}

/** What became of one request. */
export interface TraceProbe {
  /** Who answered, or sent an error; absent where nobody did in time. */
  readonly from?: string
  /** Round-trip time, seconds. */
  readonly time?: number
  /** The error that came back, where it was no answer. */
  readonly problem?: PingProblem
}

/** One step of the way. */
export interface TraceHop {
  /** How many routers the requests could pass, and the one that they met then; counts from 1. */
  readonly ttl: number
  /** What became of them, in order. */
  readonly probes: readonly TraceProbe[]
  /** The host itself answered: this is the last step. */
  readonly reached: boolean
}
