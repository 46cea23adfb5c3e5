/** A NIC that becomes a port of a bridge with all that it has, and the way back (`ip link`, `ip address`, `ip route`, `ip neighbour`, `ip rule`). @module */
import type { Address, BridgeAdoptSpec, BridgeReleaseSpec, Namespace, Route } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { type EchoCount, echoClient, echoServer } from './echo-program.js'
import { eventually, failure, present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** A host with a NIC `eth0` that has one of everything, a second link, and a router at the other end of the NIC. */
async function host({ ns, another }: Pick<Context, 'ns' | 'another'>): Promise<Namespace> {
  const router = await another()
  await ns.link.set('lo', { up: true })
  await router.link.set('lo', { up: true })
  const peer = { name: 'wan', mac: mac(2), up: true, namespace: router }
  await ns.link.add({ kind: 'veth', name: 'eth0', mac: mac(1), mtu: 1400, up: true, peer })
  await ns.link.add({ kind: 'veth', name: 'eth1', up: true, peer: { name: 'other', up: true } })
  await ns.address.add({ link: 'eth1', address: '10.7.0.5/24' })
  for (const address of ['10.0.0.1/24', '2001:db8::1/64'])
    await router.address.add({ link: 'wan', address, ...(address.includes(':') ? { noDad: true } : {}) })
  await ns.address.add({ link: 'eth0', address: '10.0.0.5/24', broadcast: true })
  await ns.address.add({ link: 'eth0', address: '10.0.0.6/24', label: 'eth0:six' })
  await ns.address.add({ link: 'eth0', address: '10.0.0.7/24', label: 'other', validLifetime: 5000 })
  await ns.address.add({ link: 'eth0', address: '10.1.0.5/24', noPrefixRoute: true, metric: 7 })
  await ns.address.add({ link: 'eth0', address: '10.2.0.5/32', peer: '10.2.0.6/32' })
  await ns.address.add({ link: 'eth0', address: '2001:db8::5/64', noDad: true })
  await ns.address.add({ link: 'eth0', address: '2001:db8:1::5/64', validLifetime: 6000, preferredLifetime: 500 })
  await eventually(async () => {
    for (const { flags } of await ns.address.list({ link: 'eth0' })) expect(flags).not.toContain('tentative')
  })
  await ns.route.add({
    destination: '10.1.0.0/24',
    link: 'eth0',
    protocol: 'kernel',
    scope: 'link',
    source: '10.1.0.5',
    metric: 100,
  })
  await ns.route.add({ destination: 'default', via: '10.0.0.1', metric: 50, source: '10.0.0.5' })
  await ns.route.add({ destination: 'default', via: '10.0.0.1', table: 100 })
  await ns.route.add({ destination: 'default', family: 6, via: '2001:db8::1' })
  await ns.route.add({ destination: '10.8.0.0/16', link: 'eth0', scope: 'link', metrics: { mtu: 1300 } })
  await ns.route.add({ destination: '10.9.0.0/16', via: '10.8.0.1', tos: 16 })
  await ns.route.add({
    destination: '10.6.0.0/16',
    nextHops: [{ via: '10.7.0.1' }, { via: '10.0.0.1', weight: 3 }],
  })
  await ns.route.add({ destination: '10.5.0.0/16', via: '10.7.0.1' })
  await ns.neighbour.add({ link: 'eth0', address: '10.0.0.9', mac: mac(9) })
  await ns.neighbour.add({ link: 'eth0', address: '10.0.0.10', proxy: true })
  await ns.rule.add({ priority: 70, inputLink: 'eth0', table: 100 })
  return router
}

/** All that matters of the state, with links by name. */
async function stateOf(ns: Namespace) {
  const links = await ns.link.list()
  const names = new Map(links.map(({ index, name }) => [index, name]))
  const nameOf = (index: number | undefined) => (index === undefined ? undefined : (names.get(index) ?? `#${index}`))
  const address = ({ validLifetime, preferredLifetime, other: _, link, ...one }: Address) => ({
    ...one,
    link: nameOf(link),
    // Seconds that pass do not matter.
    validLifetime: Math.ceil(validLifetime / 100),
    preferredLifetime: Math.ceil(preferredLifetime / 100),
  })
  const route = ({ link, nextHops, other: _, expires = 0, ...one }: Route) => ({
    ...one,
    expires: Math.ceil(expires / 100),
    link: nameOf(link),
    nextHops: nextHops.map((hop) => ({ ...hop, link: nameOf(hop.link) })),
  })
  const inOrder = (list: readonly object[]) => list.map((one) => JSON.stringify(one, Object.keys(one).sort())).sort()
  return {
    links: links.map(({ name, mac, master, mtu, up }) => ({ name, mac, master: nameOf(master), mtu, up })),
    addresses: (await ns.address.list()).filter(({ protocol }) => protocol !== 'kernel_ll').map(address),
    routes: (await ns.route.list({ table: 'all' })).filter(isOfHosts).map(route),
    neighbours: inOrder(
      (await ns.neighbour.list({ state: 'permanent' })).map((one) => [nameOf(one.link), one.address]),
    ),
    proxies: inOrder((await ns.neighbour.list({ proxy: true })).map((one) => [nameOf(one.link), one.address])),
    rules: (await ns.rule.list()).map(({ priority, inputLink, table }) => [priority, inputLink, table]),
  }
}

/** Routes to groups and to link-local addresses come and go with carriers. */
const isOfHosts = ({ destination, type }: Route): boolean => type !== 'multicast' && !/^f[ef]/.test(destination)

/** Registers the tests. */
export function bridgeAdopt(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.test('the bridge has all that the NIC had; the way back gives it back', needs, async (context) => {
    const { ns } = context
    await host(context)
    const before = await stateOf(ns)
    const nic = present(await ns.link.get('eth0'))
    const wasThere = await ns.address.list({ link: 'eth0' })
    const moved = await ns.bridge.adopt({ link: 'eth0' })
    const addresses = wasThere.filter(({ protocol }) => protocol !== 'kernel_ll')
    expect(moved).toEqual({
      link: 'eth0',
      bridge: 'br0',
      changed: true,
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      routes: 7,
      neighbours: 2,
      rules: 1,
    })
    const bridge = present(await ns.link.get('br0'))
    expect(bridge).toMatchObject({ kind: 'bridge', mac: nic.mac, mtu: 1400, up: true })
    expect(await ns.link.get('eth0')).toMatchObject({ master: bridge.index, mac: nic.mac })
    expect((await ns.address.list({ link: 'eth0' })).filter(({ scope }) => scope !== 'link')).toEqual([])
    expect((await ns.route.list({ link: 'eth0', table: 'all' })).filter(isOfHosts)).toEqual([])
    // All else is the same under the other name.
    const { links: _, ...after } = await stateOf(ns)
    const { links: __, ...wanted } = JSON.parse(JSON.stringify(before).replaceAll('eth0', 'br0'))
    expect(sorted(after)).toEqual(sorted(wanted))

    const back = await ns.bridge.release({ link: 'eth0', deleteBridge: true })
    expect(back).toMatchObject({ link: 'eth0', bridge: 'br0', changed: true, routes: 7, neighbours: 2, rules: 1 })
    expect(await ns.link.get('br0')).toBeUndefined()
    expect(sorted(await stateOf(ns))).toEqual(sorted(before))
  })

  suite.test('hosts answer before, meanwhile and afterwards', [...needs, 'packets'], async (context) => {
    const { ns } = context
    const router = await host(context)
    // A question to a neighbour may be lost while the bridge comes up, and is asked again.
    const answers = async () => {
      for (const address of ['10.0.0.1', '2001:db8::1']) await eventually(() => ns.ping(address))
      for (const address of ['10.0.0.5', '10.0.0.6', '2001:db8::5']) await eventually(() => router.ping(address))
    }
    await answers()
    const socket = await ns.openSocket({ kind: 'udp4' })
    context.defer(() => socket.close())
    socket.bind({ address: '10.0.0.5', port: 7000 })
    const far = await router.openSocket({ kind: 'udp4' })
    context.defer(() => far.close())
    far.bind({ address: '10.0.0.1', port: 7001 })
    const talk = async (word: number) => {
      await socket.send(Uint8Array.of(word), { address: '10.0.0.1', port: 7001 })
      const { data, from } = await far.receive()
      expect([...data]).toEqual([word])
      await far.send(Uint8Array.of(word + 1), from)
      expect([...(await socket.receive()).data]).toEqual([word + 1])
    }
    await talk(1)
    await ns.bridge.adopt({ link: 'eth0', bridge: 'lan' })
    await talk(3)
    await answers()
    await ns.bridge.release({ link: 'eth0' })
    await talk(5)
    await answers()
    // The bridge stays, empty.
    expect(await ns.link.get('lan')).toMatchObject({ kind: 'bridge' })
  })

  suite.test('a connection of TCP goes on', [...needs, 'namespace exec'], async (context) => {
    const { ns, defer } = context
    const router = await host(context)
    const server = await router.run(echoServer('10.0.0.1', 7000))
    defer(() => server.kill('SIGKILL'))
    const client = await ns.run(echoClient('10.0.0.1', 7000))
    defer(() => client.kill('SIGKILL'))
    const received = async () => (await router.link.get('wan', { statistics: true }))?.statistics?.rxPackets ?? 0
    /** Waits until thirty more packets have come from the NIC. */
    const goesOn = async () => {
      const before = await received()
      await eventually(async () => expect((await received()) - before).toBeGreaterThan(30))
    }
    await goesOn()
    await ns.bridge.adopt({ link: 'eth0' })
    await goesOn()
    await ns.bridge.release({ link: 'eth0', deleteBridge: true })
    await goesOn()
    client.kill('SIGTERM')
    const { stdout, stderr } = await client.ended
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ connections: 1, errors: [] } satisfies Partial<EchoCount>)
  })

  suite.test(
    'a bridge that is there takes the NIC beside its other ports, and keeps what it had',
    needs,
    async (context) => {
      const { ns } = context
      await host(context)
      await ns.link.add({ kind: 'bridge', name: 'lan' })
      await ns.link.add({ kind: 'veth', name: 'v0', master: 'lan', up: true, peer: { name: 'v1', up: true } })
      await ns.address.add({ link: 'lan', address: '10.77.0.1/24' })
      const moved = await ns.bridge.adopt({ link: present(await ns.link.get('eth0')).index, bridge: 'lan' })
      expect(moved).toMatchObject({ link: 'eth0', bridge: 'lan', changed: false })
      expect(await ns.link.get('lan')).toMatchObject({ mac: mac(1), up: true })
      const listed = async (link: string) => (await ns.address.list({ link, family: 4 })).map(({ address }) => address)
      expect(await listed('lan')).toEqual(
        ['10.77.0.1', '10.0.0.5', '10.0.0.6', '10.0.0.7', '10.1.0.5', '10.2.0.5'].sort(byListOf(await listed('lan'))),
      )
      const busy = await failure(ns.bridge.release({ link: 'eth0', deleteBridge: true }))
      expect(busy).toMatchObject({ code: 'EBUSY', operation: 'bridge release', subject: 'eth0' })
      expect(busy.hint).toContain('v0')
      await ns.bridge.release({ link: 'eth0' })
      expect(await listed('lan')).toEqual([])
      expect(await listed('eth0')).toHaveLength(6)
    },
  )

  suite.test('what cannot be, or should not, is refused before anything is done', needs, async (context) => {
    const { ns } = context
    await host(context)
    await ns.link.add({ kind: 'bridge', name: 'lan', bridge: { stp: true } })
    await ns.link.add({ kind: 'veth', name: 'v0', master: 'lan', up: true, peer: { name: 'v1', up: true } })
    const before = await stateOf(ns)
    const adoptions: readonly [spec: BridgeAdoptSpec, code: string, hint: string][] = [
      [{ link: 'nope' }, 'ENODEV', 'vnet link list'],
      [{ link: 'lo' }, 'EINVAL', 'loopback'],
      [{ link: 'lan', bridge: 'other' }, 'ELOOP', 'veth'],
      [{ link: 'v0' }, 'EBUSY', 'release'],
      [{ link: 'eth0', bridge: 'eth1' }, 'EINVAL', 'eth1 is no bridge'],
      [{ link: 'eth0', bridge: 'lan' }, 'EBUSY', '30 s'],
      [{ link: 'eth0', bridge: 9999 }, 'ENODEV', 'vnet bridge show'],
      [{ link: 'eth0', session: '10.0.0.1' }, 'EBUSY', 'force'],
      [{ link: 'eth0', session: '198.51.100.7' }, 'EBUSY', '198.51.100.7'],
      [{ link: 'eth0', session: '2001:db8:99::7' }, 'EBUSY', 'force'],
      [{ link: 'eth0', session: 'fe80::7%eth0' }, 'EBUSY', 'force'],
    ]
    for (const [spec, code, hint] of adoptions) {
      const error = await failure(ns.bridge.adopt(spec))
      expect(error, JSON.stringify(spec)).toMatchObject({ code, operation: 'bridge adopt' })
      expect(error.hint, JSON.stringify(spec)).toContain(hint)
    }
    const releases: readonly [spec: BridgeReleaseSpec, code: string, hint: string][] = [
      [{ link: 'nope' }, 'ENODEV', 'vnet link list'],
      [{ link: 'eth0' }, 'EINVAL', 'no port'],
      [{ link: 'lan' }, 'EINVAL', 'no port'],
    ]
    for (const [spec, code, hint] of releases) {
      const error = await failure(ns.bridge.release(spec))
      expect(error, JSON.stringify(spec)).toMatchObject({ code, operation: 'bridge release' })
      expect(error.hint, JSON.stringify(spec)).toContain(hint)
    }
    expect(await stateOf(ns)).toEqual(before)
    // By another link the session goes on; by this one only where that is meant.
    await ns.bridge.adopt({ link: 'eth0', session: '10.7.0.9' })
    expect(await failure(ns.bridge.release({ link: 'eth0', session: '10.0.0.1' }))).toMatchObject({ code: 'EBUSY' })
    await ns.bridge.release({ link: 'eth0', session: '10.0.0.1', force: true, deleteBridge: true })
    await ns.bridge.adopt({ link: 'eth0', session: '10.0.0.1', bridge: 'lan', force: true })
    expect((await ns.link.get('eth0'))?.master).toBe((await ns.link.get('lan'))?.index)
  })

  suite.test('what is no Ethernet link is no port', ['link bridge', 'link tun'], async ({ ns }) => {
    await ns.link.add({ kind: 'tun', name: 'tun0' })
    const error = await failure(ns.bridge.adopt({ link: 'tun0' }))
    expect(error).toMatchObject({ code: 'EINVAL', operation: 'bridge adopt', subject: 'tun0' })
    expect(error.hint).toContain('Ethernet')
  })

  suite.test('a NIC stays as it is where the like of its route leads by another link', needs, async (context) => {
    const { ns } = context
    await host(context)
    await ns.route.add({ destination: '10.4.0.0/24', link: 'eth0' })
    await ns.address.add({ link: 'eth1', address: '10.4.0.5/24' })
    const before = await stateOf(ns)
    const error = await failure(ns.bridge.adopt({ link: 'eth0' }))
    expect(error).toMatchObject({ code: 'EBUSY', operation: 'bridge adopt', subject: 'eth0' })
    expect(error.hint).toContain('10.4.0.0/24')
    expect(await stateOf(ns)).toEqual(before)
  })

  suite.test('a step that fails leaves all as it was', needs, async (context) => {
    const { ns } = context
    await host(context)
    await ns.link.add({ kind: 'bridge', name: 'lan' })
    // The bridge has an address of the NIC already: the last of those that would be added.
    await ns.address.add({ link: 'lan', address: '2001:db8:1::5/64', noDad: true })
    // A kernel makes the route to the address by and by, and there is one for the other link.
    const isReached = () =>
      eventually(async () => expect(await ns.route.list({ link: 'lan', table: 'local', family: 6 })).toHaveLength(1))
    await isReached()
    const before = await stateOf(ns)
    const error = await failure(ns.bridge.adopt({ link: 'eth0', bridge: 'lan' }))
    expect(error).toMatchObject({ code: 'VNET_TRANSACTION', operation: 'bridge adopt', subject: 'eth0' })
    expect(error.cause).toMatchObject({ code: 'EEXIST', operation: 'address add' })
    expect(error.notUndone).toBeUndefined()
    await isReached()
    const { links, ...after } = await stateOf(ns)
    const { links: were, ...wanted } = before
    expect(sorted(after)).toEqual(sorted(wanted))
    expect(links.map(({ name, master }) => [name, master])).toEqual(were.map(({ name, master }) => [name, master]))
  })
}

/** Each list in an order of its own: kernels list by link. */
const sorted = (state: object) =>
  Object.fromEntries(
    Object.entries(state).map(([name, list]) => [name, (list as object[]).map((one) => JSON.stringify(one)).sort()]),
  )

/** Sorts as another list is sorted: which of several networks comes first is the kernel's affair. */
const byListOf =
  (wanted: readonly string[]) =>
  (a: string, b: string): number =>
    wanted.indexOf(a) - wanted.indexOf(b)
