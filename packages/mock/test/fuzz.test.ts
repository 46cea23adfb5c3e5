/** Changed and random frames into links of every kind: nothing throws, nothing is lost but frames, and the kernel goes on. @module */
import { FrameBatch, type Host, isVnetError, knownKinds, type LinkSpec, parseMac, type TunPort } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { corpus, here, nested, there } from './fuzz-corpus.js'
import { generator, randomFrame } from './fuzz-frame.js'
import { type Variant, variants } from './fuzz-variants.js'
import { openLab } from './lab.js'

/** Into each kind, shared by its variants. A million for each take half a minute each (`VNET_FUZZ_FRAMES=1000000`). */
const frames = Number(process.env.VNET_FUZZ_FRAMES ?? 12_000)
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const batchSize = 50
/** Those that have a name, and the one whose options are raw. */
const kinds = [...knownKinds, 'netkit'] as const
type Kind = (typeof kinds)[number]

/** What no frame of the corpus gets to: there is nothing to see of netlink, and no message has been sealed with the keys (but see fuzz-joined). */
const deaf: ReadonlySet<string> = new Set(['nlmon plain', 'wireguard without keys', 'wireguard with a peer'])
const isMaster = (kind: Kind): boolean => ['bond', 'team', 'bridge', 'vrf'].includes(kind)

/** Frames that were written for each kind, and how often its links counted something. */
const met = new Map<Kind, { written: number; counted: number }>()

describe(`${frames} frames into each kind, seed ${seed} (set VNET_SEED to repeat)`, () => {
  for (const kind of kinds) {
    const ways = Object.entries(variants[kind])
    for (const [name, variant] of ways) {
      test(`${kind}: ${name}`, { timeout: 60_000 + frames }, async () => {
        const share = Math.ceil(frames / ways.length / batchSize) * batchSize
        const { telling, written, counted } = await meet(kind, variant, share)
        expect(written).toBeGreaterThanOrEqual(share)
        if (!deaf.has(`${kind} ${name}`)) expect(telling).toBeGreaterThan(0)
        const sum = met.get(kind)
        met.set(kind, { written: (sum?.written ?? 0) + written, counted: (sum?.counted ?? 0) + counted })
      })
    }
  }

  test('that was every kind', () => {
    for (const [kind, { written, counted }] of met) console.log(`${kind}: ${written} frames, ${counted} counted`)
    expect([...met.keys()]).toEqual(kinds)
    for (const { written } of met.values()) expect(written).toBeGreaterThanOrEqual(frames)
  })
})

/** So many frames into a host with such a link: before it is a port of a bridge, and after. */
async function meet(kind: Kind, variant: Variant, share: number) {
  const { host, clock } = await openLab()
  await host.link.set('lo', { up: true })
  // What the host does not keep leaves by the link as well.
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) await host.sysctl.set(name, 1)
  const grounds = await addGround(host)
  await addLink(host, kind, variant)
  const own = kind === 'tun' || kind === 'tap' ? [await openOwn(host, kind, 'tun' in variant.spec ? 3 : 1)] : []
  const ports = [...grounds, ...own]
  const link = await host.link.get('x0')
  const aim = link?.mac === undefined ? undefined : parseMac(link.mac)
  // Ports of bridges and bonds are ready, and whoever looks for routers has done so.
  clock.advance(20)
  const random = generator(seed)
  const all = [...corpus, ...nested(random)]
  const telling = await tellingOf(host, ports, all)
  const batch = new FrameBatch({ frames: batchSize, octets: batchSize * 1024 })
  const write = (count: number) => {
    for (let sent = 0; sent < count; sent += batchSize) {
      const port = ports[(sent / batchSize) % ports.length] as TunPort
      batch.clear()
      while (batch.count < batchSize) {
        const frame = randomFrame(telling.length > 0 && random(2) === 0 ? telling : all, random)
        if (aim !== undefined && frame.length >= 6 && random(4) === 0) frame.set(aim)
        if (!batch.add(frame.subarray(startOf(port)))) throw new Error('a batch too small')
      }
      expect(port.write(batch)).toBe(batchSize)
      // Timers of protocols that the frames set off go off as well.
      if (random(20) === 0) clock.advance(random(4000) / 1000)
    }
  }
  const namesOf = async () => (await host.link.list()).map(({ name, index }) => `${index} ${name}`)
  const before = await namesOf()
  write(share / 2)
  expect(await namesOf()).toEqual(before)
  ports.push(await addBridgeAround(host))
  const after = await namesOf()
  write(share / 2)
  expect(await namesOf()).toEqual(after)
  expect((await host.ping('127.0.0.1')).address).toBe('127.0.0.1')
  const written = ports.reduce((sum, { counters }) => sum + counters.writtenFrames + counters.dropped.malformed, 0)
  const counted = await countedBy(host)
  for (const port of ports) await port.close()
  await host.close()
  return { telling: telling.length, written, counted }
}

