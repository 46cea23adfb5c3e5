/** What a server wants done, and what it tells. @module */
import type { DhcpBinding } from './binding.js'

/** Where an answer goes (RFC 2131 § 4.1). */
export type DhcpDestination =
  /** To everybody on the link. */
  | { readonly kind: 'broadcast' }
  /** To a MAC on the link, whose host does not answer ARP for the address yet. */
  | { readonly kind: 'mac'; readonly mac: string; readonly address: string }
  /** To a client that has this address, port 68. */
  | { readonly kind: 'client'; readonly address: string }
  /** To a relay, port 67. */
  | { readonly kind: 'relay'; readonly address: string }

/** One thing that a server wants done, or tells. */
export type DhcpServerStep =
  /** Send octets. `omitted` are the numbers of options that had no room. */
  | {
      readonly kind: 'send'
      readonly to: DhcpDestination
      readonly bytes: Uint8Array
      readonly omitted: readonly number[]
    }
  /**
   * Find out whether somebody has an address, and call `probed`. `isNear`: it is on the server's own link, where ARP tells.
   * `mac` is that of the client that asks: it may have kept the address from a lease of before, so its answers count for none.
   */
  | { readonly kind: 'probe'; readonly address: string; readonly isNear: boolean; readonly mac: string }
  /** An address is offered. */
  | { readonly kind: 'offered'; readonly binding: DhcpBinding }
  /** A client has an address, or has it for longer. */
  | { readonly kind: 'bound'; readonly binding: DhcpBinding }
  /** A client has given its address back. */
  | { readonly kind: 'released'; readonly binding: DhcpBinding }
  /** The time of a lease is over. */
  | { readonly kind: 'expired'; readonly binding: DhcpBinding }
  /** Somebody else has an address, as a client says (`declined`) or a probe has shown; it is not given out for a while. */
  | { readonly kind: 'conflict'; readonly address: string; readonly declined: boolean }
  /** A client was refused. */
  | { readonly kind: 'refused'; readonly mac: string; readonly address: string; readonly reason: string }
  /** A message is not answered. */
  | { readonly kind: 'ignored'; readonly mac: string; readonly reason: string }
