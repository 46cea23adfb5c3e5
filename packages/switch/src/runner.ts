/** Joins a switch with ports: reads, forwards, writes, and lets time pass for it. @module */
import { FrameBatch, type Port } from '@vnet/core'
import { check } from './check.js'
import { type Clock, realClock } from './clock.js'
import type { SwitchCounters } from './counters.js'
import { FrameQueue } from './frame-queue.js'
import { Outlet } from './outlet.js'
import type { SwitchPortOptions } from './port-options.js'
import { hostPort, type Switch } from './switch.js'

/** How a switch is run. All is optional. */
export interface RunnerOptions {
  /** Where time comes from. The real clock when absent. */
  readonly clock?: Clock
  /** Frames that wait for a port which takes no more, 1–4,096; further ones are dropped (`queueFull`). Default 256. */
  readonly queue?: number
  /** Ends it, as {@link SwitchRunner.close} does. */
  readonly signal?: AbortSignal
  /** Is told when a port ended by itself: it was closed, or its link was deleted. The others go on. */
  readonly onPortEnd?: (end: PortEnd) => void
}

/** How a port ended. */
export interface PortEnd {
  /** Its number in the switch, which is free again. */
  readonly port: number
  /** The port's own name. */
  readonly name: string
  /** Why. */
  readonly error: unknown
  /** What passed it, and what did not. */
  readonly counters: SwitchCounters
}

/** A port that is being served. */
interface Served {
  readonly port: Port
  readonly outlet: Outlet
  /** The loop that reads it. */
  readonly loop: Promise<void>
  over: boolean
}

/** After so many batches in a row the rest of the program gets its turn. */
const TURN = 8

/** A turn of the program's loop. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const immediate = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate
    if (immediate === undefined) setTimeout(resolve, 0)
    else immediate(resolve)
  })

/**
 * Runs a {@link Switch} on ports, from its making until it is closed. The ports belong to it from then on: they are closed
 * with it, since only that ends a read that waits.
 *
 * A batch is written to a port in one call, but what a port reads goes to all others: with sixteen busy ports a write carries
 * four of 64 frames. Ports that are opened with `batchSize: 256` then cost a twentieth less (docs/benchmarks.md).
 *
 * @example
 * await using runner = new SwitchRunner(new Switch({ mac: '02:00:00:00:00:01', stp: true }))
 * runner.addPort(await host.openTap({ name: 'tap0', up: true }))
 * runner.addPort(await host.openTap({ name: 'tap1', up: true }))
 * await runner.closed
 */
