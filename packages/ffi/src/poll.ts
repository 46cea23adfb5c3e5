/** Readiness of descriptors on the event loop of the calling thread, by koffi's binding of libuv. @module */
import { GONE, type PollHandle, READABLE, syscallError, WRITABLE } from '@vnet/linux'
import type { Koffi, Libc } from './libc.js'

type KoffiHandle = ReturnType<Koffi['node']['poll']>

/** What koffi really passes; its types (3.3.4) know only the second. */
type Ready = (status: number, events: { readable: boolean; writable: boolean }) => void

/** The subscriptions of this thread that wait, by descriptor: libuv allows one each, and here they are kept alive. */
const watching = new Map<number, Poll>()

/** Subscribes to the readiness of `fd`, paused. */
export function poll(libc: Libc, fd: number, ready: (events: number) => void): PollHandle {
  if (typeof ready !== 'function') throw new TypeError('ready must be a function')
  return new Poll(libc, fd, ready)
}

/** Ends the subscription of a descriptor that is about to be closed: libuv aborts when it meets a closed one. */
export function forget(fd: number): void {
  watching.get(fd)?.close()
}

class Poll implements PollHandle {
  readonly #libc: Libc
  readonly #fd: number
  readonly #ready: (events: number) => void
  readonly #onReady: Ready
  #handle: KoffiHandle | undefined
  #events = 0
  #arrived = 0

  constructor(libc: Libc, fd: number, ready: (events: number) => void) {
    this.#libc = libc
    this.#fd = fd
    this.#ready = ready
    probe(libc, fd)
    // Koffi holds the callback as a root: a strong reference would keep every forgotten subscription for ever.
    const weak = new WeakRef(this)
    this.#onReady = (status, events) => weak.deref()?.arrive(status, events)
    this.#handle = libc.koffi.node.poll(fd, { readable: false }, this.#onReady as never)
  }

  watch(events: number): void {
    if (!Number.isInteger(events) || (events & ~(READABLE | WRITABLE)) !== 0) {
      throw new TypeError('events must be READABLE, WRITABLE, both or 0')
    }
    if (this.#handle === undefined || events === this.#events) return
    if (events === 0) {
      this.#handle.stop()
      watching.delete(this.#fd)
    } else {
      if (this.#events === 0) probe(this.#libc, this.#fd)
      this.#start(events)
      watching.set(this.#fd, this)
    }
    this.#events = events
  }

  ref(keep: boolean): void {
    if (keep) this.#handle?.ref()
    else this.#handle?.unref()
  }

  close(): void {
    if (this.#events !== 0) watching.delete(this.#fd)
    this.#events = 0
    this.#handle?.close()
    this.#handle = undefined
  }

  #start(events: number): void {
    const readable = (events & READABLE) !== 0
    const writable = (events & WRITABLE) !== 0
    this.#handle?.start({ readable, writable }, this.#onReady as never)
  }

  /**
   * Koffi calls from inside libuv, where an exception is lost and no promise goes on: so what arrived is handed out in
   * the loop's next phase, which comes before it polls again.
   */
  arrive(status: number, events: { readable: boolean; writable: boolean }): void {
    if (this.#arrived === 0) setImmediate(() => this.#deliver())
    if (status >= 0) {
      this.#arrived |= (events.readable ? READABLE : 0) | (events.writable ? WRITABLE : 0)
    } else if (isSocket(this.#libc, this.#fd)) {
      // libuv stops at every EPOLLERR. On a socket that is an error to be received (netlink's ENOBUFS, ENETDOWN of a
      // packet socket), after which it goes on; on a TUN the device is gone for good.
      this.#arrived |= this.#events
      this.#start(this.#events)
    } else {
      this.#arrived = GONE
    }
  }

  #deliver(): void {
    const arrived = this.#arrived & (this.#events | GONE)
    this.#arrived = 0
    if (this.#events === 0 || arrived === 0) return
    if (arrived === GONE) this.close()
    this.#ready(arrived)
  }
}

const EEXIST = 17
const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const SOL_SOCKET = 1
const SO_TYPE = 3

/** Throws unless libuv can poll `fd`: koffi 3.3.4 crashes when the handle of a failed start is collected. */
function probe(libc: Libc, fd: number): void {
  if (watching.has(fd)) throw syscallError('poll', EEXIST)
  const epoll = libc.epollCreate(EPOLL_CLOEXEC)
  if (epoll < 0) throw syscallError('poll', libc.errno())
  const errno = libc.epollControl(epoll, EPOLL_CTL_ADD, fd, new Uint8Array(16)) < 0 ? libc.errno() : 0
  libc.close(epoll)
  if (errno !== 0) throw syscallError('poll', errno)
}

function isSocket(libc: Libc, fd: number): boolean {
  return libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint8Array(4), new Uint32Array([4])) === 0
}
