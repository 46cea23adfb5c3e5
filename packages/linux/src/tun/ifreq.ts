/** `struct ifreq`: the name of a link and flags, as TUN and TAP devices use it, or its index (`linux/if.h`). @module */
import { littleEndian } from '../netlink/octets.js'

/** Octets of a `struct ifreq`. */
const SIZE = 40
const NAME = 16

/** The octets of an `ifreq` with a name (at most 15 octets; the client has checked) and flags. */
export function encodeIfreq(name: string, flags: number): Uint8Array {
  const octets = new Uint8Array(SIZE)
  octets.set(new TextEncoder().encode(name).subarray(0, NAME - 1))
  new DataView(octets.buffer).setUint16(NAME, flags, littleEndian)
  return octets
}

/** Name and flags of an `ifreq` that the kernel filled in. */
export function decodeIfreq(octets: Uint8Array): { readonly name: string; readonly flags: number } {
  const end = octets.indexOf(0)
  return {
    name: new TextDecoder().decode(octets.subarray(0, end >= 0 && end < NAME ? end : NAME)),
    flags: new DataView(octets.buffer, octets.byteOffset).getUint16(NAME, littleEndian),
  }
}

/** A 32-bit integer as the octets that an `ioctl` reads. */
export const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)