export class SwitchRunner implements AsyncDisposable {
  /** The switch. Its ports may be changed by `setPort`; afterwards call {@link SwitchRunner.flush}. */
  readonly bridge: Switch
  /** Fulfilled when it has ended and all ports are closed. */
  readonly closed: Promise<void>
  readonly #clock: Clock
  readonly #queue: number
  readonly #onPortEnd: ((end: PortEnd) => void) | undefined
  readonly #served = new Map<number, Served>()
  readonly #failures: Omit<PortEnd, 'counters'>[] = []
  readonly #signal: AbortSignal | undefined
  #cancelTimer: (() => void) | undefined
  #over = false
  #finish: () => void = () => {}
  readonly #send = (port: number, frames: FrameBatch) => this.#served.get(port)?.outlet.send(frames)
  readonly #onAbort = () => void this.close()

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
  constructor(bridge: Switch, options: RunnerOptions = {}) {
    const settings = { queue: 256 }
    const { queue, clock, signal, onPortEnd, ...rest } = options
    check.into(settings, queue === undefined ? rest : { queue, ...rest }, '', { queue: check.whole(1, 4096) })
    this.bridge = bridge
    this.#queue = settings.queue
    this.#clock = clock ?? realClock()
    this.#onPortEnd = onPortEnd
    this.#signal = signal
    this.closed = new Promise((resolve) => {
      this.#finish = resolve
    })
    bridge.advance(this.#clock.now())
    if (signal?.aborted) void this.close()
    else signal?.addEventListener('abort', this.#onAbort)
  }

  /**
   * Adds a port to the switch and begins to read it. Its MTU and its name are those of `port` unless `options` say else.
   *
   * @returns its number
   * @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed; the runner has ended
   */
  addPort(port: Port, options: SwitchPortOptions = {}): number {
    this.#refuseEnded()
    const number = this.bridge.addPort(this.#clock.now(), { name: port.name, mtu: port.mtu, ...options })
    this.#serve(number, port)
    return number
  }

  /** Joins the host port with a port: what goes to the switch itself is written there, and what is read there is sent. */
  attachHost(port: Port): void {
    this.#refuseEnded()
    if (this.bridge.port(hostPort) === undefined) check.refuse('host', 'the switch has no host port')
    if (this.#served.has(hostPort)) check.refuse('host', 'the host port is taken')
    this.#serve(hostPort, port)
  }

  /** Takes a port out of the switch and closes it. */
  async removePort(number: number): Promise<void> {
    const served = this.#served.get(number)
    if (served === undefined) return
    this.#forget(number, served)
    await served.port.close()
    await served.loop
  }

  /** Sends what the switch has to say after a change by hand, and sets the timer anew. */
  flush(): void {
    if (this.#over) return
    this.bridge.advance(this.#clock.now())
    this.#deliver()
    this.#setTimer()
  }

  /** Frames that wait for a port. */
  waiting(number: number): number {
    return this.#served.get(number)?.outlet.waiting ?? 0
  }

  /** Ends: no timer, no read, no port stays open. Idempotent. */
  async close(): Promise<void> {
    if (this.#over) return this.closed
    this.#over = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#cancelTimer?.()
    const served = [...this.#served.values()]
    for (const each of served) {
      each.over = true
      each.outlet.end()
    }
    this.#served.clear()
    const results = await Promise.allSettled(served.map(({ port }) => port.close()))
    await Promise.all(served.map(({ loop }) => loop))
    this.#finish()
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** As {@link SwitchRunner.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #refuseEnded(): void {
    if (this.#over) check.refuse('runner', 'it has ended')
  }

  #serve(number: number, port: Port): void {
    const slot = Math.max(port.mtu + 18, 256) + 64
    const octets = Math.max(262_144, Math.min(this.#queue * slot, 0x4000000))
    const outlet = new Outlet(
      port,
      new FrameQueue(this.#queue, octets),
      (frames) => this.bridge.dropped(number, frames),
      (error) => this.#fail(number, port, error),
    )
    const served: Served = { port, outlet, over: false, loop: Promise.resolve() }
    this.#served.set(number, served)
    Object.assign(served, { loop: this.#read(number, served) })
    this.flush()
  }

  async #read(number: number, served: Served): Promise<void> {
    const { port } = served
    const frames = Math.min(4096, Math.max(1, port.batchSize))
    const octets = Math.max(262_144, frames * (port.mtu + 18 + 128))
    const batch = new FrameBatch({ frames, octets, headroom: 4 })
    try {
      for (let i = 1; !served.over; i++) {
        await port.read(batch)
        if (served.over) return
        this.bridge.forward(batch, number, this.#clock.now())
        this.#deliver()
        if (this.#cancelTimer === undefined) this.#setTimer()
        if (i % TURN === 0) await turn()
      }
    } catch (error) {
      if (served.over) return
      this.#fail(number, port, error)
      this.#bury()
    }
  }

  #deliver(): void {
    this.bridge.deliver(this.#send)
    this.#bury()
  }

  /** A port failed while frames were handed over, or while it was read. */
  #fail(number: number, port: Port, error: unknown): void {
    if (this.#served.get(number)?.port !== port) return
    this.#failures.push({ port: number, name: port.name, error })
    // Outside of any hand-over, so that the switch may be changed.
    queueMicrotask(() => this.#bury())
  }

  /** Takes out what has failed, and tells of it. */
  #bury(): void {
    for (let end = this.#failures.shift(); end !== undefined; end = this.#failures.shift()) {
      const served = this.#served.get(end.port)
      if (served === undefined || this.#over) continue
      const counters = this.bridge.counters(end.port)
      this.#forget(end.port, served)
      // It has failed already; what closing it says is no news.
      served.port.close().catch(() => {})
      this.#onPortEnd?.({ ...end, counters })
    }
  }

  #forget(number: number, served: Served): void {
    served.over = true
    served.outlet.end()
    this.#served.delete(number)
    if (number !== hostPort) this.bridge.removePort(number, this.#clock.now())
    this.flush()
  }

  #setTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const { deadline } = this.bridge
    if (deadline === undefined || this.#over) return
    this.#cancelTimer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => {
      this.#cancelTimer = undefined
      this.flush()
    })
  }
}
