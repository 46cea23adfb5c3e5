/** Whom a VXLAN sends frames to, what it takes in, learns and answers. @module */
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, present } from './expectation.js'
import { arp, ethernet, everybody, hex, ip6, ipv4, ipv6, joined, u16, udpHeader, unknownMac } from './frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { arrivals, frameOf, send, type TestFrame } from './taps.js'
import { bridged } from './tunnel-bridged.js'
import { counters, needsOf, protocols } from './tunnel-inside.js'
import { incoming, type Outer, other, outer, withTos } from './tunnel-underlay.js'

const UDP = protocols.udp
const [near4, far4] = outer[4]
const ends4 = { local: near4, remote: far4 }
const needs = ['link bridge', ...needsOf('vxlan')] as const

/** Registers the tests. */
export function vxlanFrames(suite: Suite): void {
  suite.test('class, hops and congestion of the packet inside', needs, async (context) => {
    const { underlay, tap } = await bridged(context, {
      kind: 'vxlan',
      name: 't0',
      vxlan: { id: 42, ...ends4, tos: 1, ttlInherit: true, df: 'inherit' },
    })
    const packet = (tos: number, ttl: number) =>
      withTos(ipv4('10.1.0.1', '10.1.0.2', 200, new Uint8Array(20), ttl), tos)
    const is = (wanted: Uint8Array) => (one: Outer) => hex(one.payload).endsWith(hex(wanted))
    const frame = (octets: Uint8Array, type = 0x0800) => ethernet(everybody, mac(0x99), type, octets)
    for (const [tos, ttl, outside] of [
      [0x48, 5, 0x48],
      [0x4b, 9, 0x4a],
      [0x02, 200, 0x02],
    ] as const) {
      await write(tap.port, frame(packet(tos, ttl)))
      expect(await underlay.read(is(packet(tos, ttl)))).toMatchObject({ tos: outside, ttl, df: true })
    }
    const six = ipv6(ip6('fd00:1::1'), ip6('fd00:1::2'), 59, new Uint8Array(8), 33)
    await write(tap.port, frame(six, 0x86dd))
    expect(await underlay.read(is(six))).toMatchObject({ tos: 0, ttl: 33, df: true })
  })

  suite.test(
    'vxlan: to all remotes of the all-zero MAC, to one that is known, from one that was learned',
    needs,
    async (context) => {
      const { underlay, tap } = await bridged(context, { kind: 'vxlan', name: 't0', vxlan: { id: 42, ...ends4 } })
      const { ns } = context
      await ns.fdb.add({ link: 't0', self: true, mac: '00:00:00:00:00:00', remote: other[4], append: true })
      await ns.fdb.add({ link: 't0', self: true, mac: mac(0x61), remote: other[4], port: 5000, vni: 77 })
      const read = async (frame: TestFrame, count: number) => {
        await send(tap, frame)
        const seen: string[] = []
        while (seen.length < count) {
          const one = await underlay.read(({ payload }) => hex(payload).endsWith(hex(frameOf(frame))))
          seen.push(`${one.to} ${u16(one.payload, 2)} ${hex(one.payload.subarray(12, 15))}`)
        }
        return seen
      }
      expect(await read({ to: everybody, number: 1 }, 2)).toEqual([`${other[4]} 4789 00002a`, `${far4} 4789 00002a`])
      expect(await read({ to: mac(0x61), number: 2 }, 1)).toEqual([`${other[4]} 5000 00004d`])
      // Of another identifier, and without one, nothing comes in; the source of what does is known from then on.
      for (const [number, vni, flags] of [
        [10, 43, 8],
        [11, 42, 0],
        [12, 42, 0x88],
        [13, 42, 8],
      ] as const) {
        await underlay.write(
          incoming(4, UDP, vxlan(vni, frameOf({ to: everybody, from: mac(0x62), number }), flags), 0, other[4]),
        )
      }
      await underlay.write(
        incoming(4, UDP, vxlan(42, frameOf({ to: everybody, from: mac(0x63), number: 0xffff })), 0, far4),
      )
      expect(await arrivals(tap)).toEqual(['13'])
      expect(await learned(ns, 't0', mac(0x62))).toEqual([`${other[4]} dynamic`])
      expect(await read({ to: mac(0x62), number: 3 }, 1)).toEqual([`${other[4]} 4789 00002a`])
    },
  )

  suite.test('vxlan without a remote drops what it does not know', needs, async (context) => {
    const { tap } = await bridged(context, { kind: 'vxlan', name: 't0', vxlan: { id: 42, local: near4 } })
    const before = await counters(context.ns)
    await send(tap, { to: mac(0x77), number: 1 })
    await eventually(async () => expect((await counters(context.ns)).txDropped).toBeGreaterThan(before.txDropped))
    expect((await counters(context.ns)).txPackets).toBe(0)
  })

  suite.test('vxlan: a group gets one hop, and is listened to', needs, async (context) => {
    const group = '239.1.2.3'
    const { underlay, tap } = await bridged(context, {
      kind: 'vxlan',
      name: 't0',
      vxlan: { id: 42, local: near4, remote: group, link: 'tap0' },
    })
    const frame = { to: everybody, number: 5 }
    await send(tap, frame)
    const one = await underlay.read(({ payload }) => hex(payload).endsWith(hex(frameOf(frame))))
    expect(one).toMatchObject({ to: group, ttl: 1, df: false })
    const filters = await context.ns.fdb.list({ link: 'tap0' })
    expect(filters.map((entry) => entry.mac)).toContain('01:00:5e:01:02:03')
    const packet = ipv4(far4, group, UDP, vxlan(42, frameOf({ to: everybody, from: mac(0x64), number: 6 })))
    await underlay.write(packet, '01:00:5e:01:02:03')
    await underlay.write(incoming(4, UDP, vxlan(42, frameOf({ to: everybody, from: mac(0x64), number: 0xffff }))))
    expect(await arrivals(tap)).toEqual(['6'])
  })

  suite.test('vxlan that answers for neighbours floods no question', needs, async (context) => {
    const { tap, underlay } = await bridged(context, {
      kind: 'vxlan',
      name: 't0',
      vxlan: { id: 42, ...ends4, proxy: true },
    })
    await context.ns.neighbour.add({ link: 't0', address: '10.1.0.9', mac: mac(0x69) })
    const question = (address: string) => arp(1, everybody, mac(0x99), '10.1.0.1', unknownMac, address)
    await write(tap.port, question('10.1.0.8'))
    await write(tap.port, question('10.1.0.9'))
    const answer = await readOf(tap.port, (frame) => u16(frame, 12) === 0x0806 && u16(frame, 20) === 2)
    expect(hex(answer.subarray(0, 42))).toBe(hex(arp(2, mac(0x99), mac(0x69), '10.1.0.9', mac(0x99), '10.1.0.1')))
    await send(tap, { to: everybody, number: 9 })
    const next = await underlay.read(({ payload }) => u16(payload, 28) === 0x0806 || u16(payload, 28) === 0x88b5)
    expect(u16(next.payload, 28)).toBe(0x88b5)
  })

  suite.test('vxlan to this host itself goes straight to the other one', needs, async (context) => {
    const { tap } = await bridged(context, {
      kind: 'vxlan',
      name: 't0',
      vxlan: { id: 42, local: near4, remote: near4 },
    })
    const { ns } = context
    await ns.fdb.add({ link: 't0', self: true, mac: mac(0x71), remote: near4, vni: 43 })
    await ns.link.add({ kind: 'vxlan', name: 't1', up: true, vxlan: { id: 43, local: near4 } })
    await send(tap, { to: mac(0x71), number: 1 })
    await eventually(async () => {
      const received = present((await ns.link.get('t1', { statistics: true }))?.statistics)
      expect(received.rxBytes).toBe(60)
    })
    expect(await learned(ns, 't1', mac(0x99))).toEqual(['127.0.0.1 dynamic'])
  })
}

/** Where a VXLAN has a MAC, and how certain that is. */
async function learned(ns: Context['ns'], link: string, wanted: string): Promise<string[]> {
  const entries = await ns.fdb.list({ link })
  return entries
    .filter((entry) => entry.mac === wanted && entry.remote !== undefined)
    .map((entry) => `${entry.remote} ${entry.state}`)
}

/** A datagram of VXLAN without a checksum. */
function vxlan(vni: number, frame: Uint8Array, flags = 8): Uint8Array {
  const header = Uint8Array.of(flags, 0, 0, 0, vni >> 16, vni >> 8, vni, 0)
  return joined(udpHeader(50_000, 4789, 16 + frame.length), header, frame)
}
