/** Device control whose argument points at more. @module */
import { checked, type Libc } from './libc.js'

/** Octets that the kernel may write behind a pointer, whatever the caller brought: no structure of ours is longer. */
const pointedRoom = 4096

/** See `Syscalls.ioctlPointing`. Both go through buffers, for the kernel writes as much as its structures have. */
export function ioctlPointing(
  libc: Libc,
  fd: number,
  request: number,
  argument: Uint8Array,
  offset: number,
  pointed: Uint8Array,
): number {
  if (!Number.isInteger(offset) || offset < 0 || offset + 8 > argument.length)
    throw new TypeError('the pointer lies outside the argument')
  const outer = new Uint8Array(Math.max(argument.length, 256))
  const inner = new Uint8Array(Math.max(pointed.length, pointedRoom))
  outer.set(argument)
  inner.set(pointed)
  // A pointer may lie at any octet; octets stay where koffi says that they lie.
  outer.set(new Uint8Array(BigUint64Array.of(BigInt(libc.addressOf(inner))).buffer), offset)
  const result = libc.ioctl(fd, request, outer)
  const told = checked(libc, 'ioctl', result)
  pointed.set(inner.subarray(0, pointed.length))
  return told
}
