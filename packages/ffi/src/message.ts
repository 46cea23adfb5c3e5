/** Datagrams with addresses and control messages: `sendto(2)`, `recvmsg(2)`. @module */
import { syscallError } from '@vnet/linux'
import type { Libc } from './libc.js'

const EINTR = 4
const EAGAIN = 11
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000

/** See `Syscalls.sendTo`. */
export function sendTo(libc: Libc, fd: number, bytes: Uint8Array, address: Uint8Array): boolean {
  for (;;) {
    const to = address.length === 0 ? null : address
    const sent = libc.sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, address.length)
    if (sent >= 0) return true
    const errno = libc.errno()
    if (errno === EAGAIN) return false
    if (errno !== EINTR) throw syscallError('sendto', errno)
  }
}

/** See `Syscalls.receiveMessage`. */
export function receiveMessage(
  libc: Libc,
  fd: number,
  bytes: Uint8Array,
  address: Uint8Array,
  control: Uint8Array,
  lengths: Int32Array,
): number {
  const at = (octets: Uint8Array) => (octets.length === 0 ? 0n : BigInt(libc.addressOf(octets)))
  // struct iovec, and struct msghdr, whose pointers and sizes have 64 bits. They hold as long as nothing else can run.
  const part = new BigUint64Array([at(bytes), BigInt(bytes.length)])
  const parts = new Uint8Array(part.buffer)
  const header = new BigUint64Array(7)
  const words = new Uint32Array(header.buffer)
  const message = new Uint8Array(header.buffer)
  for (;;) {
    header.set([at(address), 0n, at(parts), 1n, at(control), BigInt(control.length), 0n])
    words[2] = address.length
    const got = libc.recvmsg(fd, message, MSG_DONTWAIT | MSG_TRUNC)
    if (got >= 0) {
      lengths[0] = Math.min(words[2], address.length)
      lengths[1] = Number(header[5])
      return got
    }
    const errno = libc.errno()
    if (errno === EAGAIN) return -1
    if (errno !== EINTR) throw syscallError('recvmsg', errno)
  }
}
