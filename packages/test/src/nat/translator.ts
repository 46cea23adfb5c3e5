/**
 * Network address and port translation of IPv4 as a state machine: packets and time go in, packets come out (RFC 3022 § 4,
 * RFC 4787, 5382, 5508).
 *
 * @module
 */
import type { NatDropCause } from './cause.js'
import { type Endpoint, keyOf, partOf } from './endpoint.js'
import { WaitingFragments } from './fragments.js'
import { type Mapping, type MappingState, MappingTable } from './mapping-table.js'
import { type NatProtocol, type Packet, readPacket } from './packet.js'
import { closeError, giveBackHop, rewrite } from './rewrite.js'
import { type Direction, refresh } from './session.js'
import type { NatBehaviour } from './type.js'

/** What becomes of a packet. `here`: it is for the box itself, unchanged; `later`: other fragments of it are waited for. */
export type Verdict =
  | { readonly to: 'inside' | 'outside' | 'here'; readonly packet: Uint8Array }
  | { readonly to: 'nowhere'; readonly cause: NatDropCause }
  | { readonly to: 'later' }

const nowhere = (cause: NatDropCause): Verdict => ({ to: 'nowhere', cause })

/** A NAT box without its links. */
export class Translator {
  /** Its address outside, as a number. */
  readonly address: number
  readonly behaviour: NatBehaviour
  /** Is told of each new mapping. */
  onMapping: (mapping: Mapping) => void = () => {}
  readonly #table: MappingTable
  #fragments = { out: new WaitingFragments(), in: new WaitingFragments() }

  /** @param state Of another one, or the seed of chance and no mappings. */
  constructor(address: number, behaviour: NatBehaviour, state: MappingState) {
    this.address = address
    this.behaviour = behaviour
    this.#table = new MappingTable(behaviour, state)
  }

  /** A copy of what it remembers; fragments that wait for others are not among it. */
  get state(): MappingState {
    return this.#table.state
  }

  /** The mappings that live. */
  mappings(now: number): Mapping[] {
    return this.#table.list(now)
  }

  /** Forgets all mappings and waiting fragments, as a box that is switched off and on. */
  reset(): void {
    this.#table.clear()
    this.#fragments = { out: new WaitingFragments(), in: new WaitingFragments() }
  }

  /** A packet of a host inside that is not for an inside address of the box. `bytes` are the caller's. */
  outbound(bytes: Uint8Array, now: number): Verdict {
    return this.#whole('out', bytes, now, (copy, packet) => {
      const { protocol, source, destination, flags } = packet
      if (protocol === 'other') return nowhere('nat-protocol')
      const isTurn = destination.address === this.address
      if (protocol === 'error') return this.#errorOut(copy, packet, isTurn, now)
      // Echo requests to the box itself, and answers to its own.
      if (isTurn && protocol === 'icmp') return { to: 'here', packet: copy }
      if (isTurn && !this.behaviour.hairpin) return nowhere('nat-no-hairpin')
      if (protocol === 'icmp' && source.port === 0) return nowhere('nat-no-mapping')
      const isOld = this.#table.find(protocol, source, destination, now)
      const mapping = isOld ?? this.#table.add(protocol, source, destination, now)
      if (mapping === undefined) return nowhere('nat-no-port')
      refresh(this.#table.session(mapping, destination), protocol, 'out', flags, this.behaviour, now)
      if (isOld === undefined) this.onMapping(mapping)
      rewrite(copy, packet, 'source', this.#outside(mapping))
      return isTurn ? this.#in(copy, now) : { to: 'outside', packet: copy }
    })
  }

  /** A packet from outside for the box's address there. `bytes` are the caller's. */
  inbound(bytes: Uint8Array, now: number): Verdict {
    return this.#whole('in', bytes, now, (copy) => this.#in(copy, now))
  }

  /** Puts fragments together, and reads. */
  #whole(
    direction: Direction,
    bytes: Uint8Array,
    now: number,
    then: (copy: Uint8Array, packet: Packet) => Verdict,
  ): Verdict {
    const copy = this.#fragments[direction].whole(bytes, now)
    if (copy === undefined) return { to: 'later' }
    const packet = readPacket(copy)
    if (packet === undefined) return nowhere('nat-malformed')
    giveBackHop(copy)
    return then(copy, packet)
  }

  /** From outside, or turned round. */
  #in(copy: Uint8Array, now: number): Verdict {
    const packet = readPacket(copy)
    if (packet === undefined) return nowhere('nat-malformed')
    const { protocol, source, destination, flags } = packet
    if (protocol === 'other') return nowhere('nat-protocol')
    if (protocol === 'error') return this.#errorIn(copy, packet, now)
    const mapping = this.#table.owner(protocol, destination.port, now)
    // Questions to the box itself, and answers to its own.
    if (protocol === 'icmp' && (destination.port === 0 || mapping === undefined)) return { to: 'here', packet: copy }
    if (mapping === undefined) return nowhere('nat-no-mapping')
    if (!this.#lets(mapping, source, now)) return nowhere('nat-filtered')
    if (protocol === 'tcp' || this.behaviour.inboundRefresh)
      refresh(this.#table.session(mapping, source), protocol, 'in', flags, this.behaviour, now)
    rewrite(copy, packet, 'destination', mapping.inside)
    return { to: 'inside', packet: copy }
  }

  /** Whether a mapping lets in what comes from there (RFC 4787 § 5). */
  #lets({ sessions }: Mapping, source: Endpoint, now: number): boolean {
    const { filtering } = this.behaviour
    if (filtering === 'endpoint-independent') return true
    const part = partOf(source, filtering)
    for (const { remote, expires } of sessions.values())
      if (expires > now && partOf(remote, filtering) === part) return true
    return false
  }

  /** An ICMP error of a host inside about a packet that was let in (RFC 5508 § 4.2). It keeps no mapping alive. */
  #errorOut(copy: Uint8Array, packet: Packet, isTurn: boolean, now: number): Verdict {
    const { inner } = packet
    const mapping = isFlow(inner) ? this.#table.find(inner.protocol, inner.destination, inner.source, now) : undefined
    if (inner === undefined || mapping === undefined) return nowhere('nat-no-mapping')
    rewrite(copy, inner, 'destination', this.#outside(mapping))
    closeError(copy, packet)
    rewrite(copy, packet, 'source', { address: this.address, port: 0 })
    return isTurn ? this.#in(copy, now) : { to: 'outside', packet: copy }
  }

  /** An ICMP error about a packet that was sent by a mapping, else one about the box's own (RFC 5508 § 4.1). */
  #errorIn(copy: Uint8Array, packet: Packet, now: number): Verdict {
    const { inner } = packet
    const isOurs = inner?.source.address === this.address && isFlow(inner)
    const mapping = isOurs ? this.#table.owner(inner.protocol, inner.source.port, now) : undefined
    const session = inner && mapping?.sessions.get(keyOf(inner.destination))
    if (mapping === undefined || session === undefined || session.expires <= now) return { to: 'here', packet: copy }
    rewrite(copy, inner as Packet, 'source', mapping.inside)
    closeError(copy, packet)
    rewrite(copy, packet, 'destination', { address: mapping.inside.address, port: 0 })
    return { to: 'inside', packet: copy }
  }

  #outside = ({ port }: Mapping): Endpoint => ({ address: this.address, port })
}

/** Whether a packet may have a mapping. */
const isFlow = (packet: Packet | undefined): packet is Packet & { readonly protocol: NatProtocol } =>
  packet !== undefined && packet.protocol !== 'error' && packet.protocol !== 'other'
