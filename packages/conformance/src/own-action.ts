/** Actions that are made by themselves, and that filters share by their numbers: told, changed, deleted, and seen at work. @module */
import type { Action, ActionSpec, Capability, FilterSpec, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, present } from './expectation.js'
import { passingNumbers } from './filtering.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { addLine, isNumber, type Line, lineNeeds, SIZE } from './traffic-line.js'

const link = 'v0'
const place = { link, parent: 'ingress', kind: 'u32' } as const
const own: readonly Capability[] = ['link veth', 'shared actions']
const inFilters: readonly Capability[] = ['link veth', 'qdisc clsact', 'filter u32', 'action mirred']
const bound: readonly Capability[] = [...own, ...inFilters]
const atWork: readonly Capability[] = [...lineNeeds, 'shared actions', 'qdisc clsact', 'filter u32']

const police = { kind: 'police', rate: 8_000_000, burst: 10_000, exceed: 'shot' } as const
const pass = { kind: 'gact', control: 'ok' } as const

/** Actions of their own, and what is told of them where that is more. */
const made: readonly (readonly [title: string, action: Exclude<ActionSpec, { link: unknown }>])[] = [
  ['police', { ...police, index: 7 }],
  ['police: packets, a cookie', { kind: 'police', packetRate: 100, packetBurst: 5, cookie: Uint8Array.of(1, 2) }],
  ['gact', { ...pass, index: 4_294_967_295 }],
  ['gact: in turn', { ...pass, random: { way: 'determ', control: 'shot', value: 5 } }],
  ['gact: counters of all CPUs', { ...pass, sharedCounters: true, hardwareStatistics: 'disabled' }],
]

