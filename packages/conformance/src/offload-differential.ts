/** The same frames with random virtio headers into a TUN or TAP of two backends: what is refused, counted and sent on must agree. @module */
import {
  type Driver,
  FrameBatch,
  type Host,
  type LinkStatistics,
  openHost,
  type TunPort,
  type TunPortOptions,
} from '@vnet/core'
import { type PlacedNamespace, placed } from './context.js'
import { within } from './expectation.js'
import { ethernet, hex, ipv4, joined, u16, udpHeader } from './frame.js'
import { patience } from './kernel-release.js'
import { chanceOf } from './random/chance.js'
import { differences } from './random/difference.js'
import { type Front, type HeadedFrame, headedFrame, hosts } from './random/offload-frame.js'

/** What is compared, and how much of it. */
export interface OffloadDifferentialOptions {
  /** One backend. */
  readonly left: Driver
  /** The other. */
  readonly right: Driver
  /** Frames for each way in: a TUN and a TAP of a router, a TAP of a bridge. */
  readonly frames: number
  /** Where chance begins; the same seed gives the same frames. */
  readonly seed: number
  /** Ends after this many that differ; default 1. */
  readonly limit?: number
}

/** A frame that the backends did not treat alike. */
export interface OffloadMismatch {
  readonly way: string
  readonly number: number
  /** The header and the frame. */
  readonly given: string
  /** Where they differ: left | right. */
  readonly differences: readonly string[]
}

