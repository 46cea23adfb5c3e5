/** Size tables: what packets count as in a discipline (`tc qdisc add … stab`; `struct tc_sizespec`, `linux/pkt_sched.h`). @module */
import { choice, type Field, integer } from '../field.js'
import type { LinkLayer } from './statistics.js'

/**
 * What packets count as, as `tc qdisc add … stab overhead 24 linklayer atm mpu 64`: for a line behind the link that adds to
 * them or cuts them into cells. All that the discipline limits and counts by size goes by it.
 */
export interface SizeTable {
  /** Octets that each packet counts as more; negative for less. */
  readonly overhead?: number
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number
  /** Largest packet that the table has an entry for, octets; default 2,047. Needs `linkLayer` `atm` or `leastPacket`. */
  readonly mtu?: number
  /** Entries of the table; default 512. Needs `linkLayer` `atm` or `leastPacket`. */
  readonly size?: number
}

/** What each part of a size table takes. */
export const sizeTableFields: Readonly<Record<keyof SizeTable, Field>> = {
  overhead: integer(-0x8000_0000, 0x7fff_ffff, 'octets that each packet counts as more', 'octets'),
  linkLayer: choice(['ethernet', 'atm'], 'how octets become cells of the line'),
  leastPacket: integer(0, 0xffff, 'least octets that a packet counts as', 'octets'),
  mtu: integer(1, 0x00ff_ffff, 'largest packet that the table has an entry for', 'octets'),
  size: integer(1, 16_384, 'entries of the table'),
}

/** The same as one option of a discipline. */
export const sizeTableField: Field = {
  type: 'record',
  about: 'what packets count as (tc: stab)',
  fields: sizeTableFields,
}
