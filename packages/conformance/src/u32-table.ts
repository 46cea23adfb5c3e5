/** Hash tables of u32 filters (`tc filter … u32 divisor`, `ht`, `link`, `hashkey`). @module */
import type { Namespace, Transaction } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'

const needs = ['link veth', 'qdisc clsact', 'filter u32'] as const
const place = { link: 'v0', parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32' } as const
const to = (value: number, mask = 0xffffffff) => [{ offset: 16, value, mask }]

/** Registers the tests. */
export function u32Table(suite: Suite): void {
  suite.test('a table, a filter in a bucket of it, and the way there by a hash', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 16 })
    await ns.filter.add({ ...place, table: '2:3:', handle: '2:3:7', keys: to(0x0a000003), classId: '1:3' })
    await ns.filter.add({ ...place, table: '2:3:', keys: to(0x0a010003), classId: '1:4' })
    const hashKey = { offset: 16, mask: 0xff }
    await ns.filter.add({ ...place, keys: to(0x0a000000, 0xff000000), nextTable: '2:', hashKey })
    expect(await ns.filter.list({ link: 'v0', parent: 'ingress' })).toMatchObject([
      { handle: '2:', divisor: 16 },
      { handle: '2:3:7', table: '2:3:', keys: to(0x0a000003), classId: '1:3' },
      { handle: '2:3:800', table: '2:3:', keys: to(0x0a010003), classId: '1:4' },
      { handle: '800:', divisor: 1 },
      { handle: '800::800', table: '800:', keys: to(0x0a000000, 0xff000000), nextTable: '2:', hashKey },
    ])
  })

  suite.test('tables are numbered in turn, also those of filters that were refused', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    const { priority: _, ...anywhere } = place
    await fails(ns.filter.add({ ...anywhere, handle: '2:' }), 'EINVAL')
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    await fails(ns.filter.add({ ...anywhere, handle: '2:' }), 'EEXIST')
    await ns.filter.add(anywhere)
    await ns.filter.add({ ...place, divisor: 4 })
    const tables = async () =>
      (await ns.filter.list({ link: 'v0', parent: 'ingress' })).flatMap(({ handle, divisor }) =>
        divisor === undefined ? [] : [handle],
      )
    expect((await tables()).sort()).toEqual(['2:', '800:', '802:', '803:'])
  })

  suite.test('where the next header begins', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 1 })
    const begins = [
      { mask: 0x0f00, shift: 6, eat: true },
      { at: -14, mask: 0xffff },
      { at: 2, mask: 0xfffc, shift: 2, plus: 4 },
      { plus: 20 },
      { plus: 0, eat: true },
      { eat: true },
    ]
    for (const nextHeader of begins) await ns.filter.add({ ...place, keys: to(1), nextTable: '2:', nextHeader })
    const inside = { offset: 0, value: 0x50, mask: 0xffff, fromNextHeader: true }
    await ns.filter.add({ ...place, table: '2:', keys: [inside], classId: '1:3' })
    const [, below, , ...found] = await ns.filter.list({ link: 'v0', parent: 'ingress' })
    expect(below?.keys).toEqual([inside])
    expect(found.map(({ nextHeader }) => nextHeader)).toEqual([
      { at: 0, mask: 0x0f00, shift: 6, eat: true },
      { at: -14, mask: 0xffff, shift: 0 },
      { at: 2, mask: 0xfffc, shift: 2, plus: 4 },
      { plus: 20 },
      { plus: 0, eat: true },
      { eat: true },
    ])
    const before = await ns.filter.list({ link: 'v0', parent: 'ingress' })
    const failing = ns.transaction(async (change) => {
      await change.filter.delete({ link: 'v0', parent: 'ingress', priority: 5 })
      throw new Error('enough')
    })
    await fails(failing, 'VNET_TRANSACTION')
    expect(await ns.filter.list({ link: 'v0', parent: 'ingress' })).toEqual(before)
  })

  suite.test('taken back by a transaction, with what is in it and what leads there', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 16 })
    await ns.filter.add({ ...place, handle: '3:', divisor: 4 })
    await ns.filter.add({ ...place, table: '2:3:', keys: to(0x0a000003), nextTable: '3:' })
    await ns.filter.add({ ...place, table: '3:1:', keys: to(0x0a010003), classId: '1:4' })
    await ns.filter.add({ ...place, keys: to(0x0a000000, 0xff000000), nextTable: '2:' })
    const list = async () =>
      (await ns.filter.list({ link: 'v0', parent: 'ingress' })).map(({ other: _, ...rest }) => rest)
    const before = await list()
    for (const lose of [
      (change: Transaction) => change.filter.delete({ link: 'v0', parent: 'ingress', priority: 5 }),
      (change: Transaction) => change.qdisc.delete({ link: 'v0', parent: 'ingress' }),
    ]) {
      const error = await fails(
        ns.transaction(async (change) => {
          await lose(change)
          throw new Error('enough')
        }),
        'VNET_TRANSACTION',
      )
      expect(error.notUndone).toBeUndefined()
      expect(await list()).toEqual(before)
    }
  })

  suite.test('tables that are not there, and nothing has changed', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    const list = () => ns.filter.list({ link: 'v0', parent: 'ingress' })
    const before = await list()
    const tries = [
      { table: '3:' },
      { table: '2:4:' },
      { table: '2:1:', handle: '3:1:1' },
      { handle: '7::1' },
      { nextTable: '3:' },
      { nextTable: '800:' },
    ]
    for (const wrong of tries) {
      const error = await fails(ns.filter.add({ ...place, ...wrong }), 'EINVAL')
      expect(error.hint, JSON.stringify(wrong)).toBeTypeOf('string')
    }
    expect(await list()).toEqual(before)
  })

  suite.test('a table goes with what is in it, and the last filter takes its priority along', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    for (const handle of ['2:', '3:']) await ns.filter.add({ ...place, handle, divisor: 4 })
    await ns.filter.add({ ...place, table: '2:1:' })
    await ns.filter.add({ ...place, handle: '0::1' })
    await ns.filter.delete({ ...key, handle: '2:' })
    expect(await handlesOf(ns)).toEqual(['3:', '800:', '800::1'])
    await ns.filter.delete({ ...key, handle: '800::1' })
    expect(await handlesOf(ns)).toEqual([])
    // A table that is deleted does so too, whatever other tables there are.
    for (const handle of ['2:', '3:']) await ns.filter.add({ ...place, handle, divisor: 4 })
    await ns.filter.delete({ ...key, handle: '2:' })
    expect(await handlesOf(ns)).toEqual([])
  })

  suite.test('roots and tables that filters lead to are not deleted by their handle', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    await ns.filter.add({ ...place, nextTable: '2:' })
    for (const handle of ['800:', 'fff:'])
      expect((await fails(ns.filter.delete({ ...key, handle }), 'EINVAL')).hint).toBeTypeOf('string')
    expect((await fails(ns.filter.delete({ ...key, handle: '2:' }), 'EBUSY')).hint).toBeTypeOf('string')
    await fails(ns.filter.delete({ ...key, handle: '3:' }), 'ENOENT')
    expect(await handlesOf(ns)).toEqual(['2:', '800:', '800::800'])
  })

  suite.test('priorities share their tables, which outlast all but the last', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    await ns.filter.add({ ...place, priority: 6, table: '2:1:' })
    await ns.filter.add({ ...place, priority: 6, nextTable: '2:' })
    await ns.filter.add({ ...place, priority: 6, handle: '3:', divisor: 4 })
    const ofSix = ['3:', '801:', '801::800']
    expect(await handlesOf(ns)).toEqual(['2:', '2:1:800', '800:', ...ofSix])
    // By another priority than its own; and there being two, neither ends with its last filter.
    await ns.filter.delete({ ...key, priority: 5, handle: '3:' })
    await ns.filter.add({ ...place, priority: 6, handle: '3:', divisor: 4 })
    await ns.filter.delete(key)
    expect(await handlesOf(ns)).toEqual(ofSix)
    await fails(ns.filter.add({ ...place, handle: '2:', divisor: 4 }), 'EEXIST')
    await ns.filter.add(place)
    const found = await handlesOf(ns)
    expect(found.slice(-5)).toEqual(['2:', '2:1:800', ...ofSix])
    await ns.filter.delete({ ...key, priority: 6 })
    expect(await handlesOf(ns)).toEqual(found.slice(0, -3))
    await ns.filter.delete(key)
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    expect(await handlesOf(ns)).toEqual(['2:', '800:'])
  })

  suite.test('a filter that is given again keeps what it matches and where it is', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    const keys = to(0x0a000000, 0xff000000)
    await ns.filter.add({ ...place, handle: '2:1:1', table: '2:1:', keys, classId: '1:1' })
    const found = async () =>
      (await ns.filter.list({ link: 'v0', parent: 'ingress' })).find(({ handle }) => handle === '2:1:1')
    // Also by another priority, and one that is new; without a class it leads to none.
    await ns.filter.set({ ...place, handle: '2:1:1', keys: to(0x0b000000, 0xff000000), classId: '1:2' })
    expect(await found()).toMatchObject({ table: '2:1:', keys, classId: '1:2', priority: 5 })
    await ns.filter.set({ ...place, priority: 6, handle: '2:1:1' })
    expect(await found()).toMatchObject({ table: '2:1:', keys, priority: 5 })
    expect((await found())?.classId).toBeUndefined()
    await ns.filter.add({ ...place, handle: '3:', divisor: 1 })
    await ns.filter.change({ ...place, handle: '2:1:1', nextTable: '3:', classId: '1:3' })
    await ns.filter.change({ ...place, handle: '2:1:1', classId: '1:4' })
    expect(await found()).toMatchObject({ keys, nextTable: '3:', classId: '1:4' })
    await fails(ns.filter.change({ ...place, handle: '2:1:1', skipHardware: true }), 'EINVAL')
    await fails(ns.filter.change({ ...place, handle: '2:1:1', nextTable: '4:' }), 'EINVAL')
  })

  suite.test('chains list the tables of their priority, whichever made them', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link: 'v0', kind: 'clsact' })
    await ns.filter.add({ ...place, handle: '2:', divisor: 4 })
    await ns.filter.add({ ...place, chain: 3 })
    const all = ['801:', '801::800', '2:', '800:']
    expect(await handlesOf(ns)).toEqual([...all, ...all])
    const told = await ns.filter.list({ link: 'v0', parent: 'ingress' })
    expect(told.map(({ chain }) => chain)).toEqual([0, 0, 0, 0, 3, 3, 3, 3])
  })
}

const key = { link: 'v0', parent: 'ingress', priority: 5, kind: 'u32' } as const

const handlesOf = async (ns: Namespace) =>
  (await ns.filter.list({ link: 'v0', parent: 'ingress' })).map(({ handle }) => handle)
