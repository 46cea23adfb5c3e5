/** Links of any kind: made, read, changed, listed, removed (`ip link`). @module */
import { expect } from 'vitest'
import { eventually, fails, failure, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, isMade, mac, namesOf } from './surroundings.js'

/** Registers the tests of links. */
export function link(suite: Suite): void {
  suite.test('a new namespace holds lo, down', [], async ({ ns }) => {
    const links = await ns.link.list()
    expect(links.filter((link) => link.name === 'lo' || isMade(link))).toMatchObject([
      { index: 1, name: 'lo', type: 'loopback', up: false, mtu: 65536, operationalState: 'down', altNames: [] },
    ])
    expect(links.find((link) => link.name === 'lo')).not.toHaveProperty('kind')
  })

  suite.test('add returns the link as get does', ['link bridge'], async ({ ns }) => {
    const spec = { name: 'br0', mtu: 1400, mac: mac(1), alias: 'office', group: 7, txQueueLength: 77 }
    const made = await ns.link.add({ kind: 'bridge', ...spec })
    expect(made).toMatchObject({ ...spec, kind: 'bridge', type: 'ether', up: false })
    expect(made.index).toBeGreaterThan(1)
    expect(made.broadcast).toBe('ff:ff:ff:ff:ff:ff')
    // The timers of a bridge run from the moment it is made.
    const get = present(await ns.link.get('br0'))
    expect({ ...get, bridge: undefined }).toEqual({ ...made, bridge: undefined })
  })

  suite.test('add with up: true is administratively up', ['link bridge'], async ({ ns }) => {
    const made = await addBridge(ns)
    expect(made.up).toBe(true)
    expect(made.flags).toContain('UP')
  })

  suite.test('add without a name lets the kernel choose', ['link bridge', 'link veth'], async ({ ns }) => {
    expect((await ns.link.add({ kind: 'bridge' })).name).toBe('bridge0')
    expect((await ns.link.add({ kind: 'bridge' })).name).toBe('bridge1')
    expect((await ns.link.add({ kind: 'veth' })).name).toMatch(/^veth[01]$/)
    expect((await namesOf(ns)).sort()).toEqual(['bridge0', 'bridge1', 'veth0', 'veth1'])
  })

  suite.test('add fails where the name is taken', ['link bridge', 'link veth'], async ({ ns }) => {
    const { index } = await addBridge(ns)
    const error = await fails(ns.link.add({ kind: 'veth', name: 'br0', peer: { name: 'v1' } }), 'EEXIST')
    expect(error).toMatchObject({ operation: 'link add', subject: 'br0' })
    expect(await ns.link.list({ kind: 'veth' })).toEqual([])
    expect((await ns.link.get('br0'))?.index).toBe(index)
  })

  suite.test('the index can be chosen while it is free', ['link bridge'], async ({ ns }) => {
    expect((await ns.link.add({ kind: 'bridge', name: 'a', index: 42 })).index).toBe(42)
    await fails(ns.link.add({ kind: 'bridge', name: 'b', index: 42 }), 'EEXIST')
    expect(await namesOf(ns)).toEqual(['a'])
  })

  suite.test('get finds by name, by index and by alternative name', ['link bridge'], async ({ ns }) => {
    const { index } = await addBridge(ns)
    await ns.link.set('br0', { addAltNames: ['the-bridge-of-the-second-floor'] })
    for (const ref of ['br0', index, 'the-bridge-of-the-second-floor']) {
      expect(await ns.link.get(ref)).toMatchObject({ index, name: 'br0' })
    }
  })

  suite.test('get of a link that is not there is undefined', [], async ({ ns }) => {
    expect(await ns.link.get('nope')).toBeUndefined()
    expect(await ns.link.get(4711)).toBeUndefined()
    expect(await ns.link.get('an-alternative-name-of-no-link')).toBeUndefined()
  })

  suite.test('list is in order of index', ['link bridge'], async ({ ns }) => {
    // Small numbers are those of fallback links: with every tunnel's module loaded a new namespace has ten links.
    for (const [name, index] of [
      ['c', 300],
      ['a', 100],
      ['b', 200],
    ] as const) {
      await ns.link.add({ kind: 'bridge', name, index })
    }
    expect(await namesOf(ns)).toEqual(['a', 'b', 'c'])
  })

  suite.test('list filters by kind, master, state and group', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1' }, master: 'br0', group: 5 })
    await ns.link.set('v0', { master: 'br0', group: 5 })
    const names = async (filter: Parameters<typeof ns.link.list>[0]) => {
      const links = await ns.link.list(filter)
      return links
        .filter(isMade)
        .map((link) => link.name)
        .sort()
    }
    expect(await names({ kind: 'bridge' })).toEqual(['br0'])
    expect(await names({ kind: 'veth' })).toEqual(['v0', 'v1', 'w0', 'w1'])
    expect(await names({ kind: 'nonsense' })).toEqual([])
    expect(await names({ master: 'br0' })).toEqual(['v0', 'w0'])
    expect(await names({ master: present(await ns.link.get('br0')).index })).toEqual(['v0', 'w0'])
    expect(await names({ up: true })).toEqual(['br0', 'v0', 'v1'])
    expect(await names({ up: false })).toEqual(['w0', 'w1'])
    expect(await names({ group: 5 })).toEqual(['v0', 'w0'])
    expect(await names({ group: 5, up: true, master: 'br0', kind: 'veth' })).toEqual(['v0'])
    await fails(ns.link.list({ master: 'nope' }), 'ENODEV')
  })

  suite.test('statistics are told when asked for, and only then', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    expect(await ns.link.get('br0')).not.toHaveProperty('statistics')
    expect((await ns.link.list())[0]).not.toHaveProperty('statistics')
    const { statistics } = present(await ns.link.get('br0', { statistics: true }))
    expect(Object.keys(present(statistics)).length).toBe(24)
    expect(statistics).toMatchObject({ rxPackets: expect.any(Number), rxNoHandler: 0, txErrors: 0 })
    for (const link of await ns.link.list({ statistics: true })) expect(link).toHaveProperty('statistics')
  })

  suite.test('delete removes by name, by index and by alternative name', ['link bridge'], async ({ ns }) => {
    const a = await ns.link.add({ kind: 'bridge', name: 'a' })
    await ns.link.add({ kind: 'bridge', name: 'b' })
    await ns.link.add({ kind: 'bridge', name: 'c' })
    await ns.link.set('c', { addAltNames: ['third'] })
    await ns.link.delete(a.index)
    await ns.link.delete('b')
    await ns.link.delete('third')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('delete of what is not there is ENODEV, of lo EOPNOTSUPP', [], async ({ ns }) => {
    expect(await fails(ns.link.delete('nope'), 'ENODEV')).toMatchObject({ operation: 'link delete', subject: 'nope' })
    await fails(ns.link.delete(4711), 'ENODEV')
    await fails(ns.link.delete('lo'), 'EOPNOTSUPP')
    expect(await ns.link.get('lo')).toBeDefined()
  })

  suite.test('an unknown kind is EOPNOTSUPP with the kernel’s text and a hint', [], async ({ ns }) => {
    const error = await failure(ns.link.add({ kind: 'flux-capacitor', name: 'x' }))
    expect(error).toMatchObject({ code: 'EOPNOTSUPP', operation: 'link add', subject: 'x' })
    expect(error.detail).toBe('Unknown device type')
    expect(error.hint).toContain('flux-capacitor')
  })

  suite.test('the operational state of a bridge follows its ports', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    const state = async () => present(await ns.link.get('br0'))
    await eventually(async () => expect(await state()).toMatchObject({ operationalState: 'down', carrier: false }))
    expect((await state()).flags).toContain('NO-CARRIER')
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    await eventually(async () => expect(await state()).toMatchObject({ operationalState: 'up', carrier: true }))
    await ns.link.set('v0', { up: false })
    await eventually(async () => expect(await state()).toMatchObject({ operationalState: 'down', carrier: false }))
  })
}
