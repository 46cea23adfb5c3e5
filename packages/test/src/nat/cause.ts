/** Why a NAT box lets a packet not through. @module */

/** Causes, and what they mean. A new cause is a new line here. */
export const natDropCauses = {
  'nat-no-mapping': 'the NAT box has no mapping for it: no host inside uses this port or identifier',
  'nat-filtered': 'the filter of the NAT box: no host inside has sent to where it comes from',
  'nat-no-hairpin': 'the NAT box does not turn round what is for its own mappings (hairpin is false)',
  'nat-no-port': 'the NAT box has no port left for another mapping',
  'nat-protocol': 'the NAT box translates TCP, UDP and ICMP alone',
  'nat-malformed': 'the NAT box cannot read it: it is cut short, or a length in it is wrong',
} as const

/** A cause of {@link natDropCauses}. */
export type NatDropCause = keyof typeof natDropCauses
