/** What hosts and bridges learn of a packet that passes them, beside what their lists said before. @module */
import type { Connection } from './nat.js'
import type { Spot } from './world.js'

/** Learned on the way: it stands above what the lists said, but not above what somebody wrote down. */
export class Memory {
  readonly #neighbours = new Map<string, string>()
  readonly #stations = new Map<string, number>()
  readonly #remotes = new Map<string, string>()
  readonly #connections = new Map<number, Connection[]>()

  /** The connections that a namespace translates, or might. */
  connections(place: number): Connection[] {
    const known = this.#connections.get(place) ?? []
    this.#connections.set(place, known)
    return known
  }

  /** A host hears the MAC of a neighbour: who asks for somebody tells who he is (RFC 826, RFC 4861 § 7.2.3). */
  meet({ place, link }: Spot, address: string, mac: string): void {
    this.#neighbours.set(`${place} ${link} ${address}`, mac)
  }

  neighbour({ place, link }: Spot, address: string): string | undefined {
    return this.#neighbours.get(`${place} ${link} ${address}`)
  }

  /** A bridge hears a MAC at a port. */
  hear(bridge: Spot, vlan: number | undefined, mac: string, port: number): void {
    this.#stations.set(keyOf(bridge, vlan, mac), port)
  }

  port(bridge: Spot, vlan: number | undefined, mac: string): number | undefined {
    return this.#stations.get(keyOf(bridge, vlan, mac))
  }

  /** A VXLAN hears a MAC from a far end. */
  hearFrom({ place, link }: Spot, mac: string, remote: string): void {
    this.#remotes.set(`${place} ${link} ${mac}`, remote)
  }

  remote({ place, link }: Spot, mac: string): string | undefined {
    return this.#remotes.get(`${place} ${link} ${mac}`)
  }
}

const keyOf = ({ place, link }: Spot, vlan: number | undefined, mac: string): string =>
  `${place} ${link} ${vlan ?? ''} ${mac}`
