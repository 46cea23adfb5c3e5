/** Changed and random frames through a router that translates: nothing throws, checksums stay right, and the router goes on. @module */
import { FrameBatch, type Host } from '@vnet/core'
import {
  checksumOf,
  encodeFrame,
  etherTypeAt,
  etherTypes,
  ipv4HeaderSizeAt,
  type LayerSpec,
  pseudoSum4,
  tcpFlags,
  u16At,
  udpLengthAt,
} from '@vnet/wire'
import { expect, test } from 'vitest'
import { generator, randomFrame } from './fuzz-frame.js'
import { mac, openLab } from './lab.js'

/** In all; a million take half a minute (`VNET_FUZZ_FRAMES=1000000`). */
const frames = Number(process.env.VNET_FUZZ_FRAMES ?? 10_000)
const seed = Number(process.env.VNET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const batchSize = 250

/** The networks inside and outside: the router's addresses end in 1, those of the others in 9. */
const nets = { inside: ['10.0.0.', 'fd00::'], outside: ['192.0.2.', '2001:db8::'] } as const
const data = Uint8Array.from({ length: 40 }, (_, i) => i)

/** A packet of each sort from a source to a destination; errors quote a packet that the other end may have sent. */
function packets(from: string, to: string): Uint8Array[] {
  const isIpv4 = from.includes('.')
  const ip = (source: string, destination: string): LayerSpec => ({
    layer: isIpv4 ? 'ipv4' : 'ipv6',
    source,
    destination,
  })
  const payload: LayerSpec = { layer: 'payload', bytes: data }
  const udp = (sourcePort: number, destinationPort: number): LayerSpec => ({
    layer: 'udp',
    sourcePort,
    destinationPort,
  })
  const echo = (type: 'question' | 'answer'): LayerSpec =>
    isIpv4
      ? { layer: 'icmp', kind: 'echo', type: type === 'question' ? 8 : 0, identifier: 9, sequence: 1, data }
      : { layer: 'icmpv6', kind: 'echo', type: type === 'question' ? 128 : 129, identifier: 9, sequence: 1, data }
  const problem = (...quoted: LayerSpec[]): LayerSpec => {
    const quotation = encodeFrame([ip(to, from), ...quoted])
    return isIpv4
      ? { layer: 'icmp', kind: 'problem', type: 3, code: 4, parameter: 1400, quotation }
      : { layer: 'icmpv6', kind: 'problem', type: 1, code: 4, parameter: 0, quotation }
  }
  const tcp = (flags: number): LayerSpec => ({ layer: 'tcp', sourcePort: 40_000, destinationPort: 80, flags })
  const { syn, ack, fin, rst } = tcpFlags
  const layers: LayerSpec[][] = [
    ...[
      [40_000, 53],
      [53, 40_000],
      [40_000, 7],
      [7, 40_000],
      [5000, 9],
    ].map(([a, b]) => [udp(a as number, b as number), payload]),
    [echo('question')],
    [echo('answer')],
    [tcp(syn)],
    [tcp(syn | ack)],
    [tcp(ack), payload],
    [tcp(fin | ack)],
    [tcp(rst)],
    [problem(udp(40_000, 53), payload)],
    [problem(udp(53, 40_000), payload)],
    [problem(echo('question'))],
    [problem(tcp(ack))],
  ]
  const ethernet: LayerSpec = { layer: 'ethernet', destination: mac(1), source: mac(9) }
  const whole = layers.map((inner) => encodeFrame([ethernet, ip(from, to), ...inner]))
  if (!isIpv4) return whole
  const cut = (more: object): Uint8Array =>
    encodeFrame([ethernet, { ...ip(from, to), identification: 7, protocol: 17, ...more } as LayerSpec, payload])
  return [...whole, cut({ moreFragments: true }), cut({ fragmentOffset: 40 })]
}

/** What comes in at each side. */
function corpusOf(side: 'inside' | 'outside'): readonly Uint8Array[] {
  const other = side === 'inside' ? 'outside' : 'inside'
  return [0, 1].flatMap((version) =>
    [`${nets[other][version]}9`, `${nets.outside[version]}1`].flatMap((to) => packets(`${nets[side][version]}9`, to)),
  )
}

async function addRules(router: Host): Promise<void> {
  for (const [family, version] of [
    [4, 0],
    [6, 1],
  ] as const) {
    const [server, client] = [`${nets.outside[version]}9`, `${nets.inside[version]}9`]
    const udp = { family, ipProtocol: 17 } as const
    await router.nat.add({ kind: 'masquerade', family, outputLink: 'outside' })
    await router.nat.add({ kind: 'redirect', ...udp, destinationPorts: 9, ports: 5353 })
    await router.nat.add({ kind: 'dnat', ...udp, destinationPorts: 7, toLocal: true, address: client, ports: [70, 80] })
    await router.nat.add({ kind: 'dnat', family, ipProtocol: 6, inputLink: 'inside', address: server })
    await router.nat.add({ kind: 'masquerade', family, outputLink: 'inside', to: client, random: true })
  }
}

/** What the router sends has right checksums in its headers; so has what is translated, for what comes in with wrong ones is not. */
function checkSums(frame: Uint8Array): number {
  if (etherTypeAt(frame, 0) !== etherTypes.ipv4) return 0
  const start = 14 + ipv4HeaderSizeAt(frame, 14)
  expect(checksumOf(frame, 14, start)).toBe(0)
  const isTranslated = frame.subarray(26, 30).join('.') === `${nets.outside[0]}1` && frame[23] === 17
  if (!isTranslated || u16At(frame, start + 6) === 0) return 0
  const length = udpLengthAt(frame, start)
  expect(checksumOf(frame, start, start + length, pseudoSum4(frame, 14, 17, length))).toBe(0)
  return 1
}

test(`${frames} frames, seed ${seed} (set VNET_SEED to repeat)`, { timeout: 60_000 + frames }, async () => {
  const { host: router, clock, driver } = await openLab()
  await router.link.set('lo', { up: true })
  for (const name of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) await router.sysctl.set(name, 1)
  const corpora = [corpusOf('inside'), corpusOf('outside')]
  const ports = []
  for (const side of ['inside', 'outside'] as const) {
    ports.push(await router.openTap({ name: side, mac: mac(1), up: true }))
    for (const [version, bits] of [24, 64].entries()) {
      await router.address.add({ link: side, address: `${nets[side][version]}1/${bits}` })
      await router.neighbour.add({ link: side, address: `${nets[side][version]}9`, mac: mac(9) })
    }
  }
  await addRules(router)
  clock.advance(3)
  const random = generator(seed)
  const batch = new FrameBatch({ frames: batchSize, octets: batchSize * 256 })
  const seen = await Promise.all(
    (['inside', 'outside'] as const).map((link) => router.openSocket({ kind: 'packet', link })),
  )
  let [passed, translated] = [0, 0]
  const look = () => {
    for (const socket of seen) {
      for (let got = socket.take(); got !== undefined; got = socket.take()) {
        if (got.packetType !== 'outgoing') continue
        passed++
        translated += checkSums(got.data)
      }
    }
  }
  // As they are at first, so that each rule has met a packet.
  for (const [side, corpus] of corpora.entries()) {
    batch.clear()
    for (const frame of corpus) batch.add(frame)
    ports[side]?.write(batch)
    look()
  }
  expect(translated).toBeGreaterThan(0)
  expect((await router.nat.list()).filter(({ packets: count }) => count === 0)).toEqual([])
  for (let sent = 0; sent < frames; sent += batchSize) {
    const side = random(2)
    batch.clear()
    while (batch.count < batchSize) batch.add(randomFrame(corpora[side] as Uint8Array[], random))
    expect(ports[side]?.write(batch)).toBe(batchSize)
    look()
    // Connections end, and so do fragments that wait.
    if (random(8) === 0) clock.advance(random(4000) / 100)
  }
  expect(passed).toBeGreaterThan(frames / 100)
  // What there is can be saved, and goes on.
  const saved = JSON.stringify(driver.save())
  expect(saved.length).toBeGreaterThan(1000)
  expect((await router.ping('127.0.0.1')).address).toBe('127.0.0.1')
  await router.close()
})
