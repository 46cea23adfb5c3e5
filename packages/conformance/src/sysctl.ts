/** Settings of the kernel: names, values, what one brings about for others, and that they are the namespace's (sysctl(8)). @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, refuses } from './expectation.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function sysctl(suite: Suite): void {
  const needs = ['sysctl', 'link veth'] as const

  suite.test(
    'a value is the text that the kernel prints; writing changes it here only',
    ['sysctl'],
    async (context) => {
      const { ns } = context
      const other = await context.another()
      await ns.sysctl.set('net.ipv4.ip_default_ttl', 33)
      expect(await ns.sysctl.get('net.ipv4.ip_default_ttl')).toBe('33')
      expect(await other.sysctl.get('net.ipv4.ip_default_ttl')).toBe('64')
      await ns.sysctl.set('net.ipv4.ip_default_ttl', '0x20')
      expect(await ns.sysctl.get('net/ipv4/ip_default_ttl')).toBe('32')
      await ns.sysctl.set('net.ipv4.icmp_echo_ignore_all', true)
      expect(await ns.sysctl.get('net.ipv4.icmp_echo_ignore_all')).toBe('1')
    },
  )

  suite.test('a dot in the name of a link is a slash, or slashes separate', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'eth0.5', peer: { name: 'v1' } })
    await ns.sysctl.set('net.ipv4.conf.eth0/5.rp_filter', 2)
    expect(await ns.sysctl.get('net/ipv4/conf/eth0.5/rp_filter')).toBe('2')
    expect(await ns.sysctl.get('net.ipv4.conf.eth0.5.rp_filter')).toBeUndefined()
    expect(await ns.sysctl.list({ below: 'net.ipv4.conf.eth0/5.rp_filter' })).toEqual([
      { name: 'net.ipv4.conf.eth0/5.rp_filter', value: '2' },
    ])
    await ns.link.set('eth0.5', { name: 'plain' })
    expect(await ns.sysctl.get('net.ipv4.conf.plain.rp_filter')).toBe('2')
    expect(await ns.sysctl.get('net/ipv4/conf/eth0.5/rp_filter')).toBeUndefined()
  })

  suite.test('what is not there: undefined, nothing, ENOENT; a group: EISDIR', ['sysctl'], async ({ ns }) => {
    expect(await ns.sysctl.get('net.ipv4.conf.nope.forwarding')).toBeUndefined()
    expect(await ns.sysctl.list({ below: 'net.ipv4.conf.nope' })).toEqual([])
    await fails(ns.sysctl.set('net.ipv4.nope', 1), 'ENOENT')
    await fails(ns.sysctl.get('net.ipv4.conf'), 'EISDIR')
    await fails(ns.sysctl.set('net.ipv4.conf', 1), 'EISDIR')
  })

  suite.test('values that the kernel does not take: EINVAL, and nothing changes', ['sysctl'], async ({ ns }) => {
    const refused = [
      ['net.ipv4.ip_forward', 'yes'],
      ['net.ipv4.ip_forward', '1x'],
      ['net.ipv4.ip_forward', ''],
      ['net.ipv4.ip_forward', '2147483648'],
      ['net.ipv4.ip_default_ttl', '0'],
      ['net.ipv4.ip_default_ttl', '256'],
      ['net.ipv4.icmp_echo_ignore_all', '-1'],
      ['net.ipv6.conf.lo.hop_limit', '256'],
      ['net.ipv6.conf.lo.mtu', '1279'],
      ['net.ipv6.conf.lo.mtu', '65537'],
    ] as const
    for (const [name, value] of refused) {
      const before = await ns.sysctl.get(name)
      const error = await failure(ns.sysctl.set(name, value))
      expect([error.code, error.operation, error.subject], `${name}=${value}`).toEqual(['EINVAL', 'sysctl set', name])
      expect(error.hint).toBeDefined()
      expect(await ns.sysctl.get(name)).toBe(before)
    }
  })

  suite.test(
    'one that can only be written: it has no value, and no transaction takes it back',
    ['sysctl'],
    async ({ ns }) => {
      const name = 'net.ipv4.route.flush'
      await ns.sysctl.set(name, 1)
      const unread = await fails(ns.sysctl.get(name), 'EACCES')
      expect(unread.hint).toContain('only be written')
      expect((await ns.sysctl.list({ below: 'net.ipv4.route' })).map((one) => one.name)).not.toContain(name)
      let refused: unknown
      await ns.transaction(async (change) => {
        await change.sysctl.set('net.ipv4.ip_default_ttl', 79)
        refused = await failure(change.sysctl.set(name, 1))
      })
      expect(refused).toMatchObject({ code: 'EACCES', operation: 'sysctl set', subject: name })
      expect((refused as { hint?: string }).hint).toContain('take it back')
      expect(await ns.sysctl.get('net.ipv4.ip_default_ttl')).toBe('79')
    },
  )

  suite.test('names of no sysctl are refused before anything is asked', ['sysctl'], async ({ ns }) => {
    for (const name of ['', 'kernel.hostname', 'net..ipv4', 'net/../kernel/hostname']) {
      await refuses(ns.sysctl.get(name))
    }
    await refuses(ns.sysctl.set('net.ipv4.ip_forward', '1\n0'))
    await refuses(ns.sysctl.set('net.ipv4.ip_forward', 1.5 as number))
  })

  suite.test('forwarding of IPv4 is that of all links, and of links to come', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.sysctl.set('net.ipv4.ip_forward', 0)
    await ns.sysctl.set('net.ipv4.conf.v0.forwarding', 1)
    const all = (link: string) => ns.sysctl.get(`net.ipv4.conf.${link}.forwarding`)
    expect([await all('all'), await all('v0'), await all('v1')]).toEqual(['0', '1', '0'])
    await ns.sysctl.set('net.ipv4.ip_forward', 1)
    await ns.link.add({ kind: 'veth', name: 'v2', peer: { name: 'v3' } })
    for (const link of ['all', 'default', 'lo', 'v0', 'v1', 'v2']) expect(await all(link), link).toBe('1')
    expect(await ns.sysctl.get('net.ipv4.conf.all.accept_redirects')).toBe('0')
    await ns.sysctl.set('net.ipv4.conf.all.forwarding', 0)
    expect(await ns.sysctl.get('net.ipv4.ip_forward')).toBe('0')
    expect([await all('v0'), await all('default'), await all('v3')]).toEqual(['0', '0', '0'])
    expect(await ns.sysctl.get('net.ipv4.conf.all.accept_redirects')).toBe('1')
  })

  suite.test('a default of IPv4 is for links to come, and for those for which nobody chose', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'veth', name: 'v2', peer: { name: 'v3' } })
    await ns.sysctl.set('net.ipv4.conf.default.rp_filter', 0)
    await ns.sysctl.set('net.ipv4.conf.v0.rp_filter', 2)
    await ns.address.add({ link: 'v1', address: '10.0.0.1/24' })
    await ns.sysctl.set('net.ipv4.conf.default.rp_filter', 1)
    await ns.sysctl.set('net.ipv4.conf.all.rp_filter', 0)
    await ns.link.add({ kind: 'veth', name: 'v4', peer: { name: 'v5' } })
    const values = ['v0', 'v1', 'v2', 'v4'].map((link) => ns.sysctl.get(`net.ipv4.conf.${link}.rp_filter`))
    expect(await Promise.all(values)).toEqual(['2', '0', '1', '1'])
  })

  suite.test('IPv6: forwarding and its switch are for all links, other settings for each', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const of = (name: string) => (link: string) => ns.sysctl.get(`net.ipv6.conf.${link}.${name}`)
    await ns.sysctl.set('net.ipv6.conf.all.forwarding', 1)
    expect(await Promise.all(['all', 'default', 'v0', 'lo'].map(of('forwarding')))).toEqual(['1', '1', '1', '1'])
    await ns.sysctl.set('net.ipv6.conf.all.hop_limit', 9)
    expect(await Promise.all(['all', 'default', 'v0'].map(of('hop_limit')))).toEqual(['9', '64', '64'])
    await ns.sysctl.set('net.ipv6.conf.default.hop_limit', 10)
    await ns.link.add({ kind: 'veth', name: 'v2', mtu: 1400, peer: { name: 'v3' } })
    expect(await Promise.all(['v0', 'v2'].map(of('hop_limit')))).toEqual(['64', '10'])
    expect(await Promise.all(['v0', 'v2', 'lo'].map(of('mtu')))).toEqual(['1500', '1400', '65536'])
    expect(await Promise.all(['lo', 'v0'].map(of('accept_dad')))).toEqual(['-1', '1'])
  })

  suite.test('IPv6 switched off: its addresses and routes go, and none is taken', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    await ns.address.add({ link: 'v0', address: '2001:db8::1/64', noDad: true })
    await ns.sysctl.set('net.ipv6.conf.v0.disable_ipv6', 1)
    expect(await ns.address.list({ link: 'v0', family: 6 })).toEqual([])
    expect(await ns.route.list({ link: 'v0', family: 6, table: 'all' })).toEqual([])
    const error = await fails(ns.address.add({ link: 'v0', address: '2001:db8::1/64' }), 'EACCES')
    // Linux 6.1 gives no sentence.
    if (error.detail !== undefined) expect(error.detail).toContain('IPv6 is disabled on this device')
    await fails(ns.route.add({ family: 6, destination: '2001:db8:9::/48', link: 'v0' } as never), 'EACCES')
    await ns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 1)
    await ns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 0)
    await eventually(async () => {
      const again = await ns.address.list({ link: 'v0', family: 6 })
      expect(again.map(({ scope }) => scope)).toEqual(['link'])
    })
  })

  suite.test('a router of IPv6 has the anycast address of each of its networks', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    for (const address of ['2001:db8:1::1/64', '2001:db8:1::2/64', '2001:db8:2::1/128']) {
      await ns.address.add({ link: 'v0', address, noDad: true })
    }
    expect(await anycasts(ns)).toEqual([])
    // Of an address that is not in use yet the kernel would count the anycast address twice, and keep it.
    await eventually(async () => expect(await inUse(ns, 'local')).toHaveLength(3))
    await ns.sysctl.set('net.ipv6.conf.all.forwarding', 1)
    await eventually(async () => expect(await anycasts(ns)).toEqual(['2001:db8:1::/128']))
    await ns.address.add({ link: 'v0', address: '2001:db8:3::1/64', noDad: true })
    await ns.address.delete({ link: 'v0', address: '2001:db8:1::1/64' })
    // A new address is in use when its detection is over, which is elsewhere's work even where there is none.
    await eventually(async () => expect(await anycasts(ns)).toEqual(['2001:db8:1::/128', '2001:db8:3::/128']))
    await ns.sysctl.set('net.ipv6.conf.all.forwarding', 0)
    await eventually(async () => expect(await anycasts(ns)).toEqual([]))
  })

  suite.test('a transaction that fails puts them back', ['sysctl'], async ({ ns }) => {
    await ns.sysctl.set('net.ipv4.ip_default_ttl', 77)
    await fails(
      ns.transaction(async (change) => {
        await change.sysctl.set('net.ipv4.ip_default_ttl', 78)
        await change.link.delete('nope')
      }),
      'VNET_TRANSACTION',
    )
    expect(await ns.sysctl.get('net.ipv4.ip_default_ttl')).toBe('77')
  })
}

/** Addresses that several hosts may have, but those of links. */
const anycasts = (ns: Namespace): Promise<string[]> => inUse(ns, 'anycast')

/** Addresses of one type that the namespace answers for, but those of links. */
async function inUse(ns: Namespace, wanted: 'anycast' | 'local'): Promise<string[]> {
  const routes = await ns.route.list({ family: 6, table: 'local' })
  return routes
    .filter(({ type, destination }) => type === wanted && !destination.startsWith('fe80:'))
    .map(({ destination }) => destination)
}
