/** Offloads of ports: super-frames passed on, split and merged, held against the kernel's own segmentation and TCP. @module */
import { FrameBatch, type Namespace, type TunPort, type TunPortOptions, VnetError } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { fails } from './expectation.js'
import { ipv4, ipv6, joined, put16, sum, tcpHeader, u16, udpHeader } from './frame.js'
import { forwards } from './port.js'
import type { Suite } from './suite.js'

const needs = ['tun port', 'tun offload', 'link tun', 'namespace exec'] as const
const [TCP, UDP] = [6, 17] as const
const [GSO_TCP4, GSO_TCP6, GSO_UDP] = [1, 4, 5] as const

/** A super-frame: the packet, and its virtio header in numbers. */
interface Super {
  readonly packet: Uint8Array
  readonly gsoType: number
  readonly gsoSize: number
  readonly start: number
  readonly offset: number
}

/** Registers the tests. */
export function portOffload(suite: Suite): void {
  suite.test('what the kernel has, and what was asked for', ['tun port', 'tun offload', 'link tun'], async ({ ns }) => {
    await using all = await ns.openTun({ offloads: true })
    expect(all.offloads).toMatchObject({ checksum: true, tso4: true, tso6: true })
    await using some = await ns.openTun({ offloads: { tso4: true }, headerSize: 10 })
    expect(some.offloads).toEqual({ checksum: true, tso4: true, tso6: false, uso: false })
    await using none = await ns.openTun({ offloads: {} })
    expect(none.offloads).toEqual({ checksum: true, tso4: false, tso6: false, uso: false })
    await using plain = await ns.openTun()
    expect(plain.offloads).toBeUndefined()
  })

  for (const [title, make] of Object.entries(supers)) {
    suite.test(`segmentation as the kernel's: ${title}`, needs, async ({ ns, defer, skip }) => {
      if (!(await forwards(ns))) skip('needs a writable /proc/sys/net')
      const out = await ns.openTun({ name: 'out0', up: true })
      defer(() => out.close())
      await ns.address.add({ link: 'out0', address: '10.2.0.1/24' })
      await ns.address.add({ link: 'out0', address: '2001:db8:2::1/64', noDad: true })
      for (const given of [make(1400, 5000), make(536, 536 * 3), make(1000, 10_001), make(1201, 1), make(99, 40_000)]) {
        const kernel = await through(ns, out, given, true)
        const ours = await through(ns, out, given, false)
        expect(ours).toEqual(kernel)
        // The first fragment of the comparison: it was split at all, where it had to be.
        expect(ours.length).toBe(Math.max(1, Math.ceil(payloadOf(given) / given.gsoSize)))
        for (const frame of ours) expect(transportSum(frame)).toBe(0xffff)
      }
    })
  }

  suite.test('a header that contradicts its frame is counted, not believed', needs, async ({ ns, defer }) => {
    const plain = await ns.openTun({ name: 'in0', up: true })
    defer(() => plain.close())
    const good = superTcp4(1000, 3000)
    const six = (supers['TCP over IPv6'] as typeof superTcp4)(1000, 3000)
    // A header of 12 octets, where TCP has 20 at least.
    const short = superTcp4(1000, 3000)
    short.packet[32] = 0x30
    const batch = batchOf([
      { ...good, gsoType: 9 },
      { ...good, gsoSize: 0 },
      { ...good, start: 4000 },
      { ...good, gsoType: GSO_TCP6 },
      { ...good, gsoType: 0, offset: 4000 },
      // Among the addresses of the packet.
      { ...six, start: 24 },
      short,
      good,
      six,
    ])
    expect(plain.write(batch)).toBe(9)
    expect(plain.counters).toMatchObject({ writtenFrames: 6, dropped: { unsplittable: 7 } })
  })

  const forwarders: Readonly<Record<string, readonly [a: TunPortOptions, b: TunPortOptions, supers: boolean]>> = {
    'plain frames': [{}, {}, false],
    'super-frames passed on': [{ offloads: true }, { offloads: true }, true],
    'super-frames split on reading': [{ offloads: true, receive: 'split' }, {}, false],
    'super-frames split on writing': [{ offloads: true }, {}, true],
    'headers of other sizes': [{ offloads: true, headerSize: 10 }, { offloads: true, headerSize: 12 }, true],
    'segments merged': [{}, { offloads: true, merge: true }, false],
    'checksums left to us, no segmentation': [{ offloads: { checksum: true } }, {}, false],
  }
  for (const [title, [left, right, supers]] of Object.entries(forwarders)) {
    suite.test(`TCP through a forwarder: ${title}`, needs, async ({ ns, another, defer }) => {
      const there = await another()
      const a = await ns.openTun({ ...left, name: 'a0', up: true })
      defer(() => a.close())
      const b = await there.openTun({ ...right, name: 'b0', up: true })
      defer(() => b.close())
      await addresses(ns, 'a0', 1, 2)
      await addresses(there, 'b0', 2, 1)
      const largest = { a: 0, b: 0 }
      const forwarding = [
        forward(a, b, (octets) => {
          largest.a = Math.max(largest.a, octets)
        }),
        forward(b, a, (octets) => {
          largest.b = Math.max(largest.b, octets)
        }),
      ]
      await transfer(ns, there, 4, 6)
      expect(largest.a > 1500).toBe(supers)
      for (const each of [a, b]) {
        expect(each.counters.dropped).toMatchObject({ unsplittable: 0, tooLong: 0, noMemory: 0, cut: 0, otherwise: 0 })
      }
      await a.close()
      await b.close()
      await Promise.all(forwarding)
    })
  }

  suite.test('offloads of an earlier opener are switched off', needs, async ({ ns, another, defer }) => {
    const there = await another()
    const first = await ns.openTun({ name: 'a0', offloads: true, persistent: true })
    await first.close()
    const a = await ns.openTun({ name: 'a0', up: true })
    defer(() => a.close())
    const b = await there.openTun({ name: 'b0', up: true })
    defer(() => b.close())
    await addresses(ns, 'a0', 1, 2)
    await addresses(there, 'b0', 2, 1)
    let largest = 0
    const forwarding = [
      forward(a, b, (octets) => {
        largest = Math.max(largest, octets)
      }),
      forward(b, a, () => {}),
    ]
    await transfer(ns, there, 4)
    expect(largest).toBeLessThanOrEqual(1500)
    await a.close()
    await b.close()
    await Promise.all(forwarding)
  })

  suite.test('the port that merges makes super-frames of segments', needs, async ({ ns, defer, skip }) => {
    if (!(await forwards(ns))) skip('needs a writable /proc/sys/net')
    const out = await ns.openTun({ name: 'out0', up: true, offloads: true })
    defer(() => out.close())
    await ns.address.add({ link: 'out0', address: '10.2.0.1/24' })
    const into = await ns.openTun({ name: 'in0', up: true, offloads: true, merge: true })
    defer(() => into.close())
    await ns.address.add({ link: 'in0', address: '10.1.0.1/24' })
    const segments = [0, 1, 2, 3].map((i) => segment(i * 1000, 1000))
    const broken = segment(4000, 1000)
    broken[100] = (broken[100] as number) ^ 1
    const batch = into.createBatch()
    for (const packet of [...segments, broken, segment(5000, 1000)]) batch.add(packet)
    expect(into.write(batch)).toBe(6)
    const lengths: number[] = []
    const read = out.createBatch()
    while (lengths.length < 3) {
      await out.read(read)
      for (const frame of read) if ((frame[0] as number) >> 4 === 4) lengths.push(frame.length)
    }
    // Four as one; the one with a wrong checksum alone, as it came; and the one after it.
    expect(lengths).toEqual([52 + 4000, 52 + 1000, 52 + 1000])
  })

  suite.test(
    'an offload that the kernel lacks is told by name',
    ['tun port', 'tun offload', 'link tun'],
    async ({ ns }) => {
      const error = await ns.openTun({ offloads: { tso4: true, uso: true } }).then(
        async (opened) => {
          expect(opened.offloads?.uso).toBe(true)
          await opened.close()
        },
        (caught: unknown) => caught,
      )
      if (error !== undefined) {
        expect(error).toBeInstanceOf(VnetError)
        await fails(Promise.reject(error), 'VNET_UNSUPPORTED')
      }
    },
  )
}

