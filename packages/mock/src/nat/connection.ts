/** Connections: what packets in both directions have in common (`struct nf_conn`). @module */
import type { TcpState } from './tcp-state.js'
import { inverse, type Tuple } from './tuple.js'

/** That of the first packet, or the other one. */
export type Direction = 'original' | 'reply'

/** What translation changes (`enum nf_nat_manip_type`). */
export type Part = 'source' | 'destination'

/** A connection. */
export interface Connection {
  /** Its first packet as it came. */
  readonly original: Tuple
  /** Answers as they come: translated, the first packet is the inverse of it. */
  reply: Tuple
  /** It is in the table: its first packet has left, or has arrived. */
  isConfirmed: boolean
  /** An answer was seen. */
  isAnswered: boolean
  /** It is not given up for others when the table is full. */
  isAssured: boolean
  /** Whether it was decided what becomes of a part, and whether that differs. */
  readonly decided: Record<Part, boolean>
  readonly changed: Record<Part, boolean>
  /** Index of the link whose address masquerades it. */
  masqueradedBy: number | undefined
  /** Of TCP. */
  tcp: TcpState | undefined
  /** Of UDP: kernel time from which on it counts as a stream. */
  streamAt: number
  /** Kernel time when it is forgotten. */
  expires: number
}

/** What is known of a packet (`skb->_nfct`). */
export interface Tracked {
  readonly connection: Connection
  readonly direction: Direction
  /** It is an ICMP error about a packet of the connection, which went in the opposite direction. */
  readonly isRelated: boolean
}

/** The other one. */
export const opposite = (direction: Direction): Direction => (direction === 'original' ? 'reply' : 'original')

/** A connection that begins. */
export function newConnection(original: Tuple): Connection {
  return {
    original,
    reply: inverse(original),
    isConfirmed: false,
    isAnswered: false,
    isAssured: false,
    decided: { source: false, destination: false },
    changed: { source: false, destination: false },
    masqueradedBy: undefined,
    tcp: undefined,
    streamAt: 0,
    expires: 0,
  }
}

/** What is known of an error about a packet (`nf_conntrack_attach`). */
export function errorAbout(tracked: Tracked | undefined): Tracked | undefined {
  return tracked && { connection: tracked.connection, direction: opposite(tracked.direction), isRelated: true }
}
