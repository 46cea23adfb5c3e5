/** A connection to one namespace: carries requests out, pipelined; the driver seam of `@vnet/core` on a netlink socket. @module */
import {
  type CallOptions,
  type Capture,
  type CaptureSpec,
  type Connection,
  type DriverEvent,
  type DriverSocket,
  type EventGroup,
  type PortSpec,
  type PppoeChannel,
  type PppoeSpec,
  portOperation,
  type Request,
  type Result,
  type ResultsOf,
  type SocketSpec,
  type TunPort,
} from '@vnet/core'
import { openSocket } from './datagram/open.js'
import { closed } from './error.js'
import { EventStream } from './event-stream.js'
import { Gate } from './gate.js'
import { GenericNetlink } from './genetlink/conversation.js'
import { Nftables } from './nftables/conversation.js'
import { outcome, unwrap } from './outcome.js'
import { openCapture } from './packet/open.js'
import { ping } from './ping.js'
import { openPppoe } from './ppp/open.js'
import { Run, type RunHome } from './run.js'
import { NetlinkSocket, receiveBuffer } from './socket.js'
import { openPort } from './tun/open.js'
import { Window } from './window.js'

/** What a connection needs of its driver. */
export interface ConnectionHome extends RunHome {
  /** Tells the driver that the connection was closed. */
  closed(connection: LinuxConnection): void
}

/** The connection. */
export class LinuxConnection implements Connection {
  /** The namespace's descriptor, held open; `undefined` for that of the process. */
  readonly namespaceFd: number | undefined
  private readonly home: ConnectionHome
  private readonly socket: NetlinkSocket
  private readonly window: Window
  private readonly generic: GenericNetlink
  private readonly nftables: Nftables
  private readonly streams = new Set<EventStream>()
  /** Pings that wait for their answer. */
  private readonly pinging = new Set<Promise<unknown>>()
  private readonly closing = new AbortController()
  /** Lists of requests are carried out one after another: their windows share one writer. */
  private queue: Promise<unknown> = Promise.resolve()

  /** @param namespaceFd Becomes the connection's own, closed with it. */
  constructor(home: ConnectionHome, namespaceFd: number | undefined) {
    this.home = home
    this.namespaceFd = namespaceFd
    this.socket = new NetlinkSocket(home.syscalls, namespaceFd, receiveBuffer)
    this.window = new Window(this.socket)
    this.generic = new GenericNetlink(home.syscalls, namespaceFd)
    this.nftables = new Nftables(home.syscalls, namespaceFd)
  }

  /** Whether the kernel checks requests strictly. */
  get strict(): boolean {
    return this.socket.strict
  }

  execute<const R extends readonly Request[]>(requests: R, options?: CallOptions): Promise<ResultsOf<R>> {
    // Who waits for the network holds nobody up who talks with the kernel.
    if (requests.length > 0 && requests.every((request) => request.operation === 'ping')) {
      const pings = this.ping(requests as never, options?.signal)
      this.pinging.add(pings)
      const over = () => this.pinging.delete(pings)
      pings.then(over, over)
      return pings as Promise<unknown> as Promise<ResultsOf<R>>
    }
    const turn = this.queue
    const run = turn.then(() => this.carryOut(requests, options?.signal))
    this.queue = run.catch(() => {})
    return untilAborted(turn, run, options?.signal) as Promise<unknown> as Promise<ResultsOf<R>>
  }

  async watch(groups: readonly EventGroup[], options?: CallOptions): Promise<AsyncIterableIterator<DriverEvent>> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('watch')
    const stream = new EventStream(this.home.syscalls, this.namespaceFd, groups, () => this.streams.delete(stream))
    this.streams.add(stream)
    stream.endWith(options?.signal)
    return stream
  }

  async openPort(spec: PortSpec, options?: CallOptions): Promise<TunPort> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed(portOperation(spec.kind))
    const ask = async (request: Request) => unwrap((await this.execute([request]))[0] as Result<unknown>)
    const { home, namespaceFd } = this
    return openPort({ syscalls: home.syscalls, namespaceFd, ask, signal: options?.signal }, spec)
  }

  async openCapture(spec: CaptureSpec, options?: CallOptions): Promise<Capture> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('capture open')
    const ask = async (request: Request) => unwrap((await this.execute([request]))[0] as Result<unknown>)
    const { home, namespaceFd } = this
    const capture = await openCapture({ syscalls: home.syscalls, namespaceFd, ask }, spec)
    if (!options?.signal?.aborted) return capture
    await capture.close()
    throw options.signal.reason
  }

  async openPppoe(spec: PppoeSpec, options?: CallOptions): Promise<PppoeChannel> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('pppoe open')
    const ask = async (request: Request) => unwrap((await this.execute([request]))[0] as Result<unknown>)
    const { home, namespaceFd } = this
    const channel = await openPppoe({ syscalls: home.syscalls, namespaceFd, ask }, spec)
    if (!options?.signal?.aborted) return channel
    await channel.close()
    throw options.signal.reason
  }

  async openSocket(spec: SocketSpec, options?: CallOptions): Promise<DriverSocket> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('socket open')
    return openSocket(this.home.syscalls, this.namespaceFd, spec)
  }

  async settled(options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    if (this.socket.fd === -1) throw closed('settled')
    // The list of no requests is answered when all before it are.
    await this.execute([], options)
    const answered = Promise.allSettled([...this.pinging])
    await untilAborted(answered, answered, options?.signal)
    await new Promise((resolve) => setImmediate(resolve))
  }

  async close(): Promise<void> {
    if (this.socket.fd === -1) return
    this.closing.abort(closed('execute'))
    for (const stream of this.streams) stream.end()
    this.socket.close()
    this.generic.close()
    this.nftables.close()
    if (this.namespaceFd !== undefined) this.home.syscalls.close(this.namespaceFd)
    this.home.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async ping(
    requests: readonly (Request & { operation: 'ping' })[],
    signal: AbortSignal | undefined,
  ): Promise<Result<unknown>[]> {
    const gate = this.gate(signal)
    const results: Result<unknown>[] = []
    for (const request of requests) {
      gate.check()
      const echo = () => gate.waiting((end) => ping(this.home.syscalls, this.namespaceFd, request.spec, end))
      results.push(await outcome(request, echo))
    }
    return results
  }

  private async carryOut(requests: readonly Request[], signal: AbortSignal | undefined): Promise<Result<unknown>[]> {
    const { home, window, generic, nftables, namespaceFd } = this
    const gate = this.gate(signal)
    const run = new Run({ home, window, generic, nftables, ownFd: namespaceFd, gate })
    try {
      gate.check()
      await run.all(requests)
      return run.results
    } finally {
      // What was added when the abort came must not go out with the next list.
      window.discard()
      run.close()
    }
  }

  private gate(signal: AbortSignal | undefined): Gate {
    return new Gate(signal, this.closing.signal, () => this.socket.fd === -1)
  }
}

/** What `run` gives; who gives up before its turn has come is told at once, not when those before it are done. */
function untilAborted<T>(turn: Promise<unknown>, run: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined || signal.aborted) return run
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    void turn.then(() => signal.removeEventListener('abort', giveUp))
    run.then(resolve, reject)
  })
}
