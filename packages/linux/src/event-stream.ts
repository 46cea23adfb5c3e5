/** The events of one subscription: a socket of its own, drained when readable, never faster than it is read. @module */
import type { DriverEvent, EventGroup } from '@vnet/core'
import { forEachMessage } from './netlink/message.js'
import { decodeEvents } from './rtnetlink/event.js'
import { NetlinkSocket } from './socket.js'
import { GONE, type PollHandle, READABLE, type Syscalls } from './syscalls.js'

/** Octets of the kernel's queue. */
const RECEIVE_BUFFER = 8 * 1024 * 1024
/** Events waiting to be read, beyond which the kernel's queue is left to fill. */
const MOST = 4096

/** Multicast groups of rtnetlink (`linux/rtnetlink.h`, `RTNLGRP_*`). */
const multicast: { readonly [G in EventGroup]: readonly number[] } = {
  link: [1],
  address: [5, 9],
  route: [7, 11],
  rule: [8, 19],
  neighbour: [3],
  fdb: [3],
  bridgeVlan: [33],
  bridgeVni: [35],
  mdb: [26],
  mdbRouter: [26],
  qdisc: [4],
  class: [4],
  filter: [4],
  action: [4],
}

/** An iterator over events that can be ended from outside at any time. */
export class EventStream implements AsyncIterableIterator<DriverEvent> {
  private readonly socket: NetlinkSocket
  private readonly handle: PollHandle
  private readonly groups: readonly EventGroup[]
  private readonly ended: () => void
  private readonly events: DriverEvent[] = []
  private waiting: { resolve(step: IteratorResult<DriverEvent>): void; reject(reason: unknown): void }[] = []
  private failure: unknown
  private over = false
  private unlink = () => {}

  constructor(syscalls: Syscalls, namespace: number | undefined, groups: readonly EventGroup[], ended: () => void) {
    this.groups = groups
    this.ended = ended
    this.socket = new NetlinkSocket(syscalls, namespace, RECEIVE_BUFFER)
    try {
      for (const group of new Set(groups.flatMap((group) => multicast[group]))) this.socket.join(group)
      this.handle = this.socket.poll((ready) => this.ready(ready))
      this.handle.watch(READABLE)
    } catch (error) {
      this.socket.close()
      throw error
    }
  }

  /** No longer keeps the process alive while it waits. */
  unref(): void {
    this.handle.ref(false)
  }

  /** Ends the stream when the signal fires. */
  endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const end = () => this.end()
    signal.addEventListener('abort', end, { once: true })
    this.unlink = () => signal.removeEventListener('abort', end)
    if (signal.aborted) end()
  }

  /** Ends it: wakes who waits, closes the socket. Idempotent. */
  end(): void {
    if (this.over) return
    this.over = true
    this.unlink()
    this.handle.close()
    this.socket.close()
    for (const reader of this.waiting) {
      if (this.failure === undefined) reader.resolve({ done: true, value: undefined })
      else reader.reject(this.failure)
    }
    this.waiting = []
    this.ended()
  }

  async next(): Promise<IteratorResult<DriverEvent>> {
    const event = this.events.shift()
    if (event !== undefined) {
      if (!this.over && this.events.length === MOST - 1) this.handle.watch(READABLE)
      return { done: false, value: event }
    }
    if (this.failure !== undefined) throw this.failure
    if (this.over) return { done: true, value: undefined }
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  async return(): Promise<IteratorResult<DriverEvent>> {
    this.events.length = 0
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  private ready(events: number): void {
    if (events & GONE) {
      this.end()
      return
    }
    try {
      while (!this.over && this.events.length < MOST) {
        const any = this.socket.receive((from, start, end) =>
          forEachMessage(from, start, end, (type, flags, _, at, stop) => {
            for (const event of decodeEvents(from, at, stop, type, flags)) {
              if (event.kind === 'lost' || this.groups.includes(event.group)) this.push(event)
            }
          }),
        )
        if (!any) return
      }
      if (!this.over) this.handle.watch(0)
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOBUFS') this.push({ kind: 'lost' })
      else {
        this.failure = error
        this.end()
      }
    }
  }

  private push(event: DriverEvent): void {
    const reader = this.waiting.shift()
    if (reader === undefined) this.events.push(event)
    else reader.resolve({ done: false, value: event })
  }
}
