/** Matches: expressions that load a part of the packet and compare it. @module */
import type { Prefix } from '@vnet/core'
import * as k from './constants.js'
import type { Expression } from './expression.js'

/** An expression. */
export const expression = (name: string, values: Expression['values']): Expression => ({ name, values, more: false })

const load = (base: number, offset: number, length: number): Expression =>
  expression('payload', { to: k.NFT_REG_1, base, offset, length })
const meta = (key: number): Expression => expression('meta', { to: k.NFT_REG_1, key })
const compare = (operation: number, data: Uint8Array): Expression =>
  expression('cmp', { from: k.NFT_REG_1, operation, data })
const equals = (data: Uint8Array, not = false): Expression => compare(not ? k.NFT_CMP_NEQ : k.NFT_CMP_EQ, data)

/** Octets of a link's name in a register. */
export const nameSize = 16

/** The name of a link, of those that `key` says. */
export function matchLink(key: number, name: string, not: boolean): Expression[] {
  const octets = new Uint8Array(nameSize)
  octets.set(new TextEncoder().encode(name))
  return [meta(key), equals(octets, not)]
}

/** The protocol over IP. */
export function matchProtocol(number: number): Expression[] {
  return [meta(k.NFT_META_L4PROTO), equals(Uint8Array.of(number))]
}

/** An address of the IP header, as `nft` does it: a length of whole octets loads no more than those, others are masked. */
export function matchPrefix(offset: number, { octets, length }: Prefix, not: boolean): Expression[] {
  if (length % 8 === 0) {
    const size = length / 8
    return [load(k.NFT_PAYLOAD_NETWORK_HEADER, offset, size), equals(octets.slice(0, size), not)]
  }
  const size = octets.length
  return [
    load(k.NFT_PAYLOAD_NETWORK_HEADER, offset, size),
    expression('bitwise', {
      from: k.NFT_REG_1,
      to: k.NFT_REG_1,
      length: size,
      mask: maskOf(length, size),
      xor: new Uint8Array(size),
    }),
    equals(octets, not),
  ]
}

/** So many bits of ones at the front of so many octets. */
export function maskOf(bits: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - at * 8))))
}

/** A port of the header over IP, at 0 the source's and at 2 the destination's. */
export function matchPorts(offset: number, [first, last]: readonly [number, number]): Expression[] {
  const loaded = load(k.NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2)
  if (first === last) return [loaded, equals(portOctets(first))]
  return [loaded, compare(k.NFT_CMP_GTE, portOctets(first)), compare(k.NFT_CMP_LTE, portOctets(last))]
}

/** A port as it stands in packets. */
export const portOctets = (port: number): Uint8Array => Uint8Array.of(port >> 8, port & 0xff)

/** The destination is an address of this host. */
export function matchLocal(): Expression[] {
  const type = new Uint8Array(Uint32Array.of(k.RTN_LOCAL).buffer)
  const look = { to: k.NFT_REG_1, result: k.NFT_FIB_RESULT_ADDRTYPE, flags: k.NFTA_FIB_F_DADDR }
  return [expression('fib', look), equals(type)]
}
