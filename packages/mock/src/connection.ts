/** A connection to one namespace of a mock kernel. @module */
import {
  type CallOptions,
  type Connection,
  type DriverEvent,
  type EventGroup,
  portOperation,
  type Request,
  type Result,
  type ResultsOf,
} from '@vnet/core'
import { openCapture } from './capture/open.js'
import { closed } from './connection-closed.js'
import { EventQueue } from './event-queue.js'
import type { Kernel } from './kernel.js'
import type { Namespace } from './namespace.js'
import { openPort } from './port/open.js'

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
  let open = true

  /** Lets the caller go on first, as a kernel would; then checks that there is still somebody to answer. */
  async function turn(operation: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    await Promise.resolve()
    signal?.throwIfAborted()
    if (!open) throw closed(operation)
  }

  const connection: Connection = {
    async execute<const R extends readonly Request[]>(requests: R, options: CallOptions = {}): Promise<ResultsOf<R>> {
      const operation = requests[0]?.operation ?? 'execute'
      if (!open) throw closed(operation)
      options.signal?.throwIfAborted()
      const results: Result<unknown>[] = []
      // What was asked is carried out at once, in the order of the calls; only the answer takes its time.
      for (const request of requests) {
        try {
          results.push({ ok: true, value: kernel.apply(namespace, request) })
        } catch (error) {
          results.push({ ok: false, error: error as Error })
        }
      }
      await turn(operation, options.signal)
      return results as ResultsOf<R>
    },

    async watch(groups: readonly EventGroup[], options: CallOptions = {}) {
      if (!open) throw closed('watch')
      await turn('watch', options.signal)
      const { signal } = options
      // A turn lies between the check and here.
      signal?.throwIfAborted()
      if (!open) throw closed('watch')
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
      return queue
    },

    async openCapture(spec, options: CallOptions = {}) {
      if (!open) throw closed('capture open')
      await turn('capture open', options.signal)
      return openCapture(kernel, namespace, spec)
    },

    async openPort(spec, options: CallOptions = {}) {
      const operation = portOperation(spec.kind)
      if (!open) throw closed(operation)
      await turn(operation, options.signal)
      return openPort(kernel, namespace, spec)
    },

    async close() {
      if (!open) return
      open = false
      for (const queue of [...queues]) queue.end()
      kernel.namespaces.letGo(namespace)
      parts.closed(connection)
    },

    [Symbol.asyncDispose]: () => connection.close(),
  }
  return connection
}