const supers: Readonly<Record<string, (size: number, payload: number) => Super>> = {
  'TCP over IPv4': superTcp4,
  'TCP over IPv6': (size, payload) => {
    const transport = joined(tcpHeader(0xfffff000, 0x19), data(payload))
    return withPartial(ipv6(v6(1), v6(2), TCP, transport, 64), 40, 16, GSO_TCP6, size, TCP)
  },
  'UDP over IPv4': (size, payload) => {
    const transport = joined(udpHeader(5000, 6000, 8 + payload), data(payload))
    return withPartial(ipv4('10.1.0.9', '10.2.0.9', UDP, transport), 20, 6, GSO_UDP, size, UDP)
  },
  'UDP over IPv6': (size, payload) => {
    const transport = joined(udpHeader(5000, 6000, 8 + payload), data(payload))
    return withPartial(ipv6(v6(1), v6(2), UDP, transport, 64), 40, 6, GSO_UDP, size, UDP)
  },
}

function superTcp4(size: number, payload: number): Super {
  // FIN, PSH, ACK: what only the last segment may have is among them. The identification and the sequence overflow.
  const transport = joined(tcpHeader(0xfffff000, 0x19), data(payload))
  return withPartial(ipv4('10.1.0.9', '10.2.0.9', TCP, transport, 64, 0xfffe), 20, 16, GSO_TCP4, size, TCP)
}

