/** The host that answers: each answer as a peer reads it, and silence where silence is right. */
import { expect, test } from 'vitest'
import { decodeFrame, encodeFrame, formatFrame, type LayerSpec, Responder } from '../src/index.js'

const host = new Responder({ mac: '02:00:00:00:00:02', addresses: ['10.0.0.2', 'fd00::2'] })
const [peer, own] = ['02:00:00:00:00:01', '02:00:00:00:00:02']
const ethernet = { layer: 'ethernet', destination: own, source: peer } as const
const data = Uint8Array.from({ length: 33 }, (_, i) => i)

const arp = (targetIp: string, operation = 1): Uint8Array =>
  encodeFrame([
    { ...ethernet, destination: 'ff:ff:ff:ff:ff:ff' },
    { layer: 'arp', operation, senderMac: peer, senderIp: '10.0.0.1', targetMac: '00:00:00:00:00:00', targetIp },
  ])
const echo4 = (destination: string, more: object = {}, link: object = {}): Uint8Array =>
  encodeFrame([
    { ...ethernet, ...link },
    { layer: 'ipv4', source: '10.0.0.1', destination, ttl: 9, ...more },
    { layer: 'icmp', kind: 'echo', type: 8, identifier: 7, sequence: 3, data },
  ])
const echo6 = (destination: string): Uint8Array =>
  encodeFrame([
    ethernet,
    { layer: 'ipv6', source: 'fd00::1', destination, hopLimit: 9 },
    { layer: 'icmpv6', kind: 'echo', type: 128, identifier: 7, sequence: 3, data },
  ])
const solicitation = (source: string, target = 'fd00::2', hopLimit = 255): Uint8Array =>
  encodeFrame([
    { ...ethernet, destination: '33:33:ff:00:00:02' },
    { layer: 'ipv6', source, destination: 'ff02::1:ff00:2', hopLimit },
    { layer: 'icmpv6', kind: 'neighbour-solicitation', type: 135, target, options: [] },
  ])

/** The answer's layers; encoding them anew must give the same checksums and lengths. */
function layersOf(question: Uint8Array) {
  const frame = host.answer(question)?.frames[0]
  if (frame === undefined) throw new Error('no answer')
  const layers = decodeFrame(frame)
  expect(encodeFrame(layers as LayerSpec[], { recompute: true })).toEqual(frame)
  return layers
}

test('ARP: who has its address is told its MAC', () => {
  const answer = host.answer(arp('10.0.0.2'))
  expect(answer).toMatchObject({ kind: 'arp', from: '10.0.0.1', address: '10.0.0.2' })
  expect(layersOf(arp('10.0.0.2'))).toMatchObject([
    { layer: 'ethernet', destination: peer, source: own },
    { operation: 2, senderMac: own, senderIp: '10.0.0.2', targetMac: peer, targetIp: '10.0.0.1' },
  ])
})

test('ping over IPv4: data, identifier and sequence come back, with a TTL of its own', () => {
  expect(host.answer(echo4('10.0.0.2'))).toMatchObject({ kind: 'echo', from: '10.0.0.1', sequence: 3, size: 33 })
  expect(layersOf(echo4('10.0.0.2'))).toMatchObject([
    { destination: peer, source: own },
    { layer: 'ipv4', source: '10.0.0.2', destination: '10.0.0.1', ttl: 64 },
    { layer: 'icmp', type: 0, identifier: 7, sequence: 3, data },
  ])
})

test('ping over IPv6', () => {
  expect(host.answer(echo6('fd00::2'))).toMatchObject({ kind: 'echo', from: 'fd00::1', address: 'fd00::2', size: 33 })
  expect(layersOf(echo6('fd00::2'))).toMatchObject([
    { destination: peer, source: own },
    { layer: 'ipv6', source: 'fd00::2', destination: 'fd00::1', hopLimit: 64 },
    { layer: 'icmpv6', type: 129, identifier: 7, sequence: 3, data },
  ])
})

test('Neighbour Discovery: a neighbour is told, and to a probe all are', () => {
  expect(layersOf(solicitation('fd00::1'))).toMatchObject([
    { destination: peer },
    { source: 'fd00::2', destination: 'fd00::1', hopLimit: 255 },
    { type: 136, solicited: true, override: true, target: 'fd00::2', options: [{ kind: 'target-mac', mac: own }] },
  ])
  expect(layersOf(solicitation('::'))).toMatchObject([
    { destination: '33:33:00:00:00:01' },
    { destination: 'ff02::1' },
    { type: 136, solicited: false },
  ])
})

const broken = (frame: Uint8Array): Uint8Array => {
  const copy = frame.slice()
  copy[copy.length - 1] = (copy.at(-1) as number) ^ 1
  return copy
}

