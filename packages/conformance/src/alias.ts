/** Alias sub-interfaces such as `eth0:1` (`IFA_LABEL`): made, listed under their link, deleted one at a time. @module */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, refuses } from './expectation.js'
import { stateAtRest } from './rest.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'

/** Registers the tests of aliases. */
export function alias(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const
  const names = async (ns: Namespace, link = 'br0') => (await ns.alias.list({ link })).map((one) => one.name)
  const addresses = async (ns: Namespace) =>
    (await ns.address.list({ link: 'br0', family: 4 })).map((one) => `${one.address} ${one.label}`)

  suite.test('added, and listed under their link in order', needs, async ({ ns }) => {
    await addPair(ns)
    const { index } = await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.alias.add({ name: 'br0:1', address: '10.0.1.1/24', broadcast: true })
    await ns.alias.add({ name: 'v0:web', address: '10.0.2.1/24' })
    await ns.address.add({ link: 'br0', address: '10.0.3.1/24', label: 'br0:2' })
    await ns.address.add({ link: 'br0', address: '10.0.4.1/24', label: 'br00:1' })
    const expected = [
      { name: 'br0:1', link: index, up: true, address: '10.0.1.1', prefixLength: 24, broadcast: '10.0.1.255' },
      { name: 'br0:2', link: index, up: true, address: '10.0.3.1', label: 'br0:2' },
    ]
    expect(await ns.alias.list({ link: 'br0' })).toMatchObject(expected)
    expect((await ns.alias.list()).map(({ name }) => name)).toEqual(['v0:web', 'br0:1', 'br0:2'])
    expect(await ns.link.get('br0:1'), 'an alias is no link').toBeUndefined()
  })

  suite.test('of secondary addresses exactly one is deleted', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    for (const last of [2, 3]) await ns.alias.add({ name: `br0:${last}`, address: `10.0.0.${last}/24` })
    await ns.alias.delete('br0:2')
    expect(await addresses(ns)).toEqual(['10.0.0.1 br0', '10.0.0.3 br0:3'])
  })

  suite.test('of a primary address too: what the kernel drops along with it is made again', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.alias.add({ name: 'br0:1', address: '10.0.0.1/24' })
    await ns.address.add({ link: 'br0', address: '10.0.0.2/24', metric: 7, scope: 'global' })
    await ns.alias.add({ name: 'br0:3', address: '10.0.0.3/24', broadcast: true })
    await ns.neighbour.add({ link: 'br0', address: '10.0.0.9', mac: mac(9) })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.9', source: '10.0.0.2' })
    await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.9', source: '10.0.0.1' })
    await ns.alias.delete('br0:1')
    expect(await ns.address.list({ link: 'br0', family: 4 })).toMatchObject([
      { address: '10.0.0.2', label: 'br0', metric: 7, flags: ['permanent'] },
      { address: '10.0.0.3', label: 'br0:3', broadcast: '10.0.0.255', flags: ['secondary', 'permanent'] },
    ])
    const routes = (await ns.route.list({ family: 4 })).map(({ destination, source }) => `${destination} ${source}`)
    expect(routes.sort()).toEqual(['10.0.0.0/24 10.0.0.2', '10.8.0.0/16 10.0.0.2'])
    expect(await ns.neighbour.list({ link: 'br0', state: 'permanent' })).toMatchObject([{ address: '10.0.0.9' }])
  })

  suite.test('the same where the kernel promotes secondary addresses', [...needs, 'namespace exec'], async (test) => {
    const { ns } = test
    await addBridge(ns)
    const promote = 'echo 1 > /proc/sys/net/ipv4/conf/br0/promote_secondaries'
    const set = await (await ns.run({ command: 'sh', args: ['-c', promote], stdio: 'pipe' })).ended
    if (set.code !== 0) test.skip(`lacks capability: a writable /proc/sys (${set.stderr.trim()})`)
    for (const last of [1, 2, 3]) await ns.alias.add({ name: `br0:${last}`, address: `10.0.0.${last}/24` })
    await ns.alias.delete('br0:1')
    expect(await addresses(ns)).toEqual(['10.0.0.2 br0:2', '10.0.0.3 br0:3'])
  })

  suite.test('other networks and other lengths stay untouched', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.alias.add({ name: 'br0:1', address: '10.0.0.1/24' })
    await ns.alias.add({ name: 'br0:2', address: '10.0.0.2/16' })
    await ns.alias.add({ name: 'br0:3', address: '10.1.0.1', peer: '10.2.0.1' })
    await ns.alias.delete({ name: 'br0:1', address: '10.0.0.1/24' })
    expect(await names(ns)).toEqual(['br0:2', 'br0:3'])
    await ns.alias.delete('br0:3')
    expect(await names(ns)).toEqual(['br0:2'])
  })

  suite.test('a name that several addresses carry needs the address too', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const net of [1, 2]) await ns.address.add({ link: 'br0', address: `10.0.${net}.1/24`, label: 'br0:1' })
    const error = await fails(ns.alias.delete('br0:1'), 'ENOTUNIQ')
    expect(error).toMatchObject({ operation: 'alias delete', subject: 'br0:1' })
    expect(error.hint).toContain('10.0.1.1/24 or 10.0.2.1/24')
    await ns.alias.delete({ name: 'br0:1', address: '10.0.2.1/24' })
    expect(await addresses(ns)).toEqual(['10.0.1.1 br0:1'])
    expect((await fails(ns.alias.delete({ name: 'br0:1', address: '10.0.2.1/24' }), 'EADDRNOTAVAIL')).hint).toContain(
      '10.0.1.1/24',
    )
  })

  suite.test('refusals: no link, no alias, a name or an address that is taken', needs, async ({ ns }) => {
    await addBridge(ns)
    const spec = { name: 'br0:1', address: '10.0.0.1/24' }
    await ns.alias.add(spec)
    const cases: readonly [Promise<unknown>, string, string, string][] = [
      [ns.alias.add({ ...spec, name: 'nope:1' }), 'ENODEV', 'alias add', 'nope:1'],
      [ns.alias.delete('nope:1'), 'ENODEV', 'alias delete', 'nope:1'],
      [ns.alias.list({ link: 'nope' }), 'ENODEV', 'alias list', 'nope'],
      [ns.alias.list({ link: 4711 }), 'ENODEV', 'alias list', '#4711'],
      [ns.alias.delete('br0:9'), 'EADDRNOTAVAIL', 'alias delete', 'br0:9'],
      [ns.alias.add({ ...spec, address: '10.0.1.1/24' }), 'EEXIST', 'alias add', 'br0:1'],
      [ns.alias.add({ ...spec, name: 'br0:2' }), 'EEXIST', 'alias add', 'br0:2'],
    ]
    for (const [call, code, operation, subject] of cases) {
      const error = await failure(call)
      expect(error).toMatchObject({ code, operation, subject })
      expect(error.hint, `${operation} ${subject}`).toBeTruthy()
    }
    await ns.link.set('br0', { addAltNames: ['uplink'] })
    const error = await fails(ns.alias.add({ name: 'uplink:1', address: '10.0.5.1/24' }), 'EINVAL')
    expect(error.hint).toContain('alternative name of br0')
    expect(await addresses(ns)).toEqual(['10.0.0.1 br0:1'])
  })

  suite.test('bad names and addresses are refused before the backend is asked', [], async ({ ns }) => {
    const address = '10.0.0.1/24'
    for (const name of ['br0', 'br0:', ':1', 'b r:1', 'br0:a b', '', 'br0:123456789012', 7, undefined]) {
      await refuses(ns.alias.add({ name: name as string, address }))
      await refuses(ns.alias.delete(name as string))
    }
    for (const spec of [
      { address: 'fd00::1/64' },
      { address: 'x' },
      {},
      { address, link: 'br0' },
      { address, up: true },
    ])
      await refuses(ns.alias.add({ name: 'br0:1', ...spec } as never))
    await refuses(ns.alias.delete({ name: 'br0:1', address: 'fd00::1/64' }))
    await refuses(ns.alias.list({ name: 'br0:1' } as never))
    const error = await refuses(ns.alias.add({ name: 'br0:123456789012', address }))
    expect(error).toMatchObject({ operation: 'alias add', subject: 'br0:123456789012', attribute: 'spec.name' })
  })

  suite.test('down and up with its link; gone with its link; renamed with its link', needs, async ({ ns }) => {
    await addBridge(ns)
    await ns.address.add({ link: 'br0', address: '10.0.0.1/24' })
    await ns.alias.add({ name: 'br0:1', address: '10.0.1.1/24' })
    const networks = async () => (await ns.route.list({ family: 4 })).map(({ destination }) => destination).sort()
    expect(await networks()).toEqual(['10.0.0.0/24', '10.0.1.0/24'])
    await ns.link.set('br0', { up: false })
    expect(await ns.alias.list()).toMatchObject([{ name: 'br0:1', up: false, address: '10.0.1.1' }])
    expect(await networks()).toEqual([])
    await ns.link.set('br0', { up: true })
    expect(await ns.alias.list()).toMatchObject([{ name: 'br0:1', up: true }])
    expect(await networks()).toEqual(['10.0.0.0/24', '10.0.1.0/24'])
    await ns.link.set('br0', { up: false })
    await ns.link.set('br0', { name: 'br1' })
    expect(await names(ns, 'br1')).toEqual(['br1:1'])
    await ns.link.delete('br1')
    expect(await ns.alias.list()).toEqual([])
  })

  suite.test('a transaction takes back what was done to aliases', needs, async ({ ns }) => {
    await addBridge(ns)
    for (const last of [1, 2, 3]) await ns.alias.add({ name: `br0:${last}`, address: `10.0.0.${last}/24` })
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.9' })
    const before = await stateAtRest(ns)
    const stop = new Error('changed my mind')
    const error = await failure(
      ns.transaction(async (change) => {
        await change.alias.delete('br0:1')
        await change.alias.add({ name: 'br0:4', address: '10.0.0.4/24' })
        expect(await names(ns)).toEqual(['br0:2', 'br0:3', 'br0:4'])
        throw stop
      }),
    )
    expect(error.cause).toBe(stop)
    expect(error.notUndone).toBeUndefined()
    expect(await stateAtRest(ns)).toEqual(before)
  })

  suite.test('ifconfig and ip see the same aliases', [...needs, 'namespace exec'], async ({ ns, skip }) => {
    const run = async (command: string, ...args: string[]) => {
      const program = await ns.run({ command, args, stdio: 'pipe' })
      return (await program.ended).stdout
    }
    const has = await (await ns.run({ command: 'sh', args: ['-c', 'busybox ifconfig && command -v ip'] })).ended
    if (has.code !== 0) skip('lacks capability: ip and the ifconfig of busybox')
    await addBridge(ns)
    await ns.alias.add({ name: 'br0:1', address: '10.0.1.1/24', broadcast: true })
    expect(await run('busybox', 'ifconfig', 'br0:1')).toMatch(
      /^br0:1 .*\n +inet addr:10\.0\.1\.1 +Bcast:10\.0\.1\.255 [\s\S]*\bUP\b/,
    )
    await run('busybox', 'ifconfig', 'br0:2', '10.0.2.1', 'netmask', '255.255.255.0')
    expect(await ns.alias.list()).toMatchObject([
      { name: 'br0:1', address: '10.0.1.1', prefixLength: 24 },
      { name: 'br0:2', address: '10.0.2.1', prefixLength: 24, broadcast: '10.0.2.255' },
    ])
    const [link] = JSON.parse(await run('ip', '-j', '-4', 'address', 'show', 'br0'))
    expect(link.addr_info.map((one: { label: string }) => one.label)).toEqual(await names(ns))
    await ns.link.set('br0', { up: false })
    expect(await run('busybox', 'ifconfig', 'br0:1')).not.toMatch(/\bUP\b/)
    await run('busybox', 'ifconfig', 'br0:2', 'down')
    expect(await names(ns)).toEqual(['br0:1'])
  })

  suite.test(
    'traffic: every address answers while the link is up, and goes by itself',
    ['packets', 'link veth'],
    async ({ ns, another }) => {
      const there = await another()
      await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', namespace: there, up: true } })
      await there.address.add({ link: 'v1', address: '10.0.0.100/24' })
      await ns.alias.add({ name: 'v0:1', address: '10.0.0.1/24' })
      await ns.address.add({ link: 'v0', address: '10.0.0.2/24' })
      await ns.alias.add({ name: 'v0:3', address: '10.0.0.3/24' })
      const all = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
      const answers = async (address: string) =>
        eventually(async () => expect((await there.ping({ address, timeout: 2 })).address).toBe(address))
      // ENOBUFS: with its peer down v1 has no carrier, and what is sent is dropped there.
      const silent = async (address: string) =>
        fails(there.ping({ address, timeout: 0.3 }), ['ETIMEDOUT', 'EHOSTUNREACH', 'ENOBUFS'])
      for (const address of all) await answers(address)
      await ns.link.set('v0', { up: false })
      expect(await ns.alias.list({ link: 'v0' })).toMatchObject([{ up: false }, { up: false }])
      for (const address of all) await silent(address)
      await ns.link.set('v0', { up: true })
      for (const address of all) await answers(address)
      // The primary address of the network goes; without care the kernel drops the other two with it.
      await ns.alias.delete('v0:1')
      await answers('10.0.0.2')
      await answers('10.0.0.3')
      await silent('10.0.0.1')
      await ns.alias.delete('v0:3')
      await answers('10.0.0.2')
      await silent('10.0.0.3')
    },
  )
}
