/** A kernel that answers as a test tells it: the second seam without a kernel. @module */
import { MessageWriter } from '../netlink/writer.js'
import { READABLE, type Syscalls } from '../syscalls.js'

/** One message as the connection sent it. */
export interface SentMessage {
  /** Its type, such as RTM_GETLINK. */
  readonly type: number
  /** Its flags. */
  readonly flags: number
  /** Its sequence number. */
  readonly sequence: number
  /** All of it, header included. */
  readonly bytes: Uint8Array
}

/** How a socket fails, as `recv` says it: datagrams were dropped, or it is broken. */
const failures = {
  ENOBUFS: { text: 'No buffer space available', errno: 105 },
  EIO: { text: 'Input/output error', errno: 5 },
}

type Queued = Uint8Array | keyof typeof failures

/** What the kernel does: datagrams to queue, failures of the socket, `late` for what is only there after a turn. */
export type Answer = Queued | { readonly late: Uint8Array }

/** The system calls of a scripted kernel. */
export interface ScriptedSyscalls extends Syscalls {
  /** What was sent so far. */
  readonly sent: SentMessage[]
  /** Queues what nobody asked for, such as events. */
  tell(...answers: readonly Answer[]): void
}

const SOL_NETLINK = 270
const NETLINK_GET_STRICT_CHK = 12

/**
 * Makes a `Syscalls` whose netlink sockets answer through `script`, called once a message. `tell` queues what nobody asked
 * for, such as events. A `lax` kernel knows no strict checking (before Linux 4.20).
 */
export function scriptedKernel(
  script: (message: SentMessage) => readonly Answer[],
  options: { readonly lax?: boolean } = {},
): ScriptedSyscalls {
  const sent: SentMessage[] = []
  const queue: Queued[] = []
  const wake = new Set<(events: number) => void>()
  let lastFd = 100
  const push = (answer: Answer): void => {
    if (typeof answer === 'object' && 'late' in answer) {
      setTimeout(() => {
        queue.push(answer.late)
        for (const ready of wake) ready(READABLE)
      }, 5)
    } else queue.push(answer as Queued)
  }
  const refuse = (): never => {
    throw new Error('the scripted kernel has netlink only')
  }
  return {
    name: 'ffi',
    sent,
    socket: () => ++lastFd,
    close: () => {},
    bind: () => {},
    setOption(_fd, level, option) {
      if (options.lax && level === SOL_NETLINK && option === NETLINK_GET_STRICT_CHK)
        throw Object.assign(new Error('setsockopt: Protocol not available'), { code: 'ENOPROTOOPT', errno: 92 })
    },
    tell(...answers) {
      for (const answer of answers) push(answer)
      for (const ready of wake) ready(READABLE)
    },
    send(_fd, bytes, length = bytes.length) {
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      for (let at = 0; at < length; at += (view.getUint32(at, true) + 3) & ~3) {
        const message = {
          type: view.getUint16(at + 4, true),
          flags: view.getUint16(at + 6, true),
          sequence: view.getUint32(at + 8, true),
          bytes: bytes.slice(at, at + view.getUint32(at, true)),
        }
        sent.push(message)
        for (const answer of script(message)) push(answer)
      }
      return length
    },
    receive(_fd, slab, lengths, reserve) {
      let count = 0
      let at = 0
      while (queue.length > 0 && count < lengths.length) {
        const next = queue[0] as Queued
        if (typeof next === 'string') {
          if (count > 0) return count
          queue.shift()
          const { text, errno } = failures[next]
          throw Object.assign(new Error(`recv: ${text}`), { code: next, errno, syscall: 'recv' })
        }
        if (count > 0 && slab.length - at < reserve) return count
        queue.shift()
        slab.set(next.subarray(0, slab.length - at), at)
        lengths[count++] = next.length
        at = (at + next.length + 3) & ~3
      }
      return count
    },
    poll(_fd, ready) {
      return {
        watch: (events) => (events & READABLE ? wake.add(ready) : wake.delete(ready)),
        ref: () => {},
        close: () => wake.delete(ready),
      }
    },
    open: refuse,
    connect: refuse,
    socketName: refuse,
    getOption: refuse,
    sendTo: refuse,
    receiveMessage: refuse,
    ioctl: refuse,
    ioctlPointing: refuse,
    readBatch: refuse,
    writeBatch: refuse,
    transfer: refuse,
    loadProgram: refuse,
    attachFilter: refuse,
    map: refuse,
    unmap: refuse,
    createNamespace: refuse,
    mount: refuse,
    unmount: refuse,
  }
}

/** A message for a scripted answer. */
export function message(type: number, flags: number, sequence: number, body: (to: MessageWriter) => void): Uint8Array {
  const to = new MessageWriter(1024)
  to.begin(type, flags)
  body(to)
  to.end()
  to.sequence(sequence)
  return to.bytes.slice(0, to.length)
}

/** NLMSG_ERROR: a refusal, or with 0 an acknowledgement. `text` and `offset` make an extended one. */
export function verdict(sequence: number, errno: number, text?: string, offset?: number): Uint8Array {
  const extended = text !== undefined || offset !== undefined
  return message(2, 0x100 | (extended ? 0x200 : 0), sequence, (to) => {
    to.u32(-errno)
    to.zeros(16)
    if (text !== undefined) to.textAttribute(1, text)
    if (offset !== undefined) to.u32Attribute(2, offset)
  })
}

/** NLMSG_DONE: the end of a dump, or its failure. */
export function done(sequence: number, errno = 0, flags = 0, text?: string): Uint8Array {
  return message(3, 2 | flags | (text === undefined ? 0 : 0x200), sequence, (to) => {
    to.u32(-errno)
    if (text !== undefined) to.textAttribute(1, text)
  })
}

/** Octets one behind the other, as one datagram. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
