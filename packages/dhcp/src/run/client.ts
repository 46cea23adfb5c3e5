/** A DHCP client on a link: it sends, listens, sets the lease and keeps it, until it is closed. @module */
import type { LinkRef, Namespace, NetworkSocket } from '@vnet/core'
import { dhcpPorts, etherTypes } from '@vnet/wire'
import { DhcpClient } from '../client/client.js'
import type { DhcpClientState, DhcpClientStep } from '../client/step.js'
import type { DhcpLease } from '../lease.js'
import { decodeDhcpMessage, encodeDhcpMessage } from '../message.js'
import type { DhcpClientRunOptions } from './client-options.js'
import { worldClock } from './clock.js'
import { closedError } from './closed-error.js'
import { Configuration } from './configuration.js'
import { readingOf } from './decoded.js'
import { announcementFrame, broadcastMac, claimIn, datagramFrame, payloadTo, probeFrame } from './frame.js'
import { DhcpLink, heard } from './link.js'
import { Run } from './run.js'

/** What `close` of a client takes. */
export interface DhcpClientClose {
  /** Whether the address is given back and taken away. Else it stays until its time is over. Default `true`. */
  readonly release?: boolean
}

/** A client under way. Close it, or use `await using`. */
export interface RunningDhcpClient extends AsyncDisposable {
  /** Where it stands. */
  readonly state: DhcpClientState
  /** The lease that it has, once it is set. */
  readonly lease: DhcpLease | undefined
  /** Resolves with the next lease that is set, or the one that is; rejects when the client ends before, or the signal comes. */
  bound(options?: { readonly signal?: AbortSignal }): Promise<DhcpLease>
  /** Resolves when it has ended: with nothing where it was closed, with the error where its link is gone. */
  readonly closed: Promise<unknown>
  /** Gives the address back, and ends. Idempotent. */
  close(options?: DhcpClientClose): Promise<void>
}

/**
 * Gets an address for a link by DHCP, sets it with its routes and MTU, and keeps it until it is closed, as `dhclient LINK` or
 * `udhcpc -i LINK` do. Name servers are told, not set: a namespace has no file for them. The link is set up.
 *
 * @throws VnetError `ENODEV` there is no such link · `EOPNOTSUPP` the link has no MAC of Ethernet · `EPERM` needs CAP_NET_RAW and
 * CAP_NET_ADMIN · TypeError, RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed
 *
 * @example
 * await using client = await dhcpClient(namespace, 'eth0')
 * const { address, dnsServers } = await client.bound()
 */
export async function dhcpClient(
  namespace: Namespace,
  link: LinkRef,
  options: DhcpClientRunOptions = {},
): Promise<RunningDhcpClient> {
  options.signal?.throwIfAborted()
  const opened = await DhcpLink.open(namespace, link, 'dhcp client')
  try {
    options.signal?.throwIfAborted()
    return new Running(opened, options)
  } catch (error) {
    await opened.close()
    throw error
  }
}

class Running extends Run<DhcpClientStep> implements RunningDhcpClient {
  readonly #machine: DhcpClient
  readonly #configuration: Configuration | undefined
  readonly #waiting = new Set<() => void>()
  #lease: DhcpLease | undefined
  /** Hears servers: all of IPv4 on the link while there is no address, else what is sent to the client's port. */
  #socket: NetworkSocket | undefined
  #hasAddress = false

