/** The mock as a driver: a kernel in memory behind the seam of `@vnet/core`. @module */
import {
  type CallOptions,
  type Capability,
  type Connection,
  type Driver,
  type NamespaceHandle,
  type NamespaceRef,
  namespaceText,
  VnetError,
  wrongArgument,
} from '@vnet/core'
import { type Clock, realClock } from './clock.js'
import { openConnection } from './connection.js'
import { closed } from './connection-closed.js'
import type { MockFaults } from './fault/faults.js'
import type { FaultOperation, PlacedCall } from './fault/match.js'
import { Replies } from './fault/reply.js'
import { Kernel } from './kernel.js'
import { addEqualizers } from './kind/teql.js'
import type { Namespace } from './namespace.js'
import { loadState } from './restore.js'
import { settled } from './settled.js'
import { type MockState, saveState } from './snapshot.js'
import type { MockCounters, Storm } from './stack/backlog.js'
import type { Drop } from './stack/drop.js'
import { supported, unsupported } from './supports.js'

/** More links of a kind than any machine has of this one. */
const mostEqualizers = 4096

/** What a mock is made of. */
export interface MockOptions {
  /** Where time comes from; the real time when absent. See {@link manualClock}. */
  readonly clock?: Clock
  /** The seed of random MACs and delays: the same seed gives the same ones. Chosen at random when absent. */
  readonly seed?: number
  /**
   * Capabilities to do without, to act as a smaller kernel: `['link vlan', 'bridge vlan-filtering']`. What tells only that
   * frames are carried (`traffic control`, `bridge protocols`, `packets bond`, …) is told as missing; the frames are carried.
   */
  readonly lacks?: readonly Capability[]
  /** Processors of the machine: each end of a veth pair has as many queues. 2 when absent. */
  readonly processors?: number
  /**
   * Links `teql0`, `teql1` and so on of the first namespace, each with a discipline of its name (`tc qdisc add dev LINK root
   * teql0`), as `modprobe sch_teql max_equalizers=N` makes them; with them there is the capability `qdisc teql`. At most
   * 4,096; 0 when absent. With `state` those that it has.
   */
  readonly equalizers?: number
  /** Most events that wait for one subscriber; more are dropped and told as `lost`. 10,000 when absent. */
  readonly eventQueue?: number
  /** Is told of frames that went round in circles, as in a ring of bridges without a spanning tree, once they were dropped. */
  readonly onStorm?: (storm: Storm) => void
  /**
   * Is told of each frame that is dropped, at once, with the cause and the place. Must neither throw nor ask the mock for
   * anything.
   */
  readonly onDrop?: (drop: Drop) => void
  /** The state to begin with, as {@link MockDriver.save} gave it. */
  readonly state?: MockState
}

/** A driver whose kernel is in memory. */
export interface MockDriver extends Driver {
  /** Breaks it on purpose: failures, late answers, lost events, broken connections, capabilities taken away. */
  readonly faults: MockFaults
  /** The whole state as plain data for `JSON.stringify`; connections and handles are not part of it. */
  save(): MockState
  /**
   * A second kernel with the same state, which goes its own way from here. It has the options of this one where none are
   * given, also the clock. Connections, handles and faults are not part of it.
   */
  fork(options?: Omit<MockOptions, 'state'>): MockDriver
  /**
   * Waits until nothing is under way: no frame waits, and everybody who waited for one, or for a datagram, has had a turn and
   * sent nothing more. Time does not move by it: what waits for its time is not under way. Never resolves while somebody
   * keeps sending.
   */
  settled(options?: CallOptions): Promise<void>
  /** What the kernel has counted since it was made. A new object each time. */
  counters(): MockCounters
}

/**
 * A kernel in memory: every operation of the control plane with the results, events and errors of Linux. One kernel for
 * each call; nothing is shared between two.
 *
 * @throws RangeError (`VNET_RANGE`) where `equalizers` is no number of links.
 * @throws TypeError (`VNET_TYPE`) where `state` is not what {@link MockDriver.save} gave: of another version, cut short, or
 * damaged; `attribute` is the path of the place.
 */
