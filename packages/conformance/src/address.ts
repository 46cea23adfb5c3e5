/** IP addresses of links (`ip address`). @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, present } from './expectation.js'
import { olderThan } from './kernel-release.js'
import type { Suite } from './suite.js'
import { addBridge, addPair } from './surroundings.js'

/** Registers the tests of addresses. */
export function address(suite: Suite): void {
  const needs = ['link bridge'] as const
  const on = async (ns: Namespace, family: 4 | 6 = 4) => {
    const found = await ns.address.list({ link: 'br0', family })
    return found.filter((entry) => entry.protocol !== 'kernel_ll' && !entry.address.startsWith('fe80:'))
  }

  suite.test('IPv4: added, listed, deleted', needs, async ({ ns }) => {
    const { index } = await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '172.10.1.10/24' })
    expect(await on(ns)).toMatchObject([
      {
        link: index,
        family: 4,
        address: '172.10.1.10',
        prefixLength: 24,
        label: 'br0',
        scope: 'global',
        flags: ['permanent'],
        validLifetime: Number.POSITIVE_INFINITY,
        preferredLifetime: Number.POSITIVE_INFINITY,
      },
    ])
    expect((await on(ns))[0]).not.toHaveProperty('peer')
    await ns.address.delete({ link: 'br0', address: '172.10.1.10/24' })
    expect(await on(ns)).toEqual([])
  })

  suite.test('IPv6: added, listed in canonical text, deleted', needs, async ({ ns }) => {
    const { index } = await addBridge(ns)
    await ns.address.add({ link: index, address: '2001:DB8:0:0:0::1/64', noDad: true })
    expect(await on(ns, 6)).toMatchObject([
      { link: index, family: 6, address: '2001:db8::1', prefixLength: 64, scope: 'global' },
    ])
    expect((await on(ns, 6))[0]?.flags).toEqual(expect.arrayContaining(['nodad', 'permanent']))
    expect((await on(ns, 6))[0]).not.toHaveProperty('label')
    await ns.address.delete({ link: 'br0', address: '2001:db8::1/64' })
    expect(await on(ns, 6)).toEqual([])
  })

  suite.test('a prefix is 32 or 128 bits long when no length is given', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1' })
    await ns.address.add({ link: 'br0', address: '2001:db8::1', noDad: true })
    expect((await on(ns))[0]?.prefixLength).toBe(32)
    expect((await on(ns, 6))[0]?.prefixLength).toBe(128)
  })

  suite.test('an alias sub-interface is an address with a label', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '172.10.1.10/24', label: 'br0:1' })
    await ns.address.add({ link: 'br0', address: '172.10.2.10/24', label: 'other-name' })
    expect((await on(ns)).map((entry) => entry.label)).toEqual(['br0:1', 'other-name'])
    expect(await ns.address.list({ label: 'br0:1' })).toMatchObject([{ address: '172.10.1.10' }])
    // A label is no link.
    expect(await ns.link.get('br0:1')).toBeUndefined()
    await fails(ns.address.delete({ link: 'br0', address: '172.10.1.10/24', label: 'br0:9' }), 'EADDRNOTAVAIL')
    await ns.address.delete({ link: 'br0', address: '172.10.1.10/24', label: 'br0:1' })
    expect((await on(ns)).map((entry) => entry.label)).toEqual(['other-name'])
  })

  suite.test('peer of a point-to-point link', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.1.0.1', peer: '10.1.0.2' })
    await ns.address.add({ link: 'br0', address: '10.3.0.1', peer: '10.4.0.2/24' })
    await ns.address.add({ link: 'br0', address: '2001:db8::1', peer: '2001:db8::2', noDad: true })
    expect(await on(ns)).toMatchObject([
      { address: '10.1.0.1', peer: '10.1.0.2', prefixLength: 32 },
      { address: '10.3.0.1', peer: '10.4.0.2', prefixLength: 24 },
    ])
    expect(await on(ns, 6)).toMatchObject([{ address: '2001:db8::1', peer: '2001:db8::2', prefixLength: 128 }])
    await ns.address.delete({ link: 'br0', address: '10.1.0.1', peer: '10.1.0.2' })
    expect(await on(ns)).toHaveLength(1)
  })

  suite.test('broadcast: computed, chosen or none', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.1.0.1/16', broadcast: true })
    await ns.address.add({ link: 'br0', address: '10.2.0.1/16', broadcast: '10.2.9.9' })
    await ns.address.add({ link: 'br0', address: '10.3.0.1/16', broadcast: false })
    await ns.address.add({ link: 'br0', address: '10.4.0.1/16' })
    const told = (await on(ns)).map((entry) => entry.broadcast)
    expect(told).toEqual(['10.1.255.255', '10.2.9.9', undefined, undefined])
  })

  suite.test('scope, by word and by number, and filters by it', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.link.set('lo', { up: true })
    await ns.address.add({ link: 'br0', address: '10.1.0.1/24', scope: 'link' })
    await ns.address.add({ link: 'br0', address: '10.2.0.1/24', scope: 'host' })
    await ns.address.add({ link: 'br0', address: '10.3.0.1/24', scope: 77 })
    expect((await on(ns)).map((entry) => entry.scope).sort()).toEqual([77, 'host', 'link'])
    expect(await ns.address.list({ family: 4, scope: 'link' })).toMatchObject([{ address: '10.1.0.1' }])
    expect(await ns.address.list({ family: 4, link: 'lo' })).toMatchObject([{ address: '127.0.0.1', scope: 'host' }])
  })

  suite.test('lifetimes count down, and can be renewed and made endless', needs, async ({ ns }) => {
    await addBridge(ns)
    const address = '10.0.0.1/24'
    await ns.address.add({ link: 'br0', address, validLifetime: 1000, preferredLifetime: 500 })
    const [entry] = await on(ns)
    expect(entry?.validLifetime).toBeGreaterThan(990)
    expect(entry?.validLifetime).toBeLessThanOrEqual(1000)
    expect(entry?.preferredLifetime).toBeGreaterThan(490)
    expect(entry?.preferredLifetime).toBeLessThanOrEqual(500)
    expect(entry?.flags).not.toContain('permanent')
    await ns.address.set({ link: 'br0', address, validLifetime: 2000, preferredLifetime: 0 })
    expect((await on(ns))[0]).toMatchObject({ preferredLifetime: 0, flags: expect.arrayContaining(['deprecated']) })
    await ns.address.set({ link: 'br0', address })
    expect((await on(ns))[0]).toMatchObject({ validLifetime: Number.POSITIVE_INFINITY, flags: ['permanent'] })
  })

  suite.test('an address whose lifetime is over is gone', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 1, preferredLifetime: 1 })
    await eventually(async () => expect(await on(ns)).toEqual([]), 10)
  })

  suite.test('flags that can be chosen', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24', noPrefixRoute: true })
    await ns.address.add({ link: 'br0', address: '2001:db8::1/64', noDad: true, homeAddress: true })
    expect((await on(ns))[0]?.flags).toContain('noprefixroute')
    expect((await on(ns, 6))[0]?.flags).toEqual(expect.arrayContaining(['nodad', 'home']))
    expect(await ns.route.list({ family: 4 })).toEqual([])
  })

  suite.test(
    'another metric, where the route to the prefix was deleted: that of the new one goes',
    needs,
    async ({ ns }) => {
      await addBridge(ns)
      const [address, destination] = ['10.5.0.1/24', '10.5.0.0/24']
      await ns.address.add({ link: 'br0', address })
      await ns.route.delete({ destination })
      await ns.address.set({ link: 'br0', address, metric: 9 })
      expect(await ns.route.list({ destination })).toEqual([])
    },
  )

  suite.test('an address makes the route to its prefix, with its metric', needs, async ({ ns }) => {
    const { index } = await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24', metric: 77 })
    expect((await on(ns))[0]).toMatchObject({ metric: 77 })
    expect(await ns.route.list({ family: 4 })).toMatchObject([
      { destination: '10.0.0.0/24', link: index, protocol: 'kernel', scope: 'link', source: '10.0.0.1', metric: 77 },
    ])
    await ns.address.delete({ link: 'br0', address: '10.0.0.1/24' })
    expect(await ns.route.list({ family: 4, table: 'all' })).toEqual([])
  })

  suite.test('a second address of the prefix is secondary, and goes with the first', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const last of [1, 2, 3]) await ns.address.add({ link: 'br0', address: `10.0.0.${last}/24` })
    expect((await on(ns)).map((entry) => entry.flags.includes('secondary'))).toEqual([false, true, true])
    await ns.address.delete({ link: 'br0', address: '10.0.0.1/24' })
    expect(await on(ns)).toEqual([])
  })

  suite.test('add twice is EEXIST with the kernel’s text, set is not', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const [address, text] of [
      ['10.0.0.1/24', 'ipv4: Address already assigned'],
      ['2001:db8::1/64', 'ipv6: address already assigned'],
    ] as const) {
      await ns.address.add({ link: 'br0', address })
      const error = await failure(ns.address.add({ link: 'br0', address }))
      expect(error).toMatchObject({ code: 'EEXIST', operation: 'address add', subject: address })
      if (error.detail !== undefined || !olderThan('6.6')) expect(error.detail).toBe(text)
      await ns.address.set({ link: 'br0', address })
    }
    expect([...(await on(ns)), ...(await on(ns, 6))]).toHaveLength(2)
  })

  suite.test('deleting what is not there is EADDRNOTAVAIL', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    for (const address of ['10.0.0.9/24', '10.0.0.1/25', '2001:db8::9/64']) {
      expect(await fails(ns.address.delete({ link: 'br0', address }), 'EADDRNOTAVAIL')).toMatchObject({
        operation: 'address delete',
        subject: address,
      })
    }
    await fails(ns.address.delete({ link: 'nope', address: '10.0.0.1/24' }), 'ENODEV')
    expect(await on(ns)).toHaveLength(1)
  })

  suite.test('where IPv6 has ended, deleting is ENXIO', ['link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0', mtu: 1279 })
    await fails(ns.address.delete({ link: 'br0', address: '2001:db8::1/64' }), 'ENXIO')
  })

  suite.test('filters by link and family', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.address.add({ link: 'v0', address: '10.1.0.1/24' })
    const v0 = present(await ns.link.get('v0')).index
    expect((await ns.address.list({ family: 4 })).map((entry) => entry.address).sort()).toEqual([
      '10.0.0.1',
      '10.1.0.1',
    ])
    expect(await ns.address.list({ link: v0, family: 4 })).toMatchObject([{ address: '10.1.0.1', link: v0 }])
    for (const entry of await ns.address.list({ family: 6 })) expect(entry.family).toBe(6)
    await fails(ns.address.list({ link: 'nope' }), 'ENODEV')
  })

  suite.test(
    'a link that comes up gets its link-local address, lo its loopback addresses',
    ['link veth'],
    async ({ ns }) => {
      await ns.link.set('lo', { up: true })
      const lo = (await ns.address.list({ link: 'lo' })).map((entry) => `${entry.address}/${entry.prefixLength}`)
      expect(lo).toEqual(['127.0.0.1/8', '::1/128'])
      await addPair(ns)
      await eventually(async () => {
        const found = await ns.address.list({ link: 'v0', family: 6 })
        // EUI-64 of 02:00:00:00:00:01 (RFC 4291, appendix A).
        expect(found).toMatchObject([{ address: 'fe80::ff:fe00:1', prefixLength: 64, scope: 'link' }])
      })
    },
  )

  suite.test('addresses go with their link', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.link.delete('br0')
    expect(await ns.address.list({ family: 4 })).toEqual([])
    expect(await ns.route.list({ family: 4, table: 'all' })).toEqual([])
  })
}
