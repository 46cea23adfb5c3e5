/** What filters of `flower` match of connection tracking (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_CT_*`). @module */
import { bool, type Field, since } from '../field.js'

/**
 * The connection that a packet was found to belong to, by an action `ct` before, or on its way through netfilter. Linux 5.3,
 * built with CONFIG_NF_CONNTRACK and what of it a field needs (`_ZONES`, `_MARK`, `_LABELS`); without, the kernel refuses it
 * (`EOPNOTSUPP`).
 */
export interface FlowerConnection {
  /** It was looked at (`ct_state +trk`, `-trk`); the others need it. */
  readonly connectionTracked?: boolean
  /** It begins a connection (`new`). */
  readonly connectionNew?: boolean
  /** It belongs to one that is there (`est`). */
  readonly connectionEstablished?: boolean
  /** It begins one that another announced, or tells an error of one (`rel`). */
  readonly connectionRelated?: boolean
  /** It belongs to none and begins none (`inv`). Linux 5.12; older kernels take it, and match nothing. */
  readonly connectionInvalid?: boolean
  /** It goes the way back (`rpl`). Linux 5.12, as `connectionInvalid`. */
  readonly connectionReply?: boolean
  /** Zone of connection tracking, 0–65,535 (`ct_zone`). */
  readonly connectionZone?: number
  /** Which bits of it count. */
  readonly connectionZoneMask?: number
  /** Mark of the connection, 32 bits (`ct_mark`). */
  readonly connectionMark?: number
  /** Which bits of it count. */
  readonly connectionMarkMask?: number
  /** Label of the connection: 16 octets in hexadecimal (`ct_label`). */
  readonly connectionLabel?: string
  /** Which bits of it count, 16 octets in hexadecimal. */
  readonly connectionLabelMask?: string
}

/** The states, and the kernel's bit of each (`TCA_FLOWER_KEY_CT_FLAGS_*`). */
export const connectionStates = {
  connectionNew: 1,
  connectionEstablished: 2,
  connectionRelated: 4,
  connectionTracked: 8,
  connectionInvalid: 16,
  connectionReply: 32,
} as const satisfies { readonly [name in keyof FlowerConnection]?: number }

/** The numbers that may have a mask, and all their bits. */
export const connectionNumbers = { connectionZone: 0xffff, connectionMark: 0xffffffff } as const

/** The label whose bits all count. */
export const everyLabelBit = 'f'.repeat(32)

const of = (field: Field, kernel = 'Linux 5.3') => since(kernel, field)
const label = (about: string): Field => of({ type: 'text', octets: 32, about })

/** What each of the states and labels takes. */
export const flowerConnectionFields: Readonly<Record<string, Field>> = {
  connectionTracked: of(bool('its connection was looked at')),
  connectionNew: of(bool('it begins a connection')),
  connectionEstablished: of(bool('it belongs to a connection')),
  connectionRelated: of(bool('it is related to a connection')),
  connectionInvalid: of(bool('it belongs to no connection and begins none'), 'Linux 5.12'),
  connectionReply: of(bool('it goes the way back'), 'Linux 5.12'),
  connectionLabel: label('label of the connection, 16 octets in hexadecimal'),
  connectionLabelMask: label('which bits of connectionLabel count'),
}
