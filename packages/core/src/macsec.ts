/** Keys and peers of MACsec links: secure channels and their associations (`ip macsec`; `linux/if_macsec.h`; IEEE 802.1AE). @module */
import type { MacsecState } from './kind/macsec.js'
import type { LinkRef, RawAttribute } from './link.js'

/** Octets as hexadecimal digits or as they are. */
export type HexInput = string | Uint8Array

/** A receiving secure channel: what comes from one peer (`ip macsec add LINK rx sci SCI`). */
export interface MacsecScKey {
  /** The link, of kind `macsec`. */
  readonly link: LinkRef
  /** Identifier of the peer's sending channel, 16 hexadecimal digits: its MAC and port, `0200000000020001`. */
  readonly sci: string
}

/** A receiving secure channel that is made or changed. */
export interface MacsecScSpec extends MacsecScKey {
  /** Whether frames of it are taken; a new one takes them unless told otherwise. */
  readonly active?: boolean
}

/** A secure association: a key of a channel (`ip macsec … tx sa 0`, `ip macsec … rx sci SCI sa 0`). */
export interface MacsecSaKey {
  /** The link, of kind `macsec`. */
  readonly link: LinkRef
  /** Identifier of the receiving channel that it belongs to; absent for one of the link's own sending channel. */
  readonly sci?: string
  /** Its number, 0–3. */
  readonly association: number
}

/** An association that is changed, as `ip macsec set`. What is absent stays. Its key cannot be changed: add another. */
export interface MacsecSaChange extends MacsecSaKey {
  /** Whether it is used. One that is can not be deleted. */
  readonly active?: boolean
  /** Number of the next frame sent, or least number of one received: 1–4294967295, up to 2^53 with an XPN cipher. */
  readonly packetNumber?: number
}

/** An association that is made, as `ip macsec add`. */
export interface MacsecSaSpec<Octets = HexInput> extends MacsecSaChange {
  /** Its key, 16 or 32 octets as the cipher of the link has it. The kernel never tells it. */
  readonly key: Octets
  /** Identifier of the key, 1–16 octets, zeros behind them; both ends call the key so. */
  readonly keyId: Octets
  /** Short identifier of the channel, 0–4294967295; with an XPN cipher, and only then. */
  readonly ssci?: number
  /** Salt, 12 octets; with an XPN cipher, and only then. */
  readonly salt?: Octets
}

/** Which MACsec link `macsec get` reads. */
export interface MacsecQuery {
  /** The link. */
  readonly link: LinkRef
  /** With counters (`ip -s macsec show`). */
  readonly statistics?: boolean
}

/** Counters of a MACsec link, a channel or an association, by the standard's names: `InPktsOK` is `inPktsOk` (IEEE 802.1AE § 10.7). */
export type MacsecStatistics = Readonly<Record<string, number>>

/** An association as the kernel describes it; never with its key. */
export interface MacsecSa {
  /** Its number, 0–3. */
  readonly association: number
  /** Whether it is used. */
  readonly active: boolean
  /** Number of the next frame sent, or least number of one received. */
  readonly packetNumber: number
  /** Identifier of its key, 32 hexadecimal digits. */
  readonly keyId: string
  /** Short identifier of the channel, with an XPN cipher. */
  readonly ssci?: number
  /** Counters, when asked for. */
  readonly statistics?: MacsecStatistics
}

/** A receiving channel as the kernel describes it. */
export interface MacsecSc {
  /** Its identifier, 16 hexadecimal digits. */
  readonly sci: string
  /** Whether frames of it are taken. */
  readonly active: boolean
  /** Its associations by number. */
  readonly associations: readonly MacsecSa[]
  /** Counters, when asked for. */
  readonly statistics?: MacsecStatistics
}

/** A MACsec link with its keys and peers, as `ip macsec show LINK`. */
export interface MacsecDevice extends Omit<MacsecState, 'port'> {
  /** Index of the link. */
  readonly link: number
  /**
   * Whether the kernel takes it for able to send: a new link always, later whether the association that `encodingSa` names
   * was active when one of the two was last changed.
   */
  readonly operational: boolean
  /** Associations of its own sending channel, by number. */
  readonly associations: readonly MacsecSa[]
  /** Receiving channels, the latest first. */
  readonly channels: readonly MacsecSc[]
  /** Counters of the link and of its sending channel, when asked for. */
  readonly statistics?: MacsecStatistics
  /** Attributes that vnet has no name for. */
  readonly other: readonly RawAttribute[]
}

/** Association as drivers receive it. */
export type CleanMacsecSaSpec = MacsecSaSpec<Uint8Array>
