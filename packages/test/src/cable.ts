/** A cable between two nodes: it can be cut, mended, and made bad. @module */
import { type Capability, type Host, remedyOf, VnetError, wrongArgument } from '@vnet/core'
import { type Memory, recall, remember } from './memory.js'
import type { LabNode } from './node.js'
import type { PlannedCable } from './plan.js'
import type { Impairment } from './spec.js'

/** Handle of the discipline that makes a line bad. */
const handle = '1:'

/** An end of a cable. */
export interface CableEnd {
  /** The node. */
  readonly node: LabNode
  /** Name of the link in its namespace. */
  readonly link: string
}

/** A cable: a veth pair. */
export class LabCable {
  /** Its ends, in the order in which they were given. */
  readonly ends: readonly [CableEnd, CableEnd]
  readonly #host: Host
  readonly #planned: PlannedCable
  #memory: Memory | undefined
  #isCut = false

  /** @internal */
  constructor(host: Host, planned: PlannedCable, ends: readonly [CableEnd, CableEnd]) {
    this.#host = host
    this.#planned = planned
    this.ends = ends
  }

  /** Goes on from a cable of which this one is a copy. @internal */
  continue(from: LabCable): void {
    this.#isCut = from.#isCut
    this.#memory = from.#memory
  }

  /** `a:eth0 – b:eth1`. */
  get name(): string {
    return this.ends.map(({ node, link }) => `${node.name}:${link}`).join(' – ')
  }

  /** Whether it is cut. */
  get isCut(): boolean {
    return this.#isCut
  }

  /**
   * Cuts it: one end is set down, that of a switch where there is one, so the other has no carrier. Addresses and routes that
   * Linux forgets of an end that is down are put back by {@link LabCable.mend}. Nothing happens where it is cut already.
   */
  async cut(): Promise<void> {
    if (this.#isCut) return
    const { node, link } = this.#end
    if (node.role !== 'switch') this.#memory = await remember(node.namespace, link)
    await node.namespace.link.set(link, { up: false })
    this.#isCut = true
  }

  /** Mends it. Nothing happens where it is whole. */
  async mend(): Promise<void> {
    if (!this.#isCut) return
    const { node, link } = this.#end
    await node.namespace.link.set(link, { up: true })
    if (this.#memory !== undefined) await recall(node.namespace, this.#memory)
    this.#memory = undefined
    this.#isCut = false
  }

  /**
   * Makes the line bad for what leaves by its ends, or by that of one node, as `tc qdisc replace dev LINK root netem …`;
   * `undefined` makes it good again.
   *
   * @throws `VnetError` `VNET_UNSUPPORTED` the backend lacks `qdisc netem`, or does nothing to packets by it (`traffic control`)
   */
  async impair(impairment: Impairment | undefined, from?: string): Promise<void> {
    const ends = this.#endsOf(from)
    for (const capability of ['qdisc netem', 'traffic control'] as const) this.#need(capability)
    for (const { node, link } of ends) {
      const { qdisc } = node.namespace
      if (impairment !== undefined) await qdisc.set({ link, kind: 'netem', handle, ...impairment })
      else if ((await qdisc.list({ link })).some((each) => each.handle === handle)) await qdisc.delete({ link, handle })
    }
  }

  /** The end that goes down. */
  get #end(): CableEnd {
    const [one, other] = this.ends
    return one.node.role === 'switch' && other.node.role !== 'switch' ? one : other
  }

  #endsOf(from: string | undefined): readonly CableEnd[] {
    const ends = this.ends.filter(({ node }) => from === undefined || node.name === from)
    if (ends.length > 0) return ends
    const names = this.#planned.ends.map(({ node }) => node).join(' or ')
    throw wrongArgument('VNET_RANGE', 'lab impair', 'from', `${from} is no end of ${this.name}`, `give ${names}`)
  }

  #need(capability: Capability): void {
    const reason = this.#host.supports[capability]
    if (reason === true) return
    throw new VnetError({
      code: 'VNET_UNSUPPORTED',
      operation: 'lab impair',
      subject: capability,
      detail: reason,
      hint: remedyOf(capability),
    })
  }
}
