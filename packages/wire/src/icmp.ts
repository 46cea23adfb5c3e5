/** ICMP messages (RFC 792): echo, errors, and all others as octets. @module */
import { assembled, copyOf, need, none, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** Types of ICMP messages by name. */
export const icmpTypes = {
  echoReply: 0,
  unreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echo: 8,
  timeExceeded: 11,
  parameterProblem: 12,
  timestamp: 13,
  timestampReply: 14,
} as const

/** The type of the ICMP or ICMPv6 message at `offset`. */
export function icmpTypeAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number
}

/** What every ICMP message has. */
export interface IcmpCommon {
  readonly layer: 'icmp'
  /** Type of the message, see {@link icmpTypes}. */
  readonly type: number
  /** What kind within the type. */
  readonly code: number
  /** Checksum over the whole message. */
  readonly checksum: number
}

/** An echo (ping) and its reply: types 8 and 0. */
export interface IcmpEcho extends IcmpCommon {
  readonly kind: 'echo'
  /** Number of the program that asks, 16 bits. */
  readonly identifier: number
  /** Number of the question, 16 bits. */
  readonly sequence: number
  /** What is to come back. */
  readonly data: Uint8Array
}

/** A packet that could not be delivered: types 3, 4, 5, 11 and 12. */
export interface IcmpProblem extends IcmpCommon {
  readonly kind: 'problem'
  /**
   * The four octets before the quotation: in their lower half the MTU of the next hop in octets (type 3 code 4, RFC 1191);
   * the better router's address (type 5); the faulty octet in the upper 8 bits (type 12).
   */
  readonly parameter: number
  /** Beginning of the packet that it is about; decode it with `decodeFrame(quotation, { link: 'ip' })` where it is whole. */
  readonly quotation: Uint8Array
}

/** Any other message. */
export interface IcmpOther extends IcmpCommon {
  readonly kind: 'other'
  /** Everything behind the checksum. */
  readonly bytes: Uint8Array
}

/** An ICMP message. */
export type Icmp = IcmpEcho | IcmpProblem | IcmpOther

type Spec<Message> = Omit<Message, 'layer' | 'code' | 'checksum'> & {
  readonly code?: number
  readonly checksum?: number
}

/** An ICMP message to encode. `checksum` is computed where absent, `code` is 0. */
export type IcmpSpec = Spec<IcmpEcho> | Spec<IcmpProblem> | Spec<IcmpOther>

/** Decodes an ICMP message. @throws DecodeError fewer octets than its type has */
export function decodeIcmp(bytes: Uint8Array, start = 0, end = bytes.length): Icmp {
  need(bytes, start, end, 4, 'icmp')
  const type = bytes[start] as number
  const common = { layer: 'icmp', type, code: bytes[start + 1] as number, checksum: u16At(bytes, start + 2) } as const
  const kind = kindOf(type)
  if (kind === 'other') return { ...common, kind, bytes: copyOf(bytes, start + 4, end) }
  need(bytes, start, end, 8, 'icmp')
  const rest = copyOf(bytes, start + 8, end)
  if (kind === 'problem') return { ...common, kind, parameter: u32At(bytes, start + 4), quotation: rest }
  return { ...common, kind, identifier: u16At(bytes, start + 4), sequence: u16At(bytes, start + 6), data: rest }
}

function kindOf(type: number): Icmp['kind'] {
  if (type === icmpTypes.echo || type === icmpTypes.echoReply) return 'echo'
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12 ? 'problem' : 'other'
}

/** Octets of an ICMP message. */
export function sizeOfIcmp(spec: IcmpSpec): number {
  if (spec.kind === 'echo') return 8 + spec.data.length
  return spec.kind === 'problem' ? 8 + spec.quotation.length : 4 + spec.bytes.length
}

/** Writes an ICMP message at `at`. @throws RangeError a number that does not fit, a type of another kind */
export function writeIcmp(spec: IcmpSpec, bytes: Uint8Array, at: number): void {
  const type = unsigned(spec.type, 8, 'icmp.type')
  if (kindOf(type) !== spec.kind) throw new RangeError(`icmp.kind: type ${type} is of kind ${kindOf(type)}`)
  bytes[at] = type
  bytes[at + 1] = unsigned(spec.code ?? 0, 8, 'icmp.code')
  setU16At(bytes, at + 2, 0)
  if (spec.kind === 'echo') {
    setU16At(bytes, at + 4, unsigned(spec.identifier, 16, 'icmp.identifier'))
    setU16At(bytes, at + 6, unsigned(spec.sequence, 16, 'icmp.sequence'))
    bytes.set(spec.data, at + 8)
  } else if (spec.kind === 'problem') {
    setU32At(bytes, at + 4, unsigned(spec.parameter, 32, 'icmp.parameter'))
    bytes.set(spec.quotation, at + 8)
  } else {
    bytes.set(spec.bytes, at + 4)
  }
  const checksum = spec.checksum ?? checksumOf(bytes, at, at + sizeOfIcmp(spec))
  setU16At(bytes, at + 2, unsigned(checksum, 16, 'icmp.checksum'))
}

/** Encodes an ICMP message. @throws RangeError a number that does not fit, a type of another kind */
export function encodeIcmp(spec: IcmpSpec): Uint8Array {
  return assembled(sizeOfIcmp(spec), none(), undefined, (bytes, at) => writeIcmp(spec, bytes, at))
}
