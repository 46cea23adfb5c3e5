/** Protocols of packets that filters look at (EtherTypes, `linux/if_ether.h`). @module */

/** The protocol of packets that a filter looks at: a word of `tc`, or an EtherType. */
export type FilterProtocol =
  | 'all'
  | 'ip'
  | 'ipv6'
  | 'arp'
  | '802.1Q'
  | '802.1ad'
  | 'mpls_uc'
  | 'mpls_mc'
  | 'ppp_disc'
  | 'ppp_ses'
  | number

/** EtherTypes that have a word. */
export const filterProtocols: Readonly<Record<Exclude<FilterProtocol, number>, number>> = {
  all: 0x0003,
  ip: 0x0800,
  arp: 0x0806,
  ipv6: 0x86dd,
  '802.1Q': 0x8100,
  '802.1ad': 0x88a8,
  mpls_uc: 0x8847,
  mpls_mc: 0x8848,
  ppp_disc: 0x8863,
  ppp_ses: 0x8864,
}

const words = new Map<number, FilterProtocol>(
  Object.entries(filterProtocols).map(([word, type]) => [type, word as FilterProtocol]),
)

/** The word of an EtherType, or the EtherType itself where it has none. */
export const filterProtocolOf = (type: number): FilterProtocol => words.get(type) ?? type

/** Whether packets of this EtherType have a tag of a VLAN (IEEE 802.1Q, 802.1ad). */
export const isVlanProtocol = (type: number): boolean =>
  type === filterProtocols['802.1Q'] || type === filterProtocols['802.1ad']
