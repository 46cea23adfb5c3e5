/** The book of a server: which address whose it is, and which one a client gets. @module */
import { formatIp } from '@vnet/core'
import { setU32At } from '@vnet/wire'
import type { DhcpBinding } from './binding.js'
import { Expiries } from './expiry.js'
import { addressNumber, type Reservation, type Subnet } from './option.js'

/** A client as the book knows it. */
export interface Client {
  /** See {@link DhcpBinding.client}. */
  readonly key: string
  readonly mac: string
  readonly hostName: string | undefined
}

/** An address that was given out once, or is not to be. */
export interface Entry {
  readonly address: number
  client: Client | undefined
  state: 'offered' | 'bound' | 'free' | 'quarantined'
  until: number
}

/** Text of an address. */
export function addressText(address: number): string {
  const octets = new Uint8Array(4)
  setU32At(octets, 0, address)
  return formatIp(octets)
}

/** A pool's place up to which addresses have been given out. */
interface Cursor {
  pool: number
  next: number
}

/** The addresses of a server's networks. */
export class Book {
  readonly #byAddress = new Map<number, Entry>()
  readonly #byClient = new Map<string, Entry>()
  /** Of each network the addresses that are free again, the one first that has been so for longest. */
  readonly #free = new Map<Subnet, Map<number, Entry>>()
  readonly #cursors = new Map<Subnet, Cursor>()
  readonly #reserved = new Set<number>()
  readonly #subnets: readonly Subnet[]
  readonly #own: number
  readonly #expiries = new Expiries<Entry>((entry, at) => entry.state !== 'free' && entry.until === at)

  /** @param own The server's own address, which nobody gets. */
  constructor(subnets: readonly Subnet[], own: number) {
    this.#subnets = subnets
    this.#own = own
    for (const subnet of subnets) {
      this.#free.set(subnet, new Map())
      this.#cursors.set(subnet, { pool: 0, next: subnet.pools[0]?.[0] ?? 0 })
      for (const { address } of subnet.reservations) this.#reserved.add(address)
    }
  }

  /** The network that an address is in. */
  subnetOf(address: number): Subnet | undefined {
    return this.#subnets.find(({ first, last }) => address >= first && address <= last)
  }

  /** The reservation of a client in a network. */
  reservationOf(subnet: Subnet, client: Client): Reservation | undefined {
    return (
      subnet.reservations.find(({ client: key }) => key === client.key) ??
      subnet.reservations.find(({ mac }) => mac === client.mac)
    )
  }

  /** What a client has, or had, in a network. */
  of(subnet: Subnet, client: Client): Entry | undefined {
    return this.#byClient.get(keyOf(subnet, client))
  }

  /** The entry of an address. */
  at(address: number): Entry | undefined {
    return this.#byAddress.get(address)
  }

