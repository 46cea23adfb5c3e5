/** Sessions of PPPoE in the kernel (`linux/if_pppox.h`, `linux/ppp-ioctl.h`). Types only. @module */
import type { LinkRef } from './link.js'

/** What `openPppoe` takes: a session that discovery has agreed on (RFC 2516). */
export interface PppoeOptions {
  /** The Ethernet link that it is on. */
  readonly link: LinkRef
  /** Its number, 1–65534. */
  readonly session: number
  /** MAC address of the other side. */
  readonly mac: string
}

/** What drivers receive. */
export interface PppoeSpec extends Omit<PppoeOptions, 'mac'> {
  /** The six octets. */
  readonly mac: Uint8Array
}

/**
 * A session of the kernel: packets of IP pass it and its link without the program, what negotiates them (LCP, PAP, CHAP,
 * IPCP, IPV6CP) is the program's. It ends with the program. Close it, or use `await using`.
 */
export interface PppoeChannel extends AsyncDisposable {
  /** Its link, once it is attached: `ppp0`. */
  readonly name: string | undefined
  /**
   * Sends a packet of PPP, from its protocol's number (two octets) on. Throws `ENXIO` where the session is over, `ENETDOWN`
   * where its Ethernet link is down.
   */
  send(packet: Uint8Array): void
  /**
   * The next packet that is not the kernel's, from its protocol's number on; before the link is attached, that is every packet. One wait at a time.
   *
   * Rejects with `ENXIO` where the kernel has ended the session: a PADT came, the Ethernet link was set down or deleted, or
   * the session's own link was deleted; with `VNET_CLOSED` once it is closed.
   */
  receive(): Promise<Uint8Array>
  /**
   * Makes the link of the session, down, with an MTU of 1500, in which nothing passes yet (`PPPIOCNEWUNIT`, `PPPIOCCONNECT`),
   * and returns its name. `mru` is the largest packet that is taken, octets (`PPPIOCSMRU`).
   */
  attach(mru: number): string
  /** Whether packets of a version of IP may pass its link (`PPPIOCSNPMODE`); such as leave while they may not are dropped. */
  pass(version: 4 | 6, may: boolean): void
  /** Ends it, and removes its link; the other side is not told. Idempotent. */
  close(): Promise<void>
}
