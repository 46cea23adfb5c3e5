/** A lab: nodes and cables that stand, and what a test does to them. @module */
import { type Host, VnetError, wrongArgument } from '@vnet/core'
import { type ManualClock, type MockDriver, manualClock } from '@vnet/mock'
import type { Built } from './build.js'
import type { LabCable } from './cable.js'
import { type Evidence, writeEvidence } from './evidence.js'
import type { LabNat } from './nat/box.js'
import type { LabNode } from './node.js'
import { cablesBetween } from './partition.js'
import type { Plan } from './plan.js'
import { type Reach, type ReachOptions, reachUntil } from './reach.js'
import type { Recorder } from './recorder.js'
import type { Impairment } from './spec.js'
import type { LabTime } from './time.js'

/** What a lab is made of. */
export interface LabParts {
  readonly host: Host
  readonly plan: Plan
  readonly built: Built
  readonly nats: ReadonlyMap<string, LabNat>
  readonly time: LabTime
  readonly recorder: Recorder | undefined
  /** The clock of a mock that stands still. */
  readonly clock: ManualClock | undefined
  /** The mock. */
  readonly mock: MockDriver | undefined
  readonly name: string
  readonly artifacts: string | undefined
  /** Names under `/run/netns` that go with the lab. */
  readonly names: readonly string[]
  /** A second lab on a driver. */
  readonly again: ((from: Lab, clock: ManualClock | undefined) => Promise<Lab>) | undefined
}

/** A network for a test. Close it, or use `await using`. */
export class Lab implements AsyncDisposable {
  /** The host that the namespaces were opened with; its own namespace is that of the process, which the lab leaves alone. */
  readonly host: Host
  /** Name of the backend: `mock`, `napi`, `ffi`. */
  readonly driver: string
  /** Nodes by name. */
  readonly nodes: ReadonlyMap<string, LabNode>
  /** Cables, in the order in which they were given. */
  readonly cables: readonly LabCable[]
  readonly #parts: LabParts
  #isClosed = false

  /** @internal */
  constructor(parts: LabParts) {
    this.#parts = parts
    this.host = parts.host
    this.driver = parts.host.driver.name
    this.nodes = parts.built.nodes
    this.cables = parts.built.cables
  }

  /**
   * The clock of the mock, which stands still by itself: `lab.clock.advance(30)`.
   *
   * @throws `VnetError` `VNET_UNSUPPORTED` on a kernel, and with `clock: 'real'`
   */
  get clock(): ManualClock {
    return (
      this.#parts.clock ?? unsupported('lab clock', 'a clock that can be moved', 'use lab.wait, which works everywhere')
    )
  }

  /**
   * The mock itself: `lab.mock.faults.fail(…)`, `lab.mock.save()`.
   *
   * @throws `VnetError` `VNET_UNSUPPORTED` on a kernel
   */
  get mock(): MockDriver {
    return this.#parts.mock ?? unsupported('lab mock', 'a kernel in memory', 'use the backend mock')
  }

  /** A node by name. Throws a RangeError (`VNET_RANGE`) where there is none. */
  node(name: string): LabNode {
    const node = this.nodes.get(name)
    if (node !== undefined) return node
    const hint = `there are: ${[...this.nodes.keys()].join(', ')}`
    throw wrongArgument('VNET_RANGE', 'lab node', 'name', `there is no node ${JSON.stringify(name)}`, hint)
  }

  /** A NAT box by name: its mappings, and what it dropped. Throws a RangeError (`VNET_RANGE`) where there is none. */
  nat(name: string): LabNat {
    const { nats } = this.#parts
    const nat = nats.get(this.node(name).name)
    if (nat !== undefined) return nat
    const hint = nats.size === 0 ? 'give the lab some: nats' : `there are: ${[...nats.keys()].join(', ')}`
    throw wrongArgument('VNET_RANGE', 'lab nat', 'name', `${name} is no NAT box`, hint)
  }

  /** The first cable between two nodes. Throws a RangeError (`VNET_RANGE`) where there is none. */
  cable(one: string, other: string): LabCable {
    const [first, second] = [this.node(one), this.node(other)]
    const cable = this.cables.find(({ ends }) => ends.every(({ node }) => node === first || node === second))
    if (cable !== undefined) return cable
    const hint = `there are: ${this.cables.map(({ name }) => name).join(', ')}`
    throw wrongArgument('VNET_RANGE', 'lab cable', 'other', `there is no cable between ${one} and ${other}`, hint)
  }

