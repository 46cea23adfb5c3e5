/** `lo`, which every namespace has: what can be set of it, and what never can. @module */
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** Registers the tests of the loopback link. */
export function loopback(suite: Suite): void {
  suite.test('up and down: its addresses come and go', [], async ({ ns }) => {
    const addresses = async () => (await ns.address.list({ link: 'lo' })).map(({ address }) => address).sort()
    expect(await addresses()).toEqual([])
    await ns.link.set('lo', { up: true })
    await eventually(async () => expect(await addresses()).toEqual(['127.0.0.1', '::1']))
    expect(present(await ns.link.get('lo')).flags).toEqual(expect.arrayContaining(['LOOPBACK', 'UP', 'LOWER_UP']))
    await ns.link.set('lo', { up: false })
    // IPv4 stays with the link, as with every link.
    expect(await addresses()).toEqual(['127.0.0.1'])
    await ns.address.add({ link: 'lo', address: '10.255.0.1/32' })
    await ns.link.set('lo', { up: true })
    expect(await addresses()).toContain('10.255.0.1')
  })

  suite.test('MTU, group, alias, alternative names, length of the queue, MAC', [], async ({ ns }) => {
    const change = { mtu: 9000, group: 7, alias: 'the loop', txQueueLength: 17, mac: mac(9) }
    await ns.link.set('lo', { ...change, addAltNames: ['loop-of-this-namespace'] })
    const told = { name: 'lo', index: 1, ...change, altNames: ['loop-of-this-namespace'] }
    expect(await ns.link.get('loop-of-this-namespace')).toMatchObject(told)
    await ns.link.set('lo', { mtu: 0x7fffffff, deleteAltNames: ['loop-of-this-namespace'], alias: '' })
    expect(await ns.link.get('lo')).toMatchObject({ mtu: 0x7fffffff, altNames: [] })
  })

  suite.test('another name, and its own again', [], async ({ ns }) => {
    await ns.link.set('lo', { name: 'loop' })
    expect(await ns.link.get('loop')).toMatchObject({ index: 1, type: 'loopback' })
    expect(await ns.link.get('lo')).toBeUndefined()
    await fails(ns.link.delete('loop'), 'EOPNOTSUPP')
    await ns.link.set('loop', { name: 'lo' })
    expect(await ns.link.get('lo')).toMatchObject({ index: 1 })
  })

  suite.test('never deleted, by whatever it is called, alone or among many; never moved', [], async (context) => {
    const { ns } = context
    await ns.link.set('lo', { addAltNames: ['loop-of-this-namespace'] })
    for (const link of ['lo', 1, 'loop-of-this-namespace']) {
      const error = await fails(ns.link.delete(link), 'EOPNOTSUPP')
      expect(error).toMatchObject({ operation: 'link delete', errno: 95 })
      expect(error.hint).toContain('lo')
    }
    const requests = Array.from({ length: 12 }, () => ({ operation: 'link delete', spec: { link: 'lo' } }) as const)
    for (const result of await ns.execute(requests)) {
      expect(result).toMatchObject({ ok: false, error: { code: 'EOPNOTSUPP' } })
    }
    await fails(ns.link.set('lo', { namespace: await context.another() }), 'EINVAL')
    expect(await ns.link.get('lo')).toMatchObject({ index: 1, group: 0 })
  })

  suite.test('not a second one, nor another of this index or name', ['link bridge'], async ({ ns }) => {
    await fails(ns.link.add({ kind: 'bridge', name: 'lo' }), 'EEXIST')
    await fails(ns.link.add({ kind: 'bridge', name: 'x', index: 1 }), 'EEXIST')
    await fails(ns.link.add({ kind: 'loopback', name: 'x' }), 'EOPNOTSUPP')
  })

  suite.test('neither master nor port; no parent of a macvlan', ['link bridge', 'link macvlan'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0' })
    await fails(ns.link.set('lo', { master: 'br0' }), 'EINVAL')
    await fails(ns.link.set('br0', { master: 'lo' }), 'EOPNOTSUPP')
    await fails(ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'lo' }), 'EINVAL')
    await fails(ns.link.set('lo', { carrier: false }), 'EOPNOTSUPP')
  })
}