/** Registers the tests. */
export function ownAction(suite: Suite): void {
  suite.group('told', (inner) => {
    for (const [title, action] of made) {
      inner.test(title, [...own, `action ${action.kind}` as Capability], async ({ ns }) => {
        const { kind } = action
        const result = await ns.action.add(action as never)
        expect(result).toMatchObject({ ...action, index: action.index ?? 1, references: 1, bindings: 0 })
        expect(result.hardwareCount).toBe(0)
        expect(await ns.action.list({ kind })).toMatchObject([action])
        expect(await ns.action.get({ kind, index: result.index })).toMatchObject(action)
        await fails(ns.action.add({ ...action, index: result.index } as never), 'EEXIST')
        await ns.action.delete({ kind, index: result.index })
        expect(await ns.action.list({ kind })).toEqual([])
        expect(await ns.action.get({ kind, index: result.index })).toBeUndefined()
        const { detail } = await fails(ns.action.delete({ kind, index: result.index }), 'ENOENT')
        expect(detail).toContain('not found')
      })
    }
  })

  suite.test('the lowest number that is free is given', [...own, 'action mirred'], async ({ ns }) => {
    await addPair(ns)
    const to = { kind: 'mirred', link: 'v1' } as const
    expect((await ns.action.add({ ...to, index: 2 })).index).toBe(2)
    expect((await ns.action.add(to)).index).toBe(1)
    expect((await ns.action.set(to)).index).toBe(3)
    await ns.action.delete({ kind: 'mirred', index: 1 })
    expect((await ns.action.add(to)).index).toBe(1)
    expect((await ns.action.list({ kind: 'mirred' })).map(({ index }) => index)).toEqual([1, 2, 3])
  })

  suite.test('a list of many, and of those that are new', [...own, 'action mirred'], async ({ ns }) => {
    await addPair(ns)
    const to = { kind: 'mirred', link: 'v1' } as const
    const many = Array.from({ length: 200 }, (_, at) => ({
      operation: 'action add' as const,
      spec: { ...to, index: 5 * at + 1 },
    }))
    for (const result of await ns.execute(many)) expect(result.ok).toBe(true)
    const numbers = (await ns.action.list({ kind: 'mirred' })).map(({ index }) => index)
    expect(numbers).toEqual(many.map(({ spec }) => spec.index))
    expect(await ns.action.list({ kind: 'mirred', usedWithin: 600_000 })).toHaveLength(200)
    await eventually(async () => expect(await ns.action.list({ kind: 'mirred', usedWithin: 100 })).toEqual([]))
    await ns.action.flush({ kind: 'mirred' })
    expect(await ns.action.list({ kind: 'mirred' })).toEqual([])
  })

  suite.test('what a change gives, and what stays of before', [...own, 'action gact'], async ({ ns }) => {
    const random = { way: 'determ', control: 'shot', value: 5 } as const
    const cookie = Uint8Array.of(0xaa)
    await ns.action.add({ ...pass, index: 5, cookie, random, hardwareStatistics: 'disabled' })
    const changed = await ns.action.set({ kind: 'gact', index: 5, control: 'shot' })
    // The kernel holds it while it tells of it.
    expect(changed).toMatchObject({ control: 'shot', random, cookie, references: 2 })
    const told = present(await ns.action.get({ kind: 'gact', index: 5 }))
    expect(told).toMatchObject({ control: 'shot', random, cookie, references: 1 })
    expect(told).not.toHaveProperty('hardwareStatistics')
    await ns.action.set({ kind: 'gact', index: 5, control: 'pipe', cookie: Uint8Array.of(0xbb) })
    expect(await ns.action.get({ kind: 'gact', index: 5 })).toMatchObject({ cookie: Uint8Array.of(0xbb) })
  })

  suite.test('what an action by itself cannot have', [...own, 'action gact', 'action police'], async ({ ns }) => {
    await fails(ns.action.add({ kind: 'gact', control: 'goto chain 3' }), 'EINVAL')
    await fails(ns.action.set({ kind: 'police', averageRate: 8000 }), 'EINVAL')
    await fails(ns.action.add({ kind: 'gact', control: 'ok', skipSoftware: true }), 'EINVAL')
    await expect(ns.action.add({ ...police, averageRate: 8000 })).rejects.toThrow(RangeError)
    expect(await ns.action.list({ kind: 'gact' })).toEqual([])
    expect(await ns.action.list({ kind: 'police' })).toEqual([])
  })

  suite.test('filters share one by its number, and hold it', bound, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    const key = { kind: 'mirred', index: 9 } as const
    const missing = await fails(ns.filter.add({ ...place, priority: 1, actions: [key] }), 'EINVAL')
    expect(missing.hint).toContain('action list')
    await ns.action.add({ kind: 'mirred', link: 'v1', index: 9 })
    for (const priority of [1, 2]) await ns.filter.add({ ...place, priority, actions: [key] })
    expect(await counted(ns, key)).toEqual({ references: 3, bindings: 2 })
    // What else is given is not looked at.
    await ns.filter.add({ ...place, priority: 3, actions: [{ kind: 'mirred', mode: 'mirror', link: 'v1', index: 9 }] })
    const filters = (await ns.filter.list({ link, parent: 'ingress' })).filter(({ divisor }) => divisor === undefined)
    const told = filters.flatMap(({ actions }) => actions)
    expect(told).toMatchObject(Array(3).fill({ ...key, mode: 'redirect', references: 4, bindings: 3 }))
    // A change is one for all.
    await ns.action.set({ kind: 'mirred', mode: 'mirror', link: 'v1', index: 9 })
    const [first] = (await ns.filter.list({ link, parent: 'ingress' })).filter(({ divisor }) => divisor === undefined)
    expect(first?.actions).toMatchObject([{ mode: 'mirror', control: 'pipe' }])

    const { hint } = await fails(ns.action.delete(key), 'EPERM')
    expect(hint).toContain('filters have it')
    await fails(ns.action.flush({ kind: 'mirred' }), 'EPERM')
    await ns.filter.delete({ link, parent: 'ingress' })
    // The kernel lets go of it in its own time.
    await eventually(async () => expect(await counted(ns, key)).toEqual({ references: 1, bindings: 0 }))
    await ns.action.delete(key)
    expect(await ns.action.get(key)).toBeUndefined()
  })

  suite.test('one that came with a filter goes with the last of them', inFilters, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    const key = { kind: 'mirred', index: 40 } as const
    await ns.filter.add({ ...place, priority: 1, actions: [{ kind: 'mirred', link: 'v1', index: 40 }] })
    await ns.filter.add({ ...place, priority: 2, actions: [key, key] })
    expect(await counted(ns, key)).toEqual({ references: 3, bindings: 3 })
    await ns.filter.delete({ link, parent: 'ingress', priority: 1 })
    await eventually(async () => expect(await counted(ns, key)).toEqual({ references: 2, bindings: 2 }))
    // With the discipline all of it goes.
    await ns.qdisc.delete({ link, parent: 'ingress' })
    await eventually(async () => expect(await ns.action.get(key)).toBeUndefined())
  })

  suite.test('a flush ends at the first that a filter has', bound, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    for (const index of [3, 5, 8]) await ns.action.add({ kind: 'mirred', link: 'v1', index })
    await ns.filter.add({ ...place, priority: 1, actions: [{ kind: 'mirred', index: 5 }] })
    await ns.action.flush({ kind: 'mirred' })
    expect((await ns.action.list({ kind: 'mirred' })).map(({ index }) => index)).toEqual([5, 8])
    const { detail } = await fails(ns.action.flush({ kind: 'nope' }), 'EINVAL')
    expect(detail).toContain('unknown')
    expect((await fails(ns.action.get({ kind: 'nope', index: 1 }), 'EINVAL')).detail).toContain('kind not found')
  })

  suite.test('where packets go is told no longer when the link is gone', [...own, 'action mirred'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'veth', name: 'm0', peer: { name: 'm1' } })
    const { index } = await ns.action.add({ kind: 'mirred', link: 'm0' })
    await ns.link.delete('m0')
    expect(await ns.action.get({ kind: 'mirred', index })).toMatchObject({ link: 0 })
  })

  suite.test('events of those that somebody made by themselves', bound, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    await ns.action.add({ kind: 'mirred', link: 'v1', index: 1 })
    const heard: string[] = []
    const events = ns.watch({ groups: ['action'], snapshot: true })
    const first = await events.next()
    expect(first.value).toMatchObject({ kind: 'snapshot', state: { action: [{ kind: 'mirred', index: 1 }] } })
    const listening = (async () => {
      for await (const event of events) {
        if (event.kind === 'snapshot' || event.kind === 'resync') continue
        heard.push(`${event.kind} ${(event.object as Action).index}`)
      }
    })()
    await ns.action.add({ kind: 'mirred', link: 'v1', index: 2 })
    await ns.action.set({ kind: 'mirred', mode: 'mirror', link: 'v1', index: 2 })
    // Of an action that comes with a filter there is no word.
    await ns.filter.add({ ...place, priority: 1, actions: [{ kind: 'mirred', link: 'v1', index: 30 }] })
    await ns.action.delete({ kind: 'mirred', index: 1 })
    await ns.action.add({ kind: 'mirred', link: 'v1', index: 3 })
    await eventually(async () => expect(heard).toHaveLength(4))
    await ns.action.flush({ kind: 'mirred' })
    await eventually(async () => expect(heard).toHaveLength(6))
    await events.return?.()
    await listening
    expect(heard).toEqual([
      ...['action add 2', 'action set 2', 'action delete 1', 'action add 3'],
      ...['action delete 2', 'action delete 3'],
    ])
  })

  suite.test('a transaction takes actions and what shares them back', bound, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    const to = { kind: 'mirred', link: 'v1' } as const
    for (const index of [1, 2]) await ns.action.add({ ...to, index })
    await ns.action.add({ ...to, index: 3, mode: 'mirror' })
    await ns.filter.add({ ...place, priority: 1, actions: [{ kind: 'mirred', index: 3 }] })
    await ns.filter.add({ ...place, priority: 2, actions: [{ ...to, index: 44 }] })
    await ns.filter.add({ ...place, priority: 3, actions: [{ kind: 'mirred', index: 44 }] })
    const state = async () => ({
      actions: (await ns.action.list({ kind: 'mirred' })).map(plain),
      filters: (await ns.filter.list({ link, parent: 'ingress' })).map(({ priority, actions }) => ({
        priority,
        actions: actions.map(plain),
      })),
    })
    const before = await state()
    const taken = ns.transaction(async (t) => {
      await t.action.add({ ...to, index: 9 })
      await t.action.set({ ...to, index: 3 })
      await t.action.set({ ...to, index: 2, cookie: Uint8Array.of(1) })
      await t.action.delete({ kind: 'mirred', index: 1 })
      await t.action.flush({ kind: 'mirred' })
      await t.filter.delete({ link, parent: 'ingress', priority: 2 })
      throw new Error('no')
    })
    await fails(taken, 'VNET_TRANSACTION')
    await eventually(async () => expect(await state()).toEqual(before))
    const cookie = ns.transaction((t) => t.action.set({ ...to, index: 44, cookie: Uint8Array.of(1) }))
    await fails(cookie, ['VNET_TRANSACTION', 'EPERM'])
  })

  suite.test('two filters of two links share a rate and counters', [...atWork, 'action police'], async (context) => {
    const { ns } = context
    const { line, give } = await addGates(context)
    // Ten packets, and no more for a long time.
    await ns.action.add({ kind: 'police', index: 7, rate: 800, burst: 10 * SIZE, exceed: 'shot' })
    await give('in0', 'ingress', 1, { keys: isNumber(1), actions: [{ kind: 'police', index: 7 }] })
    await give('out0', 'egress', 1, { keys: isNumber(2), actions: [{ kind: 'police', index: 7 }] })
    const passed = [
      ...(await passingNumbers(line, ...Array<number>(8).fill(1))),
      ...(await passingNumbers(line, ...Array<number>(8).fill(2))),
    ]
    expect(passed.filter((number) => number === 1)).toHaveLength(8)
    expect(passed.filter((number) => number === 2).length).toBeLessThan(8)
    const { statistics } = present(await ns.action.get({ kind: 'police', index: 7 }))
    expect(statistics).toMatchObject({ packets: 16, drops: 16 - passed.length })
    const told = [
      ...(await ns.filter.list({ link: 'in0', parent: 'ingress' })),
      ...(await ns.filter.list({ link: 'out0', parent: 'egress' })),
    ].flatMap(({ actions }) => actions)
    expect(told.map((action) => action.statistics?.packets)).toEqual([16, 16])
    // A change gives all the burst again.
    await ns.action.set({ kind: 'police', index: 7, rate: 800, burst: 10 * SIZE, exceed: 'shot' })
    expect(await passingNumbers(line, 1, 1, 1, 1)).toEqual([1, 1, 1, 1])
  })

  suite.test('a change at work: what was dropped goes on', [...atWork, 'action gact'], async (context) => {
    const { ns } = context
    const { line, give } = await addGates(context)
    await ns.action.add({ kind: 'gact', index: 1, control: 'shot' })
    await give('in0', 'ingress', 1, { keys: isNumber(1), actions: [{ kind: 'gact', index: 1 }] })
    expect(await passingNumbers(line, 0, 1)).toEqual([0])
    await ns.action.set({ kind: 'gact', index: 1, control: 'ok' })
    expect(await passingNumbers(line, 0, 1)).toEqual([0, 1])
    expect((await ns.action.get({ kind: 'gact', index: 1 }))?.statistics).toMatchObject({ packets: 2, drops: 1 })
  })

  suite.test('who carries it out must be as its filter says', [...own, ...bound, 'action gact'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    await ns.action.add({ ...pass, index: 1 })
    expect(await ns.action.add({ ...pass, index: 2, skipHardware: true })).toMatchObject({ skipHardware: true })
    const filter = (priority: number, index: number, skipHardware: boolean) =>
      ns.filter.add({ ...place, priority, skipHardware, actions: [{ kind: 'gact', index }] })
    await fails(filter(1, 1, true), 'EINVAL')
    await fails(filter(1, 2, false), 'EINVAL')
    await filter(1, 1, false)
    await filter(2, 2, true)
  })
}

/** How many hold an action. */
async function counted(ns: Namespace, key: { readonly kind: string; readonly index: number }) {
  const { references, bindings } = present(await ns.action.get(key))
  return { references, bindings }
}

/** An action without what counts by itself. */
function plain(action: Action): object {
  const { statistics: _, times: __, usedHardwareStatistics: ___, ...rest } = action
  return rest
}

/** A line with places for filters where frames come in, and where they leave. */
async function addGates(context: Context): Promise<{
  readonly line: Line
  give(on: string, parent: string, priority: number, more: object): Promise<void>
}> {
  const line = await addLine(context)
  for (const on of ['in0', 'out0']) await context.ns.qdisc.add({ link: on, kind: 'clsact' })
  return {
    line,
    give: (on, parent, priority, more) =>
      context.ns.filter.add({ link: on, parent, priority, kind: 'u32', ...more } as FilterSpec),
  }
}
