/** ICMPv6 messages (RFC 4443) with Neighbour Discovery (RFC 4861) and MLD (RFC 2710, 3810). @module */
import { assembled, need, none, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { bodySize, type Icmpv6Body, readBody, writeBody } from './icmpv6-body.js'
import { ipProtocols } from './ipv4.js'
import { setU16At, u16At } from './octets.js'
import { type AddressPair, pseudoSum } from './transport.js'

/** Types of ICMPv6 messages by name. */
export const icmpv6Types = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echo: 128,
  echoReply: 129,
  mldQuery: 130,
  mldReport1: 131,
  mldDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
  mldReport2: 143,
} as const

/** What every ICMPv6 message has. */
export interface Icmpv6Common {
  readonly layer: 'icmpv6'
  /** Type of the message, see {@link icmpv6Types}. */
  readonly type: number
  /** What kind within the type. */
  readonly code: number
  /** Checksum over pseudo header and message. */
  readonly checksum: number
}

/** An ICMPv6 message; `kind` says which further properties it has. */
export type Icmpv6 = Icmpv6Common & Icmpv6Body

/** An ICMPv6 message to encode. `checksum` is computed where absent, `code` is 0. */
export type Icmpv6Spec = { readonly type: number; readonly code?: number; readonly checksum?: number } & Icmpv6Body

/** Decodes an ICMPv6 message. @throws DecodeError fewer octets than its type has or its counts say */
export function decodeIcmpv6(bytes: Uint8Array, start = 0, end = bytes.length): Icmpv6 {
  need(bytes, start, end, 4, 'icmpv6')
  const type = bytes[start] as number
  return {
    layer: 'icmpv6',
    type,
    code: bytes[start + 1] as number,
    checksum: u16At(bytes, start + 2),
    ...readBody(kindOf(type), bytes, start + 4, end),
  }
}

function kindOf(type: number): Icmpv6['kind'] {
  return type >= 1 && type <= 4 ? 'problem' : (kinds[type] ?? 'other')
}

const kinds: Readonly<Record<number, Icmpv6['kind']>> = {
  128: 'echo',
  129: 'echo',
  130: 'mld-query',
  131: 'mld-report',
  132: 'mld-report',
  133: 'router-solicitation',
  134: 'router-advertisement',
  135: 'neighbour-solicitation',
  136: 'neighbour-advertisement',
  137: 'redirect',
  143: 'mld-report2',
}

/** Octets of an ICMPv6 message. */
export function sizeOfIcmpv6(spec: Icmpv6Spec): number {
  return 4 + bodySize(spec)
}

/**
 * Writes an ICMPv6 message at `at`.
 *
 * @param pair Addresses of the packet around it, for the checksum.
 * @throws TypeError, RangeError a value that does not fit, or no addresses where the checksum is to be computed
 */
export function writeIcmpv6(spec: Icmpv6Spec, bytes: Uint8Array, at: number, pair?: AddressPair): void {
  const type = unsigned(spec.type, 8, 'icmpv6.type')
  if (kindOf(type) !== spec.kind) throw new RangeError(`icmpv6.kind: type ${type} is of kind ${kindOf(type)}`)
  const end = at + sizeOfIcmpv6(spec)
  bytes[at] = type
  bytes[at + 1] = unsigned(spec.code ?? 0, 8, 'icmpv6.code')
  setU16At(bytes, at + 2, 0)
  writeBody(spec, bytes, at + 4)
  const computed = () => checksumOf(bytes, at, end, pseudoSum(pair, ipProtocols.icmpv6, end - at, 'icmpv6'))
  setU16At(bytes, at + 2, unsigned(spec.checksum ?? computed(), 16, 'icmpv6.checksum'))
}

/** Encodes an ICMPv6 message, as {@link writeIcmpv6}. @throws TypeError, RangeError a value that does not fit */
export function encodeIcmpv6(spec: Icmpv6Spec, pair?: AddressPair): Uint8Array {
  return assembled(sizeOfIcmpv6(spec), none(), undefined, (bytes, at) => writeIcmpv6(spec, bytes, at, pair))
}
