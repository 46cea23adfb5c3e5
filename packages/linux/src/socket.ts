/** A netlink socket in one namespace: options, sending, receiving. The only file that turns octets into system calls. @module */
import { Octets } from './netlink/octets.js'
import type { Syscalls } from './syscalls.js'

const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_ROUTE = 0
/** The protocol that tells of sockets. */
export const NETLINK_SOCK_DIAG = 4
/** The protocol of netfilter. */
export const NETLINK_NETFILTER = 12
/** The protocol of generic netlink. */
export const NETLINK_GENERIC = 16
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12

/** Octets of the kernel's queue for answers. */
export const receiveBuffer: number = 4 * 1024 * 1024

/** Octets that must be free before another datagram is fetched; grows when a larger one comes. */
let reserve = 256 * 1024
const DATAGRAMS = 1024

const number = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

/** The slab that all sockets of a thread receive into: what arrives is decoded before the next `receive`. */
let slab: Octets | undefined
let lengths: Int32Array | undefined

/** An open netlink socket, of rtnetlink unless told otherwise. */
export class NetlinkSocket {
  /** The file descriptor; -1 once closed. */
  fd: number
  /** Whether the kernel checks requests strictly and filters dumps (Linux 4.20). */
  readonly strict: boolean
  private readonly syscalls: Syscalls
  /** Ends the wait under way. */
  private wake: (() => void) | undefined

  /**
   * @param namespace Descriptor of the namespace to be in; that of the process when absent.
   * @param receiveBuffer Octets of the kernel's queue.
   * @param protocol Who is spoken to: rtnetlink, {@link NETLINK_GENERIC}, {@link NETLINK_NETFILTER}, {@link NETLINK_SOCK_DIAG}.
   */
  constructor(
    syscalls: Syscalls,
    namespace: number | undefined,
    receiveBuffer: number,
    protocol: number = NETLINK_ROUTE,
  ) {
    this.syscalls = syscalls
    this.fd = syscalls.socket(AF_NETLINK, SOCK_RAW, protocol, namespace)
    try {
      this.option(SOL_NETLINK, NETLINK_EXT_ACK, 1)
      this.option(SOL_NETLINK, NETLINK_CAP_ACK, 1)
      this.strict = this.option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
      // Beyond net.core.rmem_max only with CAP_NET_ADMIN in the first user namespace.
      if (!this.option(SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer)) this.option(SOL_SOCKET, SO_RCVBUF, receiveBuffer)
      const address = new Uint8Array(12)
      address.set(new Uint8Array(Uint16Array.of(AF_NETLINK).buffer))
      syscalls.bind(this.fd, address)
    } catch (error) {
      syscalls.close(this.fd)
      throw error
    }
  }

  /** Joins a multicast group. */
  join(group: number): void {
    this.syscalls.setOption(this.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, number(group))
  }

  /** Sends whole messages; the kernel has handled them, and queued its answers, when this returns. */
  send(bytes: Uint8Array, length: number): boolean {
    return this.syscalls.send(this.fd, bytes, length) > 0 || length === 0
  }

  /**
   * Fetches what is queued, a batch at a time, until nothing is. `take` gets each datagram. Returns whether there was any.
   *
   * @throws SyscallError `ENOBUFS` when the kernel had to drop messages, or one was longer than the slab: it was cut, the
   * slab has grown, and who asks again gets it whole
   */
  receive(take: (from: Octets, start: number, end: number) => void): boolean {
    slab ??= new Octets(new Uint8Array(2 * reserve))
    lengths ??= new Int32Array(DATAGRAMS)
    const count = this.syscalls.receive(this.fd, slab.bytes, lengths, reserve)
    let at = 0
    for (let i = 0; i < count; i++) {
      const length = lengths[i] as number
      // Only the last one can be cut.
      if (at + length > slab.bytes.length) throw grown(length)
      take(slab, at, at + length)
      at = (at + length + 3) & ~3
    }
    return count > 0
  }

  /** Calls back when something can be received. */
  poll(ready: (events: number) => void): ReturnType<Syscalls['poll']> {
    return this.syscalls.poll(this.fd, ready)
  }

  /** Waits until it is ready (1 to receive, 2 to send) or closed. */
  ready(events: number): Promise<void> {
    return new Promise((resolve) => {
      const handle = this.poll(() => this.wake?.())
      this.wake = () => {
        this.wake = undefined
        handle.close()
        resolve()
      }
      handle.watch(events)
    })
  }

  /** Closes it; idempotent. */
  close(): void {
    if (this.fd === -1) return
    const { fd } = this
    this.fd = -1
    this.wake?.()
    this.syscalls.close(fd)
  }

  private option(level: number, option: number, value: number): boolean {
    try {
      this.syscalls.setOption(this.fd, level, option, number(value))
      return true
    } catch {
      return false
    }
  }
}

/** Makes room for a datagram of this length; the next `receive` has it. */
function grown(length: number): Error {
  reserve = 2 ** Math.ceil(Math.log2(length + 4))
  slab = undefined
  const message = `recv: a message of ${length} octets was longer than the buffer (ENOBUFS)`
  return Object.assign(new Error(message), { code: 'ENOBUFS', errno: 105, syscall: 'recv' })
}
