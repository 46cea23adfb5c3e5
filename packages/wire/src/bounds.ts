/** What decoders check before they read, and encoders before they write. @module */
import { DecodeError, formatMac, parseIp, parseMac } from '@vnet/core'

/** Where the payload of a decoded header lies, in the octets that were given. */
export interface Decoded<Value> {
  /** The header. */
  readonly value: Value
  /** Offset of the payload's first octet. */
  readonly start: number
  /** Offset behind the payload's last octet. */
  readonly end: number
}

/** Throws when fewer than `size` octets are left of `at`…`end`. `layer` names the place in the error. */
export function need(bytes: Uint8Array, at: number, end: number, size: number, layer: string): void {
  const stop = Math.min(end, bytes.length)
  if (at + size > stop) throw new DecodeError(layer, at, `${Math.max(0, stop - at)} octets, needs ${size}`)
}

/** The octets from `start` to `end`, as a copy that shares nothing with the frame (also when that is a Buffer). */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start)
  out.set(bytes.subarray(start, end))
  return out
}

/** Octets behind a packet inside the layer around it, as the property `trailer`; nothing where there are none. */
export function trailerOf(bytes: Uint8Array, start: number, end: number): { trailer?: Uint8Array } {
  return start < end ? { trailer: copyOf(bytes, start, end) } : {}
}

/** An unsigned number of so many bits; anything else is a `RangeError` that names the field. */
export function unsigned(value: number, bits: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value
  throw new RangeError(`${field}: ${value} is not a whole number of 0–${2 ** bits - 1}`)
}

/** Writes a MAC address given as text. @throws TypeError text that is none */
export function setMac(bytes: Uint8Array, at: number, mac: string, field: string): void {
  const octets = parseMac(mac)
  if (octets === undefined) throw new TypeError(`${field}: ${JSON.stringify(mac)} is not a MAC address`)
  bytes.set(octets, at)
}

/** The MAC address at `at`, as text. */
export function macTextAt(bytes: Uint8Array, at: number): string {
  return formatMac(bytes, at, at + 6)
}

/** Writes an IP address of 4 or 16 octets given as text. @throws TypeError text that is none of this version */
export function setIp(bytes: Uint8Array, at: number, address: string, size: 4 | 16, field: string): void {
  const octets = parseIp(address)
  if (octets?.length !== size) {
    throw new TypeError(`${field}: ${JSON.stringify(address)} is not an IPv${size === 4 ? 4 : 6} address`)
  }
  bytes.set(octets, at)
}

const empty = new Uint8Array(0)

/** No octets. */
export function none(): Uint8Array {
  return empty
}

/** A value that encoding takes: the named properties must be there, the others have defaults or are computed. */
export type SpecOf<Value, Needed extends keyof Value> = Pick<Value, Needed> & Partial<Omit<Value, Needed | 'layer'>>

/**
 * Header, payload and trailer in one piece. The header is written last, since its checksum may cover the payload.
 *
 * @param write Writes the header at `at`; the payload lies behind it, up to `end`.
 */
export function assembled(
  size: number,
  payload: Uint8Array,
  trailer: Uint8Array | undefined,
  write: (bytes: Uint8Array, at: number, end: number) => void,
): Uint8Array {
  const end = size + payload.length
  const out = new Uint8Array(end + (trailer?.length ?? 0))
  out.set(payload, size)
  if (trailer !== undefined) out.set(trailer, end)
  write(out, 0, end)
  return out
}
