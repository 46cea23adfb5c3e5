/** The system calls, by koffi. @module */
import { isMainThread } from 'node:worker_threads'
import { type Syscalls, syscallError } from '@vnet/linux'
import { Batches, loadProgram } from './batch.js'
import { Descriptors } from './descriptor.js'
import { checked, type Libc, loadLibc } from './libc.js'
import { receiveMessage, sendTo } from './message.js'
import { callIn, createNamespace } from './namespace.js'
import { attachFilter, unmap } from './packet.js'
import { ioctlPointing } from './pointing.js'
import { forget, poll } from './poll.js'

const EINTR = 4
const EAGAIN = 11
const O_CLOEXEC = 0o2000000
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000

let cached: Syscalls | undefined

/**
 * The second seam, implemented with koffi and no native code of its own. Made once in each thread, when first asked for.
 *
 * Sockets and files in another namespace are opened on the calling thread, which is back in its own namespace before
 * anything else can run on it; if it cannot go back, the process is aborted.
 *
 * @throws KoffiLoadError when koffi does not load; its `reason` and message tell why.
 */
export function ffiSyscalls(): Syscalls {
  cached ??= bindSyscalls(loadLibc())
  return cached
}

function bindSyscalls(libc: Libc): Syscalls {
  /** Errors that arrived behind datagrams already handed out, by descriptor: thrown by the next receive. */
  const keptErrors = new Map<number, number>()
  const batches = new Batches(libc)
  const descriptors = new Descriptors(libc)

  const opened = (fd: number): number => {
    keptErrors.delete(fd)
    batches.forget(fd)
    descriptors.add(fd)
    return fd
  }

  const calls: Syscalls = {
    name: 'ffi',

    socket: (family, type, protocol, namespace) => {
      const flags = integer(type) | SOCK_CLOEXEC | SOCK_NONBLOCK
      integer(family)
      integer(protocol)
      return opened(callIn(libc, optional(namespace), 'socket', () => libc.socket(family, flags, protocol)))
    },
    open: (path, flags, namespace) => {
      const name = text(path)
      const bits = integer(flags) | O_CLOEXEC
      return opened(callIn(libc, optional(namespace), 'open', () => descriptors.openFile(name, bits)))
    },
    close: (fd) => {
      forget(integer(fd))
      keptErrors.delete(fd)
      batches.forget(fd)
      descriptors.close(fd)
    },
    bind: (fd, address) => void checked(libc, 'bind', libc.bind(integer(fd), bytes(address), address.length)),
    connect: (fd, address) => void checked(libc, 'connect', libc.connect(integer(fd), bytes(address), address.length)),
    socketName: (fd) => {
      const address = new Uint8Array(128)
      const length = new Uint32Array([address.length])
      checked(libc, 'getsockname', libc.getsockname(integer(fd), address, length))
      return address.slice(0, length[0])
    },
    setOption: (fd, level, option, value) =>
      void checked(
        libc,
        'setsockopt',
        libc.setsockopt(integer(fd), integer(level), integer(option), bytes(value), value.length),
      ),
    getOption: (fd, level, option, value) => {
      const length = new Uint32Array([bytes(value).length])
      checked(libc, 'getsockopt', libc.getsockopt(integer(fd), integer(level), integer(option), value, length))
      return length[0] as number
    },
    ioctl: (fd, request, argument, namespace) => {
      batches.controlled(request)
      integer(fd)
      const control = (call: () => number) => callIn(libc, optional(namespace), 'ioctl', call)
      if (typeof argument === 'number') return control(() => libc.ioctlNumber(fd, request, argument))
      // The kernel writes as much as the request says, not as much as the caller brought: TUNSETIFF declares 4 octets
      // and copies back a whole ifreq of 40. So short arguments go through a buffer that holds any request's.
      const room = Math.max((request >>> 16) & 0x3fff, 256)
      if (bytes(argument).length >= room) return control(() => libc.ioctl(fd, request, argument))
      const buffer = new Uint8Array(room)
      buffer.set(argument)
      try {
        return control(() => libc.ioctl(fd, request, buffer))
      } finally {
        argument.set(buffer.subarray(0, argument.length))
      }
    },
    ioctlPointing: (fd, request, argument, offset, pointed) =>
      ioctlPointing(libc, integer(fd), request, bytes(argument), size(offset), bytes(pointed)),
    send: (fd, message, length = message.length) => {
      if (!(length >= 0 && length <= bytes(message).length)) throw new TypeError('length is outside the message')
      for (;;) {
        const sent = libc.send(integer(fd), message, length, MSG_DONTWAIT | MSG_NOSIGNAL)
        if (sent >= 0) return sent
        const errno = libc.errno()
        if (errno === EAGAIN) return 0
        if (errno !== EINTR) throw syscallError('send', errno)
      }
    },
    receive: (fd, slab, lengths, reserve) => {
      if (!(lengths instanceof Int32Array && reserve >= 0))
        throw new TypeError('not an Int32Array and a number of octets')
      const kept = keptErrors.size === 0 ? undefined : keptErrors.get(integer(fd))
      if (kept !== undefined) {
        keptErrors.delete(fd)
        throw syscallError('recv', kept)
      }
      const size = bytes(slab).length
      let count = 0
      let offset = 0
      let address = 0
      while (count < lengths.length && offset < size) {
        if (count > 0 && size - offset < reserve) break
        // An address costs a third of a view. It holds as long as nothing else can run, which is until this returns.
        if (offset !== 0 && address === 0) address = libc.addressOf(slab)
        const got =
          offset === 0
            ? libc.recv(integer(fd), slab, size, MSG_DONTWAIT | MSG_TRUNC)
            : libc.recvAt(fd, address + offset, size - offset, MSG_DONTWAIT | MSG_TRUNC)
        if (got < 0) {
          const errno = libc.errno()
          if (errno === EINTR) continue
          if (errno === EAGAIN) break
          if (count === 0) throw syscallError('recv', errno)
          keptErrors.set(fd, errno)
          break
        }
        lengths[count++] = got
        offset += (got + 3) & ~3
      }
      return count
    },
    sendTo: (fd, octets, address) => sendTo(libc, integer(fd), bytes(octets), bytes(address)),
    receiveMessage: (fd, octets, address, control, lengths) => {
      if (integers(lengths).length < 2) throw new TypeError('fewer than two lengths')
      return receiveMessage(libc, integer(fd), bytes(octets), bytes(address), bytes(control), lengths)
    },
    readBatch: (fd, slab, spans, limit, headroom, skip, most) =>
      batches.read(integer(fd), bytes(slab), integers(spans), size(limit), size(headroom), size(skip), size(most)),
    holds: (fd) => batches.holds(fd),
    writeBatch: (fd, slab, spans, from, to, prefix, refused) => {
      if (integers(refused).length === 0 || size(to) * 2 > integers(spans).length)
        throw new TypeError('refused is empty, or there are fewer spans')
      return batches.write(integer(fd), bytes(slab), spans, size(from), to, size(prefix), refused)
    },
    transfer: () => batches.transfer(),
    loadProgram: (instructions, license) => opened(loadProgram(libc, bytes(instructions), text(license))),
    attachFilter: (fd, instructions) => attachFilter(libc, integer(fd), bytes(instructions)),
    map: (fd, length) => new Uint8Array(libc.map(integer(fd), size(length), 0)),
    unmap: (memory) => unmap(libc, bytes(memory)),
    poll: (fd, ready) => poll(libc, integer(fd), ready),
    createNamespace: () => opened(createNamespace(libc)),
    mount: (source, target, type, flags) =>
      void checked(libc, 'mount', libc.mount(text(source), text(target), text(type), flags, null)),
    unmount: (target, flags) => void checked(libc, 'umount2', libc.umount2(text(target), integer(flags))),
  }
  if (!isMainThread) process.once('exit', () => descriptors.open.forEach(calls.close))
  return calls
}

/** Koffi turns a fraction or NaN into some integer, which may well be a valid descriptor. */
function integer(value: number): number {
  if ((value | 0) !== value) throw new TypeError(`not a 32-bit integer: ${String(value)}`)
  return value
}

function size(value: number): number {
  if (!(integer(value) >= 0)) throw new TypeError(`not a number of octets: ${value}`)
  return value
}

function integers(value: Int32Array): Int32Array {
  if (!(value instanceof Int32Array)) throw new TypeError('not an Int32Array')
  return value
}

function optional(namespace: number | undefined): number | undefined {
  return namespace === undefined ? undefined : integer(namespace)
}

/** Koffi takes a bigint for an address and an array of numbers for a copy: only octets may pass. */
function bytes(value: Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('not a Uint8Array')
  return value
}

/** A NUL inside would silently name another file. */
function text(value: string): string {
  if (typeof value !== 'string' || value.includes('\0')) throw new TypeError('not a string without NUL')
  return value
}