  constructor(link: DhcpLink, options: DhcpClientRunOptions) {
    const { clock = worldClock, configure = true, metric, mtu = true, signal, onStep, onProblem, ...rest } = options
    super(link, clock, options)
    this.#machine = new DhcpClient({
      random: Math.random,
      maximumSize: Math.min(1500, Math.max(576, link.mtu)),
      ...rest,
      mac: rest.mac ?? link.mac,
    })
    if (configure) this.#configuration = new Configuration(link.namespace, link.index, { metric, mtu }, this.report)
    void this.#listen()
    this.sequence.add(() => this.#hear(false).catch((error: unknown) => this.#stopped(error)))
    this.does(this.#machine.start(clock.now()))
  }

  protected get deadline(): number | undefined {
    return this.#machine.deadline
  }

  protected advance(now: number): DhcpClientStep[] {
    return this.#machine.advance(now)
  }

  get state(): DhcpClientState {
    return this.#machine.state
  }

  get lease(): DhcpLease | undefined {
    return this.#lease
  }

  bound({ signal }: { readonly signal?: AbortSignal } = {}): Promise<DhcpLease> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#lease !== undefined) resolve(this.#lease)
        else if (this.isClosed) reject(this.ending.signal.reason ?? closedError('dhcp client', this.link.name))
        else if (signal?.aborted) reject(signal.reason)
        else return
        this.#waiting.delete(look)
        signal?.removeEventListener('abort', look)
      }
      this.#waiting.add(look)
      signal?.addEventListener('abort', look)
      look()
    })
  }

  override async close({ release = true }: DhcpClientClose = {}): Promise<void> {
    // A lease that stays is not taken away, so the step that says so is left out.
    if (!this.isClosed) {
      this.isClosed = true
      this.does(release ? this.#machine.release(this.clock.now()) : this.#machine.stop().filter(isNoEnd))
      await this.end(undefined)
    }
    await this.closed
  }

  protected async leave(error: unknown): Promise<void> {
    this.ending.abort(error ?? closedError('dhcp client', this.link.name))
    this.#lease = undefined
    this.#wake()
    await this.#socket?.close()
  }

  /** Something without which it cannot go on: told from inside the sequence, whose end `#end` waits for. */
  #stopped(error: unknown): void {
    if (!this.isClosed) void this.end(error)
  }

  async #listen(): Promise<void> {
    const gone = this.link.follow(
      this.ending.signal,
      () => {
        if (!this.isClosed) this.does(this.#machine.verify(this.clock.now()))
      },
      'dhcp client',
    )
    const failed = this.link.listen((frame) => {
      const claim = claimIn(frame, this.link.mac)
      if (claim !== undefined && !this.isClosed) this.does(this.#machine.conflict(this.clock.now(), claim.address))
    })
    const error = await Promise.race([gone, failed]).catch((thrown: unknown) => thrown)
    if (!this.isClosed) await this.end(error)
  }

  #receive(octets: Uint8Array, place: { readonly start: number; readonly end: number } | undefined): void {
    if (place === undefined || this.isClosed) return
    const message = readingOf(() => decodeDhcpMessage(octets, place.start, place.end))
    if (message !== undefined) this.does(this.#machine.receive(this.clock.now(), message))
  }

  protected async perform(step: DhcpClientStep): Promise<void> {
    const { mac } = this.link
    switch (step.kind) {
      case 'send': {
        const bytes = encodeDhcpMessage(step.message)
        if (step.to !== 'broadcast' && this.#hasAddress)
          return this.#socket?.send(bytes, { address: step.to, port: dhcpPorts.server })
        const source = step.message.clientIp ?? '0.0.0.0'
        const ports = { sourcePort: dhcpPorts.client, destinationPort: dhcpPorts.server }
        const to = { destinationMac: broadcastMac, destination: '255.255.255.255' }
        return this.link.send(datagramFrame({ sourceMac: mac, source, ...to, ...ports }, bytes))
      }
      case 'probe':
        return this.link.send(probeFrame(mac, step.address))
      case 'announce':
        return this.link.send(announcementFrame(mac, step.address))
      case 'bind':
        return this.#bind(step.lease, step.previous)
      case 'unbind':
        this.#lease = undefined
        if (this.#configuration === undefined) return
        await this.#configuration.remove(step.lease)
        // Who ends has nothing to hear any more.
        if (!this.isClosed) await this.#hear(false).catch((error: unknown) => this.#stopped(error))
    }
  }

  /** Without its address set a client is of no use: it ends. */
  async #bind(lease: DhcpLease, previous: DhcpLease | undefined): Promise<void> {
    try {
      await this.#configuration?.set(lease, previous, this.clock.now())
      if (this.#configuration !== undefined && !this.#hasAddress) await this.#hearOrRemove(this.#configuration, lease)
      this.#lease = lease
      this.#wake()
    } catch (error) {
      this.#stopped(error)
    }
  }

  /** Hears with the address; where somebody else has the port the address goes again. */
  async #hearOrRemove(configuration: Configuration, lease: DhcpLease): Promise<void> {
    try {
      await this.#hear(true)
    } catch (error) {
      await configuration.remove(lease)
      throw error
    }
  }

  /** Opens the socket that hears servers, in place of the one before, which stays where it cannot be opened. */
  async #hear(hasAddress: boolean): Promise<void> {
    const before = this.#socket
    this.#socket = hasAddress ? await this.#hearPort() : await this.#hearLink()
    this.#hasAddress = hasAddress
    await before?.close()
  }

  /** All of IPv4 on the link. */
  async #hearLink(): Promise<NetworkSocket> {
    const { namespace, index } = this.link
    const socket = await namespace.openSocket({ kind: 'packet', link: index, protocol: etherTypes.ipv4 })
    void heard(socket, (frame) => this.#receive(frame, payloadTo(frame, dhcpPorts.client)))
    return socket
  }

  /** What the kernel takes for the client's port: so nobody is told that it is closed. */
  async #hearPort(): Promise<NetworkSocket> {
    const { namespace, index } = this.link
    const socket = await namespace.openSocket({ kind: 'udp4', link: index, reuseAddress: true })
    try {
      socket.bind({ port: dhcpPorts.client })
    } catch (error) {
      await socket.close()
      throw error
    }
    void heard(socket, (data) => this.#receive(data, { start: 0, end: data.length }))
    return socket
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }
}

const isNoEnd = ({ kind }: DhcpClientStep): boolean => kind !== 'unbind'
