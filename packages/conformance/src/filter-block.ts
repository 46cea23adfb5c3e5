/** Blocks of filters that disciplines share, and packets that go to all links of one (`tc filter … block N`, `mirred … blockid N`). @module */
import type { Capability, ChangeEvent, Namespace, TrafficFilter } from '@vnet/core'
import { expect } from 'vitest'
import { openedCapture } from './capture.js'
import type { Context } from './context.js'
import { eventually, fails } from './expectation.js'
import { passingNumbers } from './filtering.js'
import { numberOf } from './frame.js'
import type { Suite } from './suite.js'
import { addLine, isNumber, lineNeeds } from './traffic-line.js'

const needs: readonly Capability[] = ['link veth', 'qdisc clsact', 'filter u32']
const atWork: readonly Capability[] = [...lineNeeds, 'qdisc clsact', 'filter u32', 'action mirred', 'mirred block']
const counting: readonly Capability[] = [...lineNeeds, 'action mirred']
const spec = { block: 7, protocol: 'ip', priority: 5, kind: 'u32', classId: '1:1' } as const
const key = { offset: 16, value: 0x0a000001, mask: 0xffffffff }

/** Two pairs, `v0` with `v1` and `w0` with `w1`, of which `v0` and `w0` have the block 7 for what comes in. */
async function addSharers(ns: Namespace): Promise<void> {
  for (const letter of ['v', 'w']) {
    await ns.link.add({ kind: 'veth', name: `${letter}0`, peer: { name: `${letter}1` } })
    await ns.qdisc.add({ link: `${letter}0`, kind: 'clsact', ingressBlock: 7 })
  }
}

/** Filters without the hash tables that come with those of u32. */
const filtersOf = (all: readonly TrafficFilter[]) => all.filter(({ divisor }) => divisor === undefined)

async function inBlock(ns: Namespace, block = 7): Promise<TrafficFilter[]> {
  return filtersOf(await ns.filter.list({ block }))
}

const told = ({ priority, handle, classId, block, link, parent }: TrafficFilter) =>
  [priority, handle, classId, block, link, parent] as const

