/** Which port of a bond a frame takes, in each mode, seen at the other ends of the ports (`ip link add … type bond mode …`). @module */
import type { BondOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, present } from './expectation.js'
import { ethernet, everybody, ipv4, u16 } from './frame.js'
import { listen, listenAt } from './listen.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'
import { addTap, send, type Tap } from './taps.js'

/** Frames of one test, and destinations that differ in the last octet. */
const count = 8
const numbers = Array.from({ length: count }, (_, number) => number)
const all = numbers.map(String)

/** Registers the tests. */
export function bondTraffic(suite: Suite): void {
  const needs = ['packets bond', 'link bond', 'link veth', 'link bridge', 'link tap', 'tun port', 'capture'] as const

  suite.test('balance-rr: one port after the other', needs, async (context) => {
    const { tap, seen } = await bonded(context, { mode: 'balance-rr' })
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70), number })))
    const [first, second] = await seen(count)
    expect([first, second].map((words) => words?.length)).toEqual([count / 2, count / 2])
    for (const words of [first, second]) expect(distances(words)).toEqual([2])
  })

  suite.test('balance-rr: two frames by each port', needs, async (context) => {
    const { tap, seen } = await bonded(context, { mode: 'balance-rr', packetsPerSlave: 2 })
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70), number })))
    const places = await seen(count)
    expect(places.map((words) => words.length)).toEqual([count / 2, count / 2])
    for (const words of places) expect(distances(words)).toContain(1)
  })

  suite.test('broadcast: every frame by every port', needs, async (context) => {
    const { tap, seen } = await bonded(context, { mode: 'broadcast' })
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70), number })))
    expect(await seen(2 * count)).toEqual([all, all])
  })

  suite.test(
    'active-backup: by the port in use, and after it lost its carrier by the other',
    needs,
    async (context) => {
      const { ns } = context
      const { tap, seen, far } = await bonded(context, { mode: 'active-backup' })
      await send(tap, { to: mac(0x70), number: 1 }, { to: everybody, number: 2 })
      expect(await seen(2)).toEqual([['1', '2'], []])
      await far.link.set('p0', { up: false })
      const second = present(await ns.link.get('v1')).index
      await eventually(async () => expect((await ns.link.get('b0'))?.bond?.activeSlave).toBe(second))
      await send(tap, { to: mac(0x70), number: 3 })
      expect(await seen(3)).toEqual([['1', '2'], ['3']])
    },
  )

  const policies: readonly (readonly [
    policy: NonNullable<BondOptions['xmitHashPolicy']>,
    parity: (n: number) => number,
  ])[] = [
    // MACs of the frames, and their EtherType 0x88b5.
    ['layer2', (number) => (0x70 + number) ^ 0x99 ^ 0x88b5],
    ['layer2+3', (number) => (0x70 + number) ^ 0x99 ^ 0x88b5],
    ['vlan+srcmac', () => 0x020000 ^ 0x000099],
  ]
  for (const [xmitHashPolicy, hash] of policies) {
    suite.test(`balance-xor, ${xmitHashPolicy}: the port that the hash gives`, needs, async (context) => {
      const { tap, seen } = await bonded(context, { mode: 'balance-xor', xmitHashPolicy })
      await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
      const expected = [0, 1].map((port) => all.filter((_, number) => hash(number) % 2 === port))
      expect(await seen(count)).toEqual(expected)
    })
  }

  suite.test('balance-xor: ports that work share what others carried', needs, async (context) => {
    const { ns } = context
    const { tap, seen, far } = await bonded(context, { mode: 'balance-xor' })
    await far.link.set('p0', { up: false })
    await eventually(async () => expect((await ns.link.get('v0'))?.bondPort?.miiStatus).toBe('down'))
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
    expect(await seen(count)).toEqual([[], all])
  })

  suite.test('a port that is not in use passes nothing on; with allSlavesActive it does', needs, async (context) => {
    const { ns, defer } = context
    const { far } = await bonded(context, { mode: 'active-backup' })
    const inside = await listen(ns, defer, 'b0')
    const outside = await Promise.all(['p0', 'p1'].map((name, at) => tapBefore(far, defer, name, at + 1)))
    await send(outside[1] as Tap, { to: everybody, from: mac(0x91), number: 1 })
    await send(outside[0] as Tap, { to: everybody, from: mac(0x92), number: 2 })
    await eventually(() => expect(inside.words).toEqual(['2']))
    const bond = (await ns.link.get('b0', { statistics: true }))?.statistics
    expect(bond?.rxPackets).toBeGreaterThanOrEqual(2)
    await ns.link.set('b0', { bond: { allSlavesActive: true } })
    await send(outside[1] as Tap, { to: everybody, from: mac(0x91), number: 3 })
    await eventually(() => expect(inside.words).toEqual(['2', '3']))
  })

  suite.test('802.3ad: two bonds find each other, aggregate, and use both ports', needs, async (context) => {
    const { ns, defer } = context
    const { tap, far } = await bonded(context, { mode: '802.3ad', lacpRate: 'fast' })
    const macs = { far: mac(0xfb), near: mac(0xb1) }
    await far.link.add({ kind: 'bond', name: 'b0', mac: macs.far, bond: { mode: '802.3ad', miimon: 20 } })
    for (const name of ['p0', 'p1']) {
      await far.link.set(name, { up: false })
      await far.link.set(name, { master: 'b0' })
    }
    await far.link.set('b0', { up: true })
    await eventually(async () => {
      for (const [place, partner] of [[ns, macs.far] as const, [far, macs.near] as const]) {
        const bond = present(await place.link.get('b0'))
        expect(bond).toMatchObject({ carrier: true, bond: { adInfo: { ports: 2, partnerMac: partner } } })
      }
      const ports = await ns.link.list({ master: 'b0' })
      // Active, aggregated, in step, collecting, distributing; this end asks to be told often.
      expect(ports.map(({ bondPort }) => (bondPort?.actorPortState ?? 0) & 0x3f)).toEqual([0x3f, 0x3f])
      expect(ports.map(({ bondPort }) => (bondPort?.partnerPortState ?? 0) & 0x3d)).toEqual([0x3d, 0x3d])
      expect(ports.map(({ bondPort }) => bondPort?.state)).toEqual(['active', 'active'])
      expect(new Set(ports.map(({ bondPort }) => bondPort?.aggregator)).size).toBe(1)
    })
    // A capture ends when its link goes down.
    const seen = await listenAt(far, defer, ['p0', 'p1'])
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
    const hash = (number: number) => (0x70 + number) ^ 0x99 ^ 0x88b5
    const places = await seen(count)
    // Which port has which hash is not said: the kernel keeps the latest port first.
    const halves = [0, 1].map((port) => all.filter((_, number) => hash(number) % 2 === port))
    expect([...places].sort()).toEqual([...halves].sort())
    const [, before = []] = places
    await far.link.set('p0', { up: false })
    await eventually(async () => expect((await ns.link.get('v0'))?.bondPort?.miiStatus).toBe('down'))
    expect((await ns.link.get('b0'))?.carrier).toBe(true)
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number: number + count })))
    expect((await seen(2 * count))[1]).toEqual([...before, ...numbers.map((number) => String(number + count))])
  })

  suite.test('802.3ad: where nobody answers one port is used', needs, async (context) => {
    const { tap, seen } = await bonded(context, { mode: '802.3ad' })
    await eventually(async () => {
      const ports = await context.ns.link.list({ master: 'b0' })
      expect(ports.map(({ bondPort }) => bondPort?.state).sort()).toEqual(['active', 'backup'])
    })
    await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
    expect((await seen(count)).map((words) => words.length).sort()).toEqual([0, count])
  })

  for (const mode of ['balance-tlb', 'balance-alb'] as const) {
    suite.test(`${mode}: what is no IP goes by the port in use; each port has its own MAC`, needs, async (context) => {
      const { ns } = context
      const { tap, seen } = await bonded(context, { mode })
      await send(tap, ...numbers.map((number) => ({ to: mac(0x70 + number), number })))
      expect(await seen(count)).toEqual([all, []])
      const macs = await Promise.all(['b0', 'v0', 'v1'].map(async (name) => (await ns.link.get(name))?.mac))
      expect(macs).toEqual([mac(0xb1), mac(0xb1), mac(0x11)])
    })
  }

  suite.test(
    'balance-tlb: flows take the port that tells more speed, whichever is in use; one that tells none counts as the fastest',
    [...needs, 'link dummy', 'socket'],
    async ({ ns, defer }) => {
      const slow = await ns.openTap({ name: 't0' })
      defer(() => slow.close())
      await ns.link.add({ kind: 'dummy', name: 'd0' })
      const bond = { mode: 'balance-tlb', miimon: 20 } as const
      await ns.link.add({ kind: 'bond', name: 'b0', mac: mac(0xb1), bond })
      for (const name of ['t0', 'd0']) await ns.link.set(name, { master: 'b0' })
      await ns.link.set('b0', { up: true })
      const active = present(await ns.link.get('t0')).index
      await eventually(async () => {
        const ports = await ns.link.list({ master: 'b0' })
        expect(ports.map(({ bondPort }) => bondPort?.miiStatus)).toEqual(['up', 'up'])
        expect((await ns.link.get('b0'))?.bond?.activeSlave).toBe(active)
      })
      const heard = await listen(ns, defer, 'd0', 'out')
      const sender = await ns.openSocket({ kind: 'packet', link: 'b0' })
      defer(() => sender.close())
      for (const number of numbers) {
        const packet = ipv4('10.0.0.1', '10.0.0.2', 253, Uint8Array.of(number))
        await sender.send(ethernet(mac(0x70 + number), mac(0xb1), 0x0800, packet))
      }
      await eventually(() => {
        const flows = heard.frames.filter((frame) => u16(frame, 12) === 0x0800 && frame[23] === 253)
        expect(flows.map((frame) => frame[34])).toEqual(numbers)
      })
    },
  )

  suite.test('the addresses of a bond are announced when another port is used', needs, async (context) => {
    const { ns, defer } = context
    const { far } = await bonded(context, { mode: 'active-backup' })
    await ns.link.set('b0', { master: null })
    await ns.address.add({ link: 'b0', address: '10.0.0.1/24' })
    const heard = await listen(far, defer, 'p1')
    await far.link.set('p0', { up: false })
    const address = Uint8Array.of(10, 0, 0, 1)
    await eventually(() => {
      const announced = heard.frames.filter(
        (frame) =>
          frame[12] === 8 &&
          frame[13] === 6 &&
          [28, 38].every((at) => address.every((octet, i) => frame[at + i] === octet)),
      )
      expect(announced.length).toBeGreaterThan(0)
      expect(announced[0]?.[21]).toBe(1)
      expect(announced[0]?.subarray(0, 6)).toEqual(new Uint8Array(6).fill(0xff))
    })
  })
}

