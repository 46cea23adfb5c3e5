/** A connection to one namespace of a mock kernel. @module */
import {
  type CallOptions,
  type Connection,
  type DriverEvent,
  type EventGroup,
  type Request,
  type Result,
  type ResultsOf,
  subjectOf,
  VnetError,
} from '@vnet/core'
import { openCapture } from './capture/open.js'
import { closed } from './connection-closed.js'
import { EventQueue } from './event-queue.js'
import type { FaultOperation, PlacedCall } from './fault/match.js'
import { Replies } from './fault/reply.js'
import type { Kernel } from './kernel.js'
import type { Namespace } from './namespace.js'
import { ping } from './ping.js'
import { openPort } from './port/open.js'
import { settled } from './settled.js'
import { openSocket } from './socket/open.js'
import { unsupported } from './supports.js'

/** What a connection needs of its driver. */
export interface ConnectionParts {
  readonly kernel: Kernel
  readonly namespace: Namespace
  /** Most events that wait for one subscriber. */
  readonly eventQueue: number
  /** Called once it is closed. */
  closed(connection: Connection): void
}

/** Opens a connection; it keeps its namespace alive until it is closed. */
export function openConnection(parts: ConnectionParts): Connection {
  const { kernel, namespace } = parts
  kernel.namespaces.hold(namespace)
  const queues = new Set<EventQueue<DriverEvent>>()
  const replies = new Replies(kernel)
  /** Ends what waits for packets. */
  const ending = new AbortController()
  let open = true
  let broken = false

  /** Lets the caller go on first, as a kernel would; then checks that there is still somebody to answer. */
  async function turn(operation: string, signal: AbortSignal | undefined, late: number): Promise<void> {
    signal?.throwIfAborted()
    await replies.wait(late, signal)
    signal?.throwIfAborted()
    if (!open) throw closed(operation)
  }

  /** Answers what is no request, with `body`. */
  async function answer<T>(
    operation: FaultOperation,
    spec: object,
    { signal }: CallOptions,
    body: () => T,
  ): Promise<T> {
    if (!open) throw closed(operation)
    const named = spec as { readonly name?: string; readonly link?: string | number }
    const subject = named.name ?? (named.link === undefined ? undefined : String(named.link))
    const call = (): PlacedCall => ({ operation, subject, spec: { ...spec }, place: namespace })
    await turn(operation, signal, kernel.faults.lateness(call))
    if (broken) throw lost(operation, subject)
    kernel.faults.check(call)
    return body()
  }

  function carryOut(request: Request, signal: AbortSignal | undefined): Result<unknown> | Promise<Result<unknown>> {
    try {
      kernel.faults.check(() => callOf(request, namespace), request)
      if (request.operation === 'ping' && kernel.supports.packets === true) return echo(request, signal)
      return { ok: true, value: kernel.apply(namespace, request) }
    } catch (error) {
      return { ok: false, error: error as Error }
    }
  }

  /** Waits for an answer by packets; a connection that breaks meanwhile is the answer. */
  function echo(request: Extract<Request, { operation: 'ping' }>, signal: AbortSignal | undefined) {
    const signals = signal === undefined ? [ending.signal] : [ending.signal, signal]
    const reply: Promise<Result<unknown>> = ping(kernel, namespace, request, AbortSignal.any(signals)).catch(
      (error) => {
        if (!broken) throw error
        return { ok: false, error }
      },
    )
    // It may fail while those before it are waited for.
    reply.catch(() => {})
    return reply
  }

  /** The end of a connection from the other side: what is under way fails, and so does what follows. */
  function breakOff(): void {
    broken = true
    for (const queue of [...queues]) queue.end(lost('watch'))
    ending.abort(lost('ping'))
    replies.release()
  }

  const connection: Connection = {
    async execute<const R extends readonly Request[]>(requests: R, options: CallOptions = {}): Promise<ResultsOf<R>> {
      const operation = requests[0]?.operation ?? 'execute'
      if (!open) throw closed(operation)
      options.signal?.throwIfAborted()
      const results: (Result<unknown> | Promise<Result<unknown>>)[] = []
      let late = 0
      // What was asked is carried out at once, in the order of the calls; only the answer takes its time.
      for (const request of broken ? [] : requests) {
        results.push(carryOut(request, options.signal))
        late += kernel.faults.lateness(() => callOf(request, namespace))
      }
      await turn(operation, options.signal, late)
      if (!broken) return (await Promise.all(results)) as ResultsOf<R>
      const broke = requests.map((request) => ({ ok: false, error: lost(request.operation, subjectOf(request)) }))
      return broke as ResultsOf<R>
    },

    async watch(groups: readonly EventGroup[], options: CallOptions = {}) {
      return answer('watch', { groups }, options, () => {
        const { signal } = options
        const end = () => queue.end()
        const queue = new EventQueue<DriverEvent>(parts.eventQueue, { kind: 'lost' }, () => {
          namespace.watchers.delete(watcher)
          queues.delete(queue)
          signal?.removeEventListener('abort', end)
        })
        const watcher = { groups: new Set(groups), queue }
        queues.add(queue)
        namespace.watchers.add(watcher)
        signal?.addEventListener('abort', end, { once: true })
        // Aborted while the answer was on its way: nobody would tell again.
        if (signal?.aborted === true) end()
        return queue
      })
    },

    async openCapture(spec, options: CallOptions = {}) {
      return answer('capture open', spec, options, () => openCapture(kernel, namespace, spec))
    },

    async openPort(spec, options: CallOptions = {}) {
      return answer(`${spec.kind} open`, spec, options, () => openPort(kernel, namespace, spec))
    },

    async openPppoe() {
      throw unsupported('pppoe open', 'pppoe session')
    },

    async openSocket(spec, options: CallOptions = {}) {
      return answer('socket open', { ...spec, name: spec.kind }, options, () => openSocket(kernel, namespace, spec))
    },

    async settled(options: CallOptions = {}) {
      if (!open) throw closed('settled')
      await settled(kernel, options.signal)
    },

    async close() {
      if (!open) return
      open = false
      leave()
      ending.abort(closed('ping'))
      for (const queue of [...queues]) queue.end()
      replies.release()
      kernel.namespaces.letGo(namespace)
      parts.closed(connection)
    },

    [Symbol.asyncDispose]: () => connection.close(),
  }
  const leave = kernel.faults.enter({ break: breakOff }, namespace)
  return connection
}

/** A request as faults see it. */
function callOf(request: Request, place: Namespace): PlacedCall {
  const { operation } = request
  return { operation, subject: subjectOf(request), spec: request.spec as PlacedCall['spec'], place }
}

/** The error of a connection that broke (`EIO`, as a kernel backend has it for a socket that fails). */
function lost(operation: string, subject?: string): VnetError {
  return new VnetError({
    code: 'EIO',
    operation,
    subject,
    errno: 5,
    hint: 'the connection to the kernel broke, and whether this was carried out is not known: open the host again',
  })
}
