/** A PPPoE client on a link of a namespace: it speaks on packet sockets, and the session is a `pppN` there (`pppd` with `pppoe`). @module */
import type { Link, LinkRef, Namespace } from '@vnet/core'
import { PppoeClient, type PppoeClientOptions, type PppoeEnd, type PppoeEvent } from './client.js'
import { type Clock, Deadline, realClock } from './clock.js'
import type { DiscoveredSession } from './discovery-client.js'
import { endError } from './failure.js'
import { ethernetLink, FrameLine, fittingMru } from './frame-line.js'
import type { Ipv4Agreement } from './ipcp-negotiation.js'
import type { Ipv6Agreement } from './ipv6cp-negotiation.js'
import { checkPlace, clamps, isSessionFrame, KernelSession, type SessionPlace } from './kernel-session.js'
import { type Random, secureRandom } from './random.js'
import { aliasOf } from './session-alias.js'
import { SessionLink } from './session-link.js'

/** What {@link connectPppoe} takes beside what a {@link PppoeClient} needs to know. */
export interface ConnectOptions extends Omit<PppoeClientOptions, 'mac' | 'random'> {
  /** The namespace, in which the session's link is made as well. */
  readonly namespace: Namespace
  /** The Ethernet link that leads to the concentrator. */
  readonly link: LinkRef
  /** Name of the session's link; the first free of ppp0, ppp1, … when absent. */
  readonly name?: string
  /** Whether what nothing else has a route for leaves by the session. Default `false`. Throws `EEXIST` where such a route is. */
  readonly defaultRoute?: boolean
  /**
   * Where packets of IP pass: `tun`, which works everywhere, or `kernel`, which is faster and needs what the capability `pppoe
   * session` tells. Default `tun`.
   */
  readonly place?: SessionPlace
  /** Whether segments that TCP announces are made to fit, both ways (as `iptables -j TCPMSS`). Default `true` on a TUN; not in the kernel. */
  readonly clamp?: boolean
  /** Is told what happens. */
  readonly onEvent?: (event: PppoeEvent) => void
  /** Ends it at once. */
  readonly signal?: AbortSignal
  /** Where time comes from. The real clock when absent. */
  readonly clock?: Clock
  /** Chance. {@link secureRandom} when absent. */
  readonly random?: Random
}

/** A session that is up. Close it, or use `await using`. */
export interface PppoeConnection extends AsyncDisposable {
  /** Name of its link: `ppp0`. */
  readonly link: string
  /** Its number, and the concentrator. */
  readonly session: DiscoveredSession
  /** IPv4, while it may pass; the name servers in it are for the caller to use. */
  readonly ipv4: Ipv4Agreement | undefined
  /** IPv6, while it may pass. */
  readonly ipv6: Ipv6Agreement | undefined
  /** Fulfilled with the reason when it is over and its link is gone; rejects where link or addresses could not be made. */
  readonly closed: Promise<PppoeEnd>
  /** Ends it in good order, within some seconds. Idempotent. */
  close(): Promise<void>
}

const operation = 'pppoe connect'

/**
 * Connects by PPPoE: finds a concentrator, authenticates, and makes a link with the addresses agreed on, as
 * `pppd plugin pppoe.so LINK user USER` does. Resolves when IPv4 may pass, or IPv6 where there is no IPv4.
 *
 * Throws `ETIMEDOUT` nobody there · `EACCES` wrong user or password · `ECONNREFUSED` the concentrator takes
 * no session · `EPROTO` no agreement · `ECONNRESET` ended by the other side · `ENODEV`, `ENETDOWN`, `EINVAL` the link is not
 * there, down, or no Ethernet · `EPERM` needs CAP_NET_RAW and CAP_NET_ADMIN · `VNET_UNSUPPORTED` `place` is the kernel, which has
 * no PPP · what `openTun` throws
 *
 * @example
 * await using session = await connectPppoe({ namespace: host, link: 'eth0', user: 'alice', password: 'secret' })
 * console.log(session.link, session.ipv4?.local)
 */
export async function connectPppoe(options: ConnectOptions): Promise<PppoeConnection> {
  const { namespace, link: lower, signal, clock = realClock(), random = secureRandom() } = options
  signal?.throwIfAborted()
  const clamp = clamps(options.place ?? 'tun', options.clamp, operation)
  checkPlace(namespace, options.place, operation)
  const link = await ethernetLink(namespace, lower, operation)
  const mru = fittingMru(link, options.mru, operation)
  const connection = new Connection({ ...options, mru, clock, clamp }, link)
  const client = new PppoeClient(connection, { ...options, mru, mac: link.mac, random })
  const line = await FrameLine.open(namespace, link, {
    frame: (frame) => connection.received(frame),
    failed: (error) => connection.failed(error),
  })
  return connection.start(client, line)
}

class Connection implements PppoeConnection {
  readonly closed: Promise<PppoeEnd>
  readonly #options: ConnectOptions & { readonly clock: Clock; readonly mru: number }
  readonly #lower: Link & { readonly mac: string }
  readonly #deadline: Deadline
  readonly #wanted: Set<'ipv4' | 'ipv6'>
  readonly #ready = new Set<'ipv4' | 'ipv6'>()
  #client: PppoeClient | undefined
  #line: FrameLine | undefined
  #session: DiscoveredSession | undefined
  #made: SessionLink | undefined
  #kernel: KernelSession | undefined
  #isOver = false
  /** What it has failed by. */
  #failure: { readonly error: unknown } | undefined
  #settled: (outcome: PppoeEnd | { readonly error: unknown }) => void = () => {}
  #up: () => void = () => {}
  readonly #onAbort = () => this.#client?.abandon(this.#options.clock.now())

