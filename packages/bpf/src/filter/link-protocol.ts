/** Tests of what is behind the link header: EtherTypes, access points of LLC, protocols of PPP, labels of MPLS. @module */
import { all, any, type Condition, constant, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { behind, type Layout, loadAt } from './layout.js'

/** EtherTypes (IEEE 802, registry of IANA). */
export const etherType = {
  ip: 0x0800,
  arp: 0x0806,
  decnet: 0x6003,
  rarp: 0x8035,
  atalk: 0x809b,
  aarp: 0x80f3,
  ipx: 0x8137,
  ip6: 0x86dd,
  mpls: 0x8847,
  pppoed: 0x8863,
  pppoes: 0x8864,
} as const

/** Largest length of a frame of IEEE 802.3; above are EtherTypes. */
const longest = 1500
/** Access points of LLC. */
const sap = { ip: 0x06, stp: 0x42, ipx: 0xe0, netbeui: 0xf0, iso: 0xfe } as const
/** Protocols of PPP for EtherTypes and access points (registry of IANA). */
const pppProtocols: ReadonlyMap<number, number> = new Map([
  [etherType.ip, 0x0021],
  [etherType.ip6, 0x0057],
  [etherType.decnet, 0x0027],
  [etherType.atalk, 0x0029],
  [0x0600, 0x0025],
  [sap.iso, 0x0023],
  [sap.stp, 0x0031],
  [sap.ipx, 0x002b],
])

/** Whether a frame is of an EtherType, or of an access point of LLC where the number is 1,500 or less. */
export function isLinkProtocol(layout: Layout, protocol: number, at: number): Condition {
  if (layout.labels > 0) return isLabelled(layout, protocol, at)
  const type = loadAt(layout.type, 2)
  switch (layout.link) {
    case 'ip':
      return isVersion(layout, protocol) ?? constant(false)
    case 'ppp':
      return equal(type, pppProtocols.get(protocol) ?? protocol)
    case 'ethernet':
      return framed(layout, protocol, isLength(layout), [])
    case 'cooked':
      // Frames of 802.3 are told by numbers of Linux: 1 without LLC, 4 with it.
      return framed(layout, protocol, equal(type, 4), protocol === sap.ipx ? [equal(type, 1)] : [])
  }
}

/** Whether the link header tells a length and no type. */
export const isLength = (layout: Layout): Condition => not(test(loadAt(layout.type, 2), '>', longest))

/** An EtherType, or what an LLC header says where `isLlc`. `others`: further ways to say the same. */
function framed(layout: Layout, protocol: number, isLlc: Condition, others: readonly Condition[]): Condition {
  const isType = (value: number) => equal(loadAt(layout.type, 2), value)
  const isSap = equal(loadAt(layout.payload, 1), protocol)
  switch (protocol) {
    case sap.ip:
    case sap.netbeui:
    case sap.iso:
      return all(isLlc, equal(loadAt(layout.payload, 2), (protocol << 8) | protocol))
    case sap.ipx: {
      // Also behind SNAP, and on Ethernet without any LLC header, where a checksum that is not used comes first.
      const bare = layout.link === 'ethernet' ? [equal(loadAt(layout.payload, 2), 0xffff)] : []
      return any(isType(etherType.ipx), ...others, all(isLlc, any(isSnap(layout, 0, etherType.ipx), isSap, ...bare)))
    }
    case etherType.atalk:
      return any(isType(protocol), all(isLlc, isSnap(layout, 0x080007, protocol)))
    case etherType.aarp:
      return any(isType(protocol), all(isLlc, isSnap(layout, 0, protocol)))
    default:
      return protocol <= longest ? all(isLlc, isSap) : isType(protocol)
  }
}

/** Whether an LLC header is one of SNAP, of an organisation and a type. */
const isSnap = ({ payload }: Layout, organisation: number, type: number): Condition =>
  all(
    equal(loadAt(behind(payload, 4), 4), ((organisation & 0xffff) << 16) | type),
    equal(loadAt(payload, 4), 0xaaaa0300 | (organisation >>> 16)),
  )

/** Whether a packet begins as those of a version of IP do; `undefined` for other protocols. */
function isVersion(layout: Layout, protocol: number): Condition | undefined {
  if (protocol === etherType.ip) return equal(layout.inPacket(0, 1), 0x40, 0xf0)
  if (protocol === etherType.ip6) return equal(layout.inPacket(0, 1), 0x60, 0xf0)
  return undefined
}

/** Behind labels: it is the last one, and a packet of that version follows. */
function isLabelled(layout: Layout, protocol: number, at: number): Condition {
  const version = isVersion(layout, protocol)
  if (version === undefined) {
    throw new FilterError('unsupported protocol over mpls', at, 'behind a label only ip and ip6 can be told')
  }
  return all(equal(layout.inPacket(-2, 1), 1, 1), version)
}
