/** Configuration options of LCP, IPCP and IPV6CP: type, length, value (RFC 1661 § 6). @module */
import { DecodeError } from '@vnet/core'

/** An option of a Configure-Request and of its answers. */
export interface PppOption {
  /** Number of the option, 8 bits; each protocol has its own, see {@link lcpOptions}. */
  readonly type: number
  /** Its value, at most 253 octets. */
  readonly value: Uint8Array
}

/** Options of LCP by name (RFC 1661 § 6). */
export const lcpOptions = {
  /** Largest packet that the sender takes, octets. */
  mru: 1,
  /** Which protocol the other side is to authenticate itself by. */
  authentication: 3,
  quality: 4,
  /** A number by which a line that leads back to its sender is noticed. */
  magic: 5,
  protocolCompression: 7,
  addressCompression: 8,
} as const

/** Options of IPCP by name (RFC 1332 § 3, RFC 1877 § 1). */
export const ipcpOptions = {
  addresses: 1,
  compression: 2,
  /** The sender's address; 0.0.0.0 asks for one. */
  address: 3,
  primaryDns: 129,
  primaryNbns: 130,
  secondaryDns: 131,
  secondaryNbns: 132,
} as const

/** Options of IPV6CP by name (RFC 5072 § 4, RFC 5172). */
export const ipv6cpOptions = {
  /** The lower 64 bits of the sender's link-local address. */
  identifier: 1,
  compression: 2,
} as const

/** Decodes options. @throws DecodeError a length below 2 or beyond the data */
export function decodeOptions(data: Uint8Array, layer = 'ppp'): PppOption[] {
  const options: PppOption[] = []
  for (let at = 0; at < data.length; ) {
    const size = data[at + 1]
    if (size === undefined) throw new DecodeError(`${layer}.options`, at, '1 octet, needs 2')
    if (size < 2) throw new DecodeError(`${layer}.options`, at + 1, `a length of ${size}, at least 2 is needed`)
    if (at + size > data.length)
      throw new DecodeError(`${layer}.options`, at + 1, `${size} octets in ${data.length - at}`)
    options.push({ type: data[at] as number, value: new Uint8Array(data.subarray(at + 2, at + size)) })
    at += size
  }
  return options
}

/** Encodes options. @throws RangeError a type above 255, a value of more than 253 octets */
export function encodeOptions(options: readonly PppOption[]): Uint8Array {
  const out = new Uint8Array(options.reduce((size, { value }) => size + 2 + value.length, 0))
  let at = 0
  for (const { type, value } of options) {
    if (!(Number.isInteger(type) && type >= 0 && type <= 255))
      throw new RangeError(`options.type: ${type} is not 0–255`)
    if (value.length > 253) throw new RangeError(`options.value: ${value.length} octets, at most 253 fit`)
    out[at] = type
    out[at + 1] = 2 + value.length
    out.set(value, at + 2)
    at += 2 + value.length
  }
  return out
}

/** Whether two values are the same octets. Takes the same time wherever they differ: secrets are compared by it, too. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}
