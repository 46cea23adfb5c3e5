/** Two ports joined to a cable: what one has read the other writes, both ways. @module */
import { FrameBatch } from './batch.js'
import { isVnetError, type VnetError } from './error.js'
import type { Port } from './port.js'

/** A cable between two ports. Close it, or use `await using`. */
export interface PortJoin extends AsyncDisposable {
  /** Frames that were passed on, from the first port and from the second. A new object each time. */
  readonly counters: PortJoinCounters
  /** Resolves when it has ended by closing it or one of its ports; rejects when a port failed (`EBADFD`: its link was deleted). */
  readonly ended: Promise<void>
  /** Closes both ports. Idempotent. */
  close(): Promise<void>
}

/** What was passed on. */
export interface PortJoinCounters {
  /** Frames from the first port to the second. */
  readonly forth: number
  /** Frames from the second port to the first. */
  readonly back: number
}

/**
 * Joins two ports to a cable, such as a TAP of a kernel and a TAP of the mock: the hosts behind them are on one network. The
 * ports are the cable's from then on: when one closes or fails, so does the other.
 *
 * Nothing piles up: a batch a direction is under way, and while a port takes no more, the other is not read, so its kernel's
 * queue fills and drops, as a slow cable does. Both ports need frames of one sort (TAP with TAP, TUN with TUN), without
 * offloads; frames longer than the other side's MTU are dropped there.
 *
 * @example
 * const cable = joinPorts(await kernel.openTap({ name: 'tap0', up: true }), await mock.openTap({ name: 'tap0', up: true }))
 */
export function joinPorts(first: Port, second: Port): PortJoin {
  const counters = { forth: 0, back: 0 }
  let closing: Promise<unknown> | undefined
  const close = async () => {
    closing ??= Promise.allSettled([first.close(), second.close()])
    await closing
  }
  const run = async () => {
    try {
      await Promise.race(pumps)
    } finally {
      await close()
    }
  }
  const pumps = [
    pump(first, second, (count) => {
      counters.forth += count
    }),
    pump(second, first, (count) => {
      counters.back += count
    }),
  ]
  const ended = run()
  // Who does not ask need not hear; and the direction that ends second has nothing new to tell.
  for (const promise of [ended, ...pumps]) promise.catch(() => {})
  return {
    get counters() {
      return { ...counters }
    },
    ended,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Passes on what a port reads until one of the two is closed. */
async function pump(from: Port, to: Port, passed: (count: number) => void): Promise<void> {
  const octets = Math.max(262_144, from.batchSize * (from.mtu + 160))
  const batch = new FrameBatch({ frames: from.batchSize, octets })
  try {
    for (;;) {
      const count = await from.read(batch)
      for (let sent = 0; sent < count; ) {
        const taken = to.write(batch, sent)
        passed(taken)
        sent += taken
        if (taken === 0) await to.writable()
      }
    }
  } catch (error) {
    if (!isClosed(error)) throw error
  }
}

const isClosed = (error: unknown): error is VnetError => isVnetError(error) && error.code === 'VNET_CLOSED'
