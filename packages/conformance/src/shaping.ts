/** Rates, delays and losses as they are measured: what leaves is counted and timed, not what was asked for read back. @module */
import type { Capability, Host, Namespace, Qdisc, TrafficClass, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import { writeNumbers } from './capture.js'
import type { Context } from './context.js'
import { eventually, sleep } from './expectation.js'
import { numberOf } from './frame.js'
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

/** Opens a capture of what leaves `link`, sends, and gives the times of `count` frames as the kernel took them, in seconds. */
async function timesOf(
  { ns }: Context,
  link: string,
  send: () => Promise<unknown>,
  isLast: (number: number, seen: number) => boolean,
): Promise<number[]> {
  await using captured = await ns.openCapture({ link, direction: 'out', snapLength: 64 })
  const sending = send()
  const batch = captured.createBatch()
  const times: bigint[] = []
  for (;;) {
    await captured.read(batch)
    for (let i = 0; i < batch.count; i++) {
      const number = numberOf(batch.frame(i))
      if (number === undefined) continue
      times.push(batch.time(i))
      if (!isLast(number, times.length)) continue
      await sending
      return times.map((time) => Number(time - (times[0] as bigint)) / 1e9)
    }
  }
}

/**
 * Measures a rate until it is what was asked for, at most five times: a machine that is busy elsewhere lets the bucket run
 * over, and then less passes. More than a bucket lets through never passes, so that is no matter of another try.
 */
async function expectRate(measure: () => Promise<number[]>, burst = BURST): Promise<void> {
  for (let tries = 1; ; tries++) {
    const times = await measure()
    const bits = (times.length * SIZE - burst) * 8
    const share = bits / (times.at(-1) as number) / RATE
    expect(share, 'measured rate over that asked for').toBeLessThan(1.1)
    if (share > 0.8) return
    if (tries === 5) expect(share, 'measured rate over that asked for').toBeGreaterThan(0.8)
    await sleep(300)
  }
}

/** Frames that are offered at once, more than the queues of the tests hold, and how many of them are timed. */
const OFFERED = 500
const TIMED = 250

/** What a link with a queue lets out of frames that come all at once. */
function expectQueue(context: Context, port: TunPort, link: string): Promise<void> {
  return expectRate(() =>
    timesOf(
      context,
      link,
      () => writeNumbers(port, 0, OFFERED, SIZE),
      (_, seen) => seen === TIMED,
    ),
  )
}

/** Sees frames dropped; offers more until then, for on a machine that is busy elsewhere a queue empties meanwhile. */
function expectDrops(port: TunPort, list: () => Promise<readonly (Qdisc | TrafficClass)[]>): Promise<void> {
  return eventually(async () => {
    const [told] = await list()
    if (told?.statistics?.drops === 0) await writeNumbers(port, 0, OFFERED, SIZE)
    expect(told?.statistics?.drops).toBeGreaterThan(0)
  })
}

/** Offers about twice the rate for a while, in step with the clock, and then one frame that passes for certain. */
async function offer(port: TunPort): Promise<void> {
  const begin = performance.now()
  for (let sent = 0; ; ) {
    const now = performance.now() - begin
    if (now >= DURATION) break
    const due = Math.floor((2 * RATE * now) / 8000 / SIZE)
    if (due > sent) await writeNumbers(port, sent, due, SIZE)
    sent = Math.max(sent, due)
    await sleep(1)
  }
  await sleep(100)
  await writeNumbers(port, LAST, LAST + 1, SIZE)
}

/** The number of the frame that ends an offer. */
const LAST = 60_000

/** Registers the tests of what traffic control does to traffic. */
export function shaping(suite: Suite): void {
  const needs: readonly Capability[] = ['traffic control', 'packets', 'capture', 'tun port', 'link bridge', 'link veth']
  const patience = { seconds: 60 }

  suite.test(
    'tbf: 10 Mbit/s',
    [...needs, 'qdisc tbf'],
    async (context) => {
      const port = await addSource(context)
      const { ns } = context
      await ns.qdisc.add({ link: 'v0', handle: '1:', kind: 'tbf', rate: RATE, burst: BURST, latency: 250 })
      await expectQueue(context, port, 'v0')
      await expectDrops(port, () => ns.qdisc.list({ link: 'v0', kind: 'tbf' }))
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
      await ns.qdisc.add({ link: 'v0', parent: '1:10', handle: '10:', kind: 'pfifo', limit: 300 })
      await expectQueue(context, port, 'v0')
      await expectDrops(port, () => ns.class.list({ link: 'v0' }))
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
      await ns.qdisc.add({ link: 'ifb9', handle: '1:', kind: 'tbf', rate: RATE, burst: BURST, latency: 250 })
      await expectQueue(context, port, 'ifb9')
      await expectDrops(port, () => ns.qdisc.list({ link: 'ifb9', kind: 'tbf' }))
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
      // A fifth of a second's worth: for as long the sender may be held up, and still offer all that may pass.
      const burst = RATE / 8 / 5
      const police = { kind: 'police', rate: RATE, burst, exceed: 'shot' } as const
      await ns.filter.add({ link: 'v0', parent: 'egress', priority: 1, kind: 'matchall', actions: [police] })
      await expectRate(async () => {
        const times = await timesOf(
          context,
          'v0',
          () => offer(port),
          (number) => number === LAST,
        )
        return times.slice(0, -1)
      }, burst)
    },
    patience,
  )

  const ends = ['traffic control', 'link veth', 'qdisc netem'] as const
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
export async function addEnds(ns: Namespace, host: Host, defer: Context['defer']): Promise<Namespace> {
  const peer = await host.namespace.add()
  defer(() => peer.close())
  const { ref } = peer
  if (ref === undefined) throw new Error('the namespace has no reference')
  await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true, namespace: ref } })
  await ns.address.add({ link: 'v0', address: '10.7.0.1/24' })
  await peer.address.add({ link: 'v1', address: '10.7.0.2/24' })
  return peer
}
