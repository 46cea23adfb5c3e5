/** Primitives with an identity: which test its qualifiers ask for. @module */
import { isDecnet, isIpv4, isIpv6, isMac } from './address.js'
import type { Condition } from './condition.js'
import { FilterError } from './error.js'
import type { Layout } from './layout.js'
import { hasPorts, namedPorts, numberedPorts } from './port.js'
import { isNumbered, protocolNumber } from './protocol.js'
import type { Expression, Identity, Qualifiers } from './syntax.js'

type Identified = Extract<Expression, { kind: 'identity' }>

/** Whether a frame has it. */
export function isIdentity(layout: Layout, { what, qualifiers, at }: Identified): Condition {
  switch (qualifiers.type) {
    case 'proto':
      return isOfProtocol(layout, what, qualifiers, at)
    case 'protochain':
      throw new FilterError(
        "'protochain' not supported: programs for the kernel have no loops",
        at,
        'proto finds what follows the IP header at once; ip6[40] and the like look behind an extension header',
      )
    case 'port':
    case 'portrange':
      return isOfPort(layout, what, qualifiers, at)
    case 'gateway':
      throw new FilterError(
        "'gateway' not supported: it needs the MAC of a host by its name",
        at,
        'ether host MAC and not host ADDRESS says the same',
      )
    default:
      return isAddress(layout, what, qualifiers, at)
  }
}

function isAddress(layout: Layout, what: Identity, qualifiers: Qualifiers, at: number): Condition {
  const { protocol, direction, type } = qualifiers
  const isNet = type === 'net'
  switch (what.kind) {
    case 'mac':
      if (protocol !== 'ether' || isNet) {
        throw new FilterError('ethernet address used in non-ether expression', at, 'ether host, ether src, ether dst')
      }
      return isMac(layout, what.octets, direction, at)
    case 'number': {
      if (protocol === 'ether') throw new FilterError('illegal link layer address', at, 'such as 02:00:00:00:00:01')
      if (protocol === 'decnet') return isDecnet(layout, what.value, direction, at)
      // A number of a network has its octets in front: `net 10` is 10.0.0.0/8.
      let [address, mask] = [what.value, 0xffffffff]
      while (isNet && address !== 0 && address <= 0xffffff) [address, mask] = [address * 256, (mask << 8) >>> 0]
      return isIpv4(layout, address, mask, qualifiers, at)
    }
    case 'ipv4': {
      if (protocol === 'decnet') return isDecnet(layout, decnetAddress(what.text, at), direction, at)
      if (protocol === 'ether') throw new FilterError('illegal link layer address', at, 'such as 02:00:00:00:00:01')
      const [address, mask] = network4(what, isNet, at)
      return isIpv4(layout, address, mask, qualifiers, at)
    }
    case 'ipv6': {
      const length = what.length ?? 128
      if (length > 128) throw new FilterError('mask length must be <= 128', at)
      if (what.length !== undefined && length !== 128 && !isNet) throw maskOfHost(at)
      const mask = Uint8Array.from({ length: 16 }, (_, i) => 0xff00 >>> Math.min(8, Math.max(0, length - 8 * i)))
      if (what.octets.some((octet, i) => octet & ~(mask[i] as number))) throw notNetwork(`${what.text}/${length}`, at)
      return isIpv6(layout, what.octets, mask, qualifiers, at)
    }
    case 'name':
      throw new FilterError(
        protocol === 'ether'
          ? `unknown ether host '${what.text}'`
          : `unknown ${isNet ? 'network' : 'host'} '${what.text}'`,
        at,
        'names are not looked up: give the address',
      )
  }
}

/** Address and mask. */
function network4(
  { text, length, mask }: Extract<Identity, { kind: 'ipv4' }>,
  isNet: boolean,
  at: number,
): [address: number, mask: number] {
  const [address, written] = octets4(text, at)
  if (length === undefined && mask === undefined) return [address, prefixMask(written)]
  const name = length === undefined ? `${text} mask ${mask}` : `${text}/${length}`
  if (length !== undefined && length > 32) throw new FilterError('mask length must be <= 32', at)
  const bits = length === undefined ? octets4(mask as string, at)[0] : prefixMask(length)
  if ((address & ~bits) !== 0) throw notNetwork(name, at)
  if (!isNet) throw maskOfHost(at)
  return [address, bits]
}

/** An address of which the last octets may be missing, and how many bits are written. */
function octets4(text: string, at: number): [address: number, bits: number] {
  const octets = text.split('.').map(Number)
  if (octets.some((octet) => octet > 255)) throw new FilterError(`invalid IPv4 address '${text}'`, at)
  const address = octets.reduce((sum, octet, i) => sum + octet * 2 ** (24 - 8 * i), 0)
  return [address, 8 * octets.length]
}

const prefixMask = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0)

/** An area of 6 bits and a node of 10. */
function decnetAddress(text: string, at: number): number {
  const [area, node, ...more] = text.split('.').map(Number)
  if (area === undefined || node === undefined || more.length > 0 || area > 63 || node > 1023) {
    throw new FilterError(`invalid DECnet address '${text}'`, at, 'an area to 63 and a node to 1023: 1.5')
  }
  return (area << 10) | node
}

const maskOfHost = (at: number) => new FilterError('Mask syntax for networks only', at, 'net instead of host')
const notNetwork = (name: string, at: number) =>
  new FilterError(`non-network bits set in "${name}"`, at, 'bits behind the prefix must be 0')

function isOfPort(layout: Layout, what: Identity, qualifiers: Qualifiers, at: number): Condition {
  switch (what.kind) {
    case 'number':
      return hasPorts(layout, numberedPorts(what.value, at), qualifiers, at)
    case 'name':
      return hasPorts(layout, namedPorts(what.text, qualifiers, at), qualifiers, at)
    default:
      throw new FilterError('invalid qualifier against an address', at, 'host or net')
  }
}

function isOfProtocol(layout: Layout, what: Identity, { protocol }: Qualifiers, at: number): Condition {
  switch (what.kind) {
    case 'number':
      return isNumbered(layout, protocol, what.value, at)
    case 'name':
      return isNumbered(layout, protocol, protocolNumber(what.text, protocol, at), at)
    default:
      throw new FilterError('invalid qualifier against an address', at, 'host or net')
  }
}
