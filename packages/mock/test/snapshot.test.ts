/** A saved state is the same kernel again, and a damaged one is refused. @module */
import { type ArgumentFault, type Host, isArgumentError, openHost } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { type MockState, manualClock, mockDriver } from '../src/index.js'
import { type Lab, mac, openLab, stateOf } from './lab.js'

const through = (state: MockState): MockState => JSON.parse(JSON.stringify(state)) as MockState

/** One of everything. */
async function furnish({ host }: Lab): Promise<void> {
  await host.link.set('lo', { up: true })
  const blue = await host.namespace.add('blue')
  await host.link.add({ kind: 'bridge', name: 'br0', mac: mac(1), up: true, bridge: { stp: true, forwardDelay: 4 } })
  await host.link.add({
    kind: 'veth',
    name: 'v0',
    mac: mac(2),
    master: 'br0',
    up: true,
    peer: { name: 'eth0', mac: mac(3), namespace: 'blue', up: true },
  })
  await host.link.add({ kind: 'macvlan', name: 'm0', parent: 'br0', macvlan: { mode: 'source', macs: [mac(9)] } })
  await host.link.add({ kind: 'vlan', name: 'br0.5', parent: 'br0', vlan: { id: 5, egressQos: { 1: 2 } } })
  await host.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 42, remote: '10.0.0.9', link: 'br0' } })
  const ends = { local: '10.0.0.1', remote: '10.0.0.9' }
  await host.link.add({ kind: 'gre', name: 'gre1', up: true, gre: { ...ends, ikey: 5, link: 'br0' } })
  await host.link.add({ kind: 'geneve', name: 'gn0', geneve: { id: 1, remote: '10.0.0.9' } })
  await host.link.add({ kind: 'tap', name: 'tap0', tun: { multiQueue: true } })
  await host.link.set('tap0', { addAltNames: ['other'], alias: 'a tap', group: 4 })
  await host.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 100, preferredLifetime: 50 })
  await host.address.add({ link: 'br0', address: '10.0.1.1/24', label: 'br0:1' })
  await host.address.add({ link: 'br0', address: '2001:db8::1/64' })
  await host.route.add({ destination: '10.9.0.0/16', nextHops: [{ via: '10.0.1.2' }, { via: '10.0.1.3', weight: 4 }] })
  await host.route.add({ destination: '2001:db8:9::/48', link: 'br0', expires: 30 })
  await host.route.add({ destination: '10.8.0.0/16', type: 'blackhole', table: 77 })
  await host.rule.add({ from: '10.0.0.0/8', table: 77 })
  await host.mdb.add({ bridge: 'br0', port: 'v0', group: '239.1.2.3', state: 'temp' })
  await host.neighbour.add({ link: 'br0', address: '10.0.1.7', mac: mac(7), state: 'reachable' })
  await host.neighbour.add({ link: 'br0', address: '10.0.1.8', proxy: true })
  await host.fdb.add({ link: 'v0', mac: mac(0x20), master: true, state: 'static' })
  await host.fdb.add({ link: 'vx0', mac: mac(0x21), remote: '10.0.0.8' })
  await host.nat.add({ kind: 'masquerade', from: '10.9.0.0/16', except: ['10.9.1.0/24'] })
  await host.macFilter.set({ link: 'v0', allow: [mac(3), mac(9)], deny: [mac(9)] })
  await host.macFilter.set({ link: 'tap0', deny: [] })
  await host.ping('127.0.0.1')
  await blue.route.add({ destination: '10.7.0.0/16', link: 'eth0' })
  await blue.close()
}

