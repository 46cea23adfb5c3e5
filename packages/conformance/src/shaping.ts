/** Rates, delays and losses as they are measured: what leaves is counted and timed, not what was asked for read back. @module */
import { type Capability, FrameBatch, type Host, type Namespace, type TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, present, sleep } from './expectation.js'
import { numberedFrame } from './frame.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'

/** Octets of each test frame. */
const SIZE = 1000
/** Milliseconds of sending. */
const DURATION = 600
/** Rate of the tests, bit/s. */
const RATE = 10_000_000
/** Octets of the bucket, sent at once at the start. */
const BURST = 20_000

/** A TAP of the test's, bridged to `v0`: frames that are written to it leave by `v0` and arrive at `v1`. */
async function addSource({ ns, defer }: Context): Promise<TunPort> {
  await addPair(ns)
  await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
  await ns.link.set('v0', { master: 'br0' })
  const port = await ns.openTap({ name: 'tap0' })
  defer(() => port.close())
  await ns.link.set('tap0', { up: true, master: 'br0' })
  await eventually(async () => {
    for (const name of ['tap0', 'v0'])
      if ((await ns.link.get(name))?.port?.state !== 'forwarding') throw new Error(`${name} does not forward yet`)
  })
  return port
}

/** Offers about twice the rate for a while, in step with the clock; returns octets a second that the link received meanwhile. */
async function measure(ns: Namespace, port: TunPort, at: string): Promise<number> {
  const received = async () => present((await ns.link.get(at, { statistics: true }))?.statistics).rxBytes
  const begin = performance.now()
  const before = await received()
  let sent = 0
  const batch = new FrameBatch()
  for (;;) {
    const now = performance.now() - begin
    if (now >= DURATION) break
    const due = Math.floor((2 * RATE * now) / 8000 / SIZE)
    batch.clear()
    while (sent < due && batch.add(numberedFrame(sent, SIZE, 2, 9))) sent++
    port.write(batch)
    await sleep(1)
  }
  const seconds = (performance.now() - begin) / 1000
  const octets = (await received()) - before
  // What was offered must be clearly more than what is let through, or nothing was measured.
  expect(sent * SIZE, 'octets offered').toBeGreaterThan((RATE / 8) * seconds * 1.3)
  return (octets - BURST) / seconds
}

/** The rate with the bucket taken off, within a tenth above (what waits in queues of links) and a third below (a busy machine). */
function expectRate(perSecond: number): void {
  expect((perSecond * 8) / RATE, 'measured rate over that asked for').toBeGreaterThan(0.66)
  expect((perSecond * 8) / RATE, 'measured rate over that asked for').toBeLessThan(1.1)
}

