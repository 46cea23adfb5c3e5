/** Teams, whose options are spoken about by generic netlink: made, with ports, and taken apart (`ip link add … type team`). @module */
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac, namesOf } from './surroundings.js'

/** Registers the tests of teams. */
export function team(suite: Suite): void {
  const needs = ['link team', 'link veth'] as const

  suite.test('made, read, listed, deleted', ['link team'], async ({ ns }) => {
    const made = await ns.link.add({ kind: 'team', name: 't0', mac: mac(5) })
    expect(made).toMatchObject({ kind: 'team', type: 'ether', mac: mac(5), carrier: false, txQueues: 16 })
    expect(await ns.link.list({ kind: 'team' })).toHaveLength(1)
    await ns.link.delete('t0')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('a port goes up with the MTU of the team, and gets its own back', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', mac: mac(1), peer: { name: 'v1', up: true } })
    await ns.link.add({ kind: 'team', name: 't0', mtu: 1400, up: true })
    const { index } = present(await ns.link.get('t0'))
    await ns.link.set('v0', { master: 't0' })
    expect(await ns.link.get('v0')).toMatchObject({ master: index, portKind: 'team', mtu: 1400, up: true })
    await eventually(async () => expect(await ns.link.get('t0')).toMatchObject({ carrier: true }))
    await ns.link.set('v0', { master: null })
    expect(await ns.link.get('v0')).toMatchObject({ mtu: 1500, up: false, mac: mac(1) })
    await eventually(async () => expect(await ns.link.get('t0')).toMatchObject({ carrier: false }))
  })

  suite.test('deleting it releases its ports', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'team', name: 't0' })
    await ns.link.set('v0', { master: 't0' })
    await ns.link.delete('t0')
    const port = present(await ns.link.get('v0'))
    expect([port.master, port.up]).toEqual([undefined, false])
  })

  suite.test('links that cannot become ports, and nothing has changed', needs, async ({ ns, another }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'team', name: 't0' })
    await ns.link.set('v0', { up: true })
    await fails(ns.link.set('v0', { master: 't0' }), 'EBUSY')
    await fails(ns.link.set('lo', { master: 't0' }), 'EINVAL')
    await fails(ns.link.set('t0', { master: 't0' }), 'EINVAL')
    await fails(ns.link.set('t0', { namespace: await another() }), 'EINVAL')
    expect(await ns.link.list({ master: 't0' })).toEqual([])
  })
}
