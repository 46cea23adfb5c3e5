/** Faults on demand: what goes wrong when a test says so, so that a program's handling of errors can be tested. @module */
import {
  type Capability,
  capabilities,
  type ErrorCode,
  type EventGroup,
  hintOf,
  type NamespaceInput,
  type Request,
  remedyOf,
  VnetError,
  wrongArgument,
} from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { errorNames, errorNumber } from '../refusal.js'
import { type CountedFault, type MockFault, PendingFault } from './fault.js'
import { checkCounts, type FaultMatch, fits, type PlacedCall, placeOf } from './match.js'
import { needsAdmin } from './permission.js'

/** How calls are to fail. */
export interface FailSpec extends FaultMatch {
  /** The kernel's name of an error number: `EBUSY`, `ENOMEM`. */
  readonly error: ErrorCode
  /** The kernel's own sentence, where it would give one. */
  readonly detail?: string
  /** Path of the offending field: `spec.mtu`. */
  readonly attribute?: string
}

/** How late answers are to come. */
export interface DelaySpec extends FaultMatch {
  /** Seconds on the mock's clock; `Infinity`: the answer never comes. */
  readonly seconds: number
}

/** Which events are not to fit into the queues of subscribers. */
export interface OverflowSpec extends Pick<FaultMatch, 'namespace' | 'nth' | 'times'> {
  /** Only events of this group. */
  readonly group?: EventGroup
}

/** Breaks a mock on purpose. A program on the mock meets the errors that it would meet on a kernel. */
export interface MockFaults {
  /**
   * Lets calls fail before anything of them is carried out: nothing is left behind and nobody hears of it. The error has
   * the code, number, subject and hint of the kernel backends.
   *
   * @throws RangeError where `error` is no error number of the kernel, or `nth`, `times` or `operation` is wrong.
   */
  fail(spec: FailSpec): CountedFault
  /**
   * Lets answers come late, on the mock's clock. What was asked is carried out at once. Answers of one connection keep
   * their order, so a late one holds up those behind it, but for one that never comes; several delays of one list of
   * requests add up. Abort and `close` end the wait.
   *
   * @throws RangeError where `seconds` is negative or no number, or `nth`, `times` or `operation` is wrong.
   */
  delay(spec: DelaySpec): CountedFault
  /**
   * Drops events as if the queues of all subscribers were full: each is told `lost` in their place (`ENOBUFS` on a
   * kernel), upon which `watch` of the client reads again and tells a `resync`. `hits` counts the dropped events.
   *
   * @throws RangeError where `nth` or `times` is wrong.
   */
  overflow(spec?: OverflowSpec): CountedFault
  /**
   * Breaks the connections that are open, all of them or those to a namespace: what is under way, and all that is asked
   * later, fails with `EIO`; subscriptions end with it. Whether what was under way was carried out is not known, as on a
   * kernel. Connections that are opened later work.
   *
   * @returns How many were broken.
   */
  disconnect(where?: { readonly namespace?: NamespaceInput }): number
  /**
   * Takes a capability away until the fault is cancelled: `supports` tells it, and what needs it fails as on a kernel
   * without. Without `admin` (CAP_NET_ADMIN) everything that changes the network fails with `EPERM`; with a namespace
   * only what is done in that one, and `supports`, which is of the whole driver, stays.
   *
   * @throws RangeError where there is no such capability, or a namespace is given with another than `admin`.
   */
  revoke(capability: Capability, where?: { readonly namespace?: NamespaceInput }): MockFault
  /** Mends everything but broken connections. */
  clear(): void
}

/** A subscriber's event that is about to be queued. */
interface PlacedEvent {
  readonly place: Namespace
  readonly group: EventGroup
}

/** The faults of one kernel. */
export class Faults implements MockFaults {
  readonly #kernel: Kernel
  readonly #failures = new Set<PendingFault<PlacedCall, FailSpec>>()
  readonly #delays = new Set<PendingFault<PlacedCall, number>>()
  readonly #overflows = new Set<PendingFault<PlacedEvent, undefined>>()
  /** What was taken away, by the fault that did; `undefined` for that in one namespace. */
  readonly #revoked = new Map<MockFault, Capability | undefined>()
  /** Those without CAP_NET_ADMIN: tells for a namespace. */
  readonly #powerless = new Set<(place: Namespace | undefined) => boolean>()
  /** Open connections, each with its namespace. */
  readonly #connections = new Map<{ break(): void }, Namespace>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  fail(spec: FailSpec): CountedFault {
    if (errorNumber(spec.error) === undefined) {
      const problem = `${JSON.stringify(spec.error)} is no error that the kernel gives`
      throw wrongArgument('VNET_RANGE', 'fault fail', 'error', problem, `one of ${errorNames.join(', ')}`)
    }
    return new PendingFault(this.#failures, fits(this.#kernel, 'fault fail', spec), spec, spec)
  }

