/** What packets are on a line: more octets, at least so many, in cells of ATM (`psched_l2t_ns`, `include/net/sch_generic.h`). @module */
import type { LinkLayer } from './statistics.js'

/** How the size of a packet is counted at a rate. */
export interface LineOptions {
  /** Least octets that a packet counts as. */
  readonly leastPacket?: number | undefined
  /** Octets that each packet counts as more. */
  readonly overhead?: number | undefined
  /** How octets become cells of the line; default `ethernet`. */
  readonly linkLayer?: LinkLayer | undefined
}

/** Octets of a cell of ATM (ITU-T I.361), and of those the ones that it carries. */
const [cell, payload] = [53, 48]

/** Octets on the line of a packet, as the kernel counts them when it asks how long that takes. */
export function lineOctets(packet: number, { leastPacket = 0, overhead = 0, linkLayer }: LineOptions): number {
  const octets = Math.max(packet + overhead, leastPacket)
  return linkLayer === 'atm' ? Math.ceil(octets / payload) * cell : octets
}

/** Octets of the largest packet that is so long on the line; a length that is no whole number of cells is rounded. */
export function packetOctets(line: number, { overhead = 0, linkLayer }: LineOptions): number {
  return (linkLayer === 'atm' ? Math.round(line / cell) * payload : line) - overhead
}
