/** What filters of `flower` match of tags and sessions: VLANs, PPPoE (`linux/pkt_cls.h`, `TCA_FLOWER_KEY_VLAN_*`, `CVLAN_*`, `PPPOE_SID`). @module */
import { type Field, integer, since } from '../field.js'
import { type FilterProtocol, filterProtocols, isVlanProtocol } from './filter-protocol.js'

/** Tags of VLANs, from the outermost inwards, and the session of PPPoE behind them. */
export interface FlowerTags<Protocol = FilterProtocol> {
  /** VLAN identifier, 0–4095; needs `protocol` `802.1Q` or `802.1ad`, or a `vlanCount`. */
  readonly vlan?: number
  /** Priority of the VLAN's tag, 0–7. */
  readonly vlanPriority?: number
  /** EtherType behind the tag; fields of this protocol may be matched then (`vlan_ethtype`). */
  readonly vlanEtherType?: Protocol
  /** Identifier in the second tag, 0–4095; needs a `vlanEtherType` of `802.1Q` or `802.1ad`, or a `vlanCount` of 2 (`cvlan_id`). */
  readonly innerVlan?: number
  /** Priority in the second tag, 0–7 (`cvlan_prio`). */
  readonly innerVlanPriority?: number
  /** EtherType behind the second tag, as `vlanEtherType` (`cvlan_ethtype`). */
  readonly innerVlanEtherType?: Protocol
  /** How many tags there are, 0–255 (`num_of_vlans`). Linux 5.19. */
  readonly vlanCount?: number
  /** Session of PPPoE (RFC 2516), 0–65,535; needs the protocol `ppp_ses`, be it behind a tag (`pppoe_sid`). Linux 6.0. */
  readonly pppoeSession?: number
  /**
   * Protocol of PPP in it, 1–65,535: 0x21 IPv4, 0x57 IPv6, 0xc021 LCP (RFC 1661); after the first two fields of IP may be
   * matched (`ppp_proto`). Linux 6.0.
   */
  readonly pppProtocol?: number
}

const etherType = (about: string): Field => ({ type: 'protocol', about })

/** What each of these fields takes. */
export const flowerTagFields: Readonly<Record<keyof FlowerTags, Field>> = {
  vlan: integer(0, 4095, 'VLAN identifier'),
  vlanPriority: integer(0, 7, "priority of the VLAN's tag"),
  vlanEtherType: etherType('EtherType behind the tag'),
  innerVlan: integer(0, 4095, 'VLAN identifier in the second tag'),
  innerVlanPriority: integer(0, 7, 'priority in the second tag'),
  innerVlanEtherType: etherType('EtherType behind the second tag'),
  vlanCount: since('Linux 5.19', integer(0, 255, 'how many tags there are')),
  pppoeSession: since('Linux 6.0', integer(0, 0xffff, 'session of PPPoE')),
  pppProtocol: since('Linux 6.0', integer(1, 0xffff, 'protocol of PPP: 0x21 IPv4, 0x57 IPv6')),
}

/** What PPP carries, as the EtherType that it is without PPP (`linux/ppp_defs.h`). */
export const behindPpp: Readonly<Record<number, number>> = {
  33: filterProtocols.ip,
  87: filterProtocols.ipv6,
  641: filterProtocols.mpls_uc,
  643: filterProtocols.mpls_mc,
}

/** The parts that say which protocol is innermost; EtherTypes are numbers. */
export type TaggedMatch = Pick<
  FlowerTags<number>,
  'vlanEtherType' | 'innerVlanEtherType' | 'vlanCount' | 'pppProtocol'
> & { readonly protocol?: number | undefined }

/** How many tags a filter says that packets have, by EtherTypes; and the EtherType behind them, where it says one. */
export function behindTags(match: TaggedMatch): { readonly tags: number; readonly type: number | undefined } {
  const { protocol = filterProtocols.all, vlanEtherType, innerVlanEtherType, vlanCount = 0 } = match
  const isAny = protocol === filterProtocols.all
  if (isAny ? vlanCount === 0 : !isVlanProtocol(protocol)) return { tags: 0, type: isAny ? undefined : protocol }
  if (vlanEtherType === undefined ? vlanCount < 2 : !isVlanProtocol(vlanEtherType))
    return { tags: 1, type: vlanEtherType }
  return { tags: 2, type: innerVlanEtherType }
}

/** The EtherType of what a filter matches, behind tags and PPPoE; `undefined` where it may be any. */
export function innermostProtocol(match: TaggedMatch): number | undefined {
  const { type } = behindTags(match)
  if (type !== filterProtocols.ppp_ses) return type
  return match.pppProtocol === undefined ? undefined : (behindPpp[match.pppProtocol] ?? type)
}
