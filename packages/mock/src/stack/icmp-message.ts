/** ICMP and ICMPv6 messages: those that the mock sends, and which are errors (RFC 792, RFC 4443). @module */
import { checksumOf, icmpTypes, icmpv6Types, ipProtocols, setU16At, setU32At } from '@vnet/wire'

/** Octets of the header of a message. */
const header = 8

const errors4: ReadonlySet<number> = new Set([
  icmpTypes.unreachable,
  icmpTypes.sourceQuench,
  icmpTypes.redirect,
  icmpTypes.timeExceeded,
  icmpTypes.parameterProblem,
])

/** Whether messages of a type are about a packet, which they quote (`icmp_is_err`). */
export const isErrorType = (isIpv4: boolean, type: number): boolean =>
  isIpv4 ? errors4.has(type) : type < icmpv6Types.echo

/** An echo request or its answer. */
export interface EchoMessage {
  readonly type: number
  readonly identifier: number
  readonly sequence: number
  readonly data: Uint8Array
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Its octets. */
export function echoMessage({ type, identifier, sequence, data, from, to }: EchoMessage): Uint8Array {
  const octets = new Uint8Array(header + data.length)
  octets[0] = type
  setU16At(octets, 4, identifier)
  setU16At(octets, 6, sequence)
  octets.set(data, header)
  return summed(octets, from, to)
}

/** An error about a packet. */
export interface ErrorMessage {
  readonly type: number
  readonly code: number
  /** What stands behind the checksum, 32 bits. */
  readonly parameter: number
  /** The beginning of the packet. */
  readonly quotation: Uint8Array
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Its octets. */
export function errorMessage({ type, code, parameter, quotation, from, to }: ErrorMessage): Uint8Array {
  const octets = new Uint8Array(header + quotation.length)
  octets[0] = type
  octets[1] = code
  setU32At(octets, 4, parameter)
  octets.set(quotation, header)
  return summed(octets, from, to)
}

/** With its checksum; that of ICMPv6 is over the addresses too (RFC 4443 § 2.3). */
function summed(octets: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  setU16At(octets, 2, checksumOf(octets, 0, octets.length, from.length === 4 ? 0 : pseudoSum(from, to, octets.length)))
  return octets
}

/** The sum of the pseudo header of ICMPv6, or of another protocol (RFC 768, RFC 8200 § 8.1). */
export function pseudoSum(
  from: Uint8Array,
  to: Uint8Array,
  length: number,
  protocol: number = ipProtocols.icmpv6,
): number {
  let sum = length + protocol
  for (const address of [from, to]) {
    for (let i = 0; i < address.length; i += 2) sum += ((address[i] as number) << 8) | (address[i + 1] as number)
  }
  return sum
}
