/** Names and indexes of links, asked through a socket: those of its namespace. @module */
import type { LinkRef } from '@vnet/core'
import { syscallError } from '../errno.js'
import { littleEndian } from '../netlink/octets.js'
import type { Syscalls } from '../syscalls.js'
import { encodeIfreq } from '../tun/ifreq.js'
import { SIOCGIFINDEX, SIOCGIFNAME } from './constants.js'

/** Octets of the name that a `struct ifreq` begins with. */
const NAME = 16
const ENODEV = 19

/** The index of a link; `ENODEV` where there is none of that name. */
export function linkIndex(syscalls: Syscalls, fd: number, link: LinkRef | undefined): number {
  if (typeof link !== 'string') return link ?? 0
  // An `ifreq` has no room for a longer one, and the kernel would take the beginning for the whole.
  if (new TextEncoder().encode(link).length >= NAME) throw syscallError('ioctl', ENODEV)
  const request = encodeIfreq(link, 0)
  syscalls.ioctl(fd, SIOCGIFINDEX, request)
  return new DataView(request.buffer).getInt32(NAME, littleEndian)
}

/** The name of a link, with a NUL behind it, as `SO_BINDTODEVICE` takes it. */
export function linkNameOf(syscalls: Syscalls, fd: number, link: LinkRef): Uint8Array {
  const request = encodeIfreq('', 0)
  new DataView(request.buffer).setInt32(NAME, linkIndex(syscalls, fd, link), littleEndian)
  syscalls.ioctl(fd, SIOCGIFNAME, request)
  return request.slice(0, NAME)
}
