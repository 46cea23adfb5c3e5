/** MAC filters: which lists are told, and that they are replaced and taken back whole (`nft list table bridge vnet`). @module */
import type { MacFilterSpec, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { fails, failure } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [a, b, c] = [mac(0xa1), mac(0xb1), mac(0xc1)]
const none = { passed: { packets: 0, bytes: 0 }, dropped: { packets: 0, bytes: 0 } }

/** Filters as they are given, and what is told of them otherwise than it was given. */
const rows: readonly (readonly [spec: Omit<MacFilterSpec, 'link'>, told?: object])[] = [
  [{ allow: [a] }],
  [{ deny: [a, b] }],
  [
    { allow: [c, a], deny: [b, a] },
    { allow: [a, c], deny: [a, b] },
  ],
  [{ allow: [] }],
  [{ deny: [] }],
  [{ allow: [], deny: [] }, { deny: undefined }],
  [{ allow: [], deny: [a] }],
  [{ allow: [a], deny: [] }, { deny: undefined }],
  [{ deny: [a, 'FE-DC-BA-98-76-54', Uint8Array.of(2, 0, 0, 0, 0, 0xa1)] }, { deny: [a, 'fe:dc:ba:98:76:54'] }],
]

const linksOf = async (ns: Namespace): Promise<string[]> => (await ns.macFilter.list()).map(({ link }) => link)

/** Registers the tests. */
export function macFilter(suite: Suite): void {
  const needs = ['mac filter'] as const

  suite.test('lists are told as they were given, each MAC once, in order', needs, async ({ ns }) => {
    for (const [spec, told = {}] of rows) {
      // The link need not be there, nor be a port.
      await ns.macFilter.set({ link: 'a-link-of-15-oc', ...spec })
      const wanted = { link: 'a-link-of-15-oc', ...spec, ...told, ...none }
      expect(await ns.macFilter.list(), JSON.stringify(spec)).toEqual([wanted])
    }
    await ns.macFilter.delete({ link: 'a-link-of-15-oc' })
    expect(await ns.macFilter.list()).toEqual([])
  })

  suite.test(
    'a filter a port, by name of the port; the last takes the place of those before',
    needs,
    async (context) => {
      const { ns } = context
      const other = await context.another()
      for (const link of ['p2', 'p10', 'p1']) await ns.macFilter.set({ link, deny: [a] })
      await ns.macFilter.set({ link: 'p2', allow: [b] })
      expect(await ns.macFilter.list()).toEqual([
        { link: 'p1', deny: [a], ...none },
        { link: 'p10', deny: [a], ...none },
        { link: 'p2', allow: [b], ...none },
      ])
      expect(await ns.macFilter.list({ link: 'p2' })).toEqual([{ link: 'p2', allow: [b], ...none }])
      expect(await ns.macFilter.list({ link: 'p' })).toEqual([])
      expect(await other.macFilter.list()).toEqual([])
      const gone = await fails(other.macFilter.delete({ link: 'p2' }), 'ENOENT')
      expect(gone).toMatchObject({ operation: 'macFilter delete', subject: 'p2', attribute: 'spec.link' })
      expect(gone.hint).toContain('vnet mac-filter list')
      await ns.macFilter.delete({ link: 'p1' })
      await fails(ns.macFilter.delete({ link: 'p1' }), 'ENOENT')
      expect(await linksOf(ns)).toEqual(['p10', 'p2'])
      // A filter that was listed will do.
      for (const filter of await ns.macFilter.list()) await ns.macFilter.delete(filter)
      expect(await ns.macFilter.list()).toEqual([])
    },
  )

  suite.test('many at once, and lists of 4096', needs, async ({ ns }) => {
    const macs = Array.from({ length: 4096 }, (_, at) => `02:00:00:00:${hex(at >> 8)}:${hex(at & 0xff)}`)
    await Promise.all([
      ns.macFilter.set({ link: 'p0', allow: macs, deny: [...macs].reverse() }),
      ...Array.from({ length: 9 }, (_, at) => ns.macFilter.set({ link: `p${at + 1}`, allow: [mac(at)] })),
    ])
    expect(await linksOf(ns)).toEqual(Array.from({ length: 10 }, (_, at) => `p${at}`))
    const [large] = await ns.macFilter.list({ link: 'p0' })
    expect(large).toEqual({ link: 'p0', allow: macs, deny: macs, ...none })
    const links = await linksOf(ns)
    const results = await ns.execute(links.map((link) => ({ operation: 'macFilter delete', spec: { link } }) as const))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(await ns.macFilter.list()).toEqual([])
  })

  suite.test('a transaction that fails leaves the lists as they were', needs, async ({ ns }) => {
    await ns.macFilter.set({ link: 'p1', allow: [a], deny: [b] })
    await ns.macFilter.set({ link: 'p2', deny: [] })
    const before = await ns.macFilter.list()
    const undone = ns.transaction(async (transaction) => {
      await transaction.macFilter.set({ link: 'p1', deny: [c] })
      await transaction.macFilter.set({ link: 'p3', allow: [] })
      await transaction.macFilter.delete({ link: 'p2' })
      expect(await linksOf(ns)).toEqual(['p1', 'p3'])
      throw new Error('enough')
    })
    expect(await failure(undone)).toMatchObject({ code: 'VNET_TRANSACTION' })
    expect(await ns.macFilter.list()).toEqual(before)
  })
}

const hex = (octet: number): string => octet.toString(16).padStart(2, '0')
