/** The namespaces that are looked at: what was read of them, and what is read when it is needed. @module */
import {
  type BridgeVlan,
  type FdbEntry,
  isVnetError,
  type Link,
  type MacFilter,
  type MacsecDevice,
  type NatRule,
  type Neighbour,
  type Qdisc,
  type Route,
  type RouteQuery,
  type SocketProtocol,
  type SocketState,
  type TeamDevice,
  type TrafficFilter,
  type WireguardDevice,
} from '@vnet/core'
import type { Step } from './explanation.js'
import { Memory } from './memory.js'
import { isIn, lengthOf } from './net.js'
import { type Place, type Reading, readPlaces } from './reading.js'

/** A link in one of the namespaces: their number, and its index. */
export interface Spot {
  readonly place: number
  readonly link: number
}

/** A route, or the kernel's sentence where it has none. */
export type Way = { readonly route: Route } | { readonly refused: string }

/** Not every backend has sysctls, translation, MAC filters or lists of sockets; nothing is then forbidden, translated or known. */
function withoutSupport(error: unknown): undefined {
  if (!isVnetError(error) || error.code !== 'VNET_UNSUPPORTED') throw error
}

/** Types of routes that say that there is no way. */
const refusals: readonly string[] = ['blackhole', 'unreachable', 'prohibit']

/** The namespaces. */
export class World {
  readonly readings: readonly Reading[]
  readonly #places: readonly Place[]
  /** What is learned on the way. */
  readonly memory = new Memory()
  readonly #kept = new Map<string, Promise<unknown>>()

  private constructor(places: readonly Place[], readings: readonly Reading[]) {
    this.#places = places
    this.readings = readings
  }

  static async read(places: readonly Place[]): Promise<World> {
    return new World(places, await readPlaces(places))
  }

  /** A step of the story. */
  step(place: number, link: Link | undefined, text: string): Step {
    return { place: this.name(place), ...(link === undefined ? {} : { link: link.name }), text }
  }

  name(place: number): string {
    return this.#reading(place).name
  }

  /** The link; it was read a moment ago. */
  link({ place, link }: Spot): Link | undefined {
    return this.#reading(place).links.find(({ index }) => index === link)
  }

  links(place: number): readonly Link[] {
    return this.#reading(place).links
  }

  /** The links whose `parent` is this one, in whichever namespace they are. */
  *above(spot: Spot): Generator<readonly [Spot, Link]> {
    for (const [place, { links }] of this.readings.entries())
      for (const link of links) {
        const below = link.kind === 'veth' ? undefined : this.below({ place, link: link.index }, link)
        if (below !== undefined && below.place === spot.place && below.link === spot.link)
          yield [{ place, link: link.index }, link]
      }
  }

  /** The peer of a veth, or the link beneath; `undefined` where there is none, or it is in a namespace that was not given. */
  below(spot: Spot, link: Link): Spot | undefined {
    if (!link.parent || (link.parent === spot.link && link.linkNamespaceId === undefined)) return undefined
    const place = this.#lower(spot.place, link)
    return place === undefined ? undefined : { place, link: link.parent }
  }

  /** The namespace in which a tunnel's outer packets travel. */
  ground(place: number, link: Link): number | undefined {
    return this.#lower(place, link)
  }

