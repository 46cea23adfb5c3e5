/** The mappings of a NAT box: which port outside belongs to whom inside (RFC 4787 § 4). @module */
import { type Endpoint, keyOf, partOf } from './endpoint.js'
import type { NatProtocol } from './packet.js'
import { newSession, type Session } from './session.js'
import type { NatBehaviour } from './type.js'

/** A port or identifier outside that stands for one inside. */
export interface Mapping {
  readonly protocol: NatProtocol
  readonly inside: Endpoint
  /** Port or identifier outside. */
  readonly port: number
  /** What of the destination it is for: see `partOf`. */
  readonly part: number
  /** Whom it has been used with, by `keyOf`. */
  readonly sessions: Map<number, Session>
}

/** A table as it can be copied. */
export interface MappingState {
  readonly mappings: readonly Mapping[]
  /** State of chance, 32 bits. */
  readonly chance: number
}

/** Seconds between two searches for what has expired, while there is room. */
const sweepInterval = 10

const insideKey = (protocol: NatProtocol, inside: Endpoint, part: number) => `${protocol} ${keyOf(inside)} ${part}`
const outsideKey = (protocol: NatProtocol, port: number) => `${protocol} ${port}`

/** Whether somebody may still use it. */
const isLive = ({ sessions }: Mapping, now: number): boolean => {
  for (const { expires } of sessions.values()) if (expires > now) return true
  return false
}

/** The table. Time is an argument: seconds, by whatever clock. */
export class MappingTable {
  readonly #behaviour: NatBehaviour
  readonly #byInside = new Map<string, Mapping>()
  readonly #byOutside = new Map<string, Mapping>()
  #chance: number
  #swept = Number.NEGATIVE_INFINITY

  constructor(behaviour: NatBehaviour, { mappings, chance }: MappingState) {
    this.#behaviour = behaviour
    this.#chance = chance
    for (const mapping of mappings) this.#enter(mapping)
  }

  /** A copy of all of it. */
  get state(): MappingState {
    return structuredClone({ mappings: [...this.#byOutside.values()], chance: this.#chance })
  }

  /** The mapping of a host inside towards one outside. */
  find(protocol: NatProtocol, inside: Endpoint, remote: Endpoint, now: number): Mapping | undefined {
    return this.#live(this.#byInside.get(insideKey(protocol, inside, partOf(remote, this.#behaviour.mapping))), now)
  }

  /** The mapping that a port outside belongs to. */
  owner(protocol: NatProtocol, port: number, now: number): Mapping | undefined {
    return this.#live(this.#byOutside.get(outsideKey(protocol, port)), now)
  }

  /** A new mapping; `undefined` where no port is left. */
  add(protocol: NatProtocol, inside: Endpoint, remote: Endpoint, now: number): Mapping | undefined {
    if (now - this.#swept >= sweepInterval) this.#sweep(now)
    let port = this.#freePort(protocol, inside.port)
    if (port === undefined) {
      this.#sweep(now)
      port = this.#freePort(protocol, inside.port)
    }
    if (port === undefined) return undefined
    const mapping = { protocol, inside, port, part: partOf(remote, this.#behaviour.mapping), sessions: new Map() }
    this.#enter(mapping)
    return mapping
  }

  /** What a mapping knows of a host outside. */
  session({ sessions }: Mapping, remote: Endpoint): Session {
    const key = keyOf(remote)
    const session = sessions.get(key) ?? newSession(remote)
    sessions.set(key, session)
    return session
  }

  /** Those that live, in the order in which they were made. */
  list(now: number): Mapping[] {
    this.#sweep(now)
    return [...this.#byOutside.values()]
  }

  /** Forgets all. */
  clear(): void {
    this.#byInside.clear()
    this.#byOutside.clear()
  }

  #enter(mapping: Mapping): void {
    const { protocol, inside, part, port } = mapping
    this.#byInside.set(insideKey(protocol, inside, part), mapping)
    this.#byOutside.set(outsideKey(protocol, port), mapping)
  }

  #remove({ protocol, inside, part, port }: Mapping): void {
    this.#byInside.delete(insideKey(protocol, inside, part))
    this.#byOutside.delete(outsideKey(protocol, port))
  }

  #live(mapping: Mapping | undefined, now: number): Mapping | undefined {
    if (mapping === undefined || isLive(mapping, now)) return mapping
    this.#remove(mapping)
    return undefined
  }

  #sweep(now: number): void {
    this.#swept = now
    for (const mapping of this.#byOutside.values()) {
      for (const [key, { expires }] of mapping.sessions) if (expires <= now) mapping.sessions.delete(key)
      if (mapping.sessions.size === 0) this.#remove(mapping)
    }
  }

  /** That of the host inside where it is to be kept and free, else one by chance, else the next one that is free. */
  #freePort(protocol: NatProtocol, wished: number): number | undefined {
    const { keepPort, ports } = this.#behaviour
    const [first, last] = ports
    const isFree = (port: number) => !this.#byOutside.has(outsideKey(protocol, port))
    if (keepPort && wished >= first && wished <= last && isFree(wished)) return wished
    const count = last - first + 1
    const start = Math.floor(this.#fraction() * count)
    for (let step = 0; step < count; step++) {
      const port = first + ((start + step) % count)
      if (isFree(port)) return port
    }
    return undefined
  }

  /** A number from 0 to 1, without 1: a linear congruential generator, of whose state the upper bits are good enough. */
  #fraction(): number {
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0
    return this.#chance / 0x1_0000_0000
  }
}