/** A TCP segment from 10.1.0.9 to 10.2.0.9 with a right checksum. */
function segment(sequence: number, payload: number): Uint8Array {
  const { packet } = withPartial(
    ipv4('10.1.0.9', '10.2.0.9', TCP, joined(tcpHeader(sequence, 0x10), data(payload))),
    20,
    16,
    0,
    0,
    TCP,
  )
  put16(packet, 36, ~sum(packet.subarray(20)) & 0xffff)
  return packet
}

const data = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff)
const v6 = (net: number): Uint8Array => {
  const octets = new Uint8Array(16)
  octets.set([0x20, 0x01, 0x0d, 0xb8, 0, net])
  octets[15] = 9
  return octets
}

/** Puts the sum of the pseudo-header where the checksum shall be, as a sender with checksum offload does. */
function withPartial(
  packet: Uint8Array,
  start: number,
  offset: number,
  gsoType: number,
  gsoSize: number,
  protocol: number,
): Super {
  const addresses = start === 20 ? packet.subarray(12, 20) : packet.subarray(8, 40)
  put16(packet, start + offset, 0)
  put16(packet, start + offset, sum(addresses, protocol + packet.length - start))
  return { packet, gsoType, gsoSize, start, offset }
}

const payloadOf = ({ packet, start, offset }: Super): number => packet.length - start - (offset === 16 ? 32 : 8)

/** Super-frames as a batch with virtio headers. */
function batchOf(list: readonly Super[]): FrameBatch {
  const batch = new FrameBatch({ octets: 1 << 20 })
  batch.headerSize = 12
  list.forEach(({ packet, gsoType, gsoSize, start, offset }, i) => {
    batch.add(packet)
    const header = batch.header(i)
    const numbers = Uint16Array.of(start + (offset === 16 ? 32 : 8), gsoSize, start, offset)
    header.set([1, gsoType])
    header.set(new Uint8Array(numbers.buffer), 2)
  })
  return batch
}

/** Lets a super-frame be forwarded: split by the kernel, or by us before it comes to the kernel. */
async function through(ns: PlacedNamespace, out: TunPort, given: Super, byKernel: boolean): Promise<Uint8Array[]> {
  await using into = await ns.openTun({ name: 'in0', up: true, ...(byKernel ? { offloads: true } : {}) })
  await ns.address.add({ link: 'in0', address: '10.1.0.1/24' })
  await ns.address.add({ link: 'in0', address: '2001:db8:1::1/64', noDad: true })
  const batch = batchOf([given])
  expect(into.write(batch)).toBe(1)
  const wanted = Math.max(1, Math.ceil(payloadOf(given) / given.gsoSize))
  const seen: Uint8Array[] = []
  const read = out.createBatch()
  const protocol = given.offset === 16 ? TCP : UDP
  while (seen.length < wanted) {
    await out.read(read)
    for (const frame of read) if (protocolOf(frame) === protocol) seen.push(frame.slice())
  }
  return seen
}

