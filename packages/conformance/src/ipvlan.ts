/** ipvlan and ipvtap: links that share the MAC of their parent (`ip link add link … type ipvlan`). @module */
import { type IpvlanOptions, ipvlanFields } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of ipvlan and ipvtap. */
export function ipvlan(suite: Suite): void {
  for (const kind of ['ipvlan', 'ipvtap'] as const) {
    suite.group(kind, (inner) => {
      const needs = ['link veth', `link ${kind}`] as const
      optionTests(
        inner,
        {
          needs,
          property: 'ipvlan',
          prepare: async (ns) => {
            await addPair(ns)
          },
          make: async (ns, name, options) => {
            await ns.link.add({ kind, name, parent: 'v0', ipvlan: options })
            return present(await ns.link.get(name))
          },
        },
        ipvlanFields,
        notes,
      )

      inner.test('made, read, listed, deleted: mode l3 and flag bridge by default', needs, async ({ ns }) => {
        await addPair(ns)
        const made = await ns.link.add({ kind, name: 'i0', parent: 'v0' })
        const parent = present(await ns.link.get('v0')).index
        expect(made).toMatchObject({ kind, parent, mac: mac(1), ipvlan: { mode: 'l3', modeFlag: 'bridge' } })
        expect(await ns.link.list({ kind })).toMatchObject([{ name: 'i0' }])
        await ns.link.delete('i0')
        expect((await namesOf(ns)).sort()).toEqual(['v0', 'v1'])
      })

      inner.test('only l2 has ARP, once the link is up', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'i0', parent: 'v0', up: true })
        const flags = async () => present(await ns.link.get('i0')).flags.includes('NOARP')
        expect(await flags()).toBe(true)
        await ns.link.set('i0', { ipvlan: { mode: 'l2' } })
        expect(await flags()).toBe(false)
        await ns.link.set('i0', { ipvlan: { mode: 'l3s' } })
        expect(await flags()).toBe(true)
      })

      inner.test('mode and flag belong to the parent: the newest link changes those of all', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'i0', parent: 'v0', ipvlan: { mode: 'l2', modeFlag: 'private' } })
        await ns.link.add({ kind, name: 'i1', parent: 'v0' })
        const both = async () => Promise.all(['i0', 'i1'].map(async (name) => (await ns.link.get(name))?.ipvlan))
        expect(await both()).toEqual([1, 2].map(() => ({ mode: 'l3', modeFlag: 'private' })))
        await ns.link.set('i0', { ipvlan: { mode: 'l3s', modeFlag: 'vepa' } })
        expect(await both()).toEqual([1, 2].map(() => ({ mode: 'l3s', modeFlag: 'vepa' })))
      })

      inner.test('the MAC and the MTU are those of the parent, also later', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'i0', parent: 'v0' })
        await fails(ns.link.set('i0', { mac: mac(9) }), 'EOPNOTSUPP')
        await ns.link.set('v0', { mac: mac(7), mtu: 1400 })
        expect(await ns.link.get('i0')).toMatchObject({ mac: mac(7), mtu: 1400 })
      })

      inner.test('gone with the parent', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'i0', parent: 'v0' })
        await ns.link.add({ kind, name: 'i1', parent: 'i0' })
        await ns.link.delete('v0')
        expect(await namesOf(ns)).toEqual([])
      })

      inner.test('parents that it cannot have', [...needs, 'link bridge', 'link macvlan'], async ({ ns }) => {
        await addPair(ns)
        await addBridge(ns)
        await ns.link.set('v0', { master: 'br0' })
        await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v1' })
        const before = (await namesOf(ns)).sort()
        await fails(ns.link.add({ kind, name: 'i0', parent: 'nope' }), 'ENODEV')
        await fails(ns.link.add({ kind, name: 'i0', parent: 4711 }), 'ENODEV')
        await fails(ns.link.add({ kind, name: 'i0', parent: 'lo' }), 'EINVAL')
        await fails(ns.link.add({ kind, name: 'i0', parent: 'v0' }), 'EBUSY')
        await fails(ns.link.add({ kind, name: 'i0', parent: 'v1' }), 'EBUSY')
        await fails(ns.link.set('m0', { ipvlan: { mode: 'l2' } }), 'EOPNOTSUPP')
        expect((await namesOf(ns)).sort()).toEqual(before)
      })

      inner.test(
        'its parent can have neither macvlans nor a bridge',
        [...needs, 'link bridge', 'link macvlan'],
        async ({ ns }) => {
          await addPair(ns)
          await addBridge(ns)
          await ns.link.add({ kind, name: 'i0', parent: 'v0' })
          await fails(ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v0' }), 'EBUSY')
          await fails(ns.link.set('v0', { master: 'br0' }), 'EBUSY')
        },
      )

      inner.test('an address of another one on the same parent is EADDRINUSE', needs, async ({ ns }) => {
        await addPair(ns)
        for (const name of ['i0', 'i1']) await ns.link.add({ kind, name, parent: 'v0', up: true })
        for (const address of ['10.0.0.1/24', '2001:db8::1/64']) {
          await ns.address.add({ link: 'i0', address })
          await fails(ns.address.add({ link: 'i1', address }), 'EADDRINUSE')
        }
        await ns.address.add({ link: 'i1', address: '10.0.0.2/24' })
      })
    })
  }

  for (const mode of ['l2', 'l3', 'l3s'] as const) {
    suite.test(
      `packets in mode ${mode}: between two namespaces, and with the other end of the parent`,
      ['packets ipvlan', 'link veth', 'link ipvlan'],
      async ({ ns, another }) => {
        const { a, b } = await siblings(ns, another, { mode })
        expect(await eventually(() => a.ping({ address: '10.0.0.3', timeout: 1 }))).toMatchObject({
          address: '10.0.0.3',
        })
        const reply = await eventually(() => b.ping({ address: '10.0.0.1', timeout: 1 }))
        expect(reply.address).toBe('10.0.0.1')
        const counted = (await b.link.get('i3', { statistics: true }))?.statistics
        expect([counted?.rxPackets, counted?.txPackets].every((packets) => (packets ?? 0) >= 2)).toBe(true)
      },
    )

    suite.test(
      `flag private in mode ${mode}: not between siblings`,
      ['packets ipvlan', 'link veth', 'link ipvlan'],
      async ({ ns, another }) => {
        const { a, b } = await siblings(ns, another, { mode, modeFlag: 'private' })
        await eventually(() => b.ping({ address: '10.0.0.1', timeout: 1 }))
        if (mode === 'l2') await a.neighbour.add({ link: 'i2', address: '10.0.0.3', mac: mac(1) })
        await fails(a.ping({ address: '10.0.0.3', timeout: 0.5 }), ['ENOBUFS', 'ETIMEDOUT', 'EHOSTUNREACH'])
        expect((await a.link.get('i2', { statistics: true }))?.statistics?.txDropped).toBeGreaterThan(0)
      },
    )
  }
}