  #lower(place: number, { linkNamespaceId }: Link): number | undefined {
    return linkNamespaceId === undefined ? place : this.#reading(place).numbers.get(linkNamespaceId)
  }

  ports(place: number, master: number): readonly Link[] {
    return this.#reading(place).links.filter((link) => link.master === master)
  }

  /** The VRF that a link is, or is a port of. */
  vrf(place: number, link: Link): Link | undefined {
    if (link.kind === 'vrf') return link
    const master = link.master === undefined ? undefined : this.link({ place, link: link.master })
    return master?.kind === 'vrf' ? master : undefined
  }

  /** The link that has an address, if the namespace has it: among those of the VRF, or else of none. */
  holder(place: number, address: string, vrf?: Link): number | undefined {
    return this.#reading(place).addresses.find((each) => {
      if (each.address !== address) return false
      const link = this.link({ place, link: each.link })
      return link !== undefined && this.vrf(place, link)?.index === vrf?.index
    })?.link
  }

  /** Whether an address is one of the namespace's own, of whichever link. */
  isOwn(place: number, address: string): boolean {
    return this.#reading(place).addresses.some((each) => each.address === address)
  }

  /** The address from which a link asks for another: one of the same prefix rather than another (`inet_select_addr`). */
  asker({ place, link }: Spot, next: string): string | undefined {
    const version = next.includes(':') ? 6 : 4
    const own = this.#reading(place).addresses.filter((each) => each.link === link && each.family === version)
    return (own.find((each) => isIn(next, `${each.address}/${each.prefixLength}`)) ?? own[0])?.address
  }

  /** A command that somebody can paste: with the namespace in which it is to be run, if that has a name. */
  command(place: number, words: string): string {
    const { name } = this.#namespace(place)
    return name === undefined ? `vnet ${words}` : `vnet -n ${name} ${words}`
  }

  /** Whether a link has an address. */
  has({ place, link }: Spot, address: string): boolean {
    return this.#reading(place).addresses.some((each) => each.link === link && each.address === address)
  }

  async route(place: number, query: RouteQuery): Promise<Way> {
    try {
      const route = await this.#namespace(place).route.get(query)
      return route === undefined ? { refused: 'Network is unreachable' } : { route }
    } catch (error) {
      if (!isVnetError(error)) throw error
      return { refused: error.message }
    }
  }

  /** The route that says that there is no way, if it is the one that fits best. The kernel answers without naming it. */
  async refusing(place: number, to: string): Promise<Route | undefined> {
    const family = to.includes(':') ? 6 : 4
    const any = family === 6 ? '::/0' : '0.0.0.0/0'
    const netOf = ({ destination }: Route) => (destination === 'default' ? any : destination)
    const fitting = (await this.#namespace(place).route.list({ family })).filter((route) => isIn(to, netOf(route)))
    const [best] = fitting.sort((a, b) => lengthOf(netOf(b)) - lengthOf(netOf(a)))
    return best !== undefined && refusals.includes(best.type) ? best : undefined
  }

  /** A sysctl as a number; `undefined` where the backend or the kernel has none of this name. */
  sysctl(place: number, name: string): Promise<number | undefined> {
    return this.#keep(`sysctl ${place} ${name}`, async () => {
      const value = await this.#namespace(place).sysctl.get(name).catch(withoutSupport)
      return value === undefined ? undefined : Number(value)
    })
  }

  /** What is known of the MAC of a neighbour; an entry that somebody wrote down is not changed by what is heard. */
  async neighbour({ place, link }: Spot, address: string): Promise<{ mac: string; state: string } | undefined> {
    const { mac, state = 'none' } =
      (await this.#neighbours(place)).find((each) => each.link === link && each.address === address) ?? {}
    const heard = this.memory.neighbour({ place, link }, address)
    if (heard !== undefined && state !== 'permanent' && state !== 'noarp') return { mac: heard, state: 'just heard' }
    return mac === undefined || state === 'failed' || state === 'incomplete' ? undefined : { mac, state }
  }

  #neighbours(place: number): Promise<Neighbour[]> {
    return this.#keep(`neighbours ${place}`, () => this.#namespace(place).neighbour.list())
  }

  fdb(place: number): Promise<FdbEntry[]> {
    return this.#keep(`fdb ${place}`, () => this.#namespace(place).fdb.list())
  }

  vlans(place: number): Promise<BridgeVlan[]> {
    return this.#keep(`vlans ${place}`, () => this.#namespace(place).bridgeVlan.list())
  }

  qdiscs({ place, link }: Spot): Promise<Qdisc[]> {
    return this.#keep(`qdiscs ${place}`, () => this.#namespace(place).qdisc.list()).then((all) =>
      all.filter((qdisc) => qdisc.link === link),
    )
  }

  /** The links whose disciplines share a block of filters. */
  async linksOfBlock(place: number, block: number): Promise<number[]> {
    const all = await this.#keep(`qdiscs ${place}`, () => this.#namespace(place).qdisc.list())
    return all.filter((one) => [one.ingressBlock, one.egressBlock].includes(block)).map(({ link }) => link)
  }

  filters({ place, link }: Spot, parent: 'ingress' | 'egress'): Promise<TrafficFilter[]> {
    return this.#keep(`filters ${place} ${link} ${parent}`, () => this.#namespace(place).filter.list({ link, parent }))
  }

  macsec({ place, link }: Spot): Promise<MacsecDevice | undefined> {
    return this.#keep(`macsec ${place} ${link}`, () => this.#namespace(place).macsec.get(link))
  }

  team({ place, link }: Spot): Promise<TeamDevice | undefined> {
    return this.#keep(`team ${place} ${link}`, () => this.#namespace(place).team.get(link))
  }

  /** The rules of address translation in the order in which they act. */
  nat(place: number): Promise<readonly NatRule[]> {
    return this.#keep(`nat ${place}`, async () => {
      const rules = await this.#namespace(place).nat.list().catch(withoutSupport)
      return rules ?? []
    })
  }

  /** The sockets of a protocol; `undefined` where the kernel does not tell. */
  sockets(place: number, protocol: SocketProtocol): Promise<readonly SocketState[] | undefined> {
    return this.#keep(`sockets ${place} ${protocol}`, () =>
      this.#namespace(place).socket.list({ protocol }).catch(withoutSupport),
    )
  }

  /** Who may send at a port of a bridge; `undefined` where everybody may. */
  async macFilter(place: number, port: string): Promise<MacFilter | undefined> {
    const filters = await this.#keep(`mac-filters ${place}`, async () => {
      const all = await this.#namespace(place).macFilter.list().catch(withoutSupport)
      return all ?? []
    })
    return filters.find(({ link }) => link === port)
  }

  wireguard({ place, link }: Spot): Promise<WireguardDevice | undefined> {
    return this.#keep(`wireguard ${place} ${link}`, () => this.#namespace(place).wireguard.get(link))
  }

  #keep<T>(key: string, read: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key) as Promise<T> | undefined
    if (kept !== undefined) return kept
    const reading = read()
    this.#kept.set(key, reading)
    return reading
  }

  #reading(place: number): Reading {
    return this.readings[place] as Reading
  }

  #namespace(place: number) {
    return (this.#places[place] as Place).namespace
  }
}