  /**
   * Whether a node reaches another: an echo request, or with `udp` a datagram, to each address of the other, of the versions of
   * IP that both have.
   */
  reach(from: string, to: string, options: ReachOptions = {}): Promise<Reach> {
    return this.reachAs(from, to, options, ({ all }) => all)
  }

  /** {@link Lab.reach} until it is as wished, where time is given. @internal */
  async reachAs(from: string, to: string, options: ReachOptions, isWished: (reach: Reach) => boolean): Promise<Reach> {
    const reach = await reachUntil(this.node(from), this.node(to), options, this.#parts.time, isWished)
    this.#parts.recorder?.note('reach', reach)
    return reach
  }

  /**
   * Cuts the cables between groups of nodes, so that none reaches another. A node that is in no group, such as a switch, goes
   * with the first group that needs it to hang together, or else with the nearest one.
   *
   * @throws RangeError (`VNET_RANGE`) a node that is not there or in two groups; a group whose nodes meet only where others do
   */
  async partition(...groups: readonly (readonly string[])[]): Promise<void> {
    for (const name of groups.flat()) this.node(name)
    const { plan, recorder } = this.#parts
    const between = cablesBetween(plan.cables, groups)
    const cut = this.cables.filter((_, place) => between.includes(plan.cables[place] as (typeof between)[number]))
    recorder?.note('partition', { groups, cut: cut.map(({ name }) => name) })
    for (const cable of cut) await cable.cut()
  }

  /** Mends every cable that is cut. */
  async heal(): Promise<void> {
    this.#parts.recorder?.note('heal')
    for (const cable of this.cables) await cable.mend()
  }

  /**
   * Makes the cables between two nodes bad in both directions; `undefined` makes them good again. Losses and delays of the mock
   * come from the lab's seed; a kernel's are its own. One direction: `lab.cable('a', 'b').impair(…, 'a')`.
   *
   * @throws `VnetError` `VNET_UNSUPPORTED` the backend lacks `qdisc netem` or `traffic control`
   */
  async impair(one: string, other: string, impairment: Impairment | undefined): Promise<void> {
    const { ends } = this.cable(one, other)
    this.#parts.recorder?.note('impair', { one, other, impairment })
    const nodes = new Set(ends.map(({ node }) => node))
    for (const cable of this.cables) if (cable.ends.every(({ node }) => nodes.has(node))) await cable.impair(impairment)
  }

  /** Lets some seconds pass: the mock's clock is moved, a kernel is waited for. */
  wait(seconds: number): Promise<void> {
    return this.#parts.time.wait(seconds)
  }

  /**
   * Writes what was recorded until now: see {@link Evidence}.
   *
   * @param name What the files begin with; the lab's name when absent. Other signs than letters and digits become hyphens.
   */
  async evidence(name = this.#parts.name): Promise<Evidence> {
    const { recorder, artifacts, mock } = this.#parts
    if (recorder === undefined)
      return { frameCount: 0, dropCount: 0, eventCount: 0, text: 'Evidence: none, as record is false' }
    await recorder.flush(mock === undefined)
    return writeEvidence(
      recorder,
      artifacts,
      name.replace(/[^\p{L}\p{N}_.]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'lab',
    )
  }

  /** What {@link Lab.evidence} says, for the message of a failure, which must not be hidden by another one. @internal */
  async evidenceText(): Promise<string> {
    try {
      return (await this.evidence()).text
    } catch (error) {
      return `Evidence could not be written: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  /**
   * A second lab with the same state, which goes its own way from here: time, chance, caches and what waits. Only on the mock.
   *
   * @throws `VnetError` `VNET_UNSUPPORTED` on a kernel
   */
  async fork(): Promise<Lab> {
    const { clock, again } = this.#parts
    if (again === undefined) return unsupported('lab fork', 'a state that can be copied', 'use the backend mock')
    return again(this, clock === undefined ? undefined : manualClock(clock.now()))
  }

  /** Removes all that the lab made. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { host, nats, recorder, names } = this.#parts
    try {
      for (const nat of nats.values()) await nat.close()
    } finally {
      await closeAll(host, recorder, names)
    }
  }

  /** As {@link Lab.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Ends recording, takes the names away, and closes the namespaces and the driver. */
export async function closeAll(host: Host, recorder: Recorder | undefined, names: readonly string[]): Promise<void> {
  try {
    await recorder?.close()
    for (const name of names) await host.namespace.delete(name)
  } finally {
    await host.close()
  }
}

function unsupported(operation: string, what: string, hint: string): never {
  throw new VnetError({ code: 'VNET_UNSUPPORTED', operation, subject: what, detail: 'only the mock has it', hint })
}
