/** A NAT box of a lab: its translator between the two links that its kernel leads packets through. @module */
import { isVnetError, parseIp, type TunPort } from '@vnet/core'
import { u32At } from '@vnet/wire'
import type { LabNode } from '../node.js'
import type { Recorder } from '../recorder.js'
import type { LabTime } from '../time.js'
import { type NatDropCause, natDropCauses } from './cause.js'
import { type NatEndpoint, namedEndpoint } from './endpoint.js'
import type { NatPorts } from './ground.js'
import type { Mapping, MappingState } from './mapping-table.js'
import type { NatProtocol } from './packet.js'
import type { PlannedNat } from './plan-nat.js'
import { Translator, type Verdict } from './translator.js'
import type { NatBehaviour } from './type.js'

/** A mapping, as a test reads it. */
export interface NatMapping {
  /** Its protocol; `icmp` for echo requests. */
  readonly protocol: NatProtocol
  /** Whom it belongs to. */
  readonly inside: NatEndpoint
  /** What the outside sees. */
  readonly outside: NatEndpoint
  /** Whom it has been used with and is remembered for. */
  readonly remotes: readonly NatEndpoint[]
  /** Seconds until it is forgotten, unless it is used. */
  readonly expiresIn: number
}

/** What a box is made of. */
export interface NatParts {
  readonly node: LabNode
  readonly planned: PlannedNat
  readonly ports: NatPorts
  readonly state: MappingState
  readonly time: LabTime
  readonly recorder: Recorder | undefined
}

/** A NAT box: {@link Lab.nat}. */
export class LabNat {
  /** Its node. */
  readonly node: LabNode
  /** Its address outside. */
  readonly address: string
  /** How it behaves. */
  readonly behaviour: NatBehaviour
  readonly #translator: Translator
  readonly #ports: NatPorts
  readonly #time: LabTime
  readonly #recorder: Recorder | undefined
  readonly #running: readonly Promise<void>[]
  readonly #drops = Object.fromEntries(Object.keys(natDropCauses).map((cause) => [cause, 0])) as Record<
    NatDropCause,
    number
  >

  /** @internal */
  constructor({ node, planned, ports, state, time, recorder }: NatParts) {
    this.node = node
    this.address = planned.address
    this.behaviour = planned.behaviour
    this.#ports = ports
    this.#time = time
    this.#recorder = recorder
    this.#translator = new Translator(u32At(parseIp(planned.address) as Uint8Array, 0), planned.behaviour, state)
    this.#translator.onMapping = (mapping) => recorder?.note('nat mapping', { nat: node.name, ...this.#told(mapping) })
    this.#running = (['inside', 'outside'] as const).map((side) => this.#run(side))
  }

  /** The mappings that live, in the order in which they were made. A new list each time. */
  get mappings(): readonly NatMapping[] {
    return this.#translator.mappings(this.#time.now()).map((mapping) => this.#told(mapping))
  }

  /** Packets that it did not let through, by cause. A new object each time. */
  get drops(): Readonly<Record<NatDropCause, number>> {
    return { ...this.#drops }
  }

  /** Forgets all mappings, as a box that is switched off and on. */
  reset(): void {
    this.#recorder?.note('nat reset', { nat: this.node.name })
    this.#translator.reset()
  }

  /** A copy of what it remembers. @internal */
  get state(): MappingState {
    return this.#translator.state
  }

  /** Ends it. @internal */
  async close(): Promise<void> {
    await this.#ports.inside.close()
    await this.#ports.outside.close()
    await Promise.all(this.#running)
  }

  async #run(side: 'inside' | 'outside'): Promise<void> {
    const port = this.#ports[side]
    const batch = port.createBatch()
    const out = port.createBatch()
    const send = async (to: TunPort, packet: Uint8Array) => {
      out.clear()
      out.add(packet)
      while (to.write(out) === 0) await to.writable()
    }
    try {
      for (;;) {
        const count = await port.read(batch)
        for (let i = 0; i < count; i++) {
          const verdict = this.#translate(side, batch.frame(i))
          if ('packet' in verdict) await send(verdict.to === 'here' ? port : this.#ports[verdict.to], verdict.packet)
        }
      }
    } catch (error) {
      // The end: the ports were closed, or their namespace was.
      if (!isVnetError(error)) throw error
    }
  }

  #translate(side: 'inside' | 'outside', packet: Uint8Array): Verdict {
    const now = this.#time.now()
    const verdict = side === 'inside' ? this.#translator.outbound(packet, now) : this.#translator.inbound(packet, now)
    if (verdict.to === 'nowhere') {
      const { cause } = verdict
      this.#drops[cause]++
      this.#recorder?.dropAt(this.node.name, {
        cause,
        link: side,
        index: this.#ports[side].index,
        bytes: packet.slice(),
      })
    }
    return verdict
  }

  #told(mapping: Mapping): NatMapping {
    const now = this.#time.now()
    const { protocol, inside, port } = mapping
    const live = [...mapping.sessions.values()].filter(({ expires }) => expires > now)
    return {
      protocol,
      inside: namedEndpoint(inside),
      outside: { address: this.address, port },
      remotes: live.map(({ remote }) => namedEndpoint(remote)),
      expiresIn: Math.max(...live.map(({ expires }) => expires)) - now,
    }
  }
}
