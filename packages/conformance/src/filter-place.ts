/** Where filters stand: which places a discipline has, and how they are told. @module */
import type { Capability } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { startWatch } from './watcher.js'

const link = 'v0'
const needs: readonly Capability[] = ['link veth', 'filter u32']
const u32 = { link, protocol: 'ip', kind: 'u32', classId: '1:1' } as const

/** Registers the tests of the places of filters. */
export function filterPlace(suite: Suite): void {
  suite.test(
    'an `ingress` has one place: `egress` and its classes are that',
    [...needs, 'qdisc ingress'],
    async ({ ns }) => {
      await addPair(ns)
      await ns.qdisc.add({ link, kind: 'ingress' })
      const listed = async (parent: string) =>
        (await ns.filter.list({ link, parent })).map((filter) => `${filter.parent} ${filter.priority}`)
      await using watcher = await startWatch(ns, { groups: ['filter'] })
      await ns.filter.add({ ...u32, parent: 'ingress', priority: 1 })
      // Each priority lists its root table and the filter; the parent is that of the last request.
      expect(await listed('egress')).toEqual(['ingress 1', 'ingress 1'])
      await fails(ns.filter.change({ ...u32, parent: 'egress', priority: 2 }), 'ENOENT')
      expect(await listed('ingress')).toEqual(['egress 1', 'egress 1'])
      await ns.filter.add({ ...u32, parent: 'ffff:7', priority: 2 })
      expect(await listed('ffff:')).toEqual(['ffff:7 1', 'ffff:7 1', 'ffff:7 2', 'ffff:7 2'])
      await fails(ns.filter.add({ ...u32, parent: 'egress', priority: 2, handle: '801::800' }), 'EEXIST')
      await ns.filter.delete({ link, parent: 'egress', priority: 1 })
      expect(await listed('ffff:8')).toEqual(['egress 2', 'egress 2'])
      await ns.filter.delete({ link, parent: 'ffff:' })
      expect(await listed('ingress')).toEqual([])
      // Events tell the parent of their request.
      await watcher.until((event) => event.kind === 'filter add' && event.object.parent === 'ffff:7')
    },
  )

  suite.test('a `clsact` has two places and no other', [...needs, 'qdisc clsact'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    await ns.filter.add({ ...u32, parent: 'ingress', priority: 1 })
    for (const [parent, code] of [
      ['ffff:', 'EINVAL'],
      ['ffff:1', 'ENOENT'],
    ] as const) {
      await fails(ns.filter.add({ ...u32, parent, priority: 1 }), code)
      await fails(ns.filter.delete({ link, parent, priority: 1 }), code)
      await fails(ns.filter.delete({ link, parent }), code)
      expect(await ns.filter.list({ link, parent })).toEqual([])
    }
    expect(await ns.filter.list({ link, parent: 'egress' })).toEqual([])
    expect(await ns.filter.list({ link, parent: 'ingress' })).toHaveLength(2)
  })

  suite.test('a class that is there has a place, which ends with it', [...needs, 'qdisc htb'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', kind: 'htb' })
    await ns.class.add({ link, classId: '1:10', kind: 'htb', rate: 1_000_000 })
    await ns.class.add({ link, classId: '1:20', kind: 'htb', rate: 1_000_000 })
    await fails(ns.filter.add({ ...u32, parent: '1:1', priority: 1 }), 'ENOENT')
    await fails(ns.filter.delete({ link, parent: '1:1', priority: 1 }), 'ENOENT')
    await ns.filter.add({ ...u32, parent: '1:10', priority: 1 })
    expect(await ns.filter.list({ link, parent: '1:10' })).toMatchObject([{ parent: '1:10' }, { parent: '1:10' }])
    for (const parent of ['1:', '1:20', '1:1']) expect(await ns.filter.list({ link, parent })).toEqual([])
    await ns.class.delete({ link, classId: '1:10' })
    await ns.class.add({ link, classId: '1:10', kind: 'htb', rate: 1_000_000 })
    expect(await ns.filter.list({ link, parent: '1:10' })).toEqual([])
  })

  suite.test('a band has no place', [...needs, 'qdisc prio'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', kind: 'prio', bands: 3 })
    for (const [parent, code] of [
      ['1:1', 'EINVAL'],
      ['1:4', 'ENOENT'],
    ] as const) {
      await fails(ns.filter.add({ ...u32, parent, priority: 1 }), code)
      expect(await ns.filter.list({ link, parent })).toEqual([])
    }
    await ns.filter.add({ ...u32, parent: '1:', priority: 1 })
    expect(await ns.filter.list({ link })).toHaveLength(2)
  })

  suite.test(
    'without a priority nothing else is named, and nothing asked',
    [...needs, 'qdisc clsact'],
    async ({ ns }) => {
      await addPair(ns)
      // There is no discipline yet: the request is wrong in any case.
      await fails(ns.filter.delete({ link, kind: 'u32' }), 'ENOENT')
      await fails(ns.filter.delete({ link, parent: 'ingress', protocol: 'ip' }), 'ENOENT')
      await fails(ns.filter.change({ ...u32, parent: 'ingress' }), 'ENOENT')
      await fails(ns.filter.delete({ link, parent: 'ingress' }), 'EINVAL')
      await ns.qdisc.add({ link, kind: 'clsact' })
      await ns.filter.add({ ...u32, parent: 'ingress', priority: 1 })
      await fails(ns.filter.delete({ link, parent: 'ingress', kind: 'u32' }), 'ENOENT')
      await fails(ns.filter.delete({ link, parent: 'ingress', priority: 1, protocol: 'ipv6' }), 'EINVAL')
      expect(await ns.filter.list({ link, parent: 'ingress' })).toHaveLength(2)
      await ns.filter.delete({ link, parent: 'ingress', priority: 1, protocol: 'ip', kind: 'u32' })
      expect(await ns.filter.list({ link, parent: 'ingress' })).toEqual([])
    },
  )
}