describe('snapshot', () => {
  test('comes back the same, through JSON', async () => {
    const lab = await openLab()
    await furnish(lab)
    const { driver, host } = lab
    const state = through(driver.save())
    await using again = await openHost({ driver: mockDriver({ clock: manualClock(1000), state }) })
    expect(await stateOf(again)).toEqual(await stateOf(host))
    await using blue = await host.namespace.open('blue')
    await using blueAgain = await again.namespace.open('blue')
    expect(await stateOf(blueAgain)).toEqual(await stateOf(blue))
    expect(await again.namespace.list()).toEqual(await host.namespace.list())
    await host.close()
  })

  test('a team goes on looking at what it sent', async () => {
    const { host, clock: before, driver } = await openLab()
    await host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', up: true } })
    await host.link.add({ kind: 'team', name: 't0' })
    await host.team.set('t0', { mode: 'loadbalance', balancing: { statisticsInterval: 10 } })
    await host.link.set('v0', { master: 't0' })
    await host.link.set('t0', { up: true })
    before.advance(2)
    const socket = await host.openSocket({ kind: 'packet', link: 't0' })
    await socket.send(new Uint8Array(60))
    await socket.close()
    const told = async (from: Host) => {
      const { options = [] } = (await from.team.get('t0')) ?? {}
      const [first] = options.filter(({ name }) => name === 'lb_hash_stats').map(({ value }) => value as Uint8Array)
      return first && new BigUint64Array(first.slice().buffer)[0]
    }
    const clock = manualClock(1000)
    await using again = await openHost({ driver: mockDriver({ clock, state: through(driver.save()) }) })
    expect(await told(again)).toBe(0n)
    clock.advance(7.9)
    expect(await told(again)).toBe(0n)
    clock.advance(0.2)
    // The host itself sends, too.
    expect(await told(again)).toBeGreaterThanOrEqual(60n)
    await again.link.delete('t0')
    clock.advance(20)
    await host.close()
  })

  test('goes on as the saved kernel would: timers, random MACs, indexes', async () => {
    const lab = await openLab()
    await furnish(lab)
    const state = through(lab.driver.save())
    const clock = manualClock(1000)
    await using again = await openHost({ driver: mockDriver({ clock, state }) })
    for (const side of [lab.clock, clock]) side.advance(60)
    for (const host of [lab.host, again]) await host.link.add({ kind: 'veth', name: 'late', peer: { name: 'later' } })
    expect(await stateOf(again)).toEqual(await stateOf(lab.host))
    expect((await again.link.get('v0'))?.port?.state).toBe('forwarding')
    expect((await again.address.list({ label: 'br0' }))[0]?.flags).toContain('deprecated')
    await lab.host.close()
  })

  test('a clock that begins earlier is set on, so that no lifetime grows', async () => {
    const lab = await openLab()
    await lab.host.link.add({ kind: 'bridge', name: 'br0' })
    await lab.host.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 100 })
    lab.clock.advance(30)
    const clock = manualClock()
    await using again = await openHost({ driver: mockDriver({ clock, state: through(lab.driver.save()) }) })
    expect((await again.address.list())[0]?.validLifetime).toBe(70)
    clock.advance(70)
    expect(await again.address.list()).toEqual([])
    await lab.host.close()
  })

  test('what fell due meanwhile has happened', async () => {
    const lab = await openLab()
    await lab.host.link.add({ kind: 'bridge', name: 'br0' })
    await lab.host.address.add({ link: 'br0', address: '10.0.0.1/24', validLifetime: 10 })
    const driver = mockDriver({ clock: manualClock(5000), state: through(lab.driver.save()) })
    await using again = await openHost({ driver })
    expect(await again.address.list()).toEqual([])
    await lab.host.close()
  })

  test('namespaces without a name do not outlive it, nor do the far ends of their links', async () => {
    const lab = await openLab()
    const there = await lab.host.namespace.add()
    await lab.host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1', namespace: there } })
    await using again = await openHost({ driver: mockDriver({ state: through(lab.driver.save()) }) })
    expect((await again.link.list()).map((link) => link.name)).toEqual(['lo'])
    expect(await lab.host.link.get('v0')).toBeDefined()
    await lab.host.close()
  })

  test('traffic control, keys and what is counted go on', async () => {
    const lab = await openLab()
    await lab.host.link.add({ kind: 'bridge', name: 'br0', up: true })
    await lab.host.link.add({ kind: 'wireguard', name: 'wg0' })
    const peers = [{ publicKey: 'GtL7fZc/bLnqZldpVofMCD6hDjrK28SsdLxevJ+qtKU=', allowedIps: ['10.9.0.0/16'] }]
    await lab.host.wireguard.set('wg0', { listenPort: 51820, peers })
    await lab.host.qdisc.add({ link: 'br0', parent: 'root', handle: '1:', kind: 'htb' })
    await lab.host.class.add({ link: 'br0', parent: '1:', classId: '1:10', kind: 'htb', rate: 1_000_000 })
    await lab.host.qdisc.add({ link: 'br0', parent: '1:10', kind: 'netem', delay: 0.1 })
    await lab.host.filter.add({ link: 'br0', parent: '1:', kind: 'matchall', classId: '1:10', priority: 5 })
    await lab.host.rule.add({ from: '10.0.0.0/8', table: 77 })
    const driver = mockDriver({ clock: manualClock(1000), state: through(lab.driver.save()) })
    await using again = await openHost({ driver })
    for (const host of [lab.host, again]) await host.qdisc.add({ link: 'wg0', parent: 'root', kind: 'prio' })
    for (const read of [
      (host: Host) => host.wireguard.get('wg0'),
      (host: Host) => host.qdisc.list(),
      (host: Host) => host.class.list({ link: 'br0' }),
      (host: Host) => host.filter.list({ link: 'br0', parent: '1:' }),
      (host: Host) => host.route.get('10.0.0.1'),
    ])
      expect(await read(again)).toEqual(await read(lab.host))
    expect(through(driver.save())).toEqual(through(lab.driver.save()))
    await lab.host.close()
  })

  test('actions are shared by the filters that shared them, and go with the last', async () => {
    const { host, driver } = await openLab()
    await host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await host.qdisc.add({ link: 'v0', kind: 'clsact' })
    const place = { link: 'v0', parent: 'ingress', kind: 'matchall' } as const
    await host.action.add({ kind: 'police', rate: 8000, burst: 2000, index: 7, cookie: Uint8Array.of(1) })
    const shared = { kind: 'police', index: 7 } as const
    const alone = { kind: 'mirred', link: 'v1', index: 3 } as const
    await host.filter.add({ ...place, priority: 1, actions: [shared, alone] })
    await host.filter.add({ ...place, priority: 2, actions: [shared] })
    const state = through(driver.save())
    const again = await openHost({ driver: mockDriver({ state, clock: manualClock(1000) }) })
    const told = async (at: Host) => [
      ...(await at.action.list({ kind: 'police' })),
      ...(await at.action.list({ kind: 'mirred' })),
      ...(await at.filter.list({ link: 'v0', parent: 'ingress' })),
    ]
    expect(await told(again)).toEqual(await told(host))
    await again.action.set({ kind: 'police', rate: 16_000, burst: 2000, index: 7 })
    const [, second] = await again.filter.list({ link: 'v0', parent: 'ingress' })
    expect(second?.actions).toMatchObject([{ rate: 16_000, references: 3, bindings: 2 }])
    await again.filter.delete({ link: 'v0', parent: 'ingress', priority: 1 })
    expect(await again.action.get({ kind: 'mirred', index: 3 })).toBeUndefined()
    expect(await again.action.get(shared)).toMatchObject({ references: 2, bindings: 1 })
    const { actions, ...rest } = state.namespaces[0] as (typeof state.namespaces)[number]
    const withActions = (list: unknown): MockState => ({ ...state, namespaces: [{ ...rest, actions: list }] })
    expect(() => mockDriver({ state: withActions([]) })).toThrow(/there is no action police 7/)
    const twice = withActions([...(actions as unknown[]), ...(actions as unknown[])])
    expect(() => mockDriver({ state: twice })).toThrow(/there are two actions/)
  })

  test('blocks of filters are shared by the links that shared them, and end with the last', async () => {
    const { host, driver } = await openLab()
    for (const name of ['v0', 'w0']) {
      await host.link.add({ kind: 'veth', name, peer: { name: `${name}p` } })
      await host.qdisc.add({ link: name, kind: 'clsact', ingressBlock: 7 })
    }
    await host.filter.add({ block: 7, kind: 'u32', priority: 1, actions: [{ kind: 'mirred', block: 7, index: 3 }] })
    const state = through(driver.save())
    const again = await openHost({ driver: mockDriver({ state, clock: manualClock(1000) }) })
    const told = async (at: Host) => [
      ...(await at.action.list({ kind: 'mirred' })),
      ...(await at.filter.list({ link: 'v0', parent: 'ingress' })),
      ...(await at.filter.list({ block: 7 })),
    ]
    expect(await told(again)).toEqual(await told(host))
    // Tables go on where they were.
    await host.filter.add({ block: 7, kind: 'u32', priority: 2 })
    await again.filter.add({ block: 7, kind: 'u32', priority: 2 })
    expect(await told(again)).toEqual(await told(host))
    await again.link.delete('v0')
    expect(await again.filter.list({ block: 7 })).toHaveLength(4)
    await again.qdisc.delete({ link: 'w0', parent: 'ingress' })
    expect(await again.filter.list({ block: 7 })).toEqual([])
    expect(await again.action.list({ kind: 'mirred' })).toEqual([])
    const { blocks, ...rest } = state.namespaces[0] as (typeof state.namespaces)[number]
    const [block] = blocks as [object]
    const withBlocks = (list: unknown): MockState => ({ ...state, namespaces: [{ ...rest, blocks: list }] })
    for (const [list, problem] of [
      [[], /share block 7, which is missing/],
      [[block, block], /two blocks/],
      [[block, { ...block, index: 9 }], /no discipline has block 9/],
      [undefined, /a list is needed/],
    ] as const)
      expect(() => mockDriver({ state: withBlocks(list) })).toThrow(problem)
  })

  test('a mock of an older kernel sends to no block, and has a link in one twice', async () => {
    const host = await openHost({ driver: mockDriver({ lacks: ['mirred block'] }) })
    await host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await host.qdisc.add({ link: 'v0', kind: 'clsact', ingressBlock: 7, egressBlock: 7 })
    const spec = { block: 7, kind: 'u32', priority: 1 } as const
    const refusal = await host.filter
      .add({ ...spec, actions: [{ kind: 'mirred', block: 7 }] })
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'EINVAL', hint: expect.stringContaining('Linux 6.8') })
    await host.filter.add(spec)
    expect(await host.filter.list({ link: 'v0', parent: 'egress' })).toHaveLength(2)
    await host.qdisc.delete({ link: 'v0', parent: 'ingress' })
    expect(await host.filter.list({ block: 7 })).toEqual([])
    await host.close()
  })

  test('groups that sockets joined are left: the sockets are not there any more', async () => {
    const { driver, host, clock } = await openLab()
    await host.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', up: true } })
    clock.advance(10)
    const filters = async (one: Host) => (await one.fdb.list({ link: 'v0' })).map((entry) => entry.mac).sort()
    const before = await filters(host)
    const sockets = await Promise.all([1, 2].map(() => host.openSocket({ kind: 'udp4' })))
    for (const socket of sockets) socket.join('239.1.2.3', 'v0')
    expect(await filters(host)).toContain('01:00:5e:01:02:03')
    await using again = await openHost({
      driver: mockDriver({ clock: manualClock(1000), state: through(driver.save()) }),
    })
    expect(await filters(again)).toEqual(before)
    expect(await filters(host)).toContain('01:00:5e:01:02:03')
    for (const socket of sockets) await socket.close()
    expect(await filters(host)).toEqual(before)
    await host.close()
  })

  test('a fork goes its own way, with the same clock and the same chance', async () => {
    const lab = await openLab()
    await furnish(lab)
    const fork = lab.driver.fork()
    await using other = await openHost({ driver: fork })
    const made = await other.link.add({ kind: 'dummy', name: 'here' })
    expect(await lab.host.link.get('here')).toBeUndefined()
    expect((await lab.host.link.add({ kind: 'dummy', name: 'there' })).mac).toBe(made.mac)
    lab.clock.advance(100)
    for (const host of [lab.host, other]) expect(await host.address.list({ label: 'br0' })).toEqual([])
    await using elsewhere = await openHost({ driver: lab.driver.fork({ clock: manualClock(), lacks: ['link vlan'] }) })
    expect(elsewhere.supports['link vlan']).not.toBe(true)
    await lab.host.close()
  })
})

