/** Extension headers of IPv6: options, routing, fragment (RFC 8200 § 4) and authentication (RFC 4302). @module */
import { DecodeError, formatIp } from '@vnet/core'
import { assembled, copyOf, type Decoded, need, none, unsigned } from './bounds.js'
import { ipProtocols } from './ipv4.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'
import type { RawOption } from './option.js'

/** A header of options: hop-by-hop (0) or for the destination (60), as the header before it says. */
export interface Ipv6Options {
  readonly layer: 'ipv6-options'
  /** Which of the two: `hop-by-hop` is looked at by every router. */
  readonly kind: 'hop-by-hop' | 'destination'
  /** What follows, see `ipProtocols`. */
  readonly nextHeader: number
  /** Options in their order. 0 (Pad1) has no length and no octets, 1 (PadN) has zeros. */
  readonly options: readonly RawOption[]
}

/** A routing header (43). */
export interface Ipv6Routing {
  readonly layer: 'ipv6-routing'
  /** What follows, see `ipProtocols`. */
  readonly nextHeader: number
  /** Kind of routing: 2 is Mobile IPv6 (RFC 6275), 4 segment routing (RFC 8754). */
  readonly type: number
  /** Stops that are still to be visited. */
  readonly segmentsLeft: number
  /** Everything behind `segmentsLeft`; 4 octets, and then a multiple of 8. */
  readonly bytes: Uint8Array
}

/** A fragment header (44). What follows in a fragment stays octets, unless it is the only one. */
export interface Ipv6Fragment {
  readonly layer: 'ipv6-fragment'
  /** What the whole packet has behind this header, see `ipProtocols`. */
  readonly nextHeader: number
  /** Octet of the packet's fragmentable part that this fragment begins with, a multiple of 8. */
  readonly offset: number
  /** Whether further fragments follow. */
  readonly moreFragments: boolean
  /** What the fragments of one packet have in common, 32 bits. */
  readonly identification: number
  /** Ten bits that must be zero: 8 of the second octet, above 2 beside the flag. */
  readonly reserved: number
}

/** An authentication header (51), also of IPv4. */
export interface Authentication {
  readonly layer: 'authentication'
  /** What follows, see `ipProtocols`. */
  readonly nextHeader: number
  /** Two octets that must be zero. */
  readonly reserved: number
  /** Number of the security association, 32 bits. */
  readonly securityIndex: number
  /** Number of the packet, 32 bits. */
  readonly sequence: number
  /** Integrity check value, a multiple of 4 octets. */
  readonly integrity: Uint8Array
}

/** A header between the IPv6 header and the payload. */
export type Ipv6Extension = Ipv6Options | Ipv6Routing | Ipv6Fragment | Authentication

type Defaulted = 'nextHeader' | 'reserved'
type Spec<Value> = Omit<Value, Extract<keyof Value, Defaulted>> & Partial<Pick<Value, Extract<keyof Value, Defaulted>>>

/** An extension header to encode. Without `nextHeader`, it is that of the layer that follows. */
export type Ipv6ExtensionSpec = Spec<Ipv6Options> | Spec<Ipv6Routing> | Spec<Ipv6Fragment> | Spec<Authentication>

/** The number of an extension header. */
export function numberOfIpv6Extension(spec: Ipv6ExtensionSpec): number {
  if (spec.layer === 'ipv6-routing') return ipProtocols.routing
  if (spec.layer === 'ipv6-fragment') return ipProtocols.fragment
  if (spec.layer === 'authentication') return ipProtocols.authentication
  return spec.kind === 'hop-by-hop' ? ipProtocols.hopByHop : ipProtocols.destinationOptions
}

/** Whether a number is that of an extension header that {@link decodeIpv6Extension} knows. */
export function isIpv6Extension(number: number): boolean {
  return number === 0 || number === 43 || number === 44 || number === 51 || number === 60
}

/**
 * Decodes one extension header.
 *
 * @param number Which one, as the header before it says: 0, 43, 44, 51 or 60.
 * @throws DecodeError fewer octets than its length says, an option that leads out of it, another number
 */