/** The frames that the link counts when they come in somewhere: received, sent or refused. */
async function tellingOf(host: Host, ports: readonly TunPort[], all: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const telling: Uint8Array[] = []
  const batch = new FrameBatch({ frames: 1 })
  let before = await countedBy(host)
  for (const frame of all) {
    for (const port of ports) {
      batch.clear()
      batch.add(frame.subarray(startOf(port)))
      port.write(batch)
    }
    const after = await countedBy(host)
    if (after > before) telling.push(frame)
    before = after
  }
  return telling
}

/** Where a frame begins that is written to a port: a TUN takes what is behind the Ethernet header. */
const startOf = (port: TunPort): number => (port.kind === 'tun' ? 14 : 0)

/** Everything that the link has counted but octets. */
async function countedBy(host: Host): Promise<number> {
  const statistics = (await host.link.get('x0', { statistics: true }))?.statistics
  return Object.entries(statistics ?? {}).reduce((sum, [name, count]) => (/Bytes$/.test(name) ? sum : sum + count), 0)
}

/** TAPs `g0` to `g3` with ports, in the place of the links that kinds stand on; `g0` has the addresses of tunnels. */
async function addGround(host: Host): Promise<TunPort[]> {
  const ports: TunPort[] = []
  for (const name of ['g0', 'g1', 'g2', 'g3', 'h3']) ports.push(await host.openTap({ name, mac: here.mac, up: true }))
  await host.address.add({ link: 'g0', address: `${here.ip4}/24` })
  await host.address.add({ link: 'g0', address: `${here.ip6}/64`, noDad: true })
  for (const address of [there.ip4, there.ip6]) await host.neighbour.add({ link: 'g0', address, mac: there.mac })
  await host.link.add({ kind: 'vlan', name: 'outer', parent: 'g0', vlan: { id: 100 }, up: true })
  return ports
}

/** A link of the kind, called `x0`, up, with addresses of its own, and with ports where it may have some. */
async function addLink(host: Host, kind: Kind, { spec, made, risen }: Variant): Promise<void> {
  await host.link.add({ ...spec, name: 'x0' } as LinkSpec)
  await made?.(host)
  if (kind === 'bond' || kind === 'team') for (const name of ['g1', 'g2']) await host.link.set(name, { up: false })
  if (isMaster(kind)) for (const name of ['g1', 'g2']) await host.link.set(name, { master: 'x0' })
  for (const name of ['g1', 'g2', 'x0']) await host.link.set(name, { up: true })
  await attempt(host.address.add({ link: 'x0', address: '10.9.0.1/24' }))
  await attempt(host.address.add({ link: 'x0', address: '2001:db8:9::1/64', noDad: true }))
  await risen?.(host)
}

/** A bridge of the link and of a TAP, so that frames leave through the link as well; of the TAP alone when the link may be no port. */
async function addBridgeAround(host: Host): Promise<TunPort> {
  await host.link.add({ kind: 'bridge', name: 'around', up: true })
  const port = await host.openTap({ name: 'outside', up: true })
  await host.link.set('outside', { master: 'around' })
  await attempt(host.link.set('x0', { master: 'around' }))
  return port
}

function openOwn(host: Host, kind: 'tun' | 'tap', queues: number): Promise<TunPort> {
  const options = { name: 'x0', multiQueue: queues > 1, queues }
  return kind === 'tun' ? host.openTun(options) : host.openTap(options)
}

/** What a kind may refuse; anything but an error of vnet's is none of that. */
async function attempt(request: Promise<unknown>): Promise<void> {
  await request.catch((error: unknown) => {
    if (!isVnetError(error)) throw error
  })
}
