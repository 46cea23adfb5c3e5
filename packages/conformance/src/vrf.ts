/** VRFs: masters whose ports have a routing table of their own (`ip link add … type vrf table …`). @module */
import type { Namespace, NetworkSocket } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import { octets, opener, received, textOf } from './socket-place.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

/** Registers the tests of VRFs. */
export function vrf(suite: Suite): void {
  const needs = ['link vrf'] as const
  const withPair = ['link vrf', 'link veth'] as const

  suite.test('made, read, listed, deleted', needs, async ({ ns }) => {
    const made = await ns.link.add({ kind: 'vrf', name: 'blue', mac: mac(5), up: true, vrf: { table: 10 } })
    expect(made).toMatchObject({ kind: 'vrf', type: 'ether', mac: mac(5), mtu: 65575, vrf: { table: 10 }, up: true })
    expect(made.flags).toEqual(expect.arrayContaining(['NOARP', 'MASTER']))
    expect(await ns.link.list({ kind: 'vrf' })).toMatchObject([{ name: 'blue' }])
    await ns.link.delete('blue')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('the first and the last table', needs, async ({ ns }) => {
    for (const table of [1, 0xffffffff]) {
      expect((await ns.link.add({ kind: 'vrf', name: `vrf${table}`.slice(0, 15), vrf: { table } })).vrf).toEqual({
        table,
      })
    }
  })

  suite.test('the first brings a rule in both versions of IP, which stays', needs, async ({ ns }) => {
    const rules = async () =>
      (await ns.rule.list()).filter((rule) => rule.l3mdev).map((rule) => [rule.family, rule.priority])
    expect(await rules()).toEqual([])
    for (const [name, table] of [['red', 10] as const, ['blue', 20] as const]) {
      await ns.link.add({ kind: 'vrf', name, vrf: { table } })
    }
    expect(await rules()).toEqual([
      [4, 1000],
      [6, 1000],
    ])
    for (const name of ['red', 'blue']) await ns.link.delete(name)
    expect(await rules()).toHaveLength(2)
  })

  suite.test('routes of a port move to the table, and back when it is released', withPair, async ({ ns }) => {
    await addPair(ns)
    await ns.address.add({ link: 'v0', address: '10.0.0.1/24' })
    await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
    expect(await tablesOf(ns)).toEqual(['main', 'local'])
    await ns.link.set('v0', { master: 'blue' })
    const port = present(await ns.link.get('v0'))
    const { index } = present(await ns.link.get('blue'))
    expect(port).toMatchObject({ master: index, portKind: 'vrf', vrfPort: { table: 10 }, up: true })
    expect(await ns.link.list({ master: 'blue' })).toMatchObject([{ name: 'v0' }])
    expect(await tablesOf(ns)).toEqual(['10', '10'])
    await ns.link.set('v0', { master: null })
    expect((await ns.link.get('v0'))?.master).toBeUndefined()
    expect(await tablesOf(ns)).toEqual(['main', 'local'])
  })

  suite.test('IPv6 addresses of a link do not survive that it becomes a port', withPair, async ({ ns }) => {
    await addPair(ns)
    await ns.address.add({ link: 'v0', address: '2001:db8::1/64', noDad: true })
    await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
    await ns.link.set('v0', { master: 'blue' })
    const addresses = async () => (await ns.address.list({ link: 'v0', family: 6 })).map(({ address }) => address)
    expect(await addresses()).not.toContain('2001:db8::1')
    await ns.address.add({ link: 'v0', address: '2001:db8::1/64', noDad: true })
    const routes = await ns.route.list({ family: 6, table: 10 })
    expect(routes.map(({ destination }) => destination)).toEqual(expect.arrayContaining(['2001:db8::/64', 'ff00::/8']))
  })

  suite.test('ways by a port and by the VRF are those of the table', withPair, async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
    await ns.link.set('v0', { master: 'blue' })
    await ns.address.add({ link: 'v0', address: '10.0.0.1/24' })
    await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.2', link: 'v0', table: 10 })
    for (const outputLink of ['v0', 'blue']) {
      expect(await ns.route.get({ to: '10.9.0.1', outputLink })).toMatchObject({ via: '10.0.0.2' })
    }
    expect(await ns.route.get('10.9.0.1')).toBeUndefined()
  })

  suite.test('ports that it cannot have', withPair, async ({ ns }) => {
    await ns.link.add({ kind: 'vrf', name: 'blue', vrf: { table: 10 } })
    await ns.link.add({ kind: 'vrf', name: 'red', vrf: { table: 20 } })
    await fails(ns.link.set('lo', { master: 'blue' }), 'EOPNOTSUPP')
    await fails(ns.link.set('red', { master: 'blue' }), 'EINVAL')
    expect(await ns.link.list({ master: 'blue' })).toEqual([])
  })

  suite.test('deleting it releases its ports; it cannot leave its namespace', withPair, async ({ ns, another }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
    await ns.link.set('v0', { master: 'blue' })
    await fails(ns.link.set('blue', { namespace: await another() }), 'EINVAL')
    await ns.link.delete('blue')
    expect(await ns.link.get('v0')).toMatchObject({ up: true })
    expect((await ns.link.get('v0'))?.master).toBeUndefined()
  })

  suite.test('packets: one address in two VRFs', ['packets vrf', ...withPair], async ({ ns, another }) => {
    const sides = [await another(), await another()]
    for (const [i, side] of sides.entries()) {
      await ns.link.add({ kind: 'vrf', name: `vrf${i}`, up: true, vrf: { table: 10 + i } })
      await ns.link.add({ kind: 'veth', name: `v${i}`, peer: { name: 'eth0', namespace: side, up: true }, up: true })
      await ns.link.set(`v${i}`, { master: `vrf${i}` })
      await ns.address.add({ link: `v${i}`, address: '10.0.0.1/24' })
      await side.address.add({ link: 'eth0', address: `10.0.0.${i + 2}/24` })
    }
    for (const side of sides) {
      expect(await eventually(() => side.ping({ address: '10.0.0.1', timeout: 1 }))).toMatchObject({ size: 64 })
    }
    for (const name of ['vrf0', 'vrf1']) {
      const counted = (await ns.link.get(name, { statistics: true }))?.statistics
      expect(counted?.rxPackets).toBeGreaterThan(0)
    }
  })

  suite.test(
    'packets: an address of the VRF itself, in both versions of IP',
    ['packets vrf', ...withPair],
    async ({ ns, another }) => {
      const side = await another()
      await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: side, up: true }, up: true })
      await ns.link.set('v0', { master: 'blue' })
      const rows = [
        ['10.0.0.1/24', '10.0.0.2/24', '10.9.0.1', 32, '10.0.0.1'],
        ['2001:db8::1/64', '2001:db8::2/64', '2001:db8:9::1', 128, '2001:db8::1'],
      ] as const
      for (const [near, far, own, length, via] of rows) {
        const noDad = near.includes(':') ? { noDad: true } : {}
        await ns.address.add({ link: 'v0', address: near, ...noDad })
        await side.address.add({ link: 'eth0', address: far, ...noDad })
        await ns.address.add({ link: 'blue', address: `${own}/${length}`, ...noDad })
        await side.route.add({ destination: `${own}/${length}`, via })
        for (const address of [via, own]) {
          expect(await eventually(() => side.ping({ address, timeout: 1 }))).toMatchObject({ address })
        }
      }
      // Outside of the VRF none of it is known.
      await fails(ns.ping({ address: '10.0.0.2', timeout: 0.5 }), 'ENETUNREACH')
    },
  )

  suite.test(
    'packets: sockets that hear what comes by a VRF are bound to it or to its port; others where they may',
    ['packets vrf', 'socket', 'sysctl', ...withPair],
    async ({ ns, another, defer }) => {
      const side = await another()
      await ns.link.add({ kind: 'vrf', name: 'blue', up: true, vrf: { table: 10 } })
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: side, up: true }, up: true })
      await ns.link.set('v0', { master: 'blue' })
      await ns.address.add({ link: 'v0', address: '10.0.0.1/24' })
      await side.address.add({ link: 'eth0', address: '10.0.0.2/24' })
      await eventually(() => side.ping({ address: '10.0.0.1', timeout: 1 }))
      const open = opener(defer)
      const client = await open(side, { kind: 'udp4' })
      client.connect({ address: '10.0.0.1', port: 5300 })
      const isHeard = async (link?: string) => {
        const socket = await open(ns, { kind: 'udp4', ...(link === undefined ? {} : { link }) })
        socket.bind({ port: 5300 })
        await client.send(octets('ask'))
        // Either comes there, or an error comes back.
        const heard = await eventually(() => present(socket.take() ?? refusalOf(client)))
        await socket.close()
        return typeof heard === 'string' ? heard : textOf(heard)
      }
      expect(await isHeard('blue')).toBe('ask')
      expect(await isHeard('v0')).toBe('ask')
      expect(await isHeard()).toBe('ECONNREFUSED')
      await ns.sysctl.set('net.ipv4.udp_l3mdev_accept', 1)
      expect(await isHeard()).toBe('ask')
      const raw = await open(ns, { kind: 'raw4', protocol: 253 })
      await (await open(side, { kind: 'raw4', protocol: 253 })).send(octets('raw'), { address: '10.0.0.1' })
      expect((await received(raw)).data.subarray(20)).toEqual(octets('raw'))
    },
  )
}

/** The code of the error that came back to a socket. */
function refusalOf(socket: NetworkSocket): string | undefined {
  try {
    socket.take()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

/** The tables of the routes to the network and to the address of `v0`. */
async function tablesOf(ns: Namespace): Promise<(string | undefined)[]> {
  const routes = await ns.route.list({ table: 'all', family: 4 })
  return ['10.0.0.0/24', '10.0.0.1/32'].map((destination) => {
    const found = routes.filter((route) => route.destination === destination)
    return found.length === 1 ? String(found[0]?.table) : `${found.length} routes`
  })
}
