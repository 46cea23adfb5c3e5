/** A session whose packets of IP pass the kernel: what negotiates them comes and goes here, as frames. @module */
import { type Namespace, type PppoeChannel, VnetError, wrongArgument } from '@vnet/core'
import { etherTypeAt, etherTypes, u16At } from '@vnet/wire'
import { encodeSession } from './frame.js'

/** Where the packets of IP of a session pass: a TUN of this program, or the kernel by itself. */
export type SessionPlace = 'tun' | 'kernel'

/** Milliseconds that the reason may come after the end: the kernel hears of a PADT, and of a link, before we do. */
const LATE = 200

/** Which session it is. */
export interface KernelSessionOptions {
  /** The Ethernet link, by its index. */
  readonly link: number
  /** Its MAC address. */
  readonly mac: string
  /** The number of the session. */
  readonly session: number
  /** MAC address of the other side. */
  readonly peer: string
}

/** What happens to the session. */
export interface KernelSessionHost {
  /** A session frame has come in, from its Ethernet header on. */
  frame(frame: Uint8Array): void
  /** It could not be opened, or the kernel has ended it. Told once. */
  failed(error: unknown): void
}

/** A session in the kernel. */
export class KernelSession {
  /** Fulfilled when the kernel has it. */
  readonly channel: Promise<PppoeChannel>
  readonly #options: KernelSessionOptions
  readonly #host: KernelSessionHost
  /** What is to be sent once the kernel has the session. */
  #early: Uint8Array[] = []
  #open: PppoeChannel | undefined
  #isClosed = false

  constructor(namespace: Namespace, options: KernelSessionOptions, host: KernelSessionHost) {
    const { link, session, peer: mac } = options
    this.#options = options
    this.#host = host
    this.channel = namespace.openPppoe({ link, session, mac })
    this.channel.then(
      (opened) => this.#begin(opened),
      (error) => this.#fail(error),
    )
  }

  /** Sends a session frame, once the kernel has the session. */
  send(frame: Uint8Array): void {
    const packet = frame.slice(20, 20 + u16At(frame, 18))
    if (this.#open === undefined) this.#early.push(packet)
    else this.#send(this.#open, packet)
  }

  /** Ends it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.channel.catch(() => undefined))?.close()
  }

  #begin(channel: PppoeChannel): void {
    this.#open = channel
    for (const packet of this.#early.splice(0)) this.#send(channel, packet)
    void this.#read(channel)
  }

  #send(channel: PppoeChannel, packet: Uint8Array): void {
    try {
      channel.send(packet)
    } catch {
      // The kernel has ended it: the loop that reads says so.
    }
  }

  async #read(channel: PppoeChannel): Promise<void> {
    const { session, peer: source, mac: destination } = this.#options
    try {
      for (;;) {
        const packet = await channel.receive()
        if (packet.length < 2) continue
        const value = { session, protocol: u16At(packet, 0), information: packet.subarray(2) }
        this.#host.frame(encodeSession({ source, destination, value }))
      }
    } catch (error) {
      setTimeout(() => this.#fail(error), LATE)
    }
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#host.failed(error)
  }
}

/** Whether a frame is of a session, and not of discovery. */
export const isSessionFrame = (frame: Uint8Array): boolean => etherTypeAt(frame, 0) === etherTypes.pppoeSession

/** Refuses sessions in the kernel where it has none. @throws VnetError `VNET_UNSUPPORTED` */
export function checkPlace({ supports }: Namespace, place: SessionPlace | undefined, operation: string): void {
  const has = supports['pppoe session']
  if (place !== 'kernel' || has === true) return
  throw new VnetError({ code: 'VNET_UNSUPPORTED', operation, subject: 'pppoe session', hint: has })
}

/** Whether segments are made to fit. @throws RangeError that is asked for where packets pass the kernel */
export function clamps(place: SessionPlace, asked: boolean | undefined, operation: string): boolean {
  if (place === 'tun') return asked ?? true
  if (asked !== true) return false
  const problem = 'packets of a session in the kernel pass no program that could do it'
  throw wrongArgument('VNET_RANGE', operation, 'clamp', problem, 'leave it out, and make a rule as iptables -j TCPMSS')
}
