/** Lists of options as octets: a type, mostly a length, and a value. @module */
import { DecodeError } from '@vnet/core'
import { copyOf, unsigned } from './bounds.js'

/** An option as it stands: its type, and the octets behind its length. Types without a length have no octets. */
export interface RawOption {
  /** Number of the option, 8 bits. */
  readonly type: number
  /** The value, without type and length. For the type that ends a list, everything behind it. */
  readonly bytes: Uint8Array
}

/**
 * Reads options as IPv4 and TCP have them (RFC 791 § 3.1, RFC 9293 § 3.1): 0 ends the list, 1 stands alone, all others have
 * a length that counts their own two octets.
 *
 * @throws DecodeError an option that leads out of the list
 */
export function readOptions(bytes: Uint8Array, start: number, end: number, layer: string): RawOption[] {
  const options: RawOption[] = []
  let at = start
  while (at < end) {
    const type = bytes[at] as number
    if (type === 0) {
      options.push({ type, bytes: copyOf(bytes, at + 1, end) })
      break
    }
    if (type === 1) {
      options.push({ type, bytes: copyOf(bytes, at, at) })
      at++
      continue
    }
    if (at + 2 > end) throw new DecodeError(`${layer}.options`, at, 'an option without a length')
    const length = bytes[at + 1] as number
    if (length < 2 || at + length > end) {
      throw new DecodeError(`${layer}.options`, at, `an option of ${length} octets in ${end - at}`)
    }
    options.push({ type, bytes: copyOf(bytes, at + 2, at + length) })
    at += length
  }
  return options
}

/** Octets of options, padded to a multiple of 4. */
export function sizeOfOptions(options: readonly RawOption[]): number {
  let size = 0
  for (const { type, bytes } of options) size += (type < 2 ? 1 : 2) + bytes.length
  return (size + 3) & ~3
}

/** Writes options at `at`; padding to a multiple of 4 stays zero. @throws RangeError an option that is too long */
export function writeOptions(options: readonly RawOption[], bytes: Uint8Array, at: number, layer: string): void {
  let to = at
  options.forEach(({ type, bytes: value }, index) => {
    if (type === 0 && index !== options.length - 1) throw new RangeError(`${layer}.options: 0 ends the list`)
    if (type === 1 && value.length > 0) throw new RangeError(`${layer}.options: 1 has no value`)
    bytes[to++] = unsigned(type, 8, `${layer}.options.type`)
    if (type > 1) {
      if (value.length > 253) throw new RangeError(`${layer}.options: ${value.length} octets do not fit an option`)
      bytes[to++] = value.length + 2
    }
    bytes.set(value, to)
    to += value.length
  })
  bytes.fill(0, to, at + sizeOfOptions(options))
}
