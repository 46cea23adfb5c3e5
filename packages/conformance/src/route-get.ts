/** Which way packets go (`ip route get`), and what becomes of routes when links go down. @module */
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addSmallNetwork } from './surroundings.js'

/** Registers the tests of lookups. */
export function routeGet(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.test('a gateway that is an address of this host is none', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.route.set({ destination: 'default', via: '10.0.0.1' })
    expect(await ns.route.get('10.8.1.1')).toMatchObject({ type: 'unicast', source: '10.0.0.1' })
    expect(await ns.route.get('10.8.1.1')).not.toHaveProperty('via')
  })

  suite.test('directly, by a gateway, to oneself', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const br0 = present(await ns.link.get('br0')).index
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' })
    expect(await ns.route.get('10.0.0.7')).toMatchObject({ destination: '10.0.0.7/32', link: br0, source: '10.0.0.1' })
    expect(await ns.route.get('10.8.1.2')).toMatchObject({ link: br0, via: '10.0.0.2', source: '10.0.0.1', family: 4 })
    expect(await ns.route.get('10.0.0.1')).toMatchObject({ type: 'local', link: 1 })
    expect(await ns.route.get('2001:db8::7')).toMatchObject({ link: br0, family: 6 })
  })

  suite.test('without a gateway the source is the first address of the link', ['link bridge'], async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.1.1/24' })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.route.delete({ destination: '10.0.0.0/24' })
    expect(await ns.route.get({ to: '10.0.0.7', outputLink: 'br0' })).toMatchObject({ source: '10.0.1.1' })
    await ns.route.add({ destination: 'default', link: 'br0' })
    expect(await ns.route.get('10.0.0.7')).toMatchObject({ source: '10.0.1.1' })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.7' })
    expect(await ns.route.get('10.8.1.2')).toMatchObject({ source: '10.0.0.1' })
  })

  suite.test('the longest prefix wins, then the lowest metric', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.3', metric: 9 })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.4', metric: 5 })
    await ns.route.add({ destination: '10.8.8.0/24', via: '10.0.0.5', metric: 99 })
    const gateways = await Promise.all(['11.0.0.1', '10.8.1.1', '10.8.8.1'].map((to) => ns.route.get(to)))
    expect(gateways.map((found) => found?.via)).toEqual(['10.0.0.2', '10.0.0.4', '10.0.0.5'])
  })

  suite.test('what cannot be reached is undefined', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.1.0.0/16', type: 'unreachable' })
    await ns.route.add({ destination: '10.2.0.0/16', type: 'throw' })
    for (const to of ['99.0.0.1', '10.1.0.1', '10.2.0.1', '2001:db8:9::1']) {
      expect(await ns.route.get(to), to).toBeUndefined()
    }
  })

  suite.test('rules choose the table', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.route.add({ destination: 'default', via: '10.0.0.9', table: 100 })
    await ns.rule.add({ priority: 100, mark: 7, table: 100 })
    await ns.rule.add({ priority: 101, to: '55.0.0.0/8', table: 100 })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.2' })
    expect(await ns.route.get({ to: '44.0.0.1', mark: 7 })).toMatchObject({ via: '10.0.0.9' })
    expect(await ns.route.get('55.0.0.1')).toMatchObject({ via: '10.0.0.9' })
  })

  suite.test('a rule that leads to one that is not there leads on', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.rule.add({ priority: 100, action: 'goto', goto: 300 })
    await ns.rule.add({ priority: 200, action: 'blackhole' })
    await fails(ns.route.get('44.0.0.1'), 'EINVAL')
    await ns.rule.add({ priority: 300, table: 'main' })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.2' })
  })

  suite.test('a rule suppresses routes that were found, but no errors', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.route.add({ destination: 'default', via: '10.0.0.9', table: 100 })
    await ns.rule.add({ priority: 100, suppressPrefixLength: 16, table: 100 })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.2' })
    await ns.route.set({ destination: 'default', type: 'blackhole', table: 100 })
    await fails(ns.route.get('44.0.0.1'), 'EINVAL')
    await ns.route.set({ destination: 'default', type: 'throw', table: 100 })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.2' })
  })

  suite.test('a rule suppresses routes by a group of links', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.route.add({ destination: 'default', via: '10.0.0.9', table: 100 })
    await ns.rule.add({ priority: 100, suppressGroup: 7, table: 100 })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.9' })
    await ns.link.set('br0', { group: 7 })
    expect(await ns.route.get('44.0.0.1')).toMatchObject({ via: '10.0.0.2' })
    await ns.route.set({ destination: 'default', type: 'unreachable', table: 100 })
    expect(await ns.route.get('44.0.0.1')).toBeUndefined()
  })

  suite.test('as if bound to a link', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const v1 = present(await ns.link.get('v1')).index
    await ns.route.add({ destination: 'default', via: '10.0.0.2' })
    await ns.route.add({ destination: 'default', link: 'v1', metric: 10 })
    expect(await ns.route.get({ to: '44.0.0.1', outputLink: 'v1' })).toMatchObject({ link: v1 })
    await fails(ns.route.get({ to: '44.0.0.1', outputLink: 'nope' }), 'ENODEV')
  })

  suite.test('a link that goes down takes its IPv4 routes with it', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' })
    await ns.route.add({ destination: '10.9.0.0/16', link: 'v1' })
    await ns.route.add({ destination: '10.10.0.0/16', type: 'blackhole' })
    await ns.link.set('br0', { up: false })
    const left = await ns.route.list({ family: 4 })
    expect(left.map((entry) => entry.destination)).toEqual(['10.9.0.0/16', '10.10.0.0/16'])
    await ns.link.set('br0', { up: true })
    // The kernel makes the route to the prefix again, not those that the user made.
    const again = await ns.route.list({ family: 4, link: 'br0' })
    expect(again.map((entry) => entry.destination)).toEqual(['10.0.0.0/24'])
  })
}
