/** Echo requests (`ping`; RFC 792, RFC 4443 § 4). @module */
import type { IpInput } from './ip.js'

/** One echo request, as one line of `ping`. */
export interface PingSpec<Address = IpInput> {
  /** Who is asked; IPv4 or IPv6. */
  readonly address: Address
  /** Octets after the ICMP header, 0–65507; default 56. */
  readonly size?: number
  /** Seconds to wait for the answer; default 1. */
  readonly timeout?: number
  /** Sequence number, 0–65535; default 1. */
  readonly sequence?: number
  /** Routers that it may pass, and the host that answers, 1–255 (`ping -t`); what the kernel's settings say when absent. */
  readonly ttl?: number
}

/** The answer to an echo request. */
export interface PingReply {
  /** Who answered. */
  readonly address: string
  /** Sequence number. */
  readonly sequence: number
  /** Octets of the ICMP message received. */
  readonly size: number
  /** Hop limit that the answer arrived with; absent where the kernel does not tell (IPv6). */
  readonly ttl?: number
  /** Round-trip time, seconds. */
  readonly time: number
}

/** A request as drivers receive it. */
export type CleanPingSpec = Required<Omit<PingSpec<Uint8Array>, 'ttl'>> & Pick<PingSpec, 'ttl'>