export function decodeIpv6Extension(
  number: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<Ipv6Extension> {
  need(bytes, start, end, 8, 'ipv6-extension')
  const nextHeader = bytes[start] as number
  if (number === ipProtocols.fragment) {
    const word = u16At(bytes, start + 2)
    const value: Ipv6Fragment = {
      layer: 'ipv6-fragment',
      nextHeader,
      offset: word & 0xfff8,
      moreFragments: (word & 1) === 1,
      identification: u32At(bytes, start + 4),
      reserved: ((bytes[start + 1] as number) << 2) | ((word >>> 1) & 3),
    }
    return { value, start: start + 8, end }
  }
  const units = bytes[start + 1] as number
  const size = number === ipProtocols.authentication ? (units + 2) * 4 : (units + 1) * 8
  need(bytes, start, end, size, 'ipv6-extension')
  const stop = start + size
  const done = (value: Ipv6Extension): Decoded<Ipv6Extension> => ({ value, start: stop, end })
  switch (number) {
    case ipProtocols.hopByHop:
    case ipProtocols.destinationOptions: {
      const options = readPaddedOptions(bytes, start + 2, stop)
      const kind = number === ipProtocols.hopByHop ? 'hop-by-hop' : 'destination'
      return done({ layer: 'ipv6-options', kind, nextHeader, options })
    }
    case ipProtocols.routing: {
      const type = bytes[start + 2] as number
      const segmentsLeft = bytes[start + 3] as number
      return done({ layer: 'ipv6-routing', nextHeader, type, segmentsLeft, bytes: copyOf(bytes, start + 4, stop) })
    }
    case ipProtocols.authentication:
      if (size < 12) throw new DecodeError('authentication', start + 1, `a header of ${size} octets, needs 12`)
      return done({
        layer: 'authentication',
        nextHeader,
        reserved: u16At(bytes, start + 2),
        securityIndex: u32At(bytes, start + 4),
        sequence: u32At(bytes, start + 8),
        integrity: copyOf(bytes, start + 12, stop),
      })
    default:
      throw new DecodeError('ipv6-extension', start, `${number} is not a known extension header`)
  }
}

function readPaddedOptions(bytes: Uint8Array, start: number, end: number): RawOption[] {
  const options: RawOption[] = []
  let at = start
  while (at < end) {
    const type = bytes[at] as number
    const size = type === 0 ? 1 : at + 1 < end ? 2 + (bytes[at + 1] as number) : 2
    if (at + size > end) throw new DecodeError('ipv6-options', at, `an option of ${size} octets in ${end - at}`)
    options.push({ type, bytes: copyOf(bytes, Math.min(at + 2, at + size), at + size) })
    at += size
  }
  return options
}

function optionsSize(options: readonly RawOption[]): number {
  return options.reduce((size, { type, bytes }) => size + (type === 0 ? 1 : 2 + bytes.length), 0)
}

/** Octets of an extension header. */
export function sizeOfIpv6Extension(spec: Ipv6ExtensionSpec): number {
  switch (spec.layer) {
    case 'ipv6-fragment':
      return 8
    case 'ipv6-routing':
      return 4 + spec.bytes.length
    case 'authentication':
      return 12 + spec.integrity.length
    case 'ipv6-options':
      return (2 + optionsSize(spec.options) + 7) & ~7
  }
}

/** Writes an extension header at `at`. Options are padded to a multiple of 8. @throws RangeError a value that does not fit */
export function writeIpv6Extension(
  spec: Ipv6ExtensionSpec & { nextHeader: number },
  bytes: Uint8Array,
  at: number,
): void {
  const size = sizeOfIpv6Extension(spec)
  bytes[at] = unsigned(spec.nextHeader, 8, `${spec.layer}.nextHeader`)
  if (spec.layer === 'ipv6-fragment') {
    const reserved = unsigned(spec.reserved ?? 0, 10, 'ipv6-fragment.reserved')
    if (spec.offset % 8 !== 0) throw new RangeError(`ipv6-fragment.offset: ${spec.offset} is not a multiple of 8`)
    const offset = unsigned(spec.offset, 16, 'ipv6-fragment.offset')
    bytes[at + 1] = reserved >>> 2
    setU16At(bytes, at + 2, offset | ((reserved & 3) << 1) | (spec.moreFragments ? 1 : 0))
    setU32At(bytes, at + 4, unsigned(spec.identification, 32, 'ipv6-fragment.identification'))
    return
  }
  const authentication = spec.layer === 'authentication'
  const units = authentication ? size / 4 - 2 : size / 8 - 1
  bytes[at + 1] = unsigned(units, 8, `${spec.layer} (its length in units of ${authentication ? 4 : 8})`)
  if (spec.layer === 'ipv6-routing') {
    bytes[at + 2] = unsigned(spec.type, 8, 'ipv6-routing.type')
    bytes[at + 3] = unsigned(spec.segmentsLeft, 8, 'ipv6-routing.segmentsLeft')
    bytes.set(spec.bytes, at + 4)
  } else if (spec.layer === 'authentication') {
    setU16At(bytes, at + 2, unsigned(spec.reserved ?? 0, 16, 'authentication.reserved'))
    setU32At(bytes, at + 4, unsigned(spec.securityIndex, 32, 'authentication.securityIndex'))
    setU32At(bytes, at + 8, unsigned(spec.sequence, 32, 'authentication.sequence'))
    bytes.set(spec.integrity, at + 12)
  } else {
    let to = at + 2
    for (const { type, bytes: value } of spec.options) {
      bytes[to++] = unsigned(type, 8, 'ipv6-options.options.type')
      if (type === 0) continue
      bytes[to++] = unsigned(value.length, 8, 'ipv6-options.options.bytes (its length)')
      bytes.set(value, to)
      to += value.length
    }
    const rest = at + size - to
    bytes.fill(0, to, at + size)
    // Pad1 is a zero; PadN has a type and its length, and then zeros (RFC 8200 § 4.2).
    if (rest > 1) {
      bytes[to] = 1
      bytes[to + 1] = rest - 2
    }
  }
}

/** Encodes an extension header and its payload. @throws RangeError a value that does not fit */
export function encodeIpv6Extension(
  spec: Ipv6ExtensionSpec & { nextHeader: number },
  payload: Uint8Array = none(),
): Uint8Array {
  return assembled(sizeOfIpv6Extension(spec), payload, undefined, (bytes, at) => writeIpv6Extension(spec, bytes, at))
}

/**
 * The final destination that a routing header names, which checksums cover in place of the packet's own (RFC 8200 § 8.1):
 * type 0 the last address, 2 its only one, 4 the first segment. `undefined` where it is visited already or not known.
 */
export function finalDestination(routing: Pick<Ipv6Routing, 'type' | 'segmentsLeft' | 'bytes'>): string | undefined {
  const { type, segmentsLeft, bytes } = routing
  if (segmentsLeft === 0 || bytes.length < 20) return undefined
  if (type === 2 || type === 4) return formatIp(bytes, 4, 16)
  return type === 0 ? formatIp(bytes, 4 + Math.floor((bytes.length - 20) / 16) * 16, 16) : undefined
}