describe('a state that is damaged', () => {
  type Loose = Record<string, unknown>
  const refusal = (state: unknown, clock = manualClock(1000)): (Error & Partial<ArgumentFault>) | undefined => {
    try {
      void mockDriver({ clock, state: state as MockState }).close()
      return undefined
    } catch (error) {
      return error as Error & Partial<ArgumentFault>
    }
  }

  test('is refused with the path of the place', async () => {
    const lab = await openLab()
    await furnish(lab)
    const text = JSON.stringify(lab.driver.save())
    const changed = (change: (state: { namespaces: { links: { fields: Loose }[] } & Loose[] } & Loose) => void) => {
      const state = JSON.parse(text)
      change(state)
      return state
    }
    const cases: readonly (readonly [unknown, string])[] = [
      [null, 'state'],
      [[], 'state'],
      [{}, 'state.version'],
      [changed((state) => void Object.assign(state, { version: 2 })), 'state.version'],
      [changed((state) => void Object.assign(state, { namespaces: [] })), 'state.namespaces'],
      [changed((state) => void delete (state as Loose).random), 'state.random'],
      [changed(({ namespaces }) => void namespaces.splice(1, 1, namespaces[0] as never)), 'state.namespaces[1].inode'],
      [changed(({ namespaces: [first] }) => void delete first?.routes), 'state.namespaces[0].routes'],
      [
        changed(({ namespaces: [first] }) => void Object.assign(first as Loose, { routes: { 4: [] } })),
        'state.namespaces[0].routes.6',
      ],
      [JSON.parse(text.replaceAll('"$link":[', '"$link":[99,')), 'state.namespaces[0].links[1].fields'],
    ]
    for (const [state, path] of cases) {
      const error = refusal(state)
      expect(error, path).toBeInstanceOf(TypeError)
      expect(error).toMatchObject({ code: 'VNET_TYPE', operation: 'state load', hint: expect.any(String) })
      expect(error?.attribute?.startsWith(path), `${error?.attribute} is not ${path}`).toBe(true)
    }
    await lab.host.close()
  })

  test('never does harm, wherever it is damaged, and leaves no timer', async () => {
    const lab = await openLab()
    await furnish(lab)
    const state = through(lab.driver.save())
    const places: (readonly [parent: Loose, name: string])[] = []
    const collect = (value: unknown) => {
      if (typeof value !== 'object' || value === null) return
      for (const name of Object.keys(value)) {
        places.push([value as Loose, name])
        collect((value as Loose)[name])
      }
    }
    collect(state)
    let refused = 0
    // Every fifth place, each with the next sort of damage.
    for (const [at, [parent, name]] of places.entries()) {
      if (at % 5 !== 0) continue
      const kept = parent[name]
      const damage = [undefined, null, 'x', -1, [], {}][at % 6]
      if (damage === undefined && !Array.isArray(parent)) delete parent[name]
      else parent[name] = damage
      let timers = 0
      const clock = {
        now: () => 1000,
        after: () => {
          timers++
          return () => void timers--
        },
      }
      const error = refusal(state, clock as never)
      if (error !== undefined) {
        refused++
        expect(isArgumentError(error), `${name}: ${error.stack}`).toBe(true)
        expect(error.attribute).toMatch(/^state/)
      }
      expect(timers, name).toBe(0)
      parent[name] = kept
    }
    expect(refused).toBeGreaterThan(places.length / 5 / 4)
    await lab.host.close()
  })
})