  delay(spec: DelaySpec): CountedFault {
    if (!(spec.seconds >= 0)) {
      const problem = `${spec.seconds} is no length of time`
      throw wrongArgument('VNET_RANGE', 'fault delay', 'seconds', problem, 'seconds from 0, or Infinity')
    }
    return new PendingFault(this.#delays, fits(this.#kernel, 'fault delay', spec), spec, spec.seconds)
  }

  overflow(spec: OverflowSpec = {}): CountedFault {
    checkCounts('fault overflow', spec)
    const inPlace = placeOf(this.#kernel, spec.namespace)
    const fitting = ({ place, group }: PlacedEvent) =>
      inPlace(place) && (spec.group === undefined || spec.group === group)
    return new PendingFault(this.#overflows, fitting, spec, undefined)
  }

  disconnect({ namespace }: { readonly namespace?: NamespaceInput } = {}): number {
    const inPlace = placeOf(this.#kernel, namespace)
    const broken = [...this.#connections].filter(([, place]) => inPlace(place))
    for (const [connection] of broken) {
      this.#connections.delete(connection)
      connection.break()
    }
    return broken.length
  }

  revoke(capability: Capability, { namespace }: { readonly namespace?: NamespaceInput } = {}): MockFault {
    if (!capabilities.includes(capability)) {
      const problem = `there is no capability ${JSON.stringify(capability)}`
      throw wrongArgument('VNET_RANGE', 'fault revoke', 'capability', problem, `one of ${capabilities.join(', ')}`)
    }
    if (namespace !== undefined && capability !== 'admin') {
      const problem = `${capability} is of the whole kernel`
      throw wrongArgument('VNET_RANGE', 'fault revoke', 'namespace', problem, 'leave it out, or revoke admin')
    }
    const powerless = capability === 'admin' ? placeOf(this.#kernel, namespace) : undefined
    if (powerless !== undefined) this.#powerless.add(powerless)
    if (namespace === undefined) this.#kernel.withhold(capability, remedyOf(capability))
    const fault: MockFault = {
      cancel: () => {
        if (!this.#revoked.delete(fault)) return
        if (powerless !== undefined) this.#powerless.delete(powerless)
        // Taken away twice, it comes back with the second.
        if (namespace === undefined && ![...this.#revoked.values()].includes(capability))
          this.#kernel.giveBack(capability)
      },
      [Symbol.dispose]: () => fault.cancel(),
    }
    this.#revoked.set(fault, namespace === undefined ? capability : undefined)
    return fault
  }

  clear(): void {
    for (const fault of [...this.#failures, ...this.#delays, ...this.#overflows, ...this.#revoked.keys()])
      fault.cancel()
  }

  /** Enters an open connection, which can be broken until the returned function is called. */
  enter(connection: { break(): void }, place: Namespace): () => void {
    this.#connections.set(connection, place)
    return () => this.#connections.delete(connection)
  }

  /** Throws what a call is to fail with. `request` is what it is, where it is one. */
  check(call: () => PlacedCall, request?: Request): void {
    if (this.#failures.size === 0 && this.#powerless.size === 0) return
    const asked = call()
    for (const powerless of this.#powerless) {
      if (needsAdmin(asked) && powerless(asked.place)) throw failure(asked, { error: 'EPERM' }, request)
    }
    for (const fault of this.#failures) if (fault.strikes(asked)) throw failure(asked, fault.effect, request)
  }

  /** How long the answer to a call is to wait, seconds. */
  lateness(call: () => PlacedCall): number {
    if (this.#delays.size === 0) return 0
    const asked = call()
    let seconds = 0
    for (const fault of this.#delays) if (fault.strikes(asked)) seconds += fault.effect
    return seconds
  }

  /** Whether an event is to find the queues full. */
  overflows(place: Namespace, group: EventGroup): boolean {
    for (const fault of this.#overflows) if (fault.strikes({ place, group })) return true
    return false
  }
}

function failure(call: PlacedCall, { error, detail, attribute }: FailSpec, request: Request | undefined): VnetError {
  const { operation, subject } = call
  const hint =
    request === undefined ? (error === 'EPERM' ? remedyOf('admin') : undefined) : hintOf(request, error, detail)
  return new VnetError({ code: error, operation, subject, errno: errorNumber(error), detail, attribute, hint })
}
