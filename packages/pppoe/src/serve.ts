/** An access concentrator on a link of a namespace: every session is a `pppN` there (`pppoe-server` with `pppd`). @module */
import type { Link, LinkRef, Namespace } from '@vnet/core'
import { u16At } from '@vnet/wire'
import type { PppoeEvent } from './client.js'
import { type Clock, Deadline, realClock } from './clock.js'
import { PppoeConcentrator, type PppoeConcentratorOptions } from './concentrator.js'
import { ethernetLink, FrameLine, fittingMru } from './frame-line.js'
import type { Ipv4Agreement } from './ipcp-negotiation.js'
import type { Ipv6Agreement } from './ipv6cp-negotiation.js'
import { checkPlace, clamps, isSessionFrame, KernelSession, type SessionPlace } from './kernel-session.js'
import { type Random, secureRandom } from './random.js'
import { aliasOf } from './session-alias.js'
import { SessionLink } from './session-link.js'

/** What {@link servePppoe} takes beside what a {@link PppoeConcentrator} needs to know. */
export interface ServeOptions extends Omit<PppoeConcentratorOptions, 'mac' | 'random'> {
  /** The namespace, in which the links of the sessions are made as well. */
  readonly namespace: Namespace
  /** The Ethernet link that clients are on. */
  readonly link: LinkRef
  /**
   * Where packets of IP pass: `tun`, which works everywhere, or `kernel`, which is faster and needs what the capability `pppoe
   * session` tells. A client that believes in a session of before gets no PADT there: it waits for its echoes. Default `tun`.
   */
  readonly place?: SessionPlace
  /** Whether segments that TCP announces are made to fit, both ways (as `iptables -j TCPMSS`). Default `true` on a TUN; not in the kernel. */
  readonly clamp?: boolean
  /** Is told what happens, with the number of the session. */
  readonly onEvent?: (session: number, event: PppoeEvent) => void
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Where time comes from. The real clock when absent. */
  readonly clock?: Clock
  /** Chance. {@link secureRandom} when absent. */
  readonly random?: Random
}

/** A session of a concentrator. */
export interface ServedSession {
  /** Its number. */
  readonly session: number
  /** MAC address of the client. */
  readonly mac: string
  /** Who the client is, where it was asked. */
  readonly user?: string
  /** Name of its link, once IP may pass. */
  readonly link?: string
  /** IPv4, while it may pass. */
  readonly ipv4?: Ipv4Agreement
  /** IPv6, while it may pass. */
  readonly ipv6?: Ipv6Agreement
}

/** A concentrator that runs. Close it, or use `await using`. */
export interface PppoeServer extends AsyncDisposable {
  /** The sessions that are under way. */
  readonly sessions: readonly ServedSession[]
  /** Fulfilled when it has ended and all its links are gone; rejects where its own link went away. */
  readonly closed: Promise<void>
  /** Ends one session in good order. */
  closeSession(session: number): void
  /** Ends it: every client is told. Idempotent. */
  close(): Promise<void>
}

const operation = 'pppoe serve'

/**
 * Runs an access concentrator, as `pppoe-server -I LINK` with `pppd` does.
 *
 * Throws `ENODEV`, `ENETDOWN`, `EINVAL` the link is not there, down, or no Ethernet · `EPERM` needs
 * CAP_NET_RAW and CAP_NET_ADMIN
 *
 * @example
 * await using server = await servePppoe({
 *   namespace: provider,
 *   link: 'eth0',
 *   secretOf: (user) => passwords.get(user),
 *   local: '10.0.0.1',
 *   pool: { first: '10.0.0.10', last: '10.0.0.99' },
 * })
 * await server.closed
 */
export async function servePppoe(options: ServeOptions): Promise<PppoeServer> {
  const { namespace, link: lower, signal, clock = realClock(), random = secureRandom() } = options
  signal?.throwIfAborted()
  const clamp = clamps(options.place ?? 'tun', options.clamp, operation)
  checkPlace(namespace, options.place, operation)
  const link = await ethernetLink(namespace, lower, operation)
  const mru = fittingMru(link, options.mru, operation)
  const server = new Server({ ...options, clock, mru, clamp }, link, random)
  await server.start(() =>
    FrameLine.open(namespace, link, {
      frame: (frame) => server.received(frame),
      failed: (error) => void server.end({ error }),
    }),
  )
  return server
}

/** A session as it is kept. */
interface Kept {
  readonly session: number
  readonly mac: string
  user?: string
  readonly made: SessionLink
  readonly kernel: KernelSession | undefined
}

class Server implements PppoeServer {
  readonly closed: Promise<void>
  readonly #options: ServeOptions & { readonly clock: Clock; readonly mru: number }
  readonly #lower: Link & { readonly mac: string }
  readonly #concentrator: PppoeConcentrator
  readonly #deadline: Deadline
  readonly #kept = new Map<number, Kept>()
  /** What the kernel is about to have. */
  #opening: Promise<void> = Promise.resolve()
  /** Links that are on their way out. */
  readonly #leaving = new Set<Promise<void>>()
  #line: FrameLine | undefined
  #isOver = false
  #settled: (failure: { readonly error: unknown } | undefined) => void = () => {}
  readonly #onAbort = () => void this.end()

