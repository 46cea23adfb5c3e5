/** macvlan and macvtap: a link with a MAC of its own on a parent (`ip link add link … type macvlan`). @module */
import { macvlanFields } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present, refuses } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of macvlan and macvtap. */
export function macvlan(suite: Suite): void {
  for (const kind of ['macvlan', 'macvtap'] as const) {
    suite.group(kind, (inner) => {
      const needs = ['link veth', `link ${kind}`] as const
      optionTests(
        inner,
        {
          needs,
          property: 'macvlan',
          prepare: async (ns) => {
            await addPair(ns)
          },
          make: async (ns, name, options) => {
            await ns.link.add({ kind, name, parent: 'v0', macvlan: options })
            return present(await ns.link.get(name))
          },
        },
        macvlanFields,
        notes,
      )

      inner.test('every mode', needs, async ({ ns }) => {
        await addPair(ns)
        for (const mode of ['private', 'vepa', 'bridge', 'source', 'passthru'] as const) {
          const made = await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode } })
          expect(made).toMatchObject({ kind, parent: present(await ns.link.get('v0')).index, macvlan: { mode } })
          await ns.link.delete('m0')
        }
      })

      inner.test('the mode is vepa by default, and changes among private, vepa and bridge', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'm0', parent: 'v0' })
        expect((await ns.link.get('m0'))?.macvlan?.mode).toBe('vepa')
        for (const mode of ['private', 'bridge', 'vepa'] as const) {
          await ns.link.set('m0', { macvlan: { mode } })
          expect((await ns.link.get('m0'))?.macvlan?.mode).toBe(mode)
        }
        await fails(ns.link.set('m0', { macvlan: { mode: 'passthru' } }), 'EINVAL')
      })

      inner.test('passthru takes the parent whole, and its MAC', needs, async ({ ns }) => {
        await addPair(ns)
        const made = await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode: 'passthru' } })
        expect(made.mac).toBe(mac(1))
        await fails(ns.link.add({ kind, name: 'm1', parent: 'v0' }), 'EINVAL')
        expect((await namesOf(ns)).sort()).toEqual(['m0', 'v0', 'v1'])
      })

      inner.test('the MAC that passthru has already changes nothing of the parent', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.set('v0', { up: true })
        await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode: 'passthru' } })
        await ns.neighbour.add({ link: 'v0', address: '10.9.9.9', mac: mac(9), state: 'permanent' })
        await ns.link.set('m0', { mac: mac(1) })
        expect(await ns.neighbour.list({ link: 'v0', family: 4 })).toHaveLength(1)
        await ns.link.set('m0', { mac: mac(7) })
        expect(await ns.neighbour.list({ link: 'v0', family: 4 })).toEqual([])
        expect((await ns.link.get('v0'))?.mac).toBe(mac(7))
      })

      inner.test('passthru makes the parent promiscuous while it is up, unless told not to', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode: 'passthru' } })
        const counted = async () => (await ns.link.get('v0'))?.promiscuity
        expect(await counted()).toBe(0)
        const steps = [
          [{ up: true }, 1],
          [{ macvlan: { noPromiscuous: true } }, 0],
          [{ macvlan: { noPromiscuous: false } }, 1],
          [{ up: false }, 0],
        ] as const
        for (const [change, expected] of steps) {
          await ns.link.set('m0', change)
          expect(await counted(), JSON.stringify(change)).toBe(expected)
        }
      })

      inner.test('may have the largest MTU that its parent may', ['link ifb', `link ${kind}`], async ({ ns }) => {
        await ns.link.add({ kind: 'ifb', name: 'i0' })
        const { maxMtu } = present(await ns.link.get('i0'))
        expect(await ns.link.add({ kind, name: 'm0', parent: 'i0' })).toMatchObject({ minMtu: 68, maxMtu })
        await ns.link.set('i0', { mtu: 200_000 })
        await ns.link.set('m0', { mtu: 100_000 })
        expect((await ns.link.get('m0'))?.mtu).toBe(100_000)
        await fails(ns.link.set('m0', { mtu: 200_001 }), 'EINVAL')
      })

      inner.test('MAC and name of its own; gone with the parent', needs, async ({ ns }) => {
        await addPair(ns)
        expect(await ns.link.add({ kind, name: 'm0', parent: 'v0', mac: mac(7) })).toMatchObject({ mac: mac(7) })
        await ns.link.delete('v0')
        expect(await namesOf(ns)).toEqual([])
      })

      inner.test('mode source: MACs added, deleted, flushed, set; put back by a transaction', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode: 'source', macs: [mac(0x31)] } })
        const told = async () => [...(present(await ns.link.get('m0')).macvlan?.macs ?? [])].sort()
        await ns.link.set('m0', { macvlan: { addMac: mac(0x32) } })
        await ns.link.set('m0', { macvlan: { addMac: mac(0x31) } })
        expect(await told()).toEqual([mac(0x31), mac(0x32)])
        await ns.link.set('m0', { macvlan: { deleteMac: mac(0x31) } })
        await ns.link.set('m0', { macvlan: { deleteMac: mac(0x39) } })
        expect(await told()).toEqual([mac(0x32)])
        const failed = ns.transaction(async (within) => {
          await within.link.set('m0', { macvlan: { deleteMac: mac(0x32) } })
          await within.link.set('m0', { macvlan: { addMac: mac(0x33) } })
          throw new Error('changed my mind')
        })
        expect(await fails(failed, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
        expect(await told()).toEqual([mac(0x32)])
        await ns.link.set('m0', { macvlan: { macs: [mac(0x35), mac(0x34)] } })
        expect(await told()).toEqual([mac(0x34), mac(0x35)])
        await ns.link.set('m0', { macvlan: { macs: [] } })
        expect(await told()).toEqual([])
      })

      inner.test('MACs are for mode source, valid, and one command at a time', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { mode: 'bridge' } })
        await fails(ns.link.set('m0', { macvlan: { addMac: mac(0x32) } }), 'EINVAL')
        await fails(ns.link.set('m0', { macvlan: { macs: [] } }), 'EINVAL')
        await refuses(ns.link.set('m0', { macvlan: { addMac: mac(1), deleteMac: mac(2) } }))
        await refuses(ns.link.set('m0', { macvlan: { macs: [], addMac: mac(1) } }))
        await refuses(ns.link.set('m0', { macvlan: { addMac: 'nobody' } }))
        await refuses(ns.link.add({ kind, name: 'm1', parent: 'v0', macvlan: { mode: 'source', addMac: mac(1) } }))
        await fails(ns.link.set('m0', { macvlan: { addMac: '01:00:5e:00:00:01' } }), 'EADDRNOTAVAIL')
      })

      inner.test('a flag that is changed leaves the other as it is', needs, async ({ ns }) => {
        await addPair(ns)
        await ns.link.add({ kind, name: 'm0', parent: 'v0', macvlan: { noPromiscuous: true } })
        const flags = async () => {
          const { noPromiscuous, noDestination } = present((await ns.link.get('m0'))?.macvlan)
          return { noPromiscuous, noDestination }
        }
        await ns.link.set('m0', { macvlan: { noDestination: true } })
        expect(await flags()).toEqual({ noPromiscuous: true, noDestination: true })
        await ns.link.set('m0', { macvlan: { noPromiscuous: false } })
        expect(await flags()).toEqual({ noPromiscuous: false, noDestination: true })
      })

      inner.test('a parent that is not there', needs, async ({ ns }) => {
        await fails(ns.link.add({ kind, name: 'm0', parent: 'nope' }), 'ENODEV')
        await fails(ns.link.add({ kind, name: 'm0', parent: 4711 }), 'ENODEV')
        expect(await namesOf(ns)).toEqual([])
      })
    })
  }

  suite.test(
    'frames of a macvtap go to a program: it is no port, and has a queue',
    ['link veth', 'link macvtap', 'link bridge'],
    async ({ ns }) => {
      await addPair(ns)
      await ns.link.add({ kind: 'bridge', name: 'br0' })
      const made = await ns.link.add({ kind: 'macvtap', name: 'm0', parent: 'v0', up: true })
      expect(made).toMatchObject({ qdisc: 'pfifo_fast', txQueueLength: 500 })
      await fails(ns.link.set('m0', { master: 'br0' }), 'EBUSY')
    },
  )

  suite.test('its parent stays as it is when it cannot go up', ['link veth', 'link macvlan'], async ({ ns }) => {
    await addPair(ns)
    const { mac: taken } = present(await ns.link.get('v0'))
    await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v0', mac: present(taken) })
    await ns.link.set('m0', { allMulticast: true })
    await fails(ns.link.set('m0', { up: true }), 'EADDRINUSE')
    expect(await ns.link.get('v0')).toMatchObject({ allMulticast: 0 })
    await ns.link.set('m0', { mac: mac(7) })
    await ns.link.set('m0', { up: true })
    expect(await ns.link.get('v0')).toMatchObject({ allMulticast: 1 })
  })

  suite.test('MACs besides its own: in mode passthru alone', ['link veth', 'link macvlan'], async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v0' })
    await ns.link.add({ kind: 'macvlan', name: 'p0', parent: 'v1', macvlan: { mode: 'passthru' } })
    await fails(ns.fdb.add({ link: 'm0', mac: mac(8) }), 'EOPNOTSUPP')
    await fails(ns.fdb.delete({ link: 'm0', mac: mac(8) }), 'EOPNOTSUPP')
    await ns.fdb.add({ link: 'm0', mac: '01:00:5e:00:00:08' })
    await ns.fdb.add({ link: 'p0', mac: mac(8) })
    await fails(ns.fdb.add({ link: 'p0', mac: mac(8) }), 'EEXIST')
    await fails(ns.fdb.set({ link: 'p0', mac: mac(8) }), 'EOPNOTSUPP')
    expect((await ns.fdb.list({ link: 'p0' })).map((entry) => entry.mac)).toContain(mac(8))
    await ns.fdb.delete({ link: 'p0', mac: mac(8) })
    await ns.fdb.delete({ link: 'm0', mac: '01:00:5e:00:00:08' })
  })

  suite.test('mode source lets in what is on its list', ['link veth', 'link macvlan', 'packets'], async (context) => {
    const { ns } = context
    const there = await context.another()
    await ns.link.add({
      kind: 'veth',
      name: 'v0',
      up: true,
      peer: { name: 'v1', namespace: there, mac: mac(2), up: true },
    })
    await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'v0', macvlan: { mode: 'source' }, up: true })
    await ns.address.add({ link: 'm0', address: '10.0.0.1/24' })
    await there.address.add({ link: 'v1', address: '10.0.0.2/24' })
    await fails(there.ping({ address: '10.0.0.1', timeout: 1 }), ['ETIMEDOUT', 'EHOSTUNREACH'])
    await ns.link.set('m0', { macvlan: { addMac: mac(2) } })
    expect(await eventually(() => there.ping({ address: '10.0.0.1', timeout: 2 }))).toMatchObject({
      address: '10.0.0.1',
    })
    await ns.link.set('m0', { macvlan: { deleteMac: mac(2) } })
    await fails(there.ping({ address: '10.0.0.1', timeout: 1 }), ['ETIMEDOUT', 'EHOSTUNREACH'])
  })

  suite.test(
    'a macvlan in another namespace than its parent',
    ['link veth', 'link macvlan'],
    async ({ ns, another }) => {
      const there = await another()
      await addPair(ns)
      await ns.link.add({ kind: 'macvlan', name: 'eth0', parent: 'v0', namespace: there })
      const far = present(await there.link.get('eth0'))
      expect(far.parent).toBe(present(await ns.link.get('v0')).index)
      expect(far.linkNamespaceId).toBeTypeOf('number')
    },
  )
}

const notes: Readonly<Record<string, OptionNote>> = {
  // Changing is for private, vepa and bridge only: has tests of its own.
  mode: { values: ['bridge', 'private'] },
  noPromiscuous: { values: [true, false], with: { mode: 'passthru' }, fixed: true },
  noDestination: { values: [true, false], with: { mode: 'source' }, fixed: true },
  broadcastQueueLength: { values: [3000, 500] },
  broadcastCutoff: { values: [3, 0] },
  macs: { values: [['02:00:00:00:00:31', '02:00:00:00:00:32']], with: { mode: 'source' }, fixed: true },
  // Steps of `macs`.
  addMac: { values: [] },
  deleteMac: { values: [] },
}
