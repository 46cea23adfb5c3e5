/** The two packet sockets of an Ethernet link through which PPPoE is spoken. @module */
import { isVnetError, type Link, type Namespace, type NetworkSocket, VnetError, wrongArgument } from '@vnet/core'
import { etherTypes } from '@vnet/wire'
import { pppoeMtu } from './frame.js'

/** Frames that wait to be sent; further ones are lost, as on any full queue. */
const WAITING = 512

/** Milliseconds that the last frames have to get out. */
const LAST_WORD = 100

/** What comes in by a link, and how it fails. */
export interface FrameLineHost {
  /** A frame for this host has come in, from its Ethernet header on. It may be kept. */
  frame(frame: Uint8Array): void
  /** The link is gone. Told once. */
  failed(error: unknown): void
}

/** An Ethernet link, as far as PPPoE goes. */
export class FrameLine {
  readonly #namespace: Namespace
  readonly #link: Link
  readonly #host: FrameLineHost
  readonly #sockets: readonly [discovery: NetworkSocket, session: NetworkSocket]
  readonly #waiting: Uint8Array[] = []
  /** The sending of what waits; `undefined` while nothing does. */
  #sending: Promise<void> | undefined
  #isClosed = false
  /** Whether only discovery is heard. */
  #isWithoutSessions = false
  readonly #closing = new AbortController()
  /** The waiting for a link that is down. */
  #down: Promise<unknown> | undefined
  readonly #loops: readonly Promise<void>[]

  private constructor(
    namespace: Namespace,
    link: Link,
    host: FrameLineHost,
    sockets: readonly [NetworkSocket, NetworkSocket],
  ) {
    this.#namespace = namespace
    this.#link = link
    this.#host = host
    this.#sockets = sockets
    this.#loops = sockets.map((socket) => this.#read(socket))
  }

  /** Begins to listen to a link. @throws VnetError `EPERM` needs CAP_NET_RAW · `ENODEV` */
  static async open(namespace: Namespace, link: Link, host: FrameLineHost): Promise<FrameLine> {
    const open = (protocol: number) => namespace.openSocket({ kind: 'packet', link: link.index, protocol })
    const discovery = await open(etherTypes.pppoeDiscovery)
    try {
      return new FrameLine(namespace, link, host, [discovery, await open(etherTypes.pppoeSession)])
    } catch (error) {
      await discovery.close()
      throw error
    }
  }

  /** Sends a frame, in its turn. */
  send(frame: Uint8Array): void {
    if (this.#isClosed || this.#waiting.length >= WAITING) return
    this.#waiting.push(frame)
    this.#sending ??= this.#drain()
  }

  /** Resolves when there is room for more frames than a few. */
  async room(): Promise<void> {
    if (this.#waiting.length > WAITING / 2) await this.#sending
  }

  /** Hears no more frames of sessions: they are the kernel's. */
  async leaveSessions(): Promise<void> {
    this.#isWithoutSessions = true
    await this.#sockets[1].close()
  }

  /** Sends what waits, and listens no more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#closing.abort()
    // The last word is to get out, but a link that takes nothing is not waited for.
    if (this.#sending !== undefined) {
      await Promise.race([this.#sending, new Promise((resolve) => setTimeout(resolve, LAST_WORD))])
    }
    await Promise.all(this.#sockets.map((socket) => socket.close()))
    await Promise.all(this.#loops)
  }

  async #drain(): Promise<void> {
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      try {
        await this.#sockets[0].send(frame)
      } catch (error) {
        // A link that is down now may be up again; PPP repeats what matters, and its echoes tell when it is over.
        if (!isVnetError(error) || this.#isClosed) continue
        if (error.code === 'ENXIO') this.#fail(await this.#gone())
      }
    }
    this.#sending = undefined
  }

  async #read(socket: NetworkSocket): Promise<void> {
    for (;;) {
      try {
        const { data, packetType } = await socket.receive()
        if (packetType === 'host' || packetType === 'broadcast') this.#host.frame(data)
      } catch (error) {
        if (this.#isClosed || (this.#isWithoutSessions && socket === this.#sockets[1])) return
        // Down is not gone: the socket hears again once the link is up. Of one that is deleted while it is down, the kernel
        // tells the socket nothing.
        const isDown = isVnetError(error) && error.code === 'ENETDOWN'
        const failure = isDown ? await this.#untilUp() : error
        if (this.#isClosed) return
        if (failure === undefined) continue
        this.#fail(failure)
        return
      }
    }
  }

  /** Waits until the link is up; resolves with why it cannot be any more where it is gone. */
  #untilUp(): Promise<unknown> {
    this.#down ??= this.#watch().finally(() => {
      this.#down = undefined
    })
    return this.#down
  }

  async #watch(): Promise<unknown> {
    const { index } = this.#link
    const { signal } = this.#closing
    try {
      for await (const event of this.#namespace.watch({ groups: ['link'], snapshot: true, signal })) {
        if (event.kind === 'link set' && event.object.index === index && event.object.up) return undefined
        if (event.kind === 'link delete' && event.object.index === index) return this.#gone()
        if (event.kind !== 'snapshot' && event.kind !== 'resync') continue
        const failure = await this.#gone()
        if (failure !== undefined || (await this.#namespace.link.get(index))?.up) return failure
      }
      return undefined
    } catch (error) {
      return error
    }
  }

  /** Why the link cannot be used any more; `undefined` where it is still there. */
  async #gone(): Promise<unknown> {
    const { index, name: subject } = this.#link
    try {
      if ((await this.#namespace.link.get(index)) !== undefined) return undefined
    } catch (error) {
      return error
    }
    const hint = 'the link was deleted, or moved to another namespace'
    return new VnetError({ code: 'ENODEV', operation: 'pppoe', subject, hint })
  }

  #fail(error: unknown): void {
    if (error === undefined || this.#isClosed) return
    this.#isClosed = true
    this.#host.failed(error)
  }
}

/** The Ethernet link that PPPoE is spoken on. @throws VnetError `ENODEV` not there · `ENETDOWN` down · `EINVAL` no Ethernet */
export async function ethernetLink(
  namespace: Namespace,
  name: string | number,
  operation: string,
): Promise<Link & { readonly mac: string }> {
  const link = await namespace.link.get(name)
  const subject = String(name)
  if (link === undefined) {
    throw new VnetError({ code: 'ENODEV', operation, subject, hint: '`vnet link list` shows the links that are there' })
  }
  const { mac } = link
  if (mac === undefined || mac.length !== 17 || mac === '00:00:00:00:00:00') {
    throw new VnetError({
      code: 'EINVAL',
      operation,
      subject,
      hint: 'PPPoE needs an Ethernet link, one with a MAC address',
    })
  }
  if (!link.up) {
    throw new VnetError({ code: 'ENETDOWN', operation, subject, hint: `set it up: vnet link set ${link.name} --up` })
  }
  return { ...link, mac }
}

/** The MRU that was asked for, or the usual one, where it fits into the link's frames. @throws RangeError it does not */
export function fittingMru(link: Link, asked: number | undefined, operation: string): number {
  const most = link.mtu - (1500 - pppoeMtu)
  const mru = asked ?? Math.min(pppoeMtu, most)
  if (mru <= most) return mru
  const hint = `raise the MTU of ${link.name}, or leave the option out`
  throw wrongArgument('VNET_RANGE', operation, 'mru', `${mru} octets do not fit into frames of ${link.mtu}`, hint)
}
