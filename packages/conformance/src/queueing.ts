/** Queues of disciplines as frames find them: who goes first, who is dropped, what is counted. @module */
import type { Capability, OtherQdiscSpec } from '@vnet/core'
import { expect } from 'vitest'
import { eventually } from './expectation.js'
import type { Suite } from './suite.js'
import { addLine, datagram, type Line, lineNeeds, SIZE, shut, upTo } from './traffic-line.js'

const link = 'out0'

/** Lets a frame go each tenth of a second. */
const slow = { ...shut, rate: 80_000 } as const
/** Buckets of a class for one frame: it may send as long as its bucket is not below zero. */
const half = { burst: SIZE / 2, ceilBurst: SIZE / 2 } as const
/** Lets all go that waits, once another frame comes. */
const wide = { ...shut, rate: 80_000_000 } as const

/** Opens a bucket that was shut, so that what waits goes in its order, however long the test took to send it. */
async function open(line: Line, number: number): Promise<void> {
  await line.ns.qdisc.change(wide)
  await line.send(number)
}

/** A class that has a bucket for one frame of its own, and borrows the others. */
const leaf = {
  link,
  parent: '2:1',
  kind: 'htb',
  rate: 800,
  ceil: 80_000_000,
  burst: SIZE / 2,
  ceilBurst: 100 * SIZE,
} as const

/** An `htb` in a bucket that is shut: frames with the number 100 are of class `2:10`, the others of `2:20`. */
async function addTree({ ns }: Line, quantum: number, other: number): Promise<void> {
  await ns.qdisc.add(shut)
  await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'htb', default: 0x20 })
  const rate = 80_000_000
  await ns.class.add({ link, classId: '2:1', kind: 'htb', rate, burst: 100 * SIZE, ceilBurst: 100 * SIZE, quantum })
  await ns.class.add({ ...leaf, classId: '2:10', quantum })
  await ns.class.add({ ...leaf, classId: '2:20', quantum: other })
  const keys = [{ offset: 0, value: 100, mask: 0xffffffff }]
  await ns.filter.add({ link, parent: '2:', priority: 1, kind: 'u32', keys, classId: '2:10' })
}

const withTbf: readonly Capability[] = [...lineNeeds, 'qdisc tbf']

const portOf = (frame: Uint8Array): number => ((frame[34] as number) << 8) | (frame[35] as number)

