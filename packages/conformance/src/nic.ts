/** NICs: what is behind links, what lies beneath them, and who named them (`ethtool`). @module */
import type { Namespace, Nic, NicFeature } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, present } from './expectation.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** Registers the tests. */
export function nic(suite: Suite): void {
  const veth = ['nic', 'link veth'] as const

  suite.test('a veth: its driver, its speed, its peer; software made it', veth, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'eth7', mac: mac(7), peer: { name: 'peer' } })
    const told = await nicOf(ns, 'eth7')
    const { index } = present(await ns.link.get('eth7'))
    const peer = present(await ns.link.get('peer'))
    expect(told).toMatchObject({
      index,
      name: 'eth7',
      kind: 'veth',
      type: 'ether',
      physical: false,
      because: 'software makes links of kind veth',
      wireless: false,
      driver: 'veth',
      version: '1.0',
      mac: mac(7),
      up: false,
      carrier: false,
      speed: 10_000,
      duplex: 'full',
      txQueues: present(await ns.link.get('eth7')).txQueues,
      beneath: { index: peer.index, name: 'peer' },
      naming: { names: {} },
    })
    for (const field of ['device', 'firmware', 'permanentMac', 'elsewhere', 'busAddress'])
      expect(told, field).not.toHaveProperty(field)
    expect(told.beneath).not.toHaveProperty('namespaceId')
    await ns.link.set('eth7', { up: true })
    expect((await nicOf(ns, 'eth7')).carrier).toBe(false)
    await ns.link.set('peer', { up: true })
    await eventually(async () => expect(await nicOf(ns, 'eth7')).toMatchObject({ up: true, carrier: true }))
  })

  suite.test('by index, by alternative name, and not at all', veth, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const { index } = present(await ns.link.get('v0'))
    await ns.link.set('v0', { addAltNames: ['uplink-of-the-house'] })
    for (const link of [index, 'uplink-of-the-house'])
      expect(await ns.nic.get(link)).toMatchObject({ index, name: 'v0', altNames: ['uplink-of-the-house'] })
    expect(await ns.nic.get('nope')).toBeUndefined()
    expect(await ns.nic.get(9999)).toBeUndefined()
  })

  suite.test('the loopback and a bridge', ['nic', 'link bridge'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0' })
    expect(await nicOf(ns, 'lo')).toMatchObject({
      type: 'loopback',
      physical: false,
      because: 'the loopback of its namespace',
    })
    expect(await nicOf(ns, 'lo')).not.toHaveProperty('driver')
    const bridge = await nicOf(ns, 'br0')
    expect(bridge).toMatchObject({ kind: 'bridge', physical: false, driver: 'bridge', version: '2.3' })
    // Drivers that have no firmware say N/A.
    for (const field of ['firmware', 'busAddress', 'beneath']) expect(bridge, field).not.toHaveProperty(field)
  })

  suite.test('a TAP: its driver tells it apart from a TUN', ['nic', 'link tap', 'link tun'], async ({ ns }) => {
    await ns.link.add({ kind: 'tap', name: 'tap0' })
    await ns.link.add({ kind: 'tun', name: 'tun0' })
    expect(await nicOf(ns, 'tap0')).toMatchObject({ kind: 'tap', driver: 'tun', version: '1.6', busAddress: 'tap' })
    expect(await nicOf(ns, 'tun0')).toMatchObject({ kind: 'tun', driver: 'tun', type: 'none', busAddress: 'tun' })
  })

  suite.test('what lies beneath a macvtap', ['nic', 'link macvtap', 'link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'macvtap', name: 'm0', parent: 'v0' })
    const { index } = present(await ns.link.get('v0'))
    const told = { driver: 'macvlan', version: '0.1', speed: 10_000, beneath: { index, name: 'v0' } }
    expect(await nicOf(ns, 'm0')).toMatchObject(told)
  })

  suite.test('what lies beneath a VLAN', ['nic', 'link vlan', 'link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'eth0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'vlan', name: 'eth0.5', parent: 'eth0', vlan: { id: 5 } })
    expect(await nicOf(ns, 'eth0.5')).toMatchObject({
      driver: '802.1Q VLAN Support',
      version: '1.8',
      speed: 10_000,
      beneath: { name: 'eth0' },
      naming: { names: {} },
    })
  })

  const apart = ['nic', 'link veth', 'namespace named'] as const
  suite.test('the other end is in a namespace with a name', apart, async ({ host, ns, namespaceName }) => {
    const name = namespaceName()
    await host.namespace.add(name)
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'far', namespace: name } })
    const far = await host.namespace.open(name)
    const { index } = present(await far.link.get('far'))
    const { beneath } = await nicOf(ns, 'v0')
    expect(beneath).toMatchObject({ index, name: 'far', namespace: name })
    expect(beneath?.namespaceId).toBe(present(await ns.link.get('v0')).linkNamespaceId)
    await far.close()
  })

  suite.test('the other end is in a namespace without a name', veth, async (context) => {
    const { ns } = context
    const other = await context.another()
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'far', namespace: other.ref } })
    const { index } = present(await other.link.get('far'))
    const { beneath } = await nicOf(ns, 'v0')
    expect(beneath).toEqual({ index, namespaceId: present(await ns.link.get('v0')).linkNamespaceId })
  })

  suite.test('listed in the order of links, those that are software apart', veth, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const links = await ns.link.list()
    const here = (nics: readonly Nic[]) => nics.filter(({ index }) => index !== undefined)
    const all = await ns.nic.list()
    expect(here(all).map(({ name }) => name)).toEqual(links.map(({ name }) => name))
    expect(here(await ns.nic.list({ physical: false }))).toHaveLength(links.length)
    expect(here(await ns.nic.list({ physical: true }))).toEqual([])
    // Devices without a link here, such as cards of the machine, come last.
    for (const one of all.slice(links.length)) {
      expect(one).not.toHaveProperty('name')
      expect(one.device, one.because).toBeDefined()
    }
    for (const one of here(all)) expect(await ns.nic.get(one.index as number)).toEqual(one)
  })

  suite.test('NICs that go away while they are listed are left out', veth, async ({ ns }) => {
    for (const i of [0, 1, 2, 3]) await ns.link.add({ kind: 'veth', name: `a${i}`, peer: { name: `b${i}` } })
    const going = [0, 1, 2, 3].map((i) => ns.link.delete(`a${i}`))
    const lists = await Promise.all([ns.nic.list(), ns.nic.list({ physical: false }), ns.nic.list()])
    await Promise.all(going)
    const listed = lists.flat().filter(({ kind }) => kind === 'veth')
    for (const { name } of listed) expect(name).toMatch(/^[ab][0-3]$/)
    expect((await ns.nic.list({ physical: false })).filter(({ kind }) => kind === 'veth')).toEqual([])
  })

  suite.test('what is configured: addresses, gateways, and who set them', veth, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    await ns.address.add({ link: 'v0', address: '10.0.0.2/24' })
    await ns.address.add({ link: 'v0', address: '10.7.0.9/24', validLifetime: 600, preferredLifetime: 300 })
    await ns.address.add({ link: 'v0', address: '2001:db8::2/64', noDad: true })
    await ns.route.add({ destination: 'default', via: '10.0.0.1' })
    await ns.route.add({ destination: 'default', via: '10.7.0.1', metric: 100, protocol: 'dhcp' })
    expect(await nicOf(ns, 'v0')).not.toHaveProperty('settings')
    const { settings } = present(await ns.nic.get('v0', { settings: true }))
    expect(settings).toMatchObject({ method4: 'dhcp', method6: 'static' })
    expect(settings?.addresses).toContainEqual({
      address: '10.0.0.2/24',
      family: 4,
      origin: 'static',
      because: 'its life has no end, and no lease of it is known',
    })
    const leased = settings?.addresses.find(({ address }) => address === '10.7.0.9/24')
    expect(leased).toMatchObject({ origin: 'dhcp', because: 'its life has an end, as that of a lease' })
    expect(leased?.validLifetime).toBeGreaterThan(500)
    expect(settings?.addresses.find(({ address }) => address.startsWith('fe80:'))).toMatchObject({
      origin: 'link-local',
    })
    expect(settings?.gateways).toEqual([
      { via: '10.0.0.1', family: 4, origin: 'static', because: 'its route is of protocol boot' },
      { via: '10.7.0.1', family: 4, metric: 100, origin: 'dhcp', because: 'its route is of protocol dhcp' },
    ])
    expect(settings).not.toHaveProperty('lease')
    expect(present(await ns.nic.get('v1', { settings: true })).settings).toMatchObject({ gateways: [] })
  })

  suite.test('what a driver can do by itself', ['nic features', ...veth], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    const { features = [] } = await nicOf(ns, 'v0')
    expect(features.find(({ name }) => name === 'tx-checksum-ip-generic')).toEqual({
      name: 'tx-checksum-ip-generic',
      active: true,
      fixed: false,
    })
    expect(features.find(({ name }) => name === 'tx-checksum-fcoe-crc')).toEqual({
      name: 'tx-checksum-fcoe-crc',
      active: false,
      fixed: true,
    })
  })

  const vlan = ['nic features', ...veth, 'link vlan', 'link bond', 'link dummy'] as const
  suite.test('what a link can do is what those beneath it leave of it', vlan, async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await ns.link.add({ kind: 'dummy', name: 'd0' })
    await ns.link.add({ kind: 'bond', name: 'b0' })
    const segmentation = 'tx-tcp-segmentation'
    for (const [parent, active] of [
      ['v0', true],
      ['d0', false],
    ] as const) {
      await ns.link.add({ kind: 'vlan', name: `${parent}.5`, parent, vlan: { id: 5 } })
      const state = active ? { active } : { active, requested: true }
      expect(await feature(ns, `${parent}.5`, segmentation)).toEqual({ name: segmentation, fixed: false, ...state })
    }
    expect(await feature(ns, 'b0', segmentation)).toMatchObject({ active: false, requested: true })
    await ns.link.set('d0', { master: 'b0' })
    expect(await feature(ns, 'b0', segmentation)).toEqual({ name: segmentation, fixed: false, active: true })
    // What nobody may do under a VLAN or in a bridge.
    expect(await feature(ns, 'b0', 'rx-lro')).toMatchObject({ active: true })
    await ns.link.add({ kind: 'vlan', name: 'b0.5', parent: 'b0', vlan: { id: 5 } })
    expect(await feature(ns, 'b0', 'rx-lro')).toEqual({ name: 'rx-lro', active: false, fixed: false })
  })

  suite.test('queues of a driver', ['nic features', ...veth], async ({ ns }) => {
    await ns.link.add({ kind: 'veth', name: 'v0', txQueues: 4, peer: { name: 'v1' } })
    const { channels, rings } = await nicOf(ns, 'v0')
    expect(channels?.tx).toEqual({ now: 4, most: 4 })
    expect(channels?.rx).toMatchObject({ now: 1 })
    expect(rings).toBeUndefined()
    expect((await nicOf(ns, 'lo')).channels).toBeUndefined()
  })

  const tap = ['nic features', 'nic', 'tun port', 'tun offload', 'link tap'] as const
  suite.test('what the program at a TAP takes is what its driver can', tap, async ({ ns }) => {
    const names = ['tx-checksum-ip-generic', 'tx-tcp-segmentation', 'tx-tcp6-segmentation']
    const active = async () => Promise.all(names.map(async (name) => (await feature(ns, 't0', name)).active))
    await using first = await ns.openTap({ name: 't0', persistent: true, offloads: { tso4: true } })
    expect(await active()).toEqual([true, true, false])
    await first.close()
    expect(await active()).toEqual([true, true, false])
    await using plain = await ns.openTap({ name: 't0' })
    expect(await active()).toEqual([false, false, false])
    expect(plain.offloads).toBeUndefined()
  })
}

async function feature(ns: Namespace, link: string, name: string): Promise<NicFeature> {
  const { features = [] } = await nicOf(ns, link)
  return present(features.find((one) => one.name === name))
}

/** A NIC that is there. */
const nicOf = async (ns: Namespace, link: string): Promise<Nic> => present(await ns.nic.get(link))
