/** Routes (`ip route`). @module */
import type { RouteSpec } from '@vnet/core'
import { expect } from 'vitest'
import { fails, failure, present } from './expectation.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, mac } from './surroundings.js'

/** Registers the tests of routes. */
export function route(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.test('by a gateway: added, listed, deleted', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const br0 = present(await ns.link.get('br0')).index
    for (const [destination, via] of [
      ['10.8.0.0/16', '10.0.0.2'],
      ['2001:db8:8::/48', '2001:db8::2'],
    ] as const) {
      await ns.route.add({ destination, via })
      const listed = await ns.route.list({ destination })
      expect(listed).toMatchObject([
        {
          destination,
          via,
          link: br0,
          type: 'unicast',
          table: 'main',
          protocol: 'boot',
          scope: 'global',
          nextHops: [],
        },
      ])
      expect(listed[0]?.family).toBe(destination.includes(':') ? 6 : 4)
      await ns.route.delete({ destination })
      expect(await ns.route.list({ destination })).toEqual([])
    }
  })

  suite.test('by a link; the scope is that of the link', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.9.0.0/16', link: 'v1', source: '10.0.0.1', tos: 16, protocol: 'static' })
    expect(await ns.route.list({ destination: '10.9.0.0/16' })).toMatchObject([
      { link: present(await ns.link.get('v1')).index, scope: 'link', source: '10.0.0.1', tos: 16, protocol: 'static' },
    ])
  })

  suite.test('default routes of both versions of IP', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: 'default', via: '10.0.0.254' })
    await ns.route.add({ destination: 'default', via: '2001:db8::fe' })
    await ns.route.add({ destination: 'default', family: 6, link: 'v1', metric: 5 })
    expect(await ns.route.list({ destination: 'default', family: 4 })).toMatchObject([
      { destination: 'default', via: '10.0.0.254', family: 4 },
    ])
    expect((await ns.route.list({ destination: 'default', family: 6 })).map((entry) => entry.metric)).toEqual([5, 1024])
  })

  suite.test('every type', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const specs: RouteSpec[] = [
      ...(['blackhole', 'unreachable', 'prohibit', 'throw'] as const).flatMap((type, i) => [
        { type, destination: `10.1${i}.0.0/16` },
        { type, destination: `2001:db8:1${i}::/48` },
      ]),
      { type: 'local', destination: '10.20.0.0/16', link: 'lo' },
      { type: 'broadcast', destination: '10.21.0.255/32', link: 'br0' },
      { type: 'multicast', destination: '239.0.0.0/8', link: 'br0' },
      { type: 'anycast', destination: '10.22.0.1/32', link: 'br0' },
    ]
    for (const spec of specs) await ns.route.add(spec)
    const table = { local: 'local', broadcast: 'local' } as Readonly<Record<string, 'local' | undefined>>
    for (const { type, destination } of specs) {
      const destinationText = destination as string
      const found = await ns.route.list({ table: 'all', destination: destinationText, type: present(type) })
      expect(found, `${type} ${destinationText}`).toMatchObject([
        { type, destination, table: table[present(type)] ?? expect.anything() },
      ])
    }
    for (const spec of specs) await ns.route.delete(spec)
    expect(await ns.route.list({ table: 'all', protocol: 'boot' })).toEqual([])
  })

  suite.test('metrics tell routes to one place apart', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const destination = '10.8.0.0/16'
    await ns.route.add({ destination, via: '10.0.0.2' })
    await ns.route.add({ destination, via: '10.0.0.3', metric: 5 })
    await ns.route.add({ destination, via: '10.0.0.4', metric: 4_000_000_000 })
    expect((await ns.route.list({ destination })).map((entry) => entry.metric ?? 0)).toEqual([0, 5, 4_000_000_000])
    await fails(ns.route.delete({ destination, metric: 9 }), 'ESRCH')
    await ns.route.delete({ destination, metric: 5 })
    expect((await ns.route.list({ destination })).map((entry) => entry.via)).toEqual(['10.0.0.2', '10.0.0.4'])
  })

  suite.test('tables, by number and by name', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const destination = '10.8.0.0/16'
    for (const table of [100, 70_000, 'default'] as const) {
      await ns.route.add({ destination, via: '10.0.0.2', table })
      expect(await ns.route.list({ table, destination })).toMatchObject([{ table, destination }])
    }
    expect(await ns.route.list({ destination })).toEqual([])
    expect((await ns.route.list({ table: 'all', destination })).map((entry) => entry.table).sort()).toEqual([
      100,
      70_000,
      'default',
    ])
    await ns.route.delete({ destination, table: 70_000 })
    expect(await ns.route.list({ table: 70_000 })).toEqual([])
  })

  suite.test('several ways', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const br0 = present(await ns.link.get('br0')).index
    await ns.route.add({
      destination: '10.30.0.0/16',
      nextHops: [{ via: '10.0.0.2', weight: 3 }, { via: '10.0.0.3' }, { via: '10.77.0.1', link: 'br0', onLink: true }],
    })
    const [found] = await ns.route.list({ destination: '10.30.0.0/16' })
    expect(found?.nextHops).toMatchObject([
      { via: '10.0.0.2', link: br0, weight: 3, flags: [] },
      { via: '10.0.0.3', link: br0, weight: 1, flags: [] },
      { via: '10.77.0.1', link: br0, weight: 1, flags: ['onlink'] },
    ])
    expect(found).not.toHaveProperty('via')
    await ns.route.add({
      destination: '2001:db8:30::/48',
      nextHops: [{ via: '2001:db8::2', weight: 9 }, { via: '2001:db8::3' }],
    })
    const [six] = await ns.route.list({ destination: '2001:db8:30::/48' })
    expect(six?.nextHops).toMatchObject([
      { via: '2001:db8::2', weight: 9 },
      { via: '2001:db8::3', weight: 1 },
    ])
  })

  suite.test('that all ways lack a carrier is told of the route itself, too', needs, async ({ ns }) => {
    // With a MAC of its own it has no carrier from the beginning.
    await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0), up: true })
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.route.add({ destination: '10.30.0.0/16', nextHops: [{ via: '10.0.0.2' }, { via: '10.0.0.3' }] })
    const [found] = await ns.route.list({ destination: '10.30.0.0/16' })
    expect(found).toMatchObject({ flags: ['linkdown'], nextHops: [{ flags: ['linkdown'] }, { flags: ['linkdown'] }] })
  })

  suite.test('an IPv4 route by an IPv6 gateway (RFC 5549)', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.31.0.0/16', via: 'fe80::1', link: 'br0' })
    expect(await ns.route.list({ destination: '10.31.0.0/16' })).toMatchObject([{ family: 4, via: 'fe80::1' }])
  })

  suite.test('on-link gateways, and gateways that nothing reaches', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const spec = { destination: '10.9.0.0/16', via: '10.99.0.3' }
    for (const unreachable of [spec, { ...spec, link: 'br0' }]) {
      const error = await failure(ns.route.add(unreachable))
      expect(error).toMatchObject({
        code: 'ENETUNREACH',
        operation: 'route add',
        detail: 'Nexthop has invalid gateway',
      })
      expect(error.subject).toBe('10.9.0.0/16')
    }
    await ns.route.add({ ...spec, link: 'br0', onLink: true })
    expect(await ns.route.list({ destination: spec.destination })).toMatchObject([{ via: spec.via, flags: ['onlink'] }])
  })

  suite.test('a link without IPv6 leads nowhere, with a gateway that nothing reaches either', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br1', mtu: 1279, up: true })
    const spec = { destination: '2001:db8:8::/48', link: 'br1' } as const
    for (const way of [{}, { via: '2001:db8::9' }, { via: '2001:db8::9', onLink: true }, { via: 'fe80::9' }])
      await fails(ns.route.add({ ...spec, ...way }), 'ENODEV')
    await ns.link.set('br1', { mtu: 1280 })
    await fails(ns.route.add({ ...spec, via: '2001:db8::9' }), 'EHOSTUNREACH')
  })

  suite.test('metrics of the path', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const metrics = {
      mtu: 1300,
      advmss: 1200,
      window: 60_000,
      hopLimit: 33,
      initialCongestionWindow: 20,
      initialReceiveWindow: 30,
      rtoMin: 0.5,
      quickAck: true,
      lock: ['mtu'] as const,
    }
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2', metrics })
    expect((await ns.route.list({ destination: '10.8.0.0/16' }))[0]?.metrics).toEqual(metrics)
  })

  suite.test('IPv6: metric, preference, source prefix, lifetime', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({
      destination: '2001:db8:1::/48',
      via: '2001:db8::2',
      preference: 'high',
      expires: 300,
      metric: 7,
    })
    const [found] = await ns.route.list({ destination: '2001:db8:1::/48' })
    expect(found).toMatchObject({ metric: 7, preference: 'high' })
    expect(found?.expires).toBeGreaterThan(290)
    expect(found?.expires).toBeLessThanOrEqual(300)
    await ns.route.add({ destination: '2001:db8:2::/48', via: '2001:db8::2' })
    expect(await ns.route.list({ destination: '2001:db8:2::/48' })).toMatchObject([
      { metric: 1024, preference: 'medium' },
    ])
  })

  suite.test('add twice is EEXIST, set replaces', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const destination = '10.8.0.0/16'
    await ns.route.set({ destination, via: '10.0.0.2' })
    const error = await failure(ns.route.add({ destination, via: '10.0.0.3' }))
    expect(error).toMatchObject({ code: 'EEXIST', operation: 'route add', subject: destination })
    await ns.route.set({ destination, via: '10.0.0.3' })
    expect((await ns.route.list({ destination })).map((entry) => entry.via)).toEqual(['10.0.0.3'])
  })

  suite.test('deleting what is not there is ESRCH; what is absent matches any', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    for (const destination of ['10.77.0.0/16', '2001:db8:77::/48']) {
      expect(await fails(ns.route.delete({ destination }), 'ESRCH')).toMatchObject({
        operation: 'route delete',
        subject: destination,
      })
    }
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2', protocol: 'static', metric: 7 })
    await fails(ns.route.delete({ destination: '10.8.0.0/16', via: '10.0.0.3' }), 'ESRCH')
    await fails(ns.route.delete({ destination: '10.8.0.0/17' }), 'ESRCH')
    await ns.route.delete({ destination: '10.8.0.0/16' })
    expect(await ns.route.list({ destination: '10.8.0.0/16' })).toEqual([])
  })

  suite.test('filters by family, link, maker and type', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2', protocol: 'bgp' })
    await ns.route.add({ destination: '10.9.0.0/16', link: 'v1', protocol: 'static' })
    await ns.route.add({ destination: '10.10.0.0/16', type: 'blackhole' })
    const to = async (filter: Parameters<typeof ns.route.list>[0]) =>
      (await ns.route.list({ family: 4, ...filter })).map((entry) => entry.destination)
    expect(await to({})).toEqual(['10.0.0.0/24', '10.8.0.0/16', '10.9.0.0/16', '10.10.0.0/16'])
    expect(await to({ link: 'v1' })).toEqual(['10.9.0.0/16'])
    expect(await to({ protocol: 'bgp' })).toEqual(['10.8.0.0/16'])
    expect(await to({ type: 'blackhole' })).toEqual(['10.10.0.0/16'])
    for (const entry of await ns.route.list({ family: 6 })) expect(entry.family).toBe(6)
    await fails(ns.route.list({ link: 'nope' }), 'ENODEV')
  })
}
