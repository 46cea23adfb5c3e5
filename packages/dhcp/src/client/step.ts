/** What a client wants done, and what it tells. @module */
import type { DhcpLease } from '../lease.js'
import type { DhcpMessageSpec } from '../message.js'

/** Where a client stands (RFC 2131 § 4.4, figure 5). */
export type DhcpClientState =
  /** It has not begun, or has ended. */
  | 'stopped'
  /** It waits before it begins again: after a refusal, or an address that was taken. */
  | 'init'
  /** It has asked for offers. */
  | 'selecting'
  /** It has asked for the address that was offered. */
  | 'requesting'
  /** It has asked for the address that it had before. */
  | 'rebooting'
  /** It asks on the link whether somebody has the address. */
  | 'probing'
  /** It has an address. */
  | 'bound'
  /** It asks the server that gave the lease to prolong it. */
  | 'renewing'
  /** It asks any server to. */
  | 'rebinding'

/** Why a lease is no longer one. */
export type DhcpLeaseEnd = 'expired' | 'refused' | 'released' | 'stopped'

/** One thing that a client wants done, or tells. They are to be done in their order. */
export type DhcpClientStep =
  /** Send a message: to all, from `0.0.0.0`; or to a server, from the address of the lease. */
  | { readonly kind: 'send'; readonly to: 'broadcast' | string; readonly message: DhcpMessageSpec }
  /** Ask on the link who has an address: an ARP probe (RFC 5227 § 2.1.1). */
  | { readonly kind: 'probe'; readonly address: string }
  /** Tell on the link who has it now: an ARP announcement (RFC 5227 § 2.3). */
  | { readonly kind: 'announce'; readonly address: string }
  /** Use a lease, in place of an earlier one where there is one. */
  | { readonly kind: 'bind'; readonly lease: DhcpLease; readonly previous?: DhcpLease }
  /** Use a lease no longer. */
  | { readonly kind: 'unbind'; readonly lease: DhcpLease; readonly reason: DhcpLeaseEnd }
  /** It stands somewhere else now. */
  | { readonly kind: 'state'; readonly state: DhcpClientState }
  /** A server offers an address. */
  | { readonly kind: 'offer'; readonly address: string; readonly server: string }
  /** A server has refused what was asked for, in its own words where it gave some. */
  | { readonly kind: 'refused'; readonly server?: string; readonly reason?: string }
  /** Somebody else has the address that was given; it is declined. */
  | { readonly kind: 'conflict'; readonly address: string }
  /** An answer cannot be used. */
  | { readonly kind: 'ignored'; readonly server?: string; readonly reason: string }
