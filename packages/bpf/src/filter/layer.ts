/** Headers that what follows in an expression is behind: `vlan 5 and arp`, `mpls and ip`, `geneve 7 and tcp`. @module */
import type { BpfInstruction } from '@vnet/core'
import { compute, computeX, fromX, loadBehindX, number as numberInA, recallX, store, toX } from '../instruction.js'
import { all, any, type Condition, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { behind, type Layout, type Place, wordOf } from './layout.js'
import { etherType, isLinkProtocol } from './link-protocol.js'
import { isFirstFragment, isIp } from './protocol.js'
import type { Expression } from './syntax.js'

type Layered = Extract<Expression, { kind: 'layer' }>

const linkNames = { ethernet: 'Ethernet', ip: 'Raw IP', cooked: 'Linux cooked v1', ppp: 'PPP' } as const

/** EtherTypes of tags: IEEE 802.1Q, 802.1ad, and what came before that. */
const tagTypes = [0x8100, 0x88a8, 0x9100]
/** Protocol of MPLS in PPP. */
const PPP_MPLS = 0x0281
/** Geneve (RFC 8926): its port, and the protocol of Ethernet frames. */
const [GENEVE, ETHERNET_FRAME] = [6081, 0x6558]

/** Whether a frame has the header. From here on the expression is about what is behind it. */
export function hasLayer(layout: Layout, layered: Layered): Condition {
  switch (layered.layer) {
    case 'vlan':
      return hasTag(layout, layered)
    case 'mpls':
      return hasLabel(layout, layered)
    case 'pppoed':
      return isLinkProtocol(layout, etherType.pppoed, layered.at)
    case 'pppoes':
      return isSession(layout, layered)
    case 'geneve':
      return isGeneve(layout, layered)
  }
}

function hasTag(layout: Layout, { number, at }: Layered): Condition {
  if (layout.labels > 0) throw new FilterError('no VLAN match after MPLS', at)
  if (layout.link !== 'ethernet') throw new FilterError(`no VLAN support for ${linkNames[layout.link]}`, at)
  atMost(number, 0xfff, 'VLAN tag', at)
  const isTagged = any(...tagTypes.map((type) => isLinkProtocol(layout, type, at)))
  const isIt = number === undefined ? [] : [equal(layout.inPacket(0, 2), number, 0xfff)]
  layout.type = behind(layout.type, 4)
  layout.payload = behind(layout.payload, 4)
  return all(isTagged, ...isIt)
}

function hasLabel(layout: Layout, { number, at }: Layered): Condition {
  atMost(number, 0xfffff, 'MPLS label', at)
  const isLabelled = (() => {
    // Behind a label that is not the last one.
    if (layout.labels > 0) return equal(layout.inPacket(-2, 1), 0, 1)
    if (layout.link === 'ethernet') return isLinkProtocol(layout, etherType.mpls, at)
    if (layout.link === 'ppp') return isLinkProtocol(layout, PPP_MPLS, at)
    throw new FilterError(`no MPLS support for ${linkNames[layout.link]}`, at)
  })()
  const isIt = number === undefined ? [] : [equal(layout.inPacket(0, 4), number << 12, 0xfffff000)]
  layout.labels++
  return all(isLabelled, ...isIt)
}

function isSession(layout: Layout, { number, at }: Layered): Condition {
  atMost(number, 0xffff, 'PPPoE session number', at)
  const isSessionFrame = isLinkProtocol(layout, etherType.pppoes, at)
  const isIt = number === undefined ? [] : [equal(layout.inPacket(0, 4), number, 0xffff)]
  // Six octets of PPPoE, then the protocol of PPP.
  const inside = behind(layout.packet, 6)
  layout.link = 'ppp'
  layout.header = inside
  layout.type = inside
  layout.payload = behind(inside, 2)
  return all(isSessionFrame, ...isIt)
}

/** By IPv4 or IPv6 over UDP; where what is inside begins depends on the frame, so it is kept in memory. */
function isGeneve(layout: Layout, { number, at }: Layered): Condition {
  atMost(number, 0xffffff, 'Geneve VNI', at)
  const inUdp = (load: (offset: number, size: 1 | 2 | 4) => readonly BpfInstruction[]) => [
    equal(load(2, 2), GENEVE),
    equal(load(8, 1), 0, 0xc0),
    ...(number === undefined ? [] : [equal(load(12, 4), number << 8, 0xffffff00)]),
  ]
  const over6 = all(
    isIp(layout, 'ip6', at),
    equal(layout.inPacket(6, 1), 17),
    ...inUdp((offset, size) => layout.behindIpv6(offset, size)),
  )
  const over4 = all(
    isIp(layout, 'ip', at),
    equal(layout.inPacket(9, 1), 17),
    isFirstFragment(layout),
    ...inUdp((offset, size) => layout.behindIpv4(offset, size)),
  )
  const outer = layout.packet
  const lengthOf6 = [...(outer.word === undefined ? [numberInA(40)] : [...wordOf(outer), compute('+', 40)]), toX]
  const [type, header, payload] = [0, 1, 2].map(() => layout.keepWord(at)) as [number, number, number]
  const found = (length: readonly BpfInstruction[]) => inside(outer.offset, length, { type, header, payload })
  const isFound = any(all(over4, found(layout.headerLengthX())), all(over6, found(lengthOf6)))
  const place = (word: number): Place => ({ offset: outer.offset, word })
  layout.link = 'ethernet'
  layout.isInner = true
  layout.labels = 0
  layout.type = place(type)
  layout.header = place(header)
  layout.payload = place(payload)
  return isFound
}

/** Keeps the places of what is inside of Geneve; always holds. `length`: puts the length of the IP header into X. */
function inside(
  start: number,
  length: readonly BpfInstruction[],
  words: { readonly type: number; readonly header: number; readonly payload: number },
): Condition {
  const geneve = start + 8
  const plain: BpfInstruction[] = [
    ...length,
    // The type stands in the header of Geneve itself, unless a frame with a header of its own is inside.
    fromX,
    compute('+', 8 + 2),
    store(words.type),
    // The header, eight octets and options by fours.
    loadBehindX(geneve, 1),
    compute('&', 0x3f),
    compute('*', 4),
    compute('+', 8 + 8),
    computeX('+'),
    store(words.header),
    store(words.payload),
    loadBehindX(geneve + 2, 2),
  ]
  const framed: BpfInstruction[] = [
    recallX(words.header),
    fromX,
    compute('+', 12),
    store(words.type),
    compute('+', 2),
    store(words.payload),
  ]
  return any(not(equal(plain, ETHERNET_FRAME)), test(framed, '>=', 0))
}

function atMost(number: number | undefined, most: number, what: string, at: number): void {
  if (number !== undefined && number > most) throw new FilterError(`${what} ${number} greater than maximum ${most}`, at)
}
