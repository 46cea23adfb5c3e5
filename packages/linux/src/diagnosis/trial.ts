/** Whether a kernel tells which sockets there are. @module */
import { forEachMessage, NLMSG_DONE, NLMSG_ERROR, readVerdict } from '../netlink/message.js'
import { MessageWriter } from '../netlink/writer.js'
import { NETLINK_SOCK_DIAG, NetlinkSocket } from '../socket.js'
import type { Syscalls } from '../syscalls.js'
import { encodeQuestion } from './message.js'

/** Asks for those of both protocols; only a refusal says no. */
export function trySockets(syscalls: Syscalls): boolean {
  return (['tcp', 'udp'] as const).every((protocol) => {
    let socket: NetlinkSocket
    try {
      socket = new NetlinkSocket(syscalls, undefined, 65_536, NETLINK_SOCK_DIAG)
    } catch {
      return false
    }
    try {
      const to = new MessageWriter(256)
      encodeQuestion(to, protocol, 4)
      socket.send(to.bytes, to.length)
      let isRefused = false
      socket.receive((from, start, end) =>
        forEachMessage(from, start, end, (type, flags, _, at, stop) => {
          // Of a protocol that it does not tell of the kernel begins a list, and ends it with the error.
          if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return
          if (readVerdict(from, at, stop, type, flags).errno !== 0) isRefused = true
        }),
      )
      return !isRefused
    } finally {
      socket.close()
    }
  })
}