  constructor(
    options: ConnectOptions & { readonly clock: Clock; readonly mru: number },
    lower: Link & { readonly mac: string },
  ) {
    this.#options = options
    this.#lower = lower
    this.#deadline = new Deadline(options.clock, () => this.#act((client, now) => client.advance(now)))
    const { ipv4 = true, ipv6 = true } = options
    this.#wanted = new Set([...(ipv4 ? (['ipv4'] as const) : []), ...(ipv6 ? (['ipv6'] as const) : [])])
    this.closed = new Promise((resolve, reject) => {
      this.#settled = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome))
    })
    // Who does not ask is not told.
    this.closed.catch(() => {})
  }

  get link(): string {
    return this.#made?.name ?? ''
  }

  get session(): DiscoveredSession {
    return this.#session as DiscoveredSession
  }

  get ipv4(): Ipv4Agreement | undefined {
    return this.#made?.ipv4
  }

  get ipv6(): Ipv6Agreement | undefined {
    return this.#made?.ipv6
  }

  /** Begins; resolves when it is up. */
  async start(client: PppoeClient, line: FrameLine): Promise<PppoeConnection> {
    const { signal } = this.#options
    this.#client = client
    this.#line = line
    const up = new Promise<void>((resolve) => {
      this.#up = resolve
    })
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.#act((machine, now) => machine.start(now))
    // Either may have come while the line was opened.
    if (signal?.aborted || this.#failure !== undefined) this.#onAbort()
    const end = await Promise.race([up, this.closed])
    if (end === undefined) return this
    signal?.throwIfAborted()
    throw endError(end, operation, this.#lower.name)
  }

  async close(): Promise<void> {
    this.#act((client, now) => client.close(now))
    await this.closed.catch(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A frame has come in. */
  received(frame: Uint8Array): void {
    this.#act((client, now) => client.receive(frame, now))
  }

  /** Something beneath or above the session has failed: it is over. */
  failed(error: unknown): void {
    if (this.#isOver) return
    this.#failure ??= { error }
    this.#client?.abandon(this.#options.clock.now())
  }

  /** The client's: a frame is to be sent. */
  frame(frame: Uint8Array): void {
    if (this.#kernel !== undefined && isSessionFrame(frame)) this.#kernel.send(frame)
    else this.#line?.send(frame)
  }

  /** The client's: a packet has arrived. */
  packet(packet: Uint8Array): void {
    this.#made?.deliver(packet)
  }

  /** The client's: something has happened. */
  event(event: PppoeEvent): void {
    this.#options.onEvent?.(event)
    if (event.kind === 'session') this.#begin(event)
    if (event.kind === 'end') void this.#finish(event.end)
    if (event.kind === 'ipv4-refused') this.#wanted.delete('ipv4')
    if (event.kind === 'ipv6-refused') this.#wanted.delete('ipv6')
    void this.#made?.follow(event).then(() => {
      // Only now has the link the addresses of it.
      if (event.kind === 'ipv4-up') this.#ready.add('ipv4')
      if (event.kind === 'ipv6-up') this.#ready.add('ipv6')
      if (this.link === '' || this.#isOver) return
      if (this.#ready.has('ipv4') || (this.#ready.has('ipv6') && !this.#wanted.has('ipv4'))) this.#up()
    })
  }

  #begin(session: DiscoveredSession): void {
    const { namespace, name, clamp = true, defaultRoute = false, mru, place } = this.#options
    const { session: number, mac, concentrator, maxPayload } = session
    this.#session = { session: number, mac, concentrator, ...(maxPayload === undefined ? {} : { maxPayload }) }
    const alias = aliasOf({ session: number, lower: this.#lower.name, mac, concentrator })
    if (place === 'kernel') this.#kernel = this.#inKernel(session)
    const chosen = {
      ...(name === undefined ? {} : { name }),
      ...(this.#kernel === undefined ? {} : { channel: this.#kernel.channel }),
    }
    this.#made = new SessionLink(
      namespace,
      { alias, mru, clamp, defaultRoute, ...chosen },
      {
        packet: (packet) => this.#client?.write(packet),
        room: async () => this.#line?.room(),
        failed: (error) => this.failed(error),
      },
    )
  }

  /** What comes before the kernel has the session is heard here; afterwards not. */
  #inKernel({ session, mac: peer }: DiscoveredSession): KernelSession {
    const { index: link, mac } = this.#lower
    const host = { frame: (frame: Uint8Array) => this.received(frame), failed: (error: unknown) => this.failed(error) }
    const kernel = new KernelSession(this.#options.namespace, { link, mac, session, peer }, host)
    kernel.channel.then(
      () => this.#line?.leaveSessions(),
      () => {},
    )
    return kernel
  }

  async #finish(end: PppoeEnd): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#deadline.set(undefined)
    try {
      // Both at once: while a line takes nothing, the link waits for room in it.
      await Promise.all([this.#made?.close(), this.#line?.close(), this.#kernel?.close()])
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#settled(this.#failure ?? end)
  }

  /** Lets the client do something, and is called again when it wants to be. */
  #act(body: (client: PppoeClient, now: number) => void): void {
    if (this.#client === undefined || this.#isOver) return
    body(this.#client, this.#options.clock.now())
    if (!this.#isOver) this.#deadline.set(this.#client.deadline)
  }
}
