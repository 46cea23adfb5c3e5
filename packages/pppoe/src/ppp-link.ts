/** A `pppN`: the link of a session, made of a TUN that this program owns, or of the kernel's own. @module */
import { FrameBatch, isVnetError, type Namespace, type PppoeChannel, type TunPort } from '@vnet/core'
import { clampSegments } from './mss.js'

/** Names that are tried where none was chosen. */
const NAMES = 1000

/** Packets that may wait for the link while it is made. */
const EARLY = 64

/** After so many batches in a row the rest of the program gets its turn. */
const TURN = 8

/** How the link is made. */
export interface PppLinkOptions {
  /** Its name; the first free of ppp0, ppp1, … when absent. */
  readonly name?: string
  /** Largest packet, octets. */
  readonly mtu: number
  /** Text for people: on which link the session is, since nothing in the kernel tells. */
  readonly alias: string
  /** Whether segments that TCP announces are made to fit. */
  readonly clamp: boolean
  /** The session in the kernel, where packets pass that; a TUN when absent. */
  readonly channel?: Promise<PppoeChannel>
}

/** What the link does to the session. */
export interface PppLinkHost {
  /** The kernel has routed a packet to the link. The octets are the link's again afterwards. */
  packet(packet: Uint8Array): void
  /** Resolves when more packets can be sent; until then they wait in the kernel. */
  room(): Promise<void>
  /** The link could not be made, or was deleted. Told once. */
  failed(error: unknown): void
}

/** The addresses of one version of IP. */
export interface PppAddresses {
  /** Ours, with its length. */
  readonly address: string
  /** The other side's. */
  readonly peer?: string
}

/** The link of a session. What is asked of it is done one after another, once it is there. */
export class PppLink {
  readonly #namespace: Namespace
  readonly #options: PppLinkOptions
  readonly #host: PppLinkHost
  readonly #batch = new FrameBatch({ frames: 1, octets: 65_792 })
  #mtu: number
  #early: Uint8Array[] = []
  /** Versions of IP that the link has had an address of. */
  readonly #ready = new Set<number>()
  #port: TunPort | undefined
  #channel: PppoeChannel | undefined
  #name: string | undefined
  #work: Promise<void>
  #reading: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(namespace: Namespace, options: PppLinkOptions, host: PppLinkHost) {
    this.#namespace = namespace
    this.#options = options
    this.#host = host
    this.#mtu = options.mtu
    this.#work = this.#attempt(() => this.#open())
  }

  /** Its name, once it is there. */
  get name(): string | undefined {
    return this.#name
  }

  /** Does something in the link's turn; a failure is the link's. */
  do(body: (link: string) => Promise<void>): Promise<void> {
    const before = this.#work
    this.#work = this.#attempt(async () => {
      await before
      if (this.#name !== undefined && !this.#isClosed) await body(this.#name)
    })
    return this.#work
  }

  /** Packets have another size from now on, as `ip link set pppN mtu MTU`. */
  async resize(mtu: number): Promise<void> {
    if (mtu === this.#mtu) return
    this.#mtu = mtu
    await this.do((link) => this.#namespace.link.set(link, { mtu }))
  }

  /** Gives it addresses, as `ip address add ADDRESS peer PEER dev pppN`. */
  address({ address, peer }: PppAddresses): Promise<void> {
    const version = versionOf(address)
    const spec = { address, ...(peer === undefined ? {} : { peer }), ...(version === 6 ? { noDad: true } : {}) }
    return this.do(async (link) => {
      this.#channel?.pass(version, true)
      await this.#namespace.address.set({ link, ...spec })
      this.#ready.add(version)
      const early = this.#early
      this.#early = []
      for (const packet of early) this.#hand(packet)
    })
  }

  /** Takes addresses away again. */
  removeAddress({ address, peer }: PppAddresses): Promise<void> {
    return this.do(async (link) => {
      this.#channel?.pass(versionOf(address), false)
      await this.#namespace.address.delete({ link, address, ...(peer === undefined ? {} : { peer }) })
    })
  }

  /** Gives the kernel a packet that has arrived. */
  deliver(packet: Uint8Array): void {
    if (this.#options.clamp) clampSegments(packet, this.#mtu)
    this.#hand(packet)
  }

  /** The other side may be ready first: until the link has an address, the kernel would throw its packets away. */
  #hand(packet: Uint8Array): void {
    // The kernel has its own way; what came here, came before that was open.
    if (this.#options.channel !== undefined) return
    if (this.#ready.has((packet[0] ?? 0) >> 4)) this.#write(packet)
    else if (this.#early.length < EARLY) this.#early.push(packet)
  }

  /** Removes the link. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#work
    await this.#port?.close()
    await this.#channel?.close()
    await this.#reading
  }

  async #open(): Promise<void> {
    const { channel } = this.#options
    if (channel === undefined) {
      const port = await this.#openTun()
      await this.#furnish(port.name).catch(async (error) => {
        await port.close()
        throw error
      })
      this.#port = port
      this.#name = port.name
      this.#reading = this.#read(port)
      return
    }
    this.#channel = await channel
    const { mtu, name } = this.#options
    const made = this.#channel.attach(mtu)
    if (name !== undefined) await this.#namespace.link.set(made, { name })
    await this.#furnish(name ?? made)
    this.#name = name ?? made
  }

  async #furnish(name: string): Promise<void> {
    const { mtu, alias } = this.#options
    // The link-local address is the one that was agreed on, not one that the kernel makes up. Where the setting cannot be
    // written (no IPv6, a read-only /proc/sys) there may be a second one, which does no harm.
    await this.#namespace.sysctl.set(`net/ipv6/conf/${name}/addr_gen_mode`, 1).catch(() => {})
    await this.#namespace.link.set(name, { up: true, mtu, alias })
  }

  async #openTun(): Promise<TunPort> {
    const open = (name: string) => this.#namespace.openTun({ name, create: 'always' })
    if (this.#options.name !== undefined) return open(this.#options.name)
    for (let number = 0; ; number++) {
      try {
        return await open(`ppp${number}`)
      } catch (error) {
        if (number >= NAMES || !isVnetError(error) || error.code !== 'EEXIST') throw error
      }
    }
  }

  #write(packet: Uint8Array): void {
    this.#batch.clear()
    try {
      if (this.#batch.add(packet)) this.#port?.write(this.#batch)
    } catch {
      // The link was deleted; the loop that reads says so.
    }
  }

  async #read(port: TunPort): Promise<void> {
    const batch = port.createBatch()
    try {
      for (let i = 1; !this.#isClosed; i++) {
        await port.read(batch)
        for (const packet of batch) {
          if (this.#options.clamp) clampSegments(packet, this.#mtu)
          this.#host.packet(packet)
        }
        await this.#host.room()
        // Where packets never end, everything else still has its turn.
        if (i % TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0))
      }
    } catch (error) {
      if (!this.#isClosed) this.#host.failed(error)
    }
  }

  async #attempt(body: () => Promise<void>): Promise<void> {
    try {
      await body()
    } catch (error) {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#host.failed(error)
    }
  }
}

const versionOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)