/** The steps between numbers that follow each other. */
const distances = (words: readonly string[] = []): number[] => [
  ...new Set(words.slice(1).map((word, at) => Number(word) - Number(words[at]))),
]

/** A bond with the ports `v0` and `v1`, itself a port of `br0` like a TAP; the ports' other ends `p0` and `p1` are elsewhere, and listened to. */
async function bonded(context: Context, bond: BondOptions) {
  const { ns, another, defer } = context
  const far = await another()
  for (const i of [0, 1]) {
    const peer = { name: `p${i}`, namespace: far.ref, mac: mac(0x20 + i), up: true }
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer })
  }
  await ns.link.add({ kind: 'bond', name: 'b0', mac: mac(0xb1), bond: { miimon: 20, ...bond } })
  for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
  await addBridge(ns)
  const tap = await addTap(ns, defer, 'tap1', 1)
  await ns.link.set('b0', { master: 'br0', up: true })
  await eventually(async () => {
    const ports = await ns.link.list({ master: 'b0' })
    expect(ports.map(({ bondPort }) => bondPort?.miiStatus)).toEqual(['up', 'up'])
    expect((await ns.link.get('b0'))?.port?.state).toBe('forwarding')
  })
  return { tap, far, seen: await listenAt(far, defer, ['p0', 'p1']) }
}

/** A TAP that sends by a link, through a bridge of its own. */
async function tapBefore(ns: PlacedNamespace, defer: Context['defer'], link: string, number: number): Promise<Tap> {
  const bridge = `br${number}`
  await addBridge(ns, bridge)
  const port = await ns.openTap({ name: `tap${number}`, mac: mac(0x30 + number) })
  defer(() => port.close())
  for (const name of [`tap${number}`, link]) await ns.link.set(name, { master: bridge, up: true })
  await eventually(async () => {
    for (const name of [`tap${number}`, link]) expect((await ns.link.get(name))?.port?.state).toBe('forwarding')
  })
  return { name: `tap${number}`, port }
}