test.each<[string, Uint8Array]>([
  ['another address in ARP', arp('10.0.0.3')],
  ['an ARP reply', arp('10.0.0.2', 2)],
  ['another IPv4 address', echo4('10.0.0.3')],
  ['another MAC', echo4('10.0.0.2', {}, { destination: '02:00:00:00:00:03' })],
  ['a broadcast', echo4('10.0.0.2', {}, { destination: 'ff:ff:ff:ff:ff:ff' })],
  ['a fragment', echo4('10.0.0.2', { moreFragments: true })],
  ['a wrong checksum over IPv4', broken(echo4('10.0.0.2'))],
  ['a wrong checksum over IPv6', broken(echo6('fd00::2'))],
  ['another IPv6 address', echo6('fd00::3')],
  ['a solicitation that crossed a router', solicitation('fd00::1', 'fd00::2', 254)],
  ['a solicitation of another', solicitation('fd00::1', 'fd00::3')],
  ['a wrong checksum in a solicitation', broken(solicitation('fd00::1'))],
  ['nothing', new Uint8Array(0)],
])('silence at %s', (_, frame) => {
  expect(host.answer(frame)).toBeUndefined()
})

test('cut anywhere, a question has no answer and no error', () => {
  for (const frame of [arp('10.0.0.2'), echo4('10.0.0.2'), echo6('fd00::2'), solicitation('fd00::1')]) {
    for (let length = 0; length < frame.length; length++) {
      const answer = host.answer(frame.subarray(0, length))
      // Padding of the frame may be missing, nothing else.
      if (answer !== undefined)
        expect(formatFrame(answer.frames[0] as Uint8Array)).toBe(
          formatFrame(host.answer(frame)?.frames[0] as Uint8Array),
        )
    }
  }
})

/** A large ping in fragments by the book, each with `step` octets of data. */
function cut4(frame: Uint8Array, step: number, identification = 99): Uint8Array[] {
  const data = frame.subarray(34)
  return Array.from({ length: Math.ceil(data.length / step) }, (_, i) =>
    encodeFrame([
      ethernet,
      {
        layer: 'ipv4',
        source: '10.0.0.1',
        destination: '10.0.0.2',
        protocol: 1,
        identification,
        fragmentOffset: i * step,
        moreFragments: (i + 1) * step < data.length,
      },
      { layer: 'payload', bytes: data.subarray(i * step, (i + 1) * step) },
    ]),
  )
}
function cut6(frame: Uint8Array, step: number): Uint8Array[] {
  const data = frame.subarray(54)
  return Array.from({ length: Math.ceil(data.length / step) }, (_, i) =>
    encodeFrame([
      ethernet,
      { layer: 'ipv6', source: 'fd00::1', destination: 'fd00::2', hopLimit: 9 },
      {
        layer: 'ipv6-fragment',
        nextHeader: 58,
        offset: i * step,
        moreFragments: (i + 1) * step < data.length,
        identification: 77,
      },
      { layer: 'payload', bytes: data.subarray(i * step, (i + 1) * step) },
    ]),
  )
}

const large = Uint8Array.from({ length: 500 }, (_, i) => i)
const large4 = encodeFrame([
  ethernet,
  { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2', identification: 99 },
  { layer: 'icmp', kind: 'echo', type: 8, identifier: 7, sequence: 3, data: large },
])
const large6 = encodeFrame([
  ethernet,
  { layer: 'ipv6', source: 'fd00::1', destination: 'fd00::2' },
  { layer: 'icmpv6', kind: 'echo', type: 128, identifier: 7, sequence: 3, data: large },
])

test.each([
  ['IPv4', cut4(large4, 200), 20],
  ['IPv6', cut6(large6, 200), 48],
])('a ping in fragments of %s, in any order, is answered in fragments of that size', (family, asked, headers) => {
  for (const order of [asked, [...asked].reverse(), [asked[1], asked[1], asked[0], asked[2]] as Uint8Array[]]) {
    const answers = order.flatMap((frame) => host.answer(frame) ?? [])
    expect(answers).toMatchObject([{ kind: 'echo', sequence: 3, size: 500 }])
    const frames = answers[0]?.frames ?? []
    expect(frames).toHaveLength(3)
    expect(frames.map((frame) => frame.length - 14 - headers)).toEqual([200, 200, 108])
    for (const frame of frames)
      expect(encodeFrame(decodeFrame(frame) as LayerSpec[], { recompute: true })).toEqual(frame)
    const back = Buffer.concat(frames.map((frame) => frame.subarray(14 + headers)))
    expect([back[0], Buffer.from(large).equals(back.subarray(8))]).toEqual([family === 'IPv4' ? 0 : 129, true])
  }
})

test('fragments that overlap, or of too many packets, have no answer', () => {
  const [first, second, last] = cut4(large4, 200) as [Uint8Array, Uint8Array, Uint8Array]
  const answers = (...frames: Uint8Array[]) => frames.map((frame) => host.answer(frame)?.size)
  // The second overlaps the other, and all is discarded: what comes then begins anew.
  expect(answers(first, cut4(large4, 248)[1] as Uint8Array, second)).toEqual([undefined, undefined, undefined])
  expect(answers(last, first, second)).toEqual([undefined, undefined, 500])
  host.answer(first)
  for (let other = 200; other < 215; other++) host.answer(cut4(large4, 200, other)[0] as Uint8Array)
  expect(answers(second, last)).toEqual([undefined, 500])
  host.answer(first)
  for (let other = 300; other < 316; other++) host.answer(cut4(large4, 200, other)[0] as Uint8Array)
  // The oldest gave way.
  expect(answers(second, last)).toEqual([undefined, undefined])
})