/** Registers the tests. */
export function filterBlock(suite: Suite): void {
  suite.test('a filter of a block is told at each link that shares it', needs, async ({ ns }) => {
    await addSharers(ns)
    await ns.qdisc.set({ link: 'w1', kind: 'clsact', ingressBlock: 8, egressBlock: 7 })
    await ns.filter.add({ ...spec, keys: [key] })
    const made = await inBlock(ns)
    expect(made).toMatchObject([{ block: 7, protocol: 'ip', priority: 5, chain: 0, handle: '800::800', keys: [key] }])
    expect(made[0]).not.toHaveProperty('link')
    expect(made[0]).not.toHaveProperty('parent')
    for (const [link, parent] of [
      ['v0', 'ingress'],
      ['w0', 'ingress'],
      ['w1', 'egress'],
    ] as const)
      expect(filtersOf(await ns.filter.list({ link, parent }))).toEqual(made)
    for (const [link, parent] of [
      ['v0', 'egress'],
      ['w1', 'ingress'],
    ] as const)
      expect(await ns.filter.list({ link, parent })).toEqual([])
    expect(await inBlock(ns, 8)).toEqual([])

    await ns.filter.change({ ...spec, handle: '800::800', classId: '1:2' })
    await ns.filter.set({ ...spec, priority: 6 })
    expect((await inBlock(ns)).map(told)).toEqual([
      [5, '800::800', '1:2', 7, undefined, undefined],
      [6, '801::800', '1:1', 7, undefined, undefined],
    ])
    await fails(ns.filter.add({ ...spec, handle: '800::800' }), 'EEXIST')
    await ns.filter.delete({ block: 7, priority: 5, kind: 'u32', handle: '800::800' })
    expect((await inBlock(ns)).map(({ priority }) => priority)).toEqual([6])
    await ns.filter.delete({ block: 7 })
    expect(await ns.filter.list({ block: 7 })).toEqual([])
  })

  suite.test('an ingress shares its filters, too', [...needs, 'qdisc ingress'], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.qdisc.add({ link: 'v0', kind: 'ingress', ingressBlock: 7 })
    await ns.filter.add(spec)
    const made = await inBlock(ns)
    expect(made).toHaveLength(1)
    expect(filtersOf(await ns.filter.list({ link: 'v0', parent: 'ingress' }))).toEqual(made)
    // It has one place, whatever is asked for.
    expect(filtersOf(await ns.filter.list({ link: 'v0', parent: 'egress' }))).toEqual(made)
  })

  suite.test(
    'an ingress tells the parent by which a filter was last made',
    [...needs, 'qdisc ingress'],
    async ({ ns }) => {
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
      await ns.qdisc.add({ link: 'v0', kind: 'ingress' })
      const { block: _, ...rest } = spec
      await ns.filter.add({ ...rest, link: 'v0', parent: 'ingress' })
      await ns.filter.add({ ...rest, link: 'v0', parent: 'ingress', priority: 6 })
      await ns.filter.delete({ link: 'v0', parent: 'egress', priority: 6 })
      const all = filtersOf(await ns.filter.list({ link: 'v0', parent: 'ingress' }))
      expect(all.map(({ parent }) => parent)).toEqual(['ingress'])
    },
  )

  suite.test('it is known by its number only', needs, async ({ ns }) => {
    await addSharers(ns)
    await ns.filter.add(spec)
    const byLink = { link: 'v0', parent: 'ingress' } as const
    const { block: _, ...rest } = spec
    for (const refused of [ns.filter.add({ ...rest, ...byLink }), ns.filter.delete({ ...byLink, priority: 5 })])
      expect((await fails(refused, 'EOPNOTSUPP')).detail).toMatch(/shared/)
    const { detail, hint } = await fails(ns.filter.add({ ...spec, block: 9 }), 'EINVAL')
    expect(detail).toMatch(/not found/)
    expect(hint).toContain('ingressBlock')
    await fails(ns.filter.delete({ block: 9, priority: 5 }), 'EINVAL')
    expect(await ns.filter.list({ block: 9 })).toEqual([])
    expect(await inBlock(ns)).toHaveLength(1)
  })

  suite.test('it ends with the last discipline that has it', [...needs, 'action mirred'], async ({ ns }) => {
    await addSharers(ns)
    await ns.filter.add({ ...spec, actions: [{ kind: 'mirred', link: 'v1', index: 3 }] })
    await ns.qdisc.delete({ link: 'v0', parent: 'ingress' })
    expect(await inBlock(ns)).toHaveLength(1)
    await ns.link.delete('w0')
    expect(await ns.filter.list({ block: 7 })).toEqual([])
    await fails(ns.filter.add(spec), 'EINVAL')
    // The kernel lets go of it in its own time.
    await eventually(async () => expect(await ns.action.list({ kind: 'mirred' })).toEqual([]))
    await ns.qdisc.add({ link: 'v0', kind: 'clsact', egressBlock: 7 })
    expect(await ns.filter.list({ block: 7 })).toEqual([])
    await ns.filter.add(spec)
    expect(await inBlock(ns)).toHaveLength(1)
  })

  suite.test('tables of u32 are those of the block', needs, async ({ ns }) => {
    await addSharers(ns)
    await ns.filter.add({ block: 7, protocol: 'ip', priority: 1, kind: 'u32', handle: '2:', divisor: 4 })
    await ns.filter.add({ ...spec, priority: 1, table: '2:3:', keys: [key] })
    await ns.filter.add({ ...spec, priority: 2, nextTable: '2:', hashKey: { offset: 16, mask: 3 }, keys: [] })
    const all = await ns.filter.list({ link: 'w0', parent: 'ingress' })
    expect(all.map(({ handle }) => handle)).toEqual(['2:', '2:3:800', '800:', '801:', '801::800'])
    expect(all.at(-1)).toMatchObject({ nextTable: '2:', hashKey: { offset: 16, mask: 3 } })
  })

  suite.test('a discipline keeps the blocks that it has', needs, async ({ ns }) => {
    await addSharers(ns)
    const v0 = { link: 'v0', kind: 'clsact' } as const
    for (const verb of ['set', 'change'] as const) {
      await ns.qdisc[verb]({ ...v0, ingressBlock: 7 })
      await ns.qdisc[verb](v0)
      for (const other of [{ ingressBlock: 9 }, { egressBlock: 9 }] as const) {
        const { attribute } = await fails(ns.qdisc[verb]({ ...v0, ...other }), 'EOPNOTSUPP')
        expect(attribute).toBe(`spec.${Object.keys(other)[0]}`)
      }
    }
    expect(await ns.qdisc.list({ link: 'v0', kind: 'clsact' })).toMatchObject([{ ingressBlock: 7 }])
    await fails(ns.filter.add({ ...spec, block: 9 }), 'EINVAL')
  })

  suite.test('a link is in it once', [...needs, 'mirred block'], async ({ ns }) => {
    await addSharers(ns)
    const twice = await fails(ns.qdisc.add({ link: 'v1', kind: 'clsact', ingressBlock: 9, egressBlock: 9 }), 'EBUSY')
    expect(twice.hint).toContain('another block')
    expect((await ns.qdisc.list({ link: 'v1', kind: 'clsact' })).length).toBe(0)
    expect(await ns.filter.list({ block: 9 })).toEqual([])
    await fails(ns.filter.add({ ...spec, block: 9 }), 'EINVAL')
  })

  suite.test('events tell of its filters by its number', needs, async ({ ns }) => {
    await addSharers(ns)
    await ns.filter.add(spec)
    const heard: unknown[] = []
    const events = ns.watch({ groups: ['filter'], snapshot: true })
    const first = await events.next()
    expect(first.value).toMatchObject({ kind: 'snapshot', state: { filter: [{ block: 7, priority: 5 }] } })
    const listening = (async () => {
      for await (const event of events) {
        if (event.kind === 'snapshot' || event.kind === 'resync') continue
        heard.push([event.kind, ...told((event as ChangeEvent).object as TrafficFilter)])
      }
    })()
    await ns.filter.add({ ...spec, priority: 6 })
    await ns.filter.change({ ...spec, handle: '800::800', classId: '1:2' })
    // The kernel tells of a changed filter what it was before; what it is now is found by reading it.
    await eventually(async () => expect(heard).toHaveLength(2))
    await ns.filter.delete({ block: 7, priority: 5, kind: 'u32', handle: '800::800' })
    await eventually(async () => expect(heard).toHaveLength(3))
    await events.return?.()
    await listening
    expect(heard).toEqual([
      ['filter add', 6, '801::800', '1:1', 7, undefined, undefined],
      ['filter set', 5, '800::800', '1:2', 7, undefined, undefined],
      ['filter delete', 5, '800::800', '1:2', 7, undefined, undefined],
    ])
  })

  suite.test('a transaction takes its filters back', needs, async ({ ns }) => {
    await addSharers(ns)
    await ns.filter.add({ block: 7, protocol: 'ip', priority: 1, kind: 'u32', handle: '2:', divisor: 4 })
    await ns.filter.add({ ...spec, priority: 1, table: '2:3:', keys: [key] })
    await ns.filter.add(spec)
    const state = async () => ({
      filters: (await inBlock(ns)).map(({ statistics: _, ...rest }) => rest),
      sharers: (await ns.qdisc.list({ kind: 'clsact' })).map(({ link, ingressBlock }) => [link, ingressBlock]),
    })
    const before = await state()
    const changed = ns.transaction(async (t) => {
      await t.filter.add({ ...spec, priority: 9 })
      await t.filter.change({ ...spec, handle: '800::800', classId: '1:7' })
      await t.filter.delete({ block: 7, priority: 1 })
      throw new Error('no')
    })
    await fails(changed, 'VNET_TRANSACTION')
    expect(await state()).toEqual(before)
    // With the second of the two all filters of the block go.
    for (const links of [['v0'], ['w0', 'v0']]) {
      const deleted = ns.transaction(async (t) => {
        for (const link of links) await t.qdisc.delete({ link, parent: 'ingress' })
        throw new Error('no')
      })
      await fails(deleted, 'VNET_TRANSACTION')
      expect(await state()).toEqual(before)
    }
  })

  suite.test('filters ask at every link of it, and count together', [...counting, ...needs], async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.link.add({ kind: 'veth', name: 'm0', up: true, peer: { name: 'm1', up: true } })
    await ns.qdisc.add({ link: 'in0', kind: 'clsact', ingressBlock: 7 })
    await ns.qdisc.add({ link: 'out0', kind: 'clsact', egressBlock: 7 })
    const actions = [{ kind: 'mirred', mode: 'mirror', link: 'm0' }] as const
    const add = (number: number) =>
      ns.filter.add({ block: 7, priority: number, kind: 'u32', keys: isNumber(number), actions })
    const counted = async () =>
      (await inBlock(ns)).map(({ priority, actions: [action] }) => [priority, action?.statistics?.packets])
    await add(1)
    expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 1, 2])
    expect(await counted()).toEqual([[1, 2]])
    // One that comes later is asked at both, and so is one that goes.
    await add(2)
    expect(await passingNumbers(line, 1, 2)).toEqual([1, 2])
    await ns.filter.delete({ block: 7, priority: 1 })
    expect(await passingNumbers(line, 1, 2)).toEqual([1, 2])
    expect(await counted()).toEqual([[2, 4]])
    await ns.qdisc.delete({ link: 'out0', parent: 'ingress' })
    expect(await passingNumbers(line, 2)).toEqual([2])
    expect(await counted()).toEqual([[2, 5]])
  })

  suite.test('a filter drops wherever it is asked', [...lineNeeds, ...needs, 'action gact'], async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link: 'in0', kind: 'clsact', ingressBlock: 7 })
    const drop = { priority: 1, kind: 'u32', actions: [{ kind: 'gact', control: 'shot' }] } as const
    await ns.filter.add({ ...drop, block: 7, keys: isNumber(1) })
    expect(await passingNumbers(line, 0, 1)).toEqual([0])
    await ns.qdisc.delete({ link: 'in0', parent: 'ingress' })
    await ns.qdisc.add({ link: 'out0', kind: 'clsact', egressBlock: 7 })
    expect(await passingNumbers(line, 0, 1)).toEqual([0, 1])
    await ns.filter.add({ ...drop, block: 7, keys: isNumber(0) })
    expect(await passingNumbers(line, 0, 1)).toEqual([1])
  })

  suite.group('mirred to a block', (inner) => {
    inner.test(
      'told, changed, in filters and by itself',
      [...needs, 'action mirred', 'mirred block'],
      async (context) => {
        const { ns, supports } = context
        await addSharers(ns)
        const actions = [{ kind: 'mirred', block: 9, index: 4 }] as const
        await ns.filter.add({ ...spec, actions })
        const action = { kind: 'mirred', mode: 'redirect', direction: 'egress', block: 9, control: 'stolen', index: 4 }
        const [made] = await inBlock(ns)
        expect(made?.actions).toMatchObject([action])
        expect(made?.actions[0]).not.toHaveProperty('link')
        if (supports['shared actions'] !== true) return
        const mirror = { kind: 'mirred', mode: 'mirror', index: 4 } as const
        expect(await ns.action.set({ ...mirror, link: 'v1' })).toMatchObject({ mode: 'mirror', index: 4 })
        expect(await ns.action.get({ kind: 'mirred', index: 4 })).not.toHaveProperty('block')
        await ns.action.set({ ...mirror, block: 4_294_967_295 })
        expect(await ns.action.get({ kind: 'mirred', index: 4 })).toMatchObject({
          mode: 'mirror',
          block: 4_294_967_295,
        })
        expect((await ns.action.add({ kind: 'mirred', block: 1 })).index).toBe(1)
        const taken = ns.transaction(async (t) => {
          await t.action.set({ kind: 'mirred', index: 1, link: 'v1' })
          throw new Error('no')
        })
        await fails(taken, 'VNET_TRANSACTION')
        expect(await ns.action.get({ kind: 'mirred', index: 1 })).toMatchObject({ block: 1, mode: 'redirect' })
      },
    )

    for (const mode of ['redirect', 'mirror'] as const) {
      const title = `${mode}: to each link but its own`
      inner.test(title, [...atWork, 'link veth', 'capture'], async (context) => {
        const { ns, line, seen } = await addBlock(context)
        const actions = [{ kind: 'mirred', mode, block: 7 }] as const
        await ns.filter.add({ block: 7, priority: 1, kind: 'u32', keys: isNumber(1), actions })
        expect(await passingNumbers(line, 0, 1, 2)).toEqual(mode === 'mirror' ? [0, 1, 2] : [0, 2])
        for (const name of ['m0', 'n0']) expect(await seen(name)).toEqual([1])
        const [made] = await inBlock(ns)
        expect(made?.actions[0]?.statistics).toMatchObject({ packets: 1, overlimits: 0 })
      })
    }

    inner.test('of links that are down, and without any', [...atWork, 'link veth', 'capture'], async (context) => {
      const { ns, line, seen } = await addBlock(context)
      const add = (number: number, more: object) =>
        ns.filter.add({
          block: 7,
          priority: number,
          kind: 'u32',
          keys: isNumber(number),
          actions: [{ kind: 'mirred', ...more } as never],
        })
      await add(1, { block: 7 })
      await add(2, { block: 7, mode: 'mirror' })
      // There is no such block, so that only what follows happens.
      await add(3, { block: 20 })
      await add(4, { block: 20, control: 'ok' })
      await ns.link.set('n0', { up: false })
      // The last of them would have had the frame itself.
      expect(await passingNumbers(line, 0, 1, 2, 3, 4)).toEqual([0, 2, 4])
      expect(await seen('m0')).toEqual([1, 2])
      const overlimits = (await inBlock(ns)).map(({ actions }) => actions[0]?.statistics?.overlimits)
      expect(overlimits).toEqual([1, 1, 1, 1])
    })
  })
}

/** A line, and two more links in the block 7 of its entrance, on which what leaves is seen. */
async function addBlock(context: Context) {
  const line = await addLine(context)
  const { ns, defer } = context
  await ns.qdisc.add({ link: 'in0', kind: 'clsact', ingressBlock: 7 })
  for (const letter of ['m', 'n']) {
    const ends = { mtu: 1200, up: true }
    await ns.link.add({ kind: 'veth', name: `${letter}0`, ...ends, peer: { name: `${letter}1`, ...ends } })
    await ns.qdisc.add({ link: `${letter}0`, kind: 'clsact', ingressBlock: 7 })
  }
  const captures = new Map(
    await Promise.all(
      ['m0', 'n0'].map(
        async (name) => [name, await openedCapture(ns, defer, { link: name, direction: 'out' })] as const,
      ),
    ),
  )
  const seen = async (name: string) => {
    const captured = captures.get(name)
    const batch = captured?.createBatch()
    if (captured === undefined || batch === undefined) return undefined
    await captured.read(batch)
    return Array.from({ length: batch.count }, (_, at) => numberOf(batch.frame(at)))
  }
  return { ns, line, seen }
}