/** Registers the tests of what traffic control does to traffic. */
export function shaping(suite: Suite): void {
  const needs: readonly Capability[] = ['packets', 'tun port', 'link bridge', 'link veth']
  const patience = { seconds: 60 }

  suite.test(
    'tbf: 10 Mbit/s',
    [...needs, 'qdisc tbf'],
    async (context) => {
      const port = await addSource(context)
      const { ns } = context
      await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'tbf', rate: RATE, burst: BURST, latency: 100 })
      expectRate(await measure(ns, port, 'v1'))
      const [told] = await ns.qdisc.list({ link: 'v0', kind: 'tbf' })
      expect(told?.statistics?.drops).toBeGreaterThan(0)
    },
    patience,
  )

  suite.test(
    'htb: a class of 10 Mbit/s, chosen by default',
    [...needs, 'qdisc htb'],
    async (context) => {
      const port = await addSource(context)
      const { ns } = context
      await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'htb', default: 0x10 })
      await ns.class.add({ link: 'v0', classId: '1:10', kind: 'htb', rate: RATE, burst: BURST, ceilBurst: BURST })
      await ns.qdisc.add({ link: 'v0', parent: '1:10', handle: '10:', kind: 'pfifo', limit: 120 })
      expectRate(await measure(ns, port, 'v1'))
      const [told] = await ns.class.list({ link: 'v0' })
      expect(told?.statistics?.drops).toBeGreaterThan(0)
    },
    patience,
  )

  suite.test(
    'ifb: what comes in is redirected to it and shaped there',
    [...needs, 'link ifb', 'qdisc clsact', 'filter u32', 'action mirred', 'qdisc tbf'],
    async (context) => {
      const port = await addSource(context)
      const { ns } = context
      await ns.link.add({ kind: 'ifb', name: 'ifb9', up: true })
      await ns.qdisc.add({ link: 'v1', kind: 'clsact' })
      const actions = [{ kind: 'mirred', link: 'ifb9' }] as const
      await ns.filter.add({ link: 'v1', parent: 'ingress', priority: 1, protocol: 'all', kind: 'u32', actions })
      await ns.qdisc.add({ link: 'ifb9', handle: '1:', kind: 'tbf', rate: RATE, burst: BURST, latency: 100 })
      const counted = async () => present((await ns.qdisc.list({ link: 'ifb9', kind: 'tbf' }))[0]?.statistics)
      const before = performance.now()
      await measure(ns, port, 'v1')
      const seconds = (performance.now() - before) / 1000
      const { bytes, drops } = await counted()
      expectRate((bytes - BURST) / seconds)
      expect(drops).toBeGreaterThan(0)
      const [action] = (await ns.filter.list({ link: 'v1', parent: 'ingress' })).flatMap((filter) => filter.actions)
      expect(action?.statistics?.packets).toBeGreaterThan(100)
    },
    patience,
  )

  suite.test(
    'police: what is beyond the rate is dropped',
    [...needs, 'qdisc clsact', 'filter matchall', 'action police'],
    async (context) => {
      const port = await addSource(context)
      const { ns } = context
      await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
      const police = { kind: 'police', rate: RATE, burst: BURST, exceed: 'shot' } as const
      await ns.filter.add({ link: 'v0', parent: 'egress', priority: 1, kind: 'matchall', actions: [police] })
      expectRate(await measure(ns, port, 'v1'))
    },
    patience,
  )

  const ends = ['packets', 'link veth', 'qdisc netem'] as const
  suite.test('netem: a ping is late by the delay', ends, async ({ ns, host, defer }) => {
    const peer = await addEnds(ns, host, defer)
    await eventually(() => ns.ping({ address: '10.7.0.2' }))
    await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'netem', delay: 120 })
    const late = await ns.ping({ address: '10.7.0.2', timeout: 10 })
    expect(late.time).toBeGreaterThanOrEqual(0.119)
    expect(late.time).toBeLessThan(2)
    expect(peer.ref).toBeDefined()
  })

  suite.test('netem: of all, nothing arrives; of nothing, all does', ends, async ({ ns, host, defer }) => {
    await addEnds(ns, host, defer)
    await eventually(() => ns.ping({ address: '10.7.0.2' }))
    await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'netem', loss: 1 })
    await expect(ns.ping({ address: '10.7.0.2', timeout: 0.3 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const [told] = await ns.qdisc.list({ link: 'v0', kind: 'netem' })
    expect(told?.statistics?.drops).toBeGreaterThan(0)
    await ns.qdisc.change({ link: 'v0', handle: '1:', kind: 'netem' })
    await ns.ping({ address: '10.7.0.2', timeout: 10 })
  })

  suite.test(
    'a filter drops what it matches, and nothing else',
    [...ends.slice(0, 2), ...dropping],
    async (context) => {
      const { ns, host, defer } = context
      await addEnds(ns, host, defer)
      await eventually(() => ns.ping({ address: '10.7.0.2' }))
      await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
      const place = { link: 'v0', parent: 'ingress', protocol: 'ip', priority: 1, kind: 'flower' } as const
      await ns.filter.add({ ...place, from: '10.8.0.0/16', actions: [{ kind: 'gact', control: 'shot' }] })
      await ns.ping({ address: '10.7.0.2', timeout: 10 })
      await ns.filter.add({ ...place, from: '10.7.0.2/32', actions: [{ kind: 'gact', control: 'shot' }] })
      await expect(ns.ping({ address: '10.7.0.2', timeout: 0.3 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    },
  )
}

const dropping: readonly Capability[] = ['qdisc clsact', 'filter flower', 'action gact']

/** `v0` (10.7.0.1) here, `v1` (10.7.0.2) in another namespace. */
async function addEnds(ns: Namespace, host: Host, defer: Context['defer']): Promise<Namespace> {
  const peer = await host.namespace.add()
  defer(() => peer.close())
  const { ref } = peer
  if (ref === undefined) throw new Error('the namespace has no reference')
  await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true, namespace: ref } })
  await ns.address.add({ link: 'v0', address: '10.7.0.1/24' })
  await peer.address.add({ link: 'v1', address: '10.7.0.2/24' })
  return peer
}
