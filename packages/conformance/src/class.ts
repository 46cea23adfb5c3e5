/** Classes of disciplines (`tc class`). @module */
import { type ClassSpec, htbClassFields, type Namespace, type TrafficClass } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { type TrafficNote, trafficOptionTests } from './traffic-option.js'
import { startWatch } from './watcher.js'

const link = 'v0'
const needs = ['link veth', 'qdisc htb'] as const
const htb = { link, kind: 'htb', rate: 10_000_000 } as const

async function addTree(ns: Namespace): Promise<void> {
  await addPair(ns)
  await ns.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0x10 })
}

async function classes(ns: Namespace): Promise<TrafficClass[]> {
  const found = await ns.class.list({ link })
  return found.sort((a, b) => (a.classId < b.classId ? -1 : 1))
}

/** Registers the tests of classes. */
export function classOfTraffic(suite: Suite): void {
  suite.test('a tree: made, read, changed, deleted from the leaves on', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:1', ceil: 20_000_000 })
    await ns.class.add({ ...htb, parent: '1:1', classId: '1:10', rate: 5_000_000, ceil: 10_000_000, priority: 1 })
    await ns.class.add({ ...htb, parent: '1:1', classId: '1:20', rate: 3_000_000 })
    expect(await classes(ns)).toMatchObject([
      { classId: '1:1', parent: 'root', kind: 'htb', rate: 10_000_000, ceil: 20_000_000, level: 7 },
      { classId: '1:10', parent: '1:1', rate: 5_000_000, ceil: 10_000_000, priority: 1, level: 0, quantum: 62_500 },
      { classId: '1:20', parent: '1:1', rate: 3_000_000, ceil: 3_000_000, priority: 0, level: 0, quantum: 37_500 },
    ])
    await ns.class.change({ ...htb, parent: '1:1', classId: '1:20', rate: 4_000_000 })
    await ns.class.set({ ...htb, parent: '1:1', classId: '1:30', rate: 1_000_000 })
    expect((await classes(ns)).slice(2)).toMatchObject([{ rate: 4_000_000 }, { classId: '1:30', rate: 1_000_000 }])
    const error = await fails(ns.class.delete({ link, classId: '1:1' }), 'EBUSY')
    expect(error).toMatchObject({ operation: 'class delete', subject: '1:1' })
    expect(error.hint).toMatch(/branches/)
    for (const classId of ['1:10', '1:20', '1:30', '1:1']) await ns.class.delete({ link, classId })
    expect(await classes(ns)).toEqual([])
  })

  suite.test('counters begin at nothing', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:99' })
    const [found] = await classes(ns)
    expect(found?.statistics).toMatchObject({ bytes: 0, packets: 0, drops: 0, lends: 0, borrows: 0, giants: 0 })
    expect(found?.statistics?.tokens).toBeCloseTo((Number(found?.burst) * 8000) / Number(found?.rate), 3)
  })

  suite.test('a discipline inside a class', [...needs, 'qdisc tbf'], async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:10' })
    await ns.qdisc.add({ link, parent: '1:10', handle: '10:', kind: 'pfifo', limit: 5 })
    expect(await classes(ns)).toMatchObject([{ classId: '1:10', leaf: '10:' }])
    await ns.qdisc.delete({ link, parent: '1:10' })
    expect((await classes(ns))[0]?.leaf).toBeUndefined()
    await ns.qdisc.set({ link, handle: '2:', kind: 'tbf', rate: 8_000_000, burst: 3000, limit: 3000 })
    // What a tbf has of itself.
    expect(await classes(ns)).toMatchObject([{ kind: 'tbf', classId: '2:1' }])
  })

  suite.test('errors change nothing', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:10' })
    await ns.qdisc.add({ link: 'v1', handle: '1:', kind: 'pfifo' })
    const still = async () => (await classes(ns)).map(({ statistics: _, ...rest }) => rest)
    const before = await still()
    const cases: readonly (readonly [string, Promise<void>])[] = [
      ['EEXIST', ns.class.add({ ...htb, classId: '1:10' })],
      ['ENOENT', ns.class.change({ ...htb, classId: '1:77' })],
      ['ENOENT', ns.class.add({ ...htb, classId: '9:10' })],
      ['EINVAL', ns.class.add({ ...htb, parent: '1:', classId: '2:10' })],
      ['EINVAL', ns.class.add({ ...htb, link: 'v1', classId: '1:10' })],
      ['ENODEV', ns.class.add({ ...htb, link: 'nope', classId: '1:10' })],
      ['ENOENT', ns.class.delete({ link, classId: '1:77' })],
      ['ENOENT', ns.class.delete({ link, classId: '9:10' })],
      ['EINVAL', ns.class.delete({ link: 'v1', classId: '1:10' })],
      ['ENODEV', ns.class.list({ link: 'nope' }).then(() => undefined)],
    ]
    for (const [code, promise] of cases) {
      const error = await fails(promise, code)
      expect(error.operation).toMatch(/^class /)
      expect(error.hint, error.message).toMatch(/\w/)
    }
    expect(await still()).toEqual(before)
  })

  const own = ['link veth', 'qdisc tbf', 'qdisc prio', 'qdisc fq_codel', 'qdisc clsact'] as const

  suite.test('those that a discipline has of itself are neither made nor changed nor deleted', own, async ({ ns }) => {
    await addPair(ns)
    const three = async (classId: string, made: string, changed: string, deleted: string) => {
      const spec = { link, kind: 'htb', rate: 1_000_000, classId } as const
      for (const [code, promise] of [
        [made, ns.class.add(spec)],
        ['EOPNOTSUPP', ns.class.set(spec)],
        [changed, ns.class.change(spec)],
        [deleted, ns.class.delete({ link, classId })],
      ] as const)
        expect((await fails(promise, code)).subject).toBe(classId)
    }
    const [there, missing] = [
      ['EEXIST', 'EOPNOTSUPP', 'EOPNOTSUPP'],
      ['EOPNOTSUPP', 'ENOENT', 'ENOENT'],
    ] as const
    await ns.qdisc.add({ link, handle: '1:', kind: 'tbf', rate: 8_000_000, burst: 3000, limit: 3000 })
    await three('1:1', ...there)
    await three('1:7', ...there)
    await ns.qdisc.set({ link, handle: '2:', kind: 'prio', bands: 4 })
    await three('2:4', ...there)
    await three('2:5', ...missing)
    await ns.qdisc.set({ link, handle: '3:', kind: 'fq_codel' })
    await three('3:1', ...missing)
    await ns.qdisc.add({ link, kind: 'clsact' })
    await three('ffff:fff2', ...there)
    await three('ffff:1', ...missing)
  })

  suite.test('a `tbf` has one place inside, whatever its number', ['link veth', 'qdisc tbf'], async ({ ns }) => {
    await addPair(ns)
    const leaves = async () => (await ns.class.list({ link })).map(({ classId, leaf }) => `${classId} ${leaf}`)
    await ns.qdisc.add({ link, handle: '1:', kind: 'tbf', rate: 8_000_000, burst: 3000, limit: 3000 })
    await ns.qdisc.add({ link, parent: '1:10', handle: '12:', kind: 'bfifo' })
    expect(await leaves()).toEqual(['1:1 12:'])
    await fails(ns.qdisc.add({ link, parent: '1:1', handle: '11:', kind: 'bfifo' }), 'EEXIST')
    await ns.qdisc.set({ link, parent: '1:1', handle: '11:', kind: 'bfifo' })
    expect(await leaves()).toEqual(['1:1 11:'])
    await ns.qdisc.set({ link, parent: '1:7', kind: 'bfifo', limit: 300 })
    const inside = (await ns.qdisc.list({ link })).filter(({ kind }) => kind === 'bfifo')
    expect(inside).toMatchObject([{ handle: '11:', parent: '1:1', limit: 300 }])
    await ns.qdisc.delete({ link, parent: '1:3' })
    await fails(ns.qdisc.delete({ link, parent: '1:3', handle: '11:' }), 'EINVAL')
    await fails(ns.qdisc.delete({ link, parent: '1:3' }), 'ENOENT')
  })

  suite.test('a class with branches has no discipline inside, not even of another name', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:1' })
    await fails(ns.qdisc.delete({ link, parent: '1:1', handle: '11:' }), 'EINVAL')
    await ns.class.add({ ...htb, parent: '1:1', classId: '1:10' })
    await fails(ns.qdisc.delete({ link, parent: '1:1', handle: '11:' }), 'ENOENT')
    await fails(ns.qdisc.delete({ link, parent: '1:1' }), 'ENOENT')
  })

  suite.test('watched', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:1' })
    await using watcher = await startWatch(ns, { groups: ['class'], snapshot: true })
    await ns.class.add({ ...htb, parent: '1:1', classId: '1:10' })
    await ns.class.change({ ...htb, parent: '1:1', classId: '1:10', rate: 20_000_000 })
    await ns.class.delete({ link, classId: '1:10' })
    await ns.qdisc.delete({ link })
    const events = await watcher.until(
      (event) => event.kind === 'class delete' && (event.object as TrafficClass).classId === '1:1',
    )
    expect(events[0]).toMatchObject({ kind: 'snapshot', state: { class: [{ classId: '1:1' }] } })
    const told = events.slice(1).map((event) => ('object' in event ? [event.kind, event.object] : [event.kind]))
    expect(told).toMatchObject([
      ['class add', { classId: '1:10', parent: '1:1' }],
      ['class set', { classId: '1:10', rate: 20_000_000 }],
      ['class delete', { classId: '1:10' }],
      // Gone with its discipline, without a word of the kernel's.
      ['class delete', { classId: '1:1' }],
    ])
  })

  suite.test('a tree taken back by a transaction', needs, async ({ ns }) => {
    await addTree(ns)
    await ns.class.add({ ...htb, classId: '1:1' })
    await ns.class.add({ ...htb, parent: '1:1', classId: '1:10', ceil: 30_000_000, burst: 5000 })
    await ns.qdisc.add({ link, parent: '1:10', handle: '10:', kind: 'bfifo', limit: 5000 })
    const still = async () => [
      ...(await classes(ns)).map(({ statistics: _, ...rest }) => rest),
      ...(await ns.qdisc.list({ link, kind: 'bfifo' })).map(({ statistics: _, references: __, ...rest }) => rest),
    ]
    const before = await still()
    const failing = ns.transaction(async (transaction) => {
      await transaction.class.change({ ...htb, parent: '1:1', classId: '1:10', rate: 99_000_000 })
      await transaction.class.add({ ...htb, parent: '1:1', classId: '1:20' })
      await transaction.class.delete({ link, classId: '1:10' })
      await transaction.qdisc.delete({ link })
      throw new Error('enough')
    })
    await fails(failing, 'VNET_TRANSACTION')
    expect(await still()).toEqual(before)
  })

  suite.group('htb', (inner) =>
    trafficOptionTests(
      inner,
      {
        needs,
        prepare: addTree,
        give: (ns, verb, options) => ns.class[verb]({ ...htb, classId: '1:10', ...options } as ClassSpec),
        read: async (ns) => (await classes(ns))[0],
        remove: (ns) => ns.class.delete({ link, classId: '1:10' }),
      },
      htbClassFields,
      notes,
    ),
  )
}

const notes: Readonly<Record<string, TrafficNote>> = {
  rate: { with: { quantum: 2000 } },
  ceil: { values: [20_000_000, 40_000_000_000] },
  burst: { values: [5000, 100_000] },
  ceilBurst: { values: [5000, 100_000] },
  quantum: { values: [2000, 60_000] },
  leastPacket: { values: [64, 1500] },
  overhead: { values: [24, 0xffff] },
}
