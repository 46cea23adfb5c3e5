/** Filters and what they do (`tc filter`, `tc action`). @module */
import type { Capability, Namespace, TrafficFilter } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { startWatch } from './watcher.js'

const link = 'v0'
const needs: readonly Capability[] = ['link veth', 'qdisc clsact', 'filter u32']
const to10 = { offset: 16, value: 0x0a000000, mask: 0xff000000 }

async function addPlace(ns: Namespace): Promise<void> {
  await addPair(ns)
  await ns.qdisc.add({ link, kind: 'clsact' })
}

/** The filters of a place without the hash tables that come with those of u32. */
async function filters(ns: Namespace, parent = 'ingress'): Promise<TrafficFilter[]> {
  return (await ns.filter.list({ link, parent })).filter(({ divisor }) => divisor === undefined)
}

const still = (list: readonly TrafficFilter[]) =>
  list.map((filter) => ({
    ...filter,
    actions: filter.actions.map(({ index: _, statistics: __, times: ___, ...rest }) => rest),
    other: [],
  }))

/** Registers the tests of filters. */
export function filter(suite: Suite): void {
  suite.test('u32: made, read, changed, deleted', needs, async ({ ns }) => {
    await addPlace(ns)
    const { index } = (await ns.link.get(link)) as { index: number }
    const spec = {
      link,
      parent: 'ingress',
      protocol: 'ip',
      priority: 5,
      kind: 'u32',
      keys: [to10],
      classId: '1:10',
    } as const
    await ns.filter.add(spec)
    const made = { link: index, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32', chain: 0, keys: [to10] }
    expect(await filters(ns)).toMatchObject([{ ...made, handle: '800::800', classId: '1:10', actions: [] }])
    expect(await filters(ns, 'egress')).toEqual([])
    await ns.filter.change({ ...spec, handle: '800::800', classId: '1:20' })
    expect(await filters(ns)).toMatchObject([{ handle: '800::800', classId: '1:20' }])
    await ns.filter.add({ ...spec, keys: [{ offset: 12, value: 0x0b000000, mask: 0xff000000 }, to10] })
    expect(await filters(ns)).toMatchObject([
      { handle: '800::800' },
      { handle: '800::801', keys: [{ offset: 12 }, to10] },
    ])
    await ns.filter.delete({ link, parent: 'ingress', priority: 5, kind: 'u32', handle: '800::800' })
    expect(await filters(ns)).toMatchObject([{ handle: '800::801' }])
    await ns.filter.delete({ link, parent: 'ingress', priority: 5 })
    expect(await ns.filter.list({ link, parent: 'ingress' })).toEqual([])
  })

  suite.test('without a priority the kernel counts down from 49,152', needs, async ({ ns }) => {
    await addPlace(ns)
    for (let i = 0; i < 2; i++)
      await ns.filter.add({ link, parent: 'egress', protocol: 'ip', kind: 'u32', classId: '1:1' })
    expect((await filters(ns, 'egress')).map(({ priority }) => priority)).toEqual([49_151, 49_152])
  })

  suite.test('one that leads to a class keeps it', [...needs, 'qdisc htb'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', kind: 'htb' })
    await ns.class.add({ link, classId: '1:10', kind: 'htb', rate: 1_000_000 })
    await ns.filter.add({ link, priority: 1, protocol: 'ip', kind: 'u32', classId: '1:10' })
    expect(await filters(ns, 'root')).toMatchObject([{ parent: '1:', classId: '1:10' }])
    expect(await filters(ns, '1:')).toHaveLength(1)
    await fails(ns.class.delete({ link, classId: '1:10' }), 'EBUSY')
    await ns.filter.delete({ link, priority: 1 })
    await ns.class.delete({ link, classId: '1:10' })
  })

  suite.test('matchall', [...needs, 'filter matchall'], async ({ ns }) => {
    await addPlace(ns)
    await ns.filter.add({ link, parent: 'ingress', priority: 1, kind: 'matchall', classId: '1:1' })
    expect(await filters(ns)).toMatchObject([{ kind: 'matchall', protocol: 'all', handle: 1, classId: '1:1' }])
    await fails(ns.filter.add({ link, parent: 'ingress', priority: 1, kind: 'matchall' }), 'EEXIST')
  })

  suite.group('actions', (inner) => {
    for (const direction of ['egress', 'ingress'] as const) {
      for (const mode of ['redirect', 'mirror'] as const) {
        inner.test(`mirred ${direction} ${mode}`, [...needs, 'action mirred'], async ({ ns }) => {
          await addPlace(ns)
          const target = (await ns.link.get('v1')) as { index: number }
          const actions = [{ kind: 'mirred', mode, direction, link: 'v1' }] as const
          await ns.filter.add({ link, parent: 'ingress', priority: 1, protocol: 'ip', kind: 'u32', actions })
          expect((await filters(ns))[0]?.actions).toMatchObject([
            { kind: 'mirred', mode, direction, link: target.index },
          ])
        })
      }
    }
    inner.test('police', [...needs, 'action police'], async ({ ns }) => {
      await addPlace(ns)
      const police = { kind: 'police', rate: 1_000_000, burst: 10_000, exceed: 'shot', conform: 'pipe' } as const
      const plain = { link, parent: 'ingress', protocol: 'ip', kind: 'u32' } as const
      await ns.filter.add({ ...plain, priority: 1, actions: [police] })
      const wide = { ...police, rate: 40_000_000_000, burst: 320_000, overhead: 4 }
      await ns.filter.add({ ...plain, priority: 2, actions: [wide] })
      const found = await filters(ns)
      expect(found.map(({ actions }) => actions)).toMatchObject([[police], [wide]])
    })
    inner.test('gact, and several in a row', [...needs, 'action gact', 'action mirred'], async ({ ns }) => {
      await addPlace(ns)
      const actions = [
        { kind: 'mirred', mode: 'mirror', link: 'v1' },
        { kind: 'gact', control: 'shot' },
      ] as const
      await ns.filter.add({ link, parent: 'egress', priority: 1, protocol: 'ip', kind: 'u32', actions })
      expect((await filters(ns, 'egress'))[0]?.actions).toMatchObject([
        { kind: 'mirred' },
        { kind: 'gact', control: 'shot' },
      ])
    })
  })

  suite.test('a block that disciplines share takes no filters by link', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact', ingressBlock: 7 })
    const spec = { link, protocol: 'ip', priority: 5, kind: 'u32', classId: '1:1' } as const
    const error = await fails(ns.filter.add({ ...spec, parent: 'ingress' }), 'EOPNOTSUPP')
    expect(error.detail).toMatch(/shared/)
    await ns.filter.add({ ...spec, parent: 'egress' })
    expect(await filters(ns, 'egress')).toHaveLength(1)
  })

  suite.test('errors change nothing', needs, async ({ ns, supports }) => {
    await addPlace(ns)
    const spec = { link, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32', classId: '1:1' } as const
    await ns.filter.add(spec)
    const before = still(await filters(ns))
    const cases: (readonly [string | readonly string[], Promise<void>])[] = [
      ['EEXIST', ns.filter.add({ ...spec, handle: '800::800' })],
      ['EINVAL', ns.filter.add({ ...spec, parent: '9:' })],
      ['EINVAL', ns.filter.add({ ...spec, parent: 'root' })],
      ['EINVAL', ns.filter.add({ ...spec, protocol: 'ipv6' })],
      ['ENOENT', ns.filter.change({ ...spec, priority: 6 })],
      ['ENODEV', ns.filter.add({ ...spec, link: 'nope' })],
      ['ENOENT', ns.filter.delete({ link, parent: 'ingress', priority: 9 })],
      ['ENOENT', ns.filter.delete({ link, parent: 'ingress', priority: 5, kind: 'u32', handle: '800::77' })],
      ['ENODEV', ns.filter.list({ link: 'nope' }).then(() => undefined)],
    ]
    if (supports['action mirred'] === true)
      cases.push(['ENODEV', ns.filter.add({ ...spec, actions: [{ kind: 'mirred', link: 'nope' }] })])
    for (const [code, promise] of cases) {
      const error = await fails(promise, code)
      expect(error.operation).toMatch(/^filter /)
      expect(error.hint, error.message).toMatch(/\w/)
    }
    expect(still(await filters(ns))).toEqual(before)
  })

  suite.test('watched', needs, async ({ ns }) => {
    await addPlace(ns)
    const spec = { link, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32', classId: '1:1' } as const
    await ns.filter.add(spec)
    await using watcher = await startWatch(ns, { groups: ['filter'], snapshot: true })
    await ns.filter.add({ ...spec, priority: 6 })
    await ns.filter.change({ ...spec, handle: '800::800', classId: '1:2' })
    // The kernel tells of a changed filter what it was before; what it is now is found by reading it.
    await watcher.until((event) => event.kind === 'filter set')
    await ns.filter.delete({ link, parent: 'ingress', priority: 5 })
    await ns.qdisc.delete({ link, parent: 'ingress' })
    const gone = new Set<number>()
    const events = await watcher.until((event) => {
      if (event.kind === 'filter delete') gone.add(event.object.priority)
      return gone.size === 2
    })
    expect(events[0]).toMatchObject({ state: { filter: [{ priority: 5 }] } })
    expect(events.slice(1, 3)).toMatchObject([
      { kind: 'filter add', object: { priority: 6 } },
      { kind: 'filter set', object: { priority: 5, classId: '1:2' }, before: { classId: '1:1' } },
    ])
    expect(events).toHaveLength(5)
  })

  suite.test('tables of u32 are common to the places of a discipline', needs, async ({ ns }) => {
    await addPlace(ns)
    const spec = { link, protocol: 'ip', priority: 5, kind: 'u32' } as const
    await ns.filter.add({ ...spec, parent: 'ingress', classId: '1:1' })
    expect(await ns.filter.list({ link, parent: 'egress' })).toEqual([])
    await ns.filter.add({ ...spec, parent: 'egress', classId: '1:2' })
    await ns.filter.add({ ...spec, parent: 'egress', handle: '2:', divisor: 1 })
    await ns.filter.add({ ...spec, parent: 'ingress', table: '2:', classId: '1:3' })
    await ns.filter.add({ ...spec, parent: 'egress', priority: 6, classId: '1:4' })
    const told = async (parent: string) =>
      (await ns.filter.list({ link, parent })).map(({ priority, handle, classId }) => [priority, handle, classId])
    const common = [
      [5, '2:', undefined],
      [5, '2::800', '1:3'],
      [5, '801:', undefined],
      [5, '801::800', '1:2'],
      [5, '800:', undefined],
      [5, '800::800', '1:1'],
    ]
    expect(await told('ingress')).toEqual(common)
    expect(await told('egress')).toEqual([...common, [6, '802:', undefined], [6, '802::800', '1:4']])
    // What one place loses the other one keeps, and the tables that were made go with the last priority.
    await ns.filter.delete({ link, parent: 'ingress' })
    expect(await told('ingress')).toEqual([])
    expect(await told('egress')).toEqual([...common.slice(0, 4), [6, '802:', undefined], [6, '802::800', '1:4']])
    await ns.filter.delete({ link, parent: 'egress', priority: 5 })
    expect(await told('egress')).toEqual([
      [6, '802:', undefined],
      [6, '802::800', '1:4'],
    ])
  })

  suite.test('a transaction does not begin what it could not take back', needs, async ({ ns }) => {
    await addPlace(ns)
    const spec = { link, protocol: 'ip', priority: 5, kind: 'u32' } as const
    // The kernel gives priorities new tables.
    const state = async () =>
      [await filters(ns), await filters(ns, 'egress')].map((all) =>
        still(all).map(({ table: _, handle, ...rest }) => ({ ...rest, node: String(handle).split(':').at(-1) })),
      )
    const tried = (change: (t: Namespace) => Promise<void>) =>
      ns.transaction(async (t) => {
        await change(t as unknown as Namespace)
        throw new Error('no')
      })
    await ns.filter.add({ ...spec, parent: 'ingress', classId: '1:1' })
    // Other priorities are told apart, and so are other chains.
    await ns.filter.add({ ...spec, parent: 'egress', priority: 6, classId: '1:2' })
    let before = await state()
    for (const more of [{ classId: '1:3' }, { chain: 3, classId: '1:3' }, { priority: 7, chain: 9 }])
      await fails(
        tried((t) => t.filter.add({ ...spec, parent: 'ingress', ...more })),
        'VNET_TRANSACTION',
      )
    expect(await state()).toEqual(before)

    await ns.filter.add({ ...spec, parent: 'egress', classId: '1:4' })
    before = await state()
    for (const change of [
      (t: Namespace) => t.filter.add({ ...spec, parent: 'ingress', classId: '1:5' }),
      (t: Namespace) => t.filter.delete({ link, parent: 'egress', priority: 5 }),
      (t: Namespace) => t.filter.add({ ...spec, parent: 'egress', priority: 6, handle: '2:', divisor: 1 }),
      (t: Namespace) => t.qdisc.delete({ link, parent: 'ingress' }),
    ]) {
      const { cause } = (await fails(tried(change), 'VNET_TRANSACTION')) as { readonly cause?: unknown }
      expect(cause).toMatchObject({ code: 'EPERM', hint: expect.stringContaining('before or after') })
      expect(await state()).toEqual(before)
    }
  })

  suite.test('taken back by a transaction', needs, async ({ ns, supports }) => {
    await addPlace(ns)
    const actions = supports['action mirred'] === true ? ([{ kind: 'mirred', link: 'v1' }] as const) : []
    const spec = { link, parent: 'ingress', protocol: 'ip', priority: 5, kind: 'u32', classId: '1:1' } as const
    await ns.filter.add(spec)
    // The table of the next priority has a number that it does not get again. So it is everywhere for the first filter whose
    // action is in a module (`act_mirred`): when that is loaded, the kernel makes the filter anew, in a table of the next number.
    await ns.filter.add({ ...spec, priority: 6 })
    await ns.filter.add({ ...spec, priority: 7, keys: [to10], actions })
    await ns.filter.delete({ link, parent: 'ingress', priority: 6 })
    const before = still(await filters(ns))
    const failing = ns.transaction(async (transaction) => {
      await transaction.filter.add({ ...spec, priority: 3 })
      await transaction.filter.delete({ link, parent: 'ingress', priority: 5 })
      await transaction.qdisc.delete({ link, parent: 'ingress' })
      throw new Error('enough')
    })
    await fails(failing, 'VNET_TRANSACTION')
    const chosen = (list: typeof before) => list.map(({ handle: _, table: __, ...rest }) => rest)
    expect(chosen(still(await filters(ns)))).toEqual(chosen(before))
  })
}