export function mockDriver(options: MockOptions = {}): MockDriver {
  const clock = options.clock ?? realClock()
  const { equalizers = 0 } = options
  if (!Number.isInteger(equalizers) || equalizers < 0 || equalizers > mostEqualizers) {
    const problem = `a whole number from 0 to ${mostEqualizers} is needed`
    throw wrongArgument('VNET_RANGE', 'mock', 'options.equalizers', problem, 'one is enough for teql0')
  }
  const lacks = new Set(options.lacks)
  const supports = supported(lacks)
  const kernel = new Kernel({
    clock,
    offset: Math.max(0, (options.state?.now ?? 0) - clock.now()) || 0,
    seed: options.seed ?? Math.floor(Math.random() * 0x1_0000_0000),
    lacks,
    supports,
    processors: options.processors ?? 2,
    onStorm: options.onStorm,
    onDrop: options.onDrop,
  })
  if (options.state !== undefined) {
    try {
      loadState(kernel, options.state, options.seed === undefined)
    } catch (error) {
      kernel.stop()
      throw error
    }
  }
  if (options.state === undefined && !lacks.has('qdisc teql')) addEqualizers(kernel, equalizers)
  if (kernel.equalizers.size > 0 && !lacks.has('qdisc teql')) supports['qdisc teql'] = true
  const connections = new Set<Connection>()
  const handles = new Set<NamespaceHandle>()
  const replies = new Replies(kernel)
  let open = true

  function namespaceOf(ref: NamespaceRef | undefined, operation: string): Namespace {
    if (!open) throw closed(operation)
    if (ref === undefined) return kernel.namespaces.initial
    for (const [key, capability] of [['pid', 'namespace pid'] as const, ['fd', 'namespace fd'] as const]) {
      if (key in ref) throw unsupported(operation, capability)
    }
    const namespace = kernel.namespaces.find(ref)
    if (namespace !== undefined) return namespace
    const missing =
      'handle' in ref
        ? { code: 'EBADF' as const, errno: 9, hint: 'the handle was closed: open the namespace again' }
        : {
            code: 'ENOENT' as const,
            errno: 2,
            hint: 'no such namespace; `vnet namespace list` shows those that are there',
          }
    throw new VnetError({ ...missing, operation, subject: namespaceText(ref) })
  }

  /** Answers later, as a kernel would. */
  async function turn(operation: string, { signal }: CallOptions, late = 0): Promise<void> {
    signal?.throwIfAborted()
    if (!open) throw closed(operation)
    await replies.wait(late, signal)
    signal?.throwIfAborted()
    if (!open) throw closed(operation)
  }

  /** The same of what can fail. */
  async function answer(operation: FaultOperation, ref: NamespaceRef | undefined, options: CallOptions): Promise<void> {
    const call = (): PlacedCall => ({
      operation,
      subject: ref === undefined ? undefined : namespaceText(ref),
      spec: { ...ref },
      place: ref === undefined ? kernel.namespaces.initial : kernel.namespaces.find(ref),
    })
    await turn(operation, options, kernel.faults.lateness(call))
    kernel.faults.check(call)
  }

  const driver: MockDriver = {
    name: 'mock',
    supports,
    faults: kernel.faults,

    async connect(ref, callOptions = {}) {
      await answer('connect', ref, callOptions)
      const namespace = namespaceOf(ref, 'connect')
      const connection = openConnection({
        kernel,
        namespace,
        eventQueue: options.eventQueue ?? 10_000,
        closed: (gone) => connections.delete(gone),
      })
      connections.add(connection)
      return connection
    },

    async openNamespace(ref, callOptions = {}) {
      const operation = ref === 'new' ? 'namespace add' : 'namespace open'
      await answer(operation, ref === 'new' || ref === 'current' ? undefined : ref, callOptions)
      if (ref === 'new' && lacks.has('namespace anonymous')) throw unsupported(operation, 'namespace anonymous')
      const namespace =
        ref === 'new' ? kernel.namespaces.add() : namespaceOf(ref === 'current' ? undefined : ref, operation)
      const number = kernel.namespaces.open(namespace)
      const handle: NamespaceHandle = {
        ref: { handle: number },
        identity: namespace.identity,
        async close() {
          handles.delete(handle)
          kernel.namespaces.close(number)
        },
        [Symbol.asyncDispose]: () => handle.close(),
      }
      handles.add(handle)
      return handle
    },

    async run(_namespace, _program, callOptions = {}) {
      await turn('namespace exec', callOptions)
      throw unsupported('namespace exec', 'namespace exec')
    },

    save() {
      if (!open) throw closed('save')
      kernel.wake()
      return saveState(kernel)
    },

    fork(own = {}) {
      // Without a seed of its own it goes on with the random numbers of this one.
      const { seed: _, ...kept } = options
      return mockDriver({ ...kept, ...own, state: driver.save() })
    },

    async settled(callOptions = {}) {
      if (!open) throw closed('settled')
      await settled(kernel, callOptions.signal)
    },

    counters: () => kernel.backlog.counters,

    async close() {
      if (!open) return
      open = false
      replies.release()
      for (const connection of [...connections]) await connection.close()
      for (const handle of [...handles]) await handle.close()
      kernel.stop()
    },

    [Symbol.asyncDispose]: () => driver.close(),
  }
  return driver
}
