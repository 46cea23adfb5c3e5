/** What an expression tests, primitive by primitive. @module */
import { length, load, number } from '../instruction.js'
import { isGroupMac, isMac } from './address.js'
import { all, type Condition, equal, not, test } from './condition.js'
import { FilterError } from './error.js'
import { isIdentity } from './identity.js'
import { hasLayer } from './layer.js'
import { behind, type Layout, loadAt } from './layout.js'
import { isLength } from './link-protocol.js'
import { isIp, isProtocol } from './protocol.js'
import { isRelated } from './relation.js'
import type { Expression } from './syntax.js'
import { llcTypes } from './word.js'

/** What Linux knows of a frame besides its octets (`SKF_AD_PKTTYPE`, `SKF_AD_IFINDEX`), and the type of what leaves (`PACKET_OUTGOING`). */
const [PACKET_TYPE, LINK, OUTGOING] = [0xfffff004, 0xfffff008, 4]

/** The condition of an expression. Headers that it names move those of what comes later. */
export function conditionOf(layout: Layout, expression: Expression): Condition {
  switch (expression.kind) {
    case 'and':
    case 'or':
      // In this order: what is behind a header is named after it.
      return {
        kind: expression.kind === 'and' ? 'all' : 'any',
        of: expression.of.map((each) => conditionOf(layout, each)),
      }
    case 'not':
      return not(conditionOf(layout, expression.of))
    case 'identity':
      return isIdentity(layout, expression)
    case 'protocol':
      return isProtocol(layout, expression.protocol, expression.at)
    case 'relation':
      return isRelated(layout, expression)
    case 'broadcast':
    case 'multicast':
      return isCast(layout, expression)
    case 'less':
      return not(test([length], '>', expression.octets))
    case 'greater':
      return test([length], '>=', expression.octets)
    case 'byte':
      return isOctet(layout, expression)
    case 'inbound':
      return not(isOutgoing(layout))
    case 'outbound':
      return isOutgoing(layout)
    case 'ifindex':
      return equal([load(LINK, 4)], expression.index)
    case 'layer':
      return hasLayer(layout, expression)
    case 'llc':
      return isLlc(layout, expression)
  }
}

/** Cooked frames are recorded with what Linux knows of them in front. */
const isOutgoing = (layout: Layout): Condition =>
  equal(layout.link === 'cooked' ? loadAt(layout.header, 2) : [load(PACKET_TYPE, 4)], OUTGOING)

type Cast = Extract<Expression, { kind: 'broadcast' | 'multicast' }>

function isCast(layout: Layout, { kind, protocol, at }: Cast): Condition {
  if (kind === 'multicast') {
    if (protocol === undefined || protocol === 'ether') return isGroupMac(layout, at)
    if (protocol === 'ip') return all(isIp(layout, 'ip', at), test(layout.inPacket(16, 1), '>=', 224))
    if (protocol === 'ip6') return all(isIp(layout, 'ip6', at), equal(layout.inPacket(24, 1), 0xff))
    throw new FilterError(
      'only link-layer/IP multicast filters supported',
      at,
      'multicast comes behind ether, ip, ip6 or alone',
    )
  }
  if (protocol === undefined || protocol === 'ether') {
    if (layout.link !== 'ethernet') throw new FilterError('not a broadcast link', at)
    return isMac(layout, new Uint8Array(6).fill(0xff), 'dst', at)
  }
  if (protocol === 'ip') {
    throw new FilterError(
      "netmask not known, so 'ip broadcast' not supported",
      at,
      'name the addresses: ip dst host 255.255.255.255 or 10.0.0.255',
    )
  }
  throw new FilterError('only link-layer/IP broadcast filters supported', at, 'broadcast comes behind ether or alone')
}

function isOctet(layout: Layout, { offset, operator, value }: Extract<Expression, { kind: 'byte' }>): Condition {
  // A place that no frame has, rather than one that means something to the kernel.
  const octet = loadAt(behind(layout.header, Math.min(offset, 0x7fff0000)), 1)
  switch (operator) {
    case '=':
      return equal(octet, value)
    case '<':
      return not(test(octet, '>=', value))
    case '>':
      return test(octet, '>', value)
    case '&':
      return test(octet, '&', value)
    default:
      // An or with a number is 0 where both are.
      return value === 0 ? not(equal(octet, 0)) : all(test(octet, '>=', 0), equal([number(1)], 1))
  }
}

function isLlc(layout: Layout, { type, at }: Extract<Expression, { kind: 'llc' }>): Condition {
  if (layout.link !== 'ethernet') throw new FilterError("'llc' not supported for this type of link", at)
  // Not what NetWare sends without LLC.
  const hasLlc = all(isLength(layout), not(equal(loadAt(layout.payload, 2), 0xffff)))
  if (type === undefined) return hasLlc
  const [mask, value] = llcTypes[type]
  return all(hasLlc, equal(loadAt(behind(layout.payload, 2), 1), value, mask))
}
