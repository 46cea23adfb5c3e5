/**
 * Readiness of descriptors on the event loop of the calling thread, by an epoll descriptor that Node takes for a UDP
 * socket.
 *
 * An epoll descriptor becomes readable when what it watches becomes ready. Node has no handle for one, but keeps polling
 * the number of a datagram socket, whatever lies behind it: so a socket is made, given to Node, and replaced by `dup3`.
 * Each time the epoll is ready, libuv fails to receive from it (ENOTSOCK), says so, and goes on polling.
 *
 * `koffi.node.poll` would be 5 µs faster a wake. But koffi 3.3.4 aborts the whole process when an event meets a Worker
 * that is being terminated, loses the exceptions of callbacks, lets no promise go on after them, and reads freed memory
 * when the handle of a failed start is collected. All that belongs to a subscription here is Node's, and ends with it.
 *
 * @module
 */
import { createSocket, type Socket } from 'node:dgram'
import { GONE, type PollHandle, READABLE, syscallError, WRITABLE } from '@vnet/linux'
import { checked, type Libc } from './libc.js'

const O_CLOEXEC = 0o2000000
const [EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD] = [1, 2, 3] as const
const [EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP] = [1, 4, 8, 16] as const
const EEXIST = 17

/** The subscriptions of this thread that wait, by descriptor: they are kept though nobody else may know them. */
const watching = new Map<number, Poll>()

/** Closes Node's half of subscriptions that were forgotten while they did not wait. */
const forgotten = new FinalizationRegistry<Socket>((socket) => socket.close())

/** Subscribes to the readiness of `fd`, paused. */
export function poll(libc: Libc, fd: number, ready: (events: number) => void): PollHandle {
  if (typeof ready !== 'function') throw new TypeError('ready must be a function')
  return new Poll(libc, fd, ready)
}

/** Ends the subscription of a descriptor that is about to be closed. */
export function forget(fd: number): void {
  watching.get(fd)?.close()
}

class Poll implements PollHandle {
  readonly #libc: Libc
  readonly #fd: number
  readonly #ready: (events: number) => void
  readonly #epoll: number
  readonly #event = new Uint32Array(4)
  #socket: Socket | undefined
  #events = 0
  #keep = true

  constructor(libc: Libc, fd: number, ready: (events: number) => void) {
    this.#libc = libc
    this.#fd = fd
    this.#ready = ready
    const epoll = checked(libc, 'poll', libc.epollCreate(O_CLOEXEC))
    try {
      this.#epoll = checked(libc, 'poll', libc.socket(2, 2 | O_CLOEXEC, 0))
      this.#socket = createSocket('udp4').bind({ fd: this.#epoll, exclusive: true }).unref()
      checked(libc, 'poll', libc.dup3(epoll, this.#epoll, O_CLOEXEC))
    } finally {
      libc.close(epoll)
    }
    const weak = new WeakRef(this)
    this.#socket.on('error', () => weak.deref()?.arrive())
    forgotten.register(this, this.#socket, this)
    try {
      this.#control(EPOLL_CTL_ADD)
      this.#control(EPOLL_CTL_DEL)
    } catch (error) {
      this.close()
      throw error
    }
  }

  watch(events: number): void {
    if (!Number.isInteger(events) || (events & ~(READABLE | WRITABLE)) !== 0) {
      throw new TypeError('events must be READABLE, WRITABLE, both or 0')
    }
    if (this.#socket === undefined || events === this.#events) return
    if (this.#events === 0 && watching.has(this.#fd)) throw syscallError('poll', EEXIST)
    const operation = this.#events === 0 ? EPOLL_CTL_ADD : events === 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD
    this.#control(operation, (events & READABLE ? EPOLLIN : 0) | (events & WRITABLE ? EPOLLOUT : 0))
    this.#events = events
    if (events === 0) watching.delete(this.#fd)
    else watching.set(this.#fd, this)
    this.ref(this.#keep)
  }

  ref(keep: boolean): void {
    this.#keep = keep
    if (keep && this.#events !== 0) this.#socket?.ref()
    else this.#socket?.unref()
  }

  close(): void {
    if (this.#socket === undefined) return
    if (this.#events !== 0) watching.delete(this.#fd)
    this.#events = 0
    forgotten.unregister(this)
    this.#socket.close()
    this.#socket = undefined
  }

  arrive(): void {
    if (this.#libc.epollWait(this.#epoll, this.#octets(), 1, 0) < 1) return
    const happened = this.#event[0] as number
    if (happened & EPOLLERR && !isSocket(this.#libc, this.#fd)) {
      // A TUN whose device was deleted. On a socket EPOLLERR is an error to be received (netlink's ENOBUFS, ENETDOWN of
      // a packet socket), after which it goes on.
      this.close()
      this.#ready(GONE)
      return
    }
    const any = happened & (EPOLLERR | EPOLLHUP)
    const readable = happened & EPOLLIN || any ? READABLE : 0
    const writable = happened & EPOLLOUT || any ? WRITABLE : 0
    this.#ready(this.#events & (readable | writable))
  }

  #octets(): Uint8Array {
    return new Uint8Array(this.#event.buffer)
  }

  #control(operation: number, mask = 0): void {
    this.#event[0] = mask
    checked(this.#libc, 'poll', this.#libc.epollControl(this.#epoll, operation, this.#fd, this.#octets()))
  }
}

function isSocket(libc: Libc, fd: number): boolean {
  return libc.getsockopt(fd, 1 /* SOL_SOCKET */, 3 /* SO_TYPE */, new Uint8Array(4), new Uint32Array([4])) === 0
}