/** What a run came to. */
export interface OffloadReport {
  /** Frames by what came of them on the left: `refused`; `nothing`, `one` or `several arrived`. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly mismatches: readonly OffloadMismatch[]
}

/** A way for frames from `in0` to `out0`. */
interface Way {
  readonly kind: 'tun' | 'tap'
  readonly front: Front
  build(ns: PlacedNamespace): Promise<void>
  /** A frame that passes always. */
  marker(number: number): Uint8Array
}

const markerPort = 9
const packet = (number: number): Uint8Array =>
  ipv4(hosts.from.ip4, hosts.to.ip4, 17, joined(udpHeader(number & 0xffff, markerPort, 8)), 64, number & 0xffff)

async function route(ns: PlacedNamespace): Promise<void> {
  await ns.sysctl.set('net.ipv4.ip_forward', 1)
  await ns.sysctl.set('net.ipv6.conf.all.forwarding', 1)
  for (const [link, net] of [
    ['in0', 1],
    ['out0', 2],
  ] as const) {
    await ns.address.add({ link, address: `10.${net}.0.1/24` })
    await ns.address.add({ link, address: `2001:db8:${net}::1/64`, noDad: true })
  }
}

const ways: Readonly<Record<string, Way>> = {
  'TUN of a router': { kind: 'tun', front: undefined, build: route, marker: packet },
  'TAP of a router': {
    kind: 'tap',
    front: { to: hosts.router, tagged: false },
    build: async (ns) => {
      await route(ns)
      // What comes back (errors) is not waited for.
      for (const address of [hosts.from.ip4, hosts.from.ip6])
        await ns.neighbour.add({ link: 'in0', address, mac: hosts.from.mac })
    },
    marker: (number) => ethernet(hosts.router, hosts.from.mac, 0x0800, packet(number)),
  },
  'TAP of a bridge': {
    kind: 'tap',
    front: { to: hosts.to.mac, tagged: true },
    build: async (ns) => {
      // With br_netfilter a bridge looks at packets as a host does, if it may.
      for (const whose of ['iptables', 'ip6tables']) {
        const name = `net.bridge.bridge-nf-call-${whose}`
        if ((await ns.sysctl.get(name)) !== undefined) await ns.sysctl.set(name, 0)
      }
      await ns.link.add({ kind: 'bridge', name: 'br0', bridge: { multicastSnooping: false }, up: true })
      for (const link of ['in0', 'out0']) await ns.link.set(link, { master: 'br0' })
    },
    marker: (number) => ethernet(hosts.to.mac, hosts.from.mac, 0x0800, packet(number)),
  },
}

/** Runs random frames on two backends and compares. Closes neither. */
export async function offloadDifferential(options: OffloadDifferentialOptions): Promise<OffloadReport> {
  const { left, right, frames, seed, limit = 1 } = options
  const opened = await Promise.all([openHost({ driver: left }), openHost({ driver: right })])
  const outcomes: Record<string, number> = {}
  const mismatches: OffloadMismatch[] = []
  for (const [at, [title, way]] of Object.entries(ways).entries()) {
    const stations = await Promise.all(opened.map((host) => Station.open(host, way)))
    try {
      for (let number = 0; number < frames && mismatches.length < limit; number++) {
        const chance = chanceOf(seed + at, number)
        const given = headedFrame(chance, way.front)
        const headerSize = [10, 12][chance(2)] as number
        const [mine, yours] = await Promise.all(stations.map((each) => each.send(given, headerSize)))
        const found = differences(mine, yours)
        const count = Object.keys(mine?.arrived ?? {}).length
        const words = mine?.port.malformed ? 'refused' : `${['nothing', 'one'][count] ?? 'several'} arrived`
        outcomes[words] = (outcomes[words] ?? 0) + 1
        if (found.length > 0) mismatches.push({ way: title, number, given: textOf(given), differences: found })
      }
    } finally {
      await Promise.all(stations.map((each) => each.close()))
    }
  }
  return { outcomes, mismatches }
}

const textOf = ({ octets, header }: HeadedFrame): string =>
  `${JSON.stringify(header)} ${octets.length} octets: ${hex(octets.subarray(0, 100))}`

/** What came of a frame. */
interface Outcome {
  readonly port: Readonly<Record<string, number>>
  readonly link: Readonly<Record<string, number>>
  /** By their numbers. */
  readonly arrived: Readonly<Record<number, string>>
}

const counted = [
  'rxPackets',
  'rxBytes',
  'rxErrors',
  'rxDropped',
  'rxFrameErrors',
] as const satisfies readonly (keyof LinkStatistics)[]

/** A queue of the link that frames are written to. */
function openIn(ns: PlacedNamespace, { kind }: Way, options: TunPortOptions = {}): Promise<TunPort> {
  const all = { name: 'in0', offloads: true, multiQueue: true, ...options }
  return kind === 'tun' ? ns.openTun(all) : ns.openTap(all)
}

/** One backend's network. */
class Station {
  readonly #ns: PlacedNamespace
  readonly #way: Way
  readonly #out: TunPort
  readonly #read: FrameBatch
  /** Keeps the link while what is written to is opened again. */
  readonly #keeper: TunPort
  #in: TunPort
  #number = 0

  private constructor(ns: PlacedNamespace, way: Way, keeper: TunPort, into: TunPort, out: TunPort) {
    this.#ns = ns
    this.#way = way
    this.#keeper = keeper
    this.#in = into
    this.#out = out
    this.#read = out.createBatch()
  }

  static async open(host: Host, way: Way): Promise<Station> {
    const ns = placed(await host.namespace.add())
    if (way.front?.tagged)
      for (const of of ['all', 'default']) await ns.sysctl.set(`net.ipv6.conf.${of}.disable_ipv6`, 1)
    const keeper = await openIn(ns, way, { up: true, ...(way.kind === 'tap' ? { mac: hosts.router } : {}) })
    const into = await openIn(ns, way)
    const out = way.front?.tagged
      ? await ns.openTap({ name: 'out0', up: true })
      : await ns.openTun({ name: 'out0', up: true })
    await way.build(ns)
    const station = new Station(ns, way, keeper, into, out)
    await station.#begin()
    return station
  }

  /** Links that have just come up may send nothing for a moment. */
  async #begin(): Promise<void> {
    const arriving = this.#arrived()
    const again = setInterval(() => this.#mark(), 50)
    await arriving.finally(() => clearInterval(again))
    await this.#arrived()
  }

