/** The link of a session as its events want it: made when IP may pass, with the addresses agreed on, gone with the session. @module */
import { isVnetError, type Namespace, type PppoeChannel } from '@vnet/core'
import type { PppoeEvent } from './client.js'
import type { Ipv4Agreement } from './ipcp-negotiation.js'
import type { Ipv6Agreement } from './ipv6cp-negotiation.js'
import { type PppAddresses, PppLink, type PppLinkHost } from './ppp-link.js'

/** How the links of sessions are made. */
export interface SessionLinkOptions {
  /** Name of the link; the first free of ppp0, ppp1, … when absent. */
  readonly name?: string
  /** Text for people: on which link the session is. */
  readonly alias: string
  /** Largest packet that we take, octets. */
  readonly mru: number
  /** Whether segments that TCP announces are made to fit. */
  readonly clamp: boolean
  /** The session in the kernel, where packets pass that; a TUN when absent. */
  readonly channel?: Promise<PppoeChannel>
  /** Whether IPv4, and IPv6, leave by this link where nothing else says otherwise. */
  readonly defaultRoute: boolean
}

/** What a session has now. */
export class SessionLink {
  /** IPv4, while it may pass. */
  ipv4: Ipv4Agreement | undefined
  /** IPv6, while it may pass. */
  ipv6: Ipv6Agreement | undefined
  readonly #namespace: Namespace
  readonly #options: SessionLinkOptions
  readonly #host: PppLinkHost
  #mtu: number
  #link: PppLink | undefined

  constructor(namespace: Namespace, options: SessionLinkOptions, host: PppLinkHost) {
    this.#namespace = namespace
    this.#options = options
    this.#host = host
    this.#mtu = options.mru
  }

  /** Name of the link, once it is there. */
  get name(): string | undefined {
    return this.#link?.name
  }

  /** Goes by an event. Resolves when the link is as the event wants it. */
  async follow(event: PppoeEvent): Promise<void> {
    switch (event.kind) {
      case 'line':
        this.#mtu = Math.min(this.#options.mru, event.mtu)
        break
      case 'ipv4-up':
        this.ipv4 = event.ipv4
        await this.#up(ipv4Addresses(event.ipv4), '0.0.0.0/0')
        break
      case 'ipv6-up':
        this.ipv6 = event.ipv6
        await this.#up(ipv6Addresses(event.ipv6), '::/0')
        break
      case 'ipv4-down': {
        const { ipv4 } = this
        this.ipv4 = undefined
        if (ipv4 !== undefined) await this.#down(ipv4Addresses(ipv4), '0.0.0.0/0')
        break
      }
      case 'ipv6-down': {
        const { ipv6 } = this
        this.ipv6 = undefined
        if (ipv6 !== undefined) await this.#down(ipv6Addresses(ipv6), '::/0')
      }
    }
  }

  /** Gives the kernel a packet that has arrived. */
  deliver(packet: Uint8Array): void {
    this.#link?.deliver(packet)
  }

  /** Removes the link. */
  async close(): Promise<void> {
    await this.#link?.close()
  }

  async #up(addresses: PppAddresses, destination: string): Promise<void> {
    const { defaultRoute, mru, ...rest } = this.#options
    const options = { ...rest, mtu: this.#mtu }
    this.#link ??= new PppLink(this.#namespace, options, this.#host)
    // A line that was negotiated anew may be narrower.
    void this.#link.resize(this.#mtu)
    const done = this.#link.address(addresses)
    if (!defaultRoute) return done
    return this.#link.do((link) => this.#namespace.route.add({ destination, link }))
  }

  async #down(addresses: PppAddresses, destination: string): Promise<void> {
    // With its last address the kernel takes away the routes of IPv4, not those of IPv6, and both are added again.
    if (this.#options.defaultRoute) {
      void this.#link?.do(async (link) => {
        await this.#namespace.route.delete({ destination, link }).catch((error) => {
          if (!isVnetError(error) || error.code !== 'ESRCH') throw error
        })
      })
    }
    await this.#link?.removeAddress(addresses)
  }
}

const ipv4Addresses = ({ local, remote }: Ipv4Agreement): PppAddresses => ({
  address: `${local}/32`,
  ...(remote === undefined ? {} : { peer: `${remote}/32` }),
})

const ipv6Addresses = ({ local }: Ipv6Agreement): PppAddresses => ({ address: `${local}/64` })
