/** Routes that lead by a nexthop object (`ip route add … nhid N`). @module */
import { expect } from 'vitest'
import { fails, refuses } from './expectation.js'
import { addNextHop } from './next-hop.js'
import type { Suite } from './suite.js'
import { addSmallNetwork } from './surroundings.js'

/** Registers the tests. */
export function routeNextHop(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const
  const destinations = [
    ['10.8.0.0/16', '10.0.0.2'],
    ['2001:db8:8::/48', '2001:db8::2'],
  ] as const

  suite.test('an object that is not there', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    for (const [destination, via] of destinations) {
      const error = await fails(ns.route.add({ destination, nextHopId: 7 }), 'EINVAL')
      expect(error.message).toContain('Nexthop id does not exist')
      await fails(ns.route.add({ destination, type: 'blackhole', nextHopId: 7 }), 'EINVAL')
      await ns.route.add({ destination, via })
      await fails(ns.route.set({ destination, nextHopId: 7 }), 'EINVAL')
      expect(await ns.route.list({ destination })).toMatchObject([{ via }])
      await fails(ns.route.delete({ destination, nextHopId: 7 }), 'EINVAL')
    }
    await refuses(ns.route.add({ destination: '10.9.0.0/16', nextHopId: 0 }))
    const beside = [{ via: '10.0.0.2' }, { link: 'v1' }, { nextHops: [{ link: 'v1' }] }, { onLink: true }]
    for (const other of beside) {
      await refuses(ns.route.add({ destination: '10.9.0.0/16', nextHopId: 7, ...other }))
    }
  })

  suite.test('an object is kept, also on the way back', [...needs, 'namespace exec'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await addNextHop(ns, '4', 'via', '10.0.0.2', 'dev', 'br0')
    await addNextHop(ns, '6', 'via', '2001:db8::2', 'dev', 'br0')
    for (const [index, [destination, via]] of destinations.entries()) {
      const nextHopId = index === 0 ? 4 : 6
      await ns.route.add({ destination, nextHopId })
      const before = await ns.route.list({ destination })
      expect(before).toMatchObject([{ nextHopId, via, scope: 'global' }])
      await ns.route.add({ destination, via, metric: 3000 })
      await fails(ns.route.delete({ destination, nextHopId, metric: 3000 }), 'ESRCH')
      const failed = ns.transaction(async (change) => {
        await change.route.set({ destination, via, ...(index === 0 ? {} : { metric: 1024 }) })
        await change.route.delete({ destination, metric: 3000 })
        throw new Error('changed my mind')
      })
      await fails(failed, 'VNET_TRANSACTION')
      const deleted = ns.transaction(async (change) => {
        await change.route.delete({ destination, nextHopId })
        throw new Error('changed my mind')
      })
      await fails(deleted, 'VNET_TRANSACTION')
      const plain = { metric: 3000, via }
      expect(await ns.route.list({ destination })).toMatchObject([...before, plain])
      await ns.route.delete({ destination, nextHopId })
      expect(await ns.route.list({ destination })).toMatchObject([plain])
    }
  })
}