  /** Writes a frame, and tells what was counted and what has arrived. */
  async send({ octets, header }: HeadedFrame, headerSize: number): Promise<Outcome> {
    const batch = new FrameBatch({ frames: 1, octets: 131_072 })
    batch.headerSize = headerSize
    batch.add(octets)
    const numbers = Uint16Array.of(header.headerLength, header.gsoSize, header.checksumStart, header.checksumOffset)
    batch.header(0).set([header.flags, header.gsoType])
    batch.header(0).set(new Uint8Array(numbers.buffer), 2)
    const before = [this.#port(), await this.#link()] as const
    this.#in.write(batch)
    const port = grown(before[0], this.#port())
    const link = grown(before[1], await this.#link())
    const arrived = await this.#arrived()
    // A super-frame that was refused has been split by the port, and from now on all would be.
    if (header.gsoType !== 0) await this.#reopen()
    return { port, link, arrived: { ...arrived } }
  }

  async close(): Promise<void> {
    for (const port of [this.#in, this.#keeper, this.#out]) await port.close()
    await this.#ns.close()
  }

  async #reopen(): Promise<void> {
    await this.#in.close()
    this.#in = await openIn(this.#ns, this.#way, { headerSize: this.#number % 2 === 0 ? 10 : 12 })
  }

  #port(): Record<string, number> {
    const { writtenFrames, writtenOctets, dropped } = this.#in.counters
    return { writtenFrames, writtenOctets, ...dropped }
  }

  async #link(): Promise<Record<string, number>> {
    const statistics = (await this.#ns.link.get('in0', { statistics: true }))?.statistics
    return Object.fromEntries(counted.map((name) => [name, statistics?.[name] ?? 0]))
  }

  /** Writes the frame that always passes, with its number. */
  #mark(): void {
    const batch = new FrameBatch({ frames: 1 })
    batch.add(this.#way.marker(this.#number))
    this.#in.write(batch)
  }

  /** What has arrived before a frame that always does. */
  async #arrived(): Promise<string[]> {
    const number = ++this.#number
    this.#mark()
    const found: string[] = []
    for (;;) {
      const count = await within(5000 * patience, this.#out.read(this.#read))
      if (count === undefined) throw new Error(`number ${number}, which passes always, has not arrived`)
      for (let i = 0; i < count; i++) {
        const octets = this.#read.frame(i)
        if (u16(octets, octets.length - 6) === markerPort && u16(octets, octets.length - 8) === number) return found
        if (!isOwn(octets)) found.push(hex(withoutChance(octets)))
      }
    }
  }
}

/** Whether a router says something by itself (neighbour discovery, groups): from `fe80::…` or from `::`. */
const isOwn = (octets: Uint8Array): boolean =>
  (octets[0] as number) >> 4 === 6 &&
  (u16(octets, 8) === 0xfe80 || octets.subarray(8, 24).every((octet) => octet === 0))

/** The frame without the number of a packet in fragments, which is by chance in IPv6. */
function withoutChance(octets: Uint8Array): Uint8Array {
  const network = octets[0] === 2 ? 14 + 4 * tagsOf(octets) : 0
  const isSix = network === 0 ? (octets[0] as number) >> 4 === 6 : u16(octets, network - 2) === 0x86dd
  if (!isSix || octets.length < network + 48 || octets[network + 6] !== 44) return octets
  return joined(octets.subarray(0, network + 44), new Uint8Array(4), octets.subarray(network + 48))
}

/** How many VLAN tags an Ethernet frame has. */
function tagsOf(octets: Uint8Array): number {
  let tags = 0
  while (octets.length > 14 + 4 * tags && [0x8100, 0x88a8].includes(u16(octets, 12 + 4 * tags))) tags++
  return tags
}

/** What counters have grown by, where they have. */
function grown(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const changes = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
  return Object.fromEntries(changes.filter(([, change]) => change !== 0))
}
