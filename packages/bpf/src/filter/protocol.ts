/** Tests of protocols: `tcp`, `ip proto 89`, `ether proto 0x88cc`. @module */
import { all, any, type Condition, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { behind, type Layout, loadAt } from './layout.js'
import { etherType, isLinkProtocol } from './link-protocol.js'
import { abbreviations, ipProtocolNumbers, isisTypes, isoProtocolNumbers, linkProtocolNumbers } from './name.js'
import type { ProtocolWord } from './word.js'

const FRAGMENT = 44

/** Whether it is a packet of a version of IP. */
export const isIp = (layout: Layout, version: 'ip' | 'ip6', at: number): Condition =>
  isLinkProtocol(layout, etherType[version], at)

/** Whether an IPv4 packet is whole or the first fragment of one. */
export const isFirstFragment = (layout: Layout): Condition => not(test(layout.inPacket(6, 2), '&', 0x1fff))

/** A word alone. */
export function isProtocol(layout: Layout, word: ProtocolWord, at: number): Condition {
  const abbreviation = abbreviations[word]
  if (abbreviation !== undefined) {
    const [number, version] = abbreviation
    return isNumbered(layout, version, number, at)
  }
  const types = isisTypes[word]
  if (types !== undefined) return any(...types.map((type) => isNumbered(layout, 'isis', type, at)))
  const iso = isoProtocolNumbers[word]
  if (iso !== undefined) return isNumbered(layout, 'iso', iso, at)
  const onLink = linkProtocolNumbers[word]
  if (onLink !== undefined) return isLinkProtocol(layout, onLink, at)
  throw new FilterError(
    word === 'ether' ? 'link layer applied in wrong context' : `'${word}' is not a valid protocol type`,
    at,
    word === 'ether' ? 'say what of it: ether host, ether proto, ether[12:2] …' : undefined,
  )
}

/** A protocol by its number, inside of another one. */
export function isNumbered(layout: Layout, inside: ProtocolWord | undefined, number: number, at: number): Condition {
  switch (inside) {
    case undefined:
      return any(isNumbered(layout, 'ip', number, at), isNumbered(layout, 'ip6', number, at))
    case 'ether':
      return isLinkProtocol(layout, number, at)
    case 'ip':
      return all(isIp(layout, 'ip', at), equal(layout.inPacket(9, 1), number))
    case 'ip6': {
      const next = layout.inPacket(6, 1)
      const inFragment = all(equal(next, FRAGMENT), equal(layout.inPacket(40, 1), number))
      return all(isIp(layout, 'ip6', at), any(equal(next, number), inFragment))
    }
    case 'iso':
      return all(isLinkProtocol(layout, linkProtocolNumbers.iso as number, at), equal(inIso(layout, 0), number))
    case 'isis':
      return all(isNumbered(layout, 'iso', isoProtocolNumbers.isis as number, at), equal(inIso(layout, 4), number))
    case 'arp':
    case 'rarp':
    case 'atalk':
    case 'decnet':
    case 'lat':
    case 'sca':
    case 'moprc':
    case 'mopdl':
      throw new FilterError(`${inside} does not encapsulate another protocol`, at)
    default:
      throw new FilterError(`'${inside} proto' is bogus`, at, 'proto comes behind ip, ip6, ether, iso, isis or alone')
  }
}

/** A protocol by its name, inside of another one. */
export function protocolNumber(name: string, inside: ProtocolWord | undefined, at: number): number {
  const names = inside === 'ether' ? linkProtocolNumbers : inside === 'iso' ? isoProtocolNumbers : ipProtocolNumbers
  const number = Object.hasOwn(names, name) ? names[name] : undefined
  if (number !== undefined) return number
  throw new FilterError(`unknown ${inside ?? 'ip'} proto '${name}'`, at, 'give its number')
}

/** Octets of a packet of ISO. It is behind three octets of LLC on Ethernet; elsewhere libpcap looks for it in their place. */
const inIso = ({ link, isInner, payload }: Layout, offset: number) =>
  loadAt(behind(payload, offset + (link === 'ethernet' && !isInner ? 3 : 0)), 1)