/** Links `i2` (10.0.0.2) in `a` and `i3` (10.0.0.3) in `b` on `v0`, whose other end 10.0.0.1 is in a third namespace. */
async function siblings(ns: PlacedNamespace, another: Context['another'], ipvlan: IpvlanOptions) {
  const [a, b, far] = [await another(), await another(), await another()]
  await ns.link.add({ kind: 'veth', name: 'v0', mac: mac(1), up: true, peer: { name: 'v1', namespace: far } })
  await far.link.set('v1', { up: true })
  await far.address.add({ link: 'v1', address: '10.0.0.1/24' })
  // What leaves in modes l3 and l3s is routed where the parent is, and what comes in finds nobody who answers ARP.
  await ns.address.add({ link: 'v0', address: '10.0.0.9/24' })
  if (ipvlan.mode !== 'l2') await far.neighbour.add({ link: 'v1', address: '10.0.0.3', mac: mac(1) })
  for (const [there, last] of [[a, 2] as const, [b, 3] as const]) {
    await ns.link.add({ kind: 'ipvlan', name: `i${last}`, parent: 'v0', ipvlan, namespace: there })
    await there.link.set(`i${last}`, { up: true })
    await there.address.add({ link: `i${last}`, address: `10.0.0.${last}/24` })
  }
  return { a, b }
}

const notes: Readonly<Record<string, OptionNote>> = {}
