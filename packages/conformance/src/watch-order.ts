/** What one request brings about is told in the kernel's order: links before what stands on them, addresses before their routes. */
import { eventGroups } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { EventSequence, sentinel } from './random/event-sequence.js'
import type { Suite } from './suite.js'
import { addPair, mac } from './surroundings.js'

const needs = ['link veth', 'link bridge'] as const

/** Registers the tests. */
export function watchOrder(suite: Suite): void {
  suite.test('an address before its routes, when it comes and when it goes', needs, async (context) => {
    const { ns } = context
    await addCarrying(context)
    const told = await toldDuring(context, ['v0'], async () => {
      await ns.address.add({ link: 'v0', address: '10.5.0.1/24' })
      await ns.address.delete({ link: 'v0', address: '10.5.0.1/24' })
    })
    const routes = {
      own: 'route 4 local local 10.5.0.1/32 0 %v0 ',
      network: 'route 4 main unicast 10.5.0.0/24 0 %v0 ',
      broadcast: 'route 4 local broadcast 10.5.0.255/32 0 %v0 ',
    }
    expect(told).toEqual([
      'address v0 10.5.0.1/24: set',
      ...[routes.own, routes.network, routes.broadcast].map((route) => `${route}: set`),
      'address v0 10.5.0.1/24: delete',
      ...[routes.network, routes.broadcast, routes.own].map((route) => `${route}: delete`),
    ])
  })

  suite.test(
    'a bridge hears of the end of a port before the VXLANs on it',
    [...needs, 'link vxlan'],
    async (context) => {
      const { ns } = context
      const told = await toldDuring(context, [], async () => {
        await ns.link.add({ kind: 'bridge', name: 'br0' })
        await ns.link.add({ kind: 'veth', name: 'v0', master: 'br0', mac: mac(1), peer: { name: 'v1' } })
        await ns.link.add({ kind: 'vxlan', name: 'x0', vxlan: { id: 42, link: 'v0' } })
        await ns.link.delete('v0')
      })
      const order = ['link br0: mac', 'link x0: delete', 'link v0: delete']
      expect(told.filter((line) => order.includes(line)).slice(-3)).toEqual(order)
    },
  )

  suite.test('a link before what comes and goes with it', needs, async (context) => {
    const { ns } = context
    const told = await toldDuring(context, [], async () => {
      await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0) })
      await ns.address.add({ link: 'br0', address: '10.5.0.1/24' })
      await ns.address.add({ link: 'br0', address: '2001:db8:5::1/64', noDad: true })
      await ns.link.set('br0', { up: true })
      await ns.route.add({ destination: '2001:db8:9::/48', link: 'br0' })
      await ns.neighbour.add({ link: 'br0', address: '10.5.0.9', mac: mac(9) })
      await ns.link.set('br0', { up: false })
    })
    expect(told).toEqual([
      'link br0: set',
      'address br0 10.5.0.1/24: set',
      'route 4 local local 10.5.0.1/32 0 %br0 : set',
      'link br0: up',
      'route 4 main unicast 10.5.0.0/24 0 %br0 : set',
      'route 4 local broadcast 10.5.0.255/32 0 %br0 : set',
      'route 6 main unicast 2001:db8:5::/64 256 %br0 : set',
      'route 6 main unicast 2001:db8:9::/48 1024 %br0 : set',
      'neighbour br0 10.5.0.9: set',
      'link br0: up',
      'neighbour br0 10.5.0.9: delete',
      'route 6 main unicast 2001:db8:5::/64 256 %br0 : delete',
      'route 6 main unicast 2001:db8:9::/48 1024 %br0 : delete',
      'address br0 2001:db8:5::1/64: delete',
    ])
  })

  suite.test(
    'a port before the bridge that takes its MAC, after its entries when it leaves',
    needs,
    async (context) => {
      const { ns } = context
      await addCarrying(context)
      await ns.link.add({ kind: 'bridge', name: 'br0', up: true })
      const told = await toldDuring(context, ['v0', 'br0'], async () => {
        await ns.link.set('v0', { master: 'br0' })
        await ns.fdb.add({ link: 'v0', mac: '02:00:00:00:00:a1', master: true })
        await ns.link.set('v0', { master: null })
      })
      // Not every kernel tells VLANs apart.
      expect(told.filter((line) => !line.startsWith('bridgeVlan'))).toEqual([
        'link v0: master',
        'link br0: mac',
        'fdb v0 02:00:00:00:00:a1 master : set',
        'fdb v0 02:00:00:00:00:a1 master : delete',
        'link v0: master',
        'link br0: mac',
      ])
    },
  )

  suite.test('what a deleted link had, then the link, then its peer', needs, async (context) => {
    const { ns } = context
    await addCarrying(context)
    const told = await toldDuring(context, ['v0', 'v1'], async () => {
      await ns.address.add({ link: 'v0', address: '10.5.0.1/32' })
      await ns.address.add({ link: 'v0', address: '2001:db8:5::1/64', noDad: true })
      await ns.neighbour.add({ link: 'v0', address: '10.5.0.9', mac: mac(9) })
      await ns.link.delete('v0')
    })
    expect(told).toEqual([
      'address v0 10.5.0.1/32: set',
      'route 4 local local 10.5.0.1/32 0 %v0 : set',
      'route 6 main unicast 2001:db8:5::/64 256 %v0 : set',
      'neighbour v0 10.5.0.9: set',
      'link v0: up',
      'neighbour v0 10.5.0.9: delete',
      'route 6 main unicast 2001:db8:5::/64 256 %v0 : delete',
      'address v0 2001:db8:5::1/64: delete',
      'link v1: up',
      'address v0 10.5.0.1/32: delete',
      'route 4 local local 10.5.0.1/32 0 %v0 : delete',
      'link v0: delete',
      'link v1: delete',
    ])
  })

  suite.test(
    'the IPv4 address of a deleted link, then what stands on it, then the link',
    ['link bridge', 'link macvlan'],
    async (context) => {
      const { ns } = context
      const told = await toldDuring(context, [], async () => {
        await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0) })
        await ns.link.add({ kind: 'macvlan', name: 'm0', parent: 'br0', mac: mac(0xb1) })
        await ns.address.add({ link: 'br0', address: '10.5.0.1/24' })
        await ns.address.add({ link: 'm0', address: '10.5.1.1/24' })
        await ns.link.delete('br0')
      })
      const own = (link: string, address: string) => [
        `address ${link} ${address}/24`,
        `route 4 local local ${address}/32 0 %${link} `,
      ]
      const [lower, upper] = [own('br0', '10.5.0.1'), own('m0', '10.5.1.1')]
      expect(told).toEqual([
        ...['link br0', 'link m0', ...lower, ...upper].map((what) => `${what}: set`),
        ...[...lower, ...upper, 'link m0', 'link br0'].map((what) => `${what}: delete`),
      ])
    },
  )
}

/** A cable whose ends have their carrier. */
async function addCarrying({ ns }: Context): Promise<void> {
  await addPair(ns)
  await eventually(async () => {
    for (const { name, operationalState } of await ns.link.list())
      if (/^v\d/.test(name)) expect(operationalState).toBe('up')
  })
}

/** What is told in order while something is done, without what the kernel does in its own time; these links are known before. */
async function toldDuring(
  { driver, ns, defer }: Context,
  links: readonly string[],
  action: () => Promise<void>,
): Promise<readonly string[]> {
  const connection = await driver.connect(ns.ref)
  defer(() => connection.close())
  const events = new EventSequence(await connection.watch(eventGroups))
  for (const link of links) await ns.link.set(link, { alias: 'heard of' })
  await action()
  await ns.rule.add({ priority: sentinel, table: 'main' })
  const { order } = await events.upToSentinel()
  // Not every kernel tells VLANs apart.
  return order.filter((line) => !line.startsWith('bridgeVlan')).slice(links.length)
}
