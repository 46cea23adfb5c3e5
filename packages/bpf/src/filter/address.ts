/** Tests of addresses: `src host 10.0.0.1`, `net 10.1`, `ether dst 02:00:00:00:00:01`. @module */
import type { BpfInstruction } from '@vnet/core'
import { recallX } from '../instruction.js'
import { all, any, type Condition, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { behind, type Layout, loadAt, type Place, wordOf } from './layout.js'
import { etherType, isLinkProtocol } from './link-protocol.js'
import type { Direction, Qualifiers } from './syntax.js'
import type { ProtocolWord } from './word.js'

const ethernetOnly = 'ethernet addresses supported only on ethernet'

/** One of two places, or both, as a direction says. */
export function directed(direction: Direction | undefined, at: (source: boolean) => Condition): Condition {
  if (direction === 'src' || direction === 'dst') return at(direction === 'src')
  return direction === 'and' ? all(at(true), at(false)) : any(at(true), at(false))
}

/** A MAC of an Ethernet header. */
export function isMac(layout: Layout, octets: Uint8Array, direction: Direction | undefined, at: number): Condition {
  if (layout.link !== 'ethernet') throw new FilterError(ethernetOnly, at)
  const [high, low] = numbersOf(octets, [2, 4]) as [number, number]
  const isAt = (place: Place) => all(equal(loadAt(behind(place, 2), 4), low), equal(loadAt(place, 2), high))
  return all(
    ...hasLinkHeader(layout),
    directed(direction, (source) => isAt(behind(layout.header, source ? 6 : 0))),
  )
}

/** To all, or to a group: the lowest bit of the first octet. */
export function isGroupMac(layout: Layout, at: number): Condition {
  if (layout.link !== 'ethernet') throw new FilterError('link-layer multicast filters supported only on ethernet', at)
  return all(...hasLinkHeader(layout), test(loadAt(layout.header, 1), '&', 1))
}

/** In tunnels, packets may come without a link header: then header and payload are at the same place. */
function hasLinkHeader({ isInner, header, payload }: Layout): readonly Condition[] {
  if (!isInner || header.word === undefined || payload.word === undefined) return []
  return [not(test([...wordOf(header), recallX(payload.word)], '==', 'x'))]
}

/** An IPv4 address or network. */
export function isIpv4(layout: Layout, address: number, mask: number, qualifiers: Qualifiers, at: number): Condition {
  const inside = (protocol: 'ip' | 'arp' | 'rarp', source: number, destination: number) =>
    all(
      isLinkProtocol(layout, etherType[protocol], at),
      directed(qualifiers.direction, (isSource) =>
        equal(layout.inPacket(isSource ? source : destination, 4), address, mask),
      ),
    )
  switch (qualifiers.protocol) {
    case undefined:
      // Behind labels there is neither ARP nor RARP.
      if (layout.labels > 0) return inside('ip', 12, 16)
      return any(inside('ip', 12, 16), inside('arp', 14, 24), inside('rarp', 14, 24))
    case 'ip':
      return inside('ip', 12, 16)
    case 'arp':
    case 'rarp':
      return inside(qualifiers.protocol, 14, 24)
    default:
      throw misapplied(qualifiers.protocol, qualifiers.protocol === 'ip6' ? 'ip ' : '', qualifiers, at)
  }
}

/** An IPv6 address or network. */
export function isIpv6(
  layout: Layout,
  address: Uint8Array,
  mask: Uint8Array,
  qualifiers: Qualifiers,
  at: number,
): Condition {
  const { protocol, direction } = qualifiers
  if (protocol !== undefined && protocol !== 'ip6') throw misapplied(protocol, 'ip6 ', qualifiers, at)
  const words = [4, 4, 4, 4]
  const masks = numbersOf(mask, words)
  const isAt = (offset: number) =>
    all(
      ...numbersOf(address, words).map((word, i) =>
        equal(layout.inPacket(offset + 4 * i, 4), word, masks[i] as number),
      ),
    )
  return all(
    isLinkProtocol(layout, etherType.ip6, at),
    directed(direction, (source) => isAt(source ? 8 : 24)),
  )
}

/**
 * An address of DECnet, in the short and the long header, both with and without an octet of padding before it (DECnet DNA
 * Phase IV routing layer, 2.0.0).
 */
export function isDecnet(layout: Layout, address: number, direction: Direction | undefined, at: number): Condition {
  // The only numbers in packets that are in the order of the VAX.
  const swapped = ((address & 0xff) << 8) | (address >>> 8)
  const flags = (size: 1 | 2): readonly BpfInstruction[] => layout.inPacket(2, size)
  const isAt = ([short, shortPadded, long, longPadded]: readonly [number, number, number, number]) =>
    any(
      all(equal(flags(1), 0x02, 0x07), equal(layout.inPacket(short, 2), swapped)),
      all(equal(flags(2), 0x8102, 0xff07), equal(layout.inPacket(shortPadded, 2), swapped)),
      all(equal(flags(1), 0x06, 0x07), equal(layout.inPacket(long, 2), swapped)),
      all(equal(flags(2), 0x8106, 0xff07), equal(layout.inPacket(longPadded, 2), swapped)),
    )
  return all(
    isLinkProtocol(layout, etherType.decnet, at),
    directed(direction, (source) => isAt(source ? [5, 6, 17, 18] : [3, 4, 9, 10])),
  )
}

function misapplied(protocol: ProtocolWord, what: string, { type }: Qualifiers, at: number): FilterError {
  const word = type === 'net' ? 'net' : 'host'
  if (protocol === 'ether') return new FilterError(`link-layer modifier applied to ${what}${word}`, at)
  return new FilterError(
    `'${protocol}' modifier applied to ${what}${word}`,
    at,
    `a protocol and an address are two primitives: ${protocol} and ${word} …`,
  )
}

/** Numbers of so many octets each, one after another, in network order. */
function numbersOf(octets: Uint8Array, sizes: readonly number[]): number[] {
  let at = 0
  return sizes.map((size) => {
    let number = 0
    for (const end = at + size; at < end; at++) number = number * 256 + (octets[at] as number)
    return number
  })
}