/** Registers the tests. */
export function queueing(suite: Suite): void {
  suite.group('what finds no room is dropped', (inner) => {
    const cases: readonly (readonly [title: string, inside: Record<string, unknown> | undefined, waiting: number])[] = [
      ['tbf, limited in octets', undefined, 4],
      ['pfifo in a tbf', { kind: 'pfifo', limit: 5 }, 5],
      ['bfifo in a tbf', { kind: 'bfifo', limit: 3 * SIZE }, 3],
    ]
    for (const [title, inside, waiting] of cases) {
      inner.test(title, withTbf, async (context) => {
        const line = await addLine(context)
        const { ns } = context
        await ns.qdisc.add({ ...shut, limit: 4 * SIZE })
        if (inside !== undefined) await ns.qdisc.add({ link, parent: '1:1', handle: '2:', ...inside } as OtherQdiscSpec)
        await line.send(...upTo(20))
        expect(await line.numbers(1)).toEqual([0])
        const counted = { bytes: SIZE, packets: 1, drops: 19 - waiting, requeues: 0 }
        const queued = { backlog: waiting * SIZE, queueLength: waiting }
        await eventually(async () =>
          expect((await line.told('tbf')).statistics).toMatchObject({ ...counted, ...queued }),
        )
        expect((await line.told('tbf')).statistics?.overlimits).toBeGreaterThan(0)
        if (inside !== undefined)
          expect((await line.told(inside.kind as string)).statistics).toMatchObject({ ...counted, ...queued })
        // Going down empties it; what was counted stays.
        await ns.link.set(link, { up: false })
        const none = { backlog: 0, queueLength: 0, packets: 1, drops: 19 - waiting }
        expect((await line.told('tbf')).statistics).toMatchObject(none)
      })
    }
  })

  suite.test('a frame larger than the bucket is dropped', withTbf, async (context) => {
    const line = await addLine(context)
    await context.ns.qdisc.add({ ...shut, rate: 8_000_000, burst: SIZE - 1 })
    await line.send(1)
    await eventually(async () => expect((await line.told('tbf')).statistics).toMatchObject({ drops: 1, packets: 0 }))
  })

  suite.test('with the discipline, what waits in it goes; the link goes on', withTbf, async (context) => {
    const line = await addLine(context)
    await context.ns.qdisc.add(shut)
    await line.send(0, 1, 2, 3)
    expect(await line.numbers(1)).toEqual([0])
    await context.ns.qdisc.delete({ link, handle: '1:' })
    await line.send(9)
    expect(await line.numbers(1)).toEqual([9])
  })

  suite.test('another rate lets go what waits, in order', withTbf, async (context) => {
    const line = await addLine(context)
    await context.ns.qdisc.add(shut)
    await line.send(0, 1, 2, 3)
    await open(line, 4)
    expect(await line.numbers(5)).toEqual([0, 1, 2, 3, 4])
  })

  suite.test('another discipline inside: what waited in the one before is dropped', withTbf, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add(shut)
    await line.send(0, 1, 2)
    await eventually(async () => expect((await line.told('tbf')).statistics?.queueLength).toBe(2))
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'pfifo', limit: 9 })
    expect((await line.told('tbf')).statistics).toMatchObject({ queueLength: 0, backlog: 0 })
    await open(line, 7)
    expect(await line.numbers(2)).toEqual([0, 7])
  })

  suite.test('what waits for its time goes when it comes', withTbf, async (context) => {
    const line = await addLine(context)
    await context.ns.qdisc.add(slow)
    const begin = performance.now()
    await line.send(...upTo(5))
    expect(await line.numbers(5)).toEqual(upTo(5))
    // The bucket is for one; four more take a tenth of a second each. Clocks differ by a little.
    expect(performance.now() - begin).toBeGreaterThan(390)
  })

  suite.test('prio: a filter chooses the band, the first band goes first', prioNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add(shut)
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'prio', bands: 3 })
    // The number of a frame lies right behind its Ethernet header.
    for (const [number, band] of [
      [100, 1],
      [200, 3],
    ] as const) {
      const keys = [{ offset: 0, value: number, mask: 0xffffffff }]
      await ns.filter.add({ link, parent: '2:', priority: band, kind: 'u32', keys, classId: `2:${band}` })
    }
    await line.send(0, 200, 200, 1, 100, 100)
    await open(line, 2)
    expect(await line.numbers(7)).toEqual([0, 100, 100, 1, 2, 200, 200])
    const classes = (await ns.class.list({ link })).filter(({ kind }) => kind === 'prio')
    const counted = classes.map(({ classId, statistics }) => [classId, statistics?.packets])
    expect(counted.sort()).toEqual([
      ['2:1', 2],
      ['2:2', 3],
      ['2:3', 2],
    ])
  })

  suite.test('htb: filters choose the class; what none is for is sent unshaped', htbNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0 })
    await ns.class.add({ link, classId: '1:10', kind: 'htb', rate: 800, ...half })
    const keys = [{ offset: 0, value: 100, mask: 0xffffffff }]
    await ns.filter.add({ link, priority: 1, kind: 'u32', keys, classId: '1:10' })
    await line.send(100, 100, 100, 1, 2)
    expect(await line.numbers(3)).toEqual([100, 1, 2])
    expect(await line.told('htb')).toMatchObject({ directPackets: 2 })
    const [told] = await ns.class.list({ link })
    expect(told?.statistics).toMatchObject({ packets: 1, bytes: SIZE, queueLength: 2, backlog: 2 * SIZE, lends: 1 })
    await ns.filter.delete({ link, priority: 1 })
    await ns.class.delete({ link, classId: '1:10' })
    expect((await line.told('htb')).statistics).toMatchObject({ queueLength: 0 })
  })

  suite.test('htb: a lower number goes first, and what is over is borrowed', treeNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await addTree(line, SIZE, SIZE)
    await ns.class.change({ ...leaf, classId: '2:20', priority: 1, quantum: SIZE })
    await line.send(1, 2, 3, 100, 100, 100)
    await open(line, 4)
    // The second one waits for the outer bucket, and has left its class by then.
    expect(await line.numbers(7)).toEqual([1, 2, 100, 100, 100, 3, 4])
    const counted = new Map((await ns.class.list({ link })).map(({ classId, statistics }) => [classId, statistics]))
    // Each has its own bucket for one frame, and the parent lends the rest.
    expect(counted.get('2:10')).toMatchObject({ packets: 3, lends: 1, borrows: 2 })
    expect(counted.get('2:20')).toMatchObject({ packets: 4, lends: 1, borrows: 3 })
    expect(counted.get('2:1')).toMatchObject({ packets: 7, bytes: 7 * SIZE, lends: 5 })
  })

  suite.test('htb: classes that borrow take turns by their quantum', treeNeeds, async (context) => {
    const line = await addLine(context)
    await addTree(line, 2 * SIZE, SIZE)
    await line.send(...Array(10).fill(100), ...Array(10).fill(1))
    await open(line, 1)
    const order = await line.numbers(14)
    // Twice as many of the one in the long run; one of each goes by its own bucket.
    expect(order.filter((number) => number === 100).length).toBeGreaterThanOrEqual(8)
    expect(order.filter((number) => number === 1).length).toBeGreaterThanOrEqual(4)
  })

  suite.test('fq_codel: a flow that just began does not wait for a long one', fairNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add(shut)
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'fq_codel', quantum: SIZE, target: 4000 })
    const [long, short] = [Array(5).fill(1000), [2000]]
    await line.sendFrames(...[...long, ...short].map((port) => datagram(port)))
    await ns.qdisc.change(wide)
    await line.sendFrames(datagram(1000))
    const order = (await line.read(7)).map(portOf)
    expect(order.indexOf(2000)).toBeLessThan(4)
    const { statistics } = await line.told('fq_codel')
    expect(statistics).toMatchObject({ packets: 7, drops: 0, memoryUsed: 0 })
    expect(statistics?.newFlows).toBeGreaterThanOrEqual(2)
  })

  suite.test('fq_codel: the longest queue is cut, half of it at once', fairNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add(shut)
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'fq_codel', limit: 10, target: 4000 })
    await line.sendFrames(...Array.from({ length: 20 }, () => datagram(1000)))
    await line.read(1)
    await eventually(async () => {
      const { statistics } = await line.told('fq_codel')
      const { drops = 0, queueLength = 0, limitDrops } = statistics ?? {}
      expect(limitDrops).toBe(drops)
      expect(drops).toBeGreaterThan(5)
      expect(queueLength).toBeLessThanOrEqual(10)
      // One is sent, and one waits for the bucket.
      expect(drops + queueLength).toBe(19)
    })
  })

  suite.test(
    'fq_codel: what waits too long is marked, not dropped, where its sender understands',
    fairNeeds,
    async (context) => {
      const line = await addLine(context)
      const { ns } = context
      await ns.qdisc.add(slow)
      await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'fq_codel', target: 1, interval: 10, quantum: 300 })
      await line.sendFrames(...Array.from({ length: 8 }, () => datagram(1000, 2)))
      const bits = (await line.read(8)).map((frame) => (frame[15] as number) & 3)
      expect(bits.filter((bit) => bit === 3).length).toBeGreaterThan(0)
      const { statistics } = await line.told('fq_codel')
      expect(statistics).toMatchObject({ drops: 0, ecnMarks: bits.filter((bit) => bit === 3).length })
    },
  )

  suite.test('fq_codel: only packets of a selector are marked from the threshold on', fairNeeds, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add(slow)
    const threshold = { ceThreshold: 1, ceSelector: 1, ceMask: 3 }
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'fq_codel', target: 4000, ecn: false, ...threshold })
    await line.sendFrames(
      ...Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? datagram(1000, 1) : datagram(2000, 2))),
    )
    const seen = (await line.read(8)).map((frame) => ({ port: portOf(frame), bits: (frame[15] as number) & 3 }))
    const marked = seen.filter(({ bits }) => bits === 3)
    expect(marked.length).toBeGreaterThan(0)
    expect(new Set(marked.map(({ port }) => port))).toEqual(new Set([1000]))
    expect((await line.told('fq_codel')).statistics).toMatchObject({ drops: 0, ceMarks: marked.length })
  })

  suite.test('the kernel’s own choice counts what passes', lineNeeds, async (context) => {
    const line = await addLine(context)
    const before = (await line.told('pfifo_fast')).statistics
    await line.send(...upTo(7))
    await line.numbers(7)
    const after = (await line.told('pfifo_fast')).statistics
    expect((after?.packets ?? 0) - (before?.packets ?? 0)).toBe(7)
    expect((after?.bytes ?? 0) - (before?.bytes ?? 0)).toBe(7 * SIZE)
  })
}

const prioNeeds: readonly Capability[] = [...withTbf, 'qdisc prio', 'filter u32']
const treeNeeds: readonly Capability[] = [...withTbf, 'qdisc htb', 'filter u32']
const htbNeeds: readonly Capability[] = [...lineNeeds, 'qdisc htb', 'filter u32']
const fairNeeds: readonly Capability[] = [...withTbf, 'qdisc fq_codel']