function protocolOf(packet: Uint8Array): number {
  return (packet[0] as number) >> 4 === 4 ? (packet[9] as number) : (packet[6] as number)
}

/** The sum over transport header, payload and pseudo-header: all ones where the checksum is right. */
function transportSum(packet: Uint8Array): number {
  const four = (packet[0] as number) >> 4 === 4
  const start = four ? 20 : 40
  const addresses = four ? packet.subarray(12, 20) : packet.subarray(8, 40)
  expect(four ? u16(packet, 2) : u16(packet, 4) + 40).toBe(packet.length)
  return sum(packet.subarray(start), sum(addresses, protocolOf(packet) + packet.length - start))
}

async function addresses(ns: Namespace, link: string, own: number, other: number): Promise<void> {
  await ns.address.add({ link, address: `10.${own}.0.1/24` })
  await ns.address.add({ link, address: `2001:db8:${own}::1/64`, noDad: true })
  await ns.route.add({ destination: `10.${other}.0.0/24`, link })
  await ns.route.add({ destination: `2001:db8:${other}::/64`, link })
}

/** Moves frames from one port to another until the first is closed. */
async function forward(from: TunPort, to: TunPort, note: (octets: number) => void): Promise<void> {
  for await (const batch of from) {
    for (let i = 0; i < batch.count; i++) note(batch.length(i))
    for (let at = 0; at < batch.count; ) {
      try {
        at += to.write(batch, at)
        if (at < batch.count) await to.writable()
      } catch {
        return
      }
    }
  }
}

/** What the two ends of connections run: eight million octets one way for each address, digests on the output of both. */
const ends = {
  server: `
    const { createHash } = require('node:crypto')
    let left = Number(process.argv[1])
    require('node:net').createServer((socket) => {
      const hash = createHash('sha256')
      socket.on('data', (octets) => hash.update(octets)).on('end', () => {
        console.log(hash.digest('hex'))
        if (--left === 0) process.exit(0)
      })
    }).listen(5201)`,
  client: `
    const { createHash, randomBytes } = require('node:crypto')
    const send = (address, ...rest) => {
      const octets = randomBytes(8e6)
      console.log(createHash('sha256').update(octets).digest('hex'))
      const connect = (left) => {
        const socket = require('node:net').connect(5201, address)
        const refused = (error) => { if (left === 0) throw error; setTimeout(connect, 50, left - 1) }
        socket.on('error', refused).on('connect', () => {
          // A failure from here on is the test's.
          socket.off('error', refused).resume().end(octets)
          socket.on('close', () => { if (rest.length > 0) send(...rest) })
        })
      }
      connect(400)
    }
    send(...process.argv.slice(1))`,
}

/** Sends octets over TCP from one namespace to another and compares their digests; each of IPv4 and IPv6 in its turn. */
async function transfer(from: Namespace, to: Namespace, ...families: (4 | 6)[]): Promise<void> {
  const start = (ns: Namespace, script: string, ...args: string[]) =>
    ns.run({ command: process.execPath, args: ['-e', script, ...args], stdio: 'pipe' })
  const server = await start(to, ends.server, String(families.length))
  const client = await start(
    from,
    ends.client,
    ...families.map((family) => (family === 4 ? '10.2.0.1' : '2001:db8:2::1')),
  )
  const [sent, received] = [await client.ended, await server.ended]
  expect(sent, sent.stderr).toMatchObject({ code: 0 })
  expect(received.stdout).toBe(sent.stdout)
  expect(received.stdout.match(/^[0-9a-f]{64}\n/gm)).toHaveLength(families.length)
}