  constructor(
    options: ServeOptions & { readonly clock: Clock; readonly mru: number },
    lower: Link & { readonly mac: string },
    random: Random,
  ) {
    this.#options = options
    this.#lower = lower
    this.#concentrator = new PppoeConcentrator(
      {
        frame: (frame) => this.#send(frame),
        packet: (session, packet) => this.#kept.get(session)?.made.deliver(packet),
        event: (session, event) => this.#happened(session, event),
      },
      { ...options, mac: lower.mac, random },
    )
    this.#deadline = new Deadline(options.clock, () => this.#act((machine, now) => machine.advance(now)))
    this.closed = new Promise((resolve, reject) => {
      this.#settled = (failure) => (failure === undefined ? resolve() : reject(failure.error))
    })
    this.closed.catch(() => {})
  }

  /** Begins to listen. */
  async start(open: () => Promise<FrameLine>): Promise<void> {
    this.#line = await open()
    if (this.#options.place === 'kernel') await this.#line.leaveSessions()
    // Its link may have gone meanwhile.
    if (this.#isOver) {
      await this.#line.close()
      return this.closed
    }
    const { signal } = this.#options
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) await this.end()
  }

  get sessions(): readonly ServedSession[] {
    return [...this.#kept.values()].map(({ session, mac, user, made: { name, ipv4, ipv6 } }) => ({
      session,
      mac,
      ...(user === undefined ? {} : { user }),
      ...(name === undefined ? {} : { link: name }),
      ...(ipv4 === undefined ? {} : { ipv4 }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
    }))
  }

  closeSession(session: number): void {
    this.#act((machine, now) => machine.closeSession(session, now))
  }

  async close(): Promise<void> {
    await this.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }

  /** A frame has come in. */
  received(frame: Uint8Array): void {
    this.#act((machine, now) => machine.receive(frame, now))
  }

  /** Ends it, perhaps by a failure. */
  async end(failure?: { readonly error: unknown }): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true
      this.#concentrator.close(this.#options.clock.now())
      this.#options.signal?.removeEventListener('abort', this.#onAbort)
      this.#deadline.set(undefined)
      // All at once: while the line takes nothing, the links wait for room in it.
      await Promise.all([...this.#leaving, this.#opening.then(() => this.#line?.close())])
      this.#settled(failure)
    }
    await this.closed.catch(() => {})
  }

  #happened(session: number, event: PppoeEvent): void {
    this.#options.onEvent?.(session, event)
    if (event.kind === 'session') this.#begin(session, event.mac)
    const kept = this.#kept.get(session)
    if (kept === undefined) return
    if (event.kind === 'authenticated') kept.user = event.user
    void kept.made.follow(event)
    if (event.kind !== 'end') return
    this.#kept.delete(session)
    const closing = Promise.all([kept.made.close(), kept.kernel?.close()])
    const leaving = closing.then(() => {}).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  #begin(session: number, mac: string): void {
    const { namespace, clamp = true, mru, place } = this.#options
    const alias = aliasOf({ session, lower: this.#lower.name, mac })
    // A session without its link is of no use; the others go on.
    const failed = (error: unknown) => {
      const text = `its link failed: ${(error as Error).message}`
      this.#act((machine, now) => machine.closeSession(session, now, text))
    }
    const kernel = place === 'kernel' ? this.#inKernel(session, mac, failed) : undefined
    const made = new SessionLink(
      namespace,
      { alias, mru, clamp, defaultRoute: false, ...(kernel === undefined ? {} : { channel: kernel.channel }) },
      {
        packet: (packet) => this.#concentrator.write(session, packet),
        room: async () => this.#line?.room(),
        failed,
      },
    )
    this.#kept.set(session, { session, mac, made, kernel })
  }

  #inKernel(session: number, peer: string, failed: (error: unknown) => void): KernelSession {
    const { index: link, mac } = this.#lower
    const host = { frame: (frame: Uint8Array) => this.received(frame), failed }
    const kernel = new KernelSession(this.#options.namespace, { link, mac, session, peer }, host)
    const opening = kernel.channel.then(
      () => {},
      () => {},
    )
    // A client that hears of its session speaks at once: the kernel is to have it by then.
    this.#opening = Promise.all([this.#opening, opening]).then(() => {})
    return kernel
  }

  #send(frame: Uint8Array): void {
    if (this.#options.place !== 'kernel') this.#line?.send(frame)
    else if (isSessionFrame(frame)) this.#kept.get(u16At(frame, 16))?.kernel?.send(frame)
    else void this.#opening.then(() => this.#line?.send(frame))
  }

  /** Lets the concentrator do something, and is called again when it wants to be. */
  #act(body: (machine: PppoeConcentrator, now: number) => void): void {
    if (this.#isOver) return
    body(this.#concentrator, this.#options.clock.now())
    if (!this.#isOver) this.#deadline.set(this.#concentrator.deadline)
  }
}