  /** Whether a client may have an address: its reservation, what is its own already, or one of a pool that nobody has. */
  mayHave(subnet: Subnet, client: Client, address: number): boolean {
    const reservation = this.reservationOf(subnet, client)
    if (reservation !== undefined && reservation.address !== address) return false
    const entry = this.#byAddress.get(address)
    // What is reserved for a MAC is its own under every identifier: a host has one for each of its systems.
    const holder = entry?.client
    const isOwn = holder?.key === client.key || (reservation?.mac === client.mac && holder?.mac === client.mac)
    const isOthers = entry !== undefined && entry.state !== 'free' && !isOwn
    if (isOthers || address === this.#own) return false
    if (reservation !== undefined) return true
    return !this.#reserved.has(address) && subnet.pools.some(([first, last]) => address >= first && address <= last)
  }

  /** The address for a client: its reservation, what it has or had, what it wishes, one that was never used, the one longest free. */
  choose(subnet: Subnet, client: Client, wish: number | undefined): number | undefined {
    const reservation = this.reservationOf(subnet, client)
    if (reservation !== undefined)
      return this.mayHave(subnet, client, reservation.address) ? reservation.address : undefined
    const before = this.of(subnet, client)
    for (const address of [before?.address, wish]) {
      if (address !== undefined && this.mayHave(subnet, client, address)) return address
    }
    return this.#fresh(subnet) ?? this.#free.get(subnet)?.keys().next().value
  }

  /** Gives an address to a client, which loses what it had in the network. */
  give(subnet: Subnet, client: Client, address: number, state: 'offered' | 'bound', until: number): Entry {
    const before = this.of(subnet, client)
    if (before !== undefined && before.address !== address) this.#forget(subnet, before)
    const entry = this.#entry(subnet, address)
    if (entry.client !== undefined && entry.client.key !== client.key) this.#forget(subnet, entry)
    this.#set(subnet, entry, state, until)
    entry.client = client
    this.#byClient.set(keyOf(subnet, client), entry)
    return entry
  }

  /** Frees an address; it stays its client's as long as no other needs it. */
  free(entry: Entry, now: number): void {
    const subnet = this.subnetOf(entry.address) as Subnet
    this.#set(subnet, entry, 'free', now)
  }

  /** Gives an address to nobody for a while. */
  quarantine(subnet: Subnet, address: number, until: number): void {
    const entry = this.#entry(subnet, address)
    this.#forget(subnet, entry)
    this.#set(subnet, entry, 'quarantined', until)
  }

  /** When an offer, a lease or a quarantine ends next. */
  get deadline(): number | undefined {
    return this.#expiries.next
  }

  /** Frees the next address whose time is over; what it was is told. */
  expire(now: number): { readonly entry: Entry; readonly was: Entry['state'] } | undefined {
    const entry = this.#expiries.due(now)
    if (entry === undefined) return undefined
    const was = entry.state
    this.free(entry, now)
    return { entry, was }
  }

  /** All that clients have or had, in the order of their addresses. */
  bindings(): DhcpBinding[] {
    return [...this.#byAddress.values()]
      .flatMap(bindingOf)
      .sort((a, b) => addressNumber(a.address) - addressNumber(b.address))
  }

  /** Puts bindings of earlier in; those that are in no network, or another's reservation, are left out. */
  restore(bindings: readonly DhcpBinding[], now: number): void {
    for (const { address, client: key, mac, state, until, hostName } of bindings) {
      const number = addressNumber(address)
      const subnet = this.subnetOf(number)
      const client = { key, mac, hostName }
      if (subnet === undefined || !this.mayHave(subnet, client, number)) continue
      const entry = this.give(subnet, client, number, 'bound', until)
      if (state !== 'bound' || until <= now) this.free(entry, now)
    }
  }

  /** The next address of the pools that was never given out. */
  #fresh(subnet: Subnet): number | undefined {
    const cursor = this.#cursors.get(subnet) as Cursor
    for (;;) {
      const pool = subnet.pools[cursor.pool]
      if (pool === undefined) return undefined
      for (; cursor.next <= pool[1]; cursor.next++) {
        const { next } = cursor
        if (!this.#byAddress.has(next) && !this.#reserved.has(next) && next !== this.#own) return next
      }
      cursor.pool++
      cursor.next = subnet.pools[cursor.pool]?.[0] ?? 0
    }
  }

  #entry(subnet: Subnet, address: number): Entry {
    const there = this.#byAddress.get(address)
    if (there !== undefined) return there
    const entry: Entry = { address, client: undefined, state: 'free', until: 0 }
    this.#byAddress.set(address, entry)
    this.#release(subnet, entry)
    return entry
  }

  #set(subnet: Subnet, entry: Entry, state: Entry['state'], until: number): void {
    entry.state = state
    entry.until = until
    if (state === 'free') {
      this.#release(subnet, entry)
      return
    }
    this.#free.get(subnet)?.delete(entry.address)
    this.#expiries.add(until, entry)
  }

  /** To the end of those that are free; a reserved one is for its client only. */
  #release(subnet: Subnet, entry: Entry): void {
    const free = this.#free.get(subnet) as Map<number, Entry>
    free.delete(entry.address)
    if (!this.#reserved.has(entry.address)) free.set(entry.address, entry)
  }

  /** Nobody's any more. */
  #forget(subnet: Subnet, entry: Entry): void {
    if (entry.client !== undefined && this.of(subnet, entry.client) === entry)
      this.#byClient.delete(keyOf(subnet, entry.client))
    entry.client = undefined
    if (entry.state !== 'free') this.#set(subnet, entry, 'free', 0)
  }
}

const keyOf = (subnet: Subnet, client: Client): string => `${subnet.first} ${client.key}`

/** An entry as others are told; none where it is nobody's. */
function bindingOf(entry: Entry): DhcpBinding[] {
  return entry.client === undefined || entry.state === 'quarantined' ? [] : [toldOf(entry, entry.client)]
}

/** An entry of a client as others are told. */
export function toldOf({ address, state, until }: Entry, client: Client): DhcpBinding {
  const { key, mac, hostName } = client
  return {
    address: addressText(address),
    client: key,
    mac,
    state: state === 'quarantined' ? 'free' : state,
    until,
    ...(hostName === undefined ? {} : { hostName }),
  }
}
