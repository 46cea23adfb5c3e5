/** All or nothing: `transaction` undoes what it did, in reverse, when its body throws. @module */
import type { Namespace, Transaction, VnetError } from '@vnet/core'
import { expect } from 'vitest'
import { aborts, eventually, fails, failure, refuses } from './expectation.js'
import { normalisedState } from './normalise.js'
import type { Suite } from './suite.js'
import { addSmallNetwork, mac, namesOf } from './surroundings.js'

/** Registers the tests of transactions. */
export function transaction(suite: Suite): void {
  const needs = ['link bridge', 'link veth'] as const

  suite.test('what succeeded stays, and its value is returned', ['link bridge'], async ({ ns }) => {
    const index = await ns.transaction(async (change) => {
      const made = await change.link.add({ kind: 'bridge', name: 'br0', up: true })
      await change.address.add({ link: 'br0', address: '10.0.0.1/24' })
      return made.index
    })
    expect(await ns.link.get(index)).toMatchObject({ name: 'br0', up: true })
    expect(await ns.address.list({ family: 4 })).toHaveLength(1)
  })

  suite.test('a failure undoes everything, and is the cause', needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    const before = await normalisedState(ns)
    const error = await failure(
      ns.transaction(async (change) => {
        await change.link.add({ kind: 'bridge', name: 'br1', mac: mac(0x51), up: true })
        await change.address.add({ link: 'br1', address: '10.5.0.1/24' })
        await change.route.add({ destination: '10.8.0.0/16', via: '10.5.0.2' })
        await change.rule.add({ priority: 100, table: 77 })
        await change.neighbour.add({ link: 'br1', address: '10.5.0.9', mac: mac(9) })
        await change.link.set('v1', { mtu: 1300, alias: 'changed', master: 'br1' })
        await change.fdb.add({ link: 'v1', mac: mac(0xaa), master: true, state: 'static' })
        await change.link.add({ kind: 'bridge', name: 'br1' })
      }),
    )
    expect(error).toMatchObject({ code: 'VNET_TRANSACTION', operation: 'transaction' })
    expect(error.cause).toMatchObject({ code: 'EEXIST', operation: 'link add', subject: 'br1' })
    expect(error.notUndone).toBeUndefined()
    await eventually(async () => expect(await normalisedState(ns)).toEqual(before))
  })

  const undone: readonly [string, (change: Transaction) => Promise<unknown>][] = [
    ['link add', (change) => change.link.add({ kind: 'veth', name: 'x0', peer: { name: 'x1' } })],
    ['link set', (change) => change.link.set('v1', { mtu: 1300, up: false, name: 'renamed', addAltNames: ['other'] })],
    ['link set of options', (change) => change.link.set('br0', { bridge: { stp: true, forwardDelay: 4 } })],
    ['link set of a port', (change) => change.link.set('v0', { port: { hairpin: true, cost: 77 } })],
    ['link set of a master', (change) => change.link.set('w0', { master: null })],
    ['address add', (change) => change.address.add({ link: 'v1', address: '10.5.0.1/24' })],
    ['address set', (change) => change.address.set({ link: 'br0', address: '10.0.0.1/24', metric: 9 })],
    ['address delete', (change) => change.address.delete({ link: 'br0', address: '10.6.0.1/24' })],
    ['route add', (change) => change.route.add({ destination: '10.5.0.0/16', via: '10.0.0.2' })],
    ['route set', (change) => change.route.set({ destination: '10.9.0.0/16', via: '10.0.0.9' })],
    ['route delete', (change) => change.route.delete({ destination: '10.9.0.0/16' })],
    ['rule add', (change) => change.rule.add({ priority: 50, from: '10.0.0.0/8', table: 7 })],
    ['rule delete', (change) => change.rule.delete({ priority: 100 })],
    ['neighbour add', (change) => change.neighbour.add({ link: 'v1', address: '10.0.0.5', mac: mac(5) })],
    ['neighbour set', (change) => change.neighbour.set({ link: 'br0', address: '10.0.0.7', mac: mac(8) })],
    ['neighbour delete', (change) => change.neighbour.delete({ link: 'br0', address: '10.0.0.7' })],
    ['fdb add', (change) => change.fdb.add({ link: 'v0', mac: mac(0xab), master: true, state: 'static' })],
    ['fdb set', (change) => change.fdb.set({ link: 'v0', mac: mac(0xaa), master: true, state: 'permanent' })],
    ['fdb delete', (change) => change.fdb.delete({ link: 'v0', mac: mac(0xaa), master: true })],
  ]
  for (const [title, change] of undone) {
    suite.test(`${title} is undone`, needs, async ({ ns }) => {
      await prepare(ns)
      const before = await normalisedState(ns)
      const stop = new Error('changed my mind')
      const error = await failure(
        ns.transaction(async (changes) => {
          await change(changes)
          expect(await normalisedState(ns), 'the change took place').not.toEqual(before)
          throw stop
        }),
      )
      expect(error.cause).toBe(stop)
      // Carrier comes back in the kernel's own time.
      await eventually(async () => expect(await normalisedState(ns)).toEqual(before))
    })
  }

  suite.test('of several routes to a network that one comes back that was changed', needs, async ({ ns }) => {
    await prepare(ns)
    const [to, only, other] = ['10.9.0.0/16', '10.11.0.0/16', '2001:db8:9::/48']
    await ns.route.add({ destination: to, via: '10.0.0.3', metric: 50 })
    await ns.route.add({ destination: to, via: '10.0.0.4', tos: 16 })
    await ns.route.add({ destination: to, via: '10.0.0.5', metric: 70 })
    await ns.route.add({ destination: only, via: '10.0.0.3', metric: 50 })
    await ns.route.add({ destination: other, via: '2001:db8::2', metric: 100 })
    const routes = () => ns.route.list({ protocol: 'boot' })
    const before = await routes()
    expect(before).toHaveLength(6)
    await failure(
      ns.transaction(async ({ route }) => {
        await route.set({ destination: to, via: '10.0.0.9' })
        await route.set({ destination: to, via: '10.0.0.9', metric: 60 })
        await route.delete({ destination: to, via: '10.0.0.5' })
        await route.delete({ destination: to, metric: 50 })
        await route.set({ destination: only, via: '10.0.0.9' })
        await route.set({ destination: other, via: '2001:db8::2' })
        expect(await routes()).toHaveLength(7)
        throw new Error('changed my mind')
      }),
    )
    expect(await routes()).toEqual(before)
  })

  suite.test("routes that programs call the kernel's come back with the link", needs, async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.address.add({ link: 'br0', address: '10.12.0.1/24', noPrefixRoute: true })
    const network = { destination: '10.12.0.0/24', link: 'br0', scope: 'link', metric: 100 } as const
    await ns.route.add({ ...network, protocol: 'kernel', source: '10.12.0.1' })
    const routes = () => ns.route.list({ link: 'br0', family: 4 })
    const before = await routes()
    await failure(
      ns.transaction(async (change) => {
        await change.link.set('br0', { up: false })
        expect(await routes()).toEqual([])
        throw new Error('changed my mind')
      }),
    )
    await eventually(async () => expect(await routes()).toEqual(before))
  })

  suite.test('link delete is undone as far as can be: kind, settings, addresses, routes', needs, async ({ ns }) => {
    await prepare(ns)
    const before = await normalisedState(ns)
    const error = await failure(
      ns.transaction(async (change) => {
        await change.link.delete('v0')
        throw new Error('changed my mind')
      }),
    )
    expect(error.notUndone?.map((change) => change.error)).toBeUndefined()
    const after = await normalisedState(ns)
    expect(after.link.map((link) => [link.name, link.kind, link.mac, link.up])).toEqual(
      before.link.map((link) => [link.name, link.kind, link.mac, link.up]),
    )
    expect(await ns.link.get('v0')).toMatchObject({ master: (await ns.link.get('br0'))?.index })
  })

  suite.test('what could not be undone is reported, the rest is undone', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'here' })
    const error: VnetError = await failure(
      ns.transaction(async (change) => {
        await change.link.add({ kind: 'bridge', name: 'a' })
        await change.link.set('here', { name: 'there' })
        await change.link.add({ kind: 'bridge', name: 'b' })
        // Someone else takes the name that is to be given back.
        await ns.link.add({ kind: 'bridge', name: 'here' })
        throw new Error('changed my mind')
      }),
    )
    expect(error.notUndone).toMatchObject([{ operation: 'link set', error: { code: 'EEXIST' } }])
    expect(await namesOf(ns)).toEqual(['there', 'here'])
  })

  suite.test('over two namespaces', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await failure(
      ns.transaction(async (change) => {
        await change.link.add({ kind: 'veth', name: 'v0', peer: { name: 'eth0', namespace: there } })
        await change.in(there).address.add({ link: 'eth0', address: '10.0.0.1/24' })
        await change.in(there).link.set('lo', { up: true })
        throw new Error('changed my mind')
      }),
    )
    expect([await namesOf(ns), await namesOf(there)]).toEqual([[], []])
    expect((await there.link.get('lo'))?.up).toBe(false)
  })

  suite.test('a link that was moved comes back', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
    await failure(
      ns.transaction(async (change) => {
        await change.link.set('v1', { namespace: there })
        expect(await namesOf(there)).toEqual(['v1'])
        throw new Error('changed my mind')
      }),
    )
    expect([(await namesOf(ns)).sort(), await namesOf(there)]).toEqual([['v0', 'v1'], []])
  })

  suite.test('a named namespace is undone by deleting it', ['namespace named'], async ({ host, namespaceName }) => {
    const name = namespaceName()
    await failure(
      host.transaction(async (change) => {
        await change.addNamespace(name)
        throw new Error('changed my mind')
      }),
    )
    expect((await host.namespace.list()).map((entry) => entry.name)).not.toContain(name)
  })

  suite.test('an abort undoes too', ['link bridge'], async ({ ns }) => {
    const abort = new AbortController()
    const error = await failure(
      ns.transaction(
        async (change) => {
          await change.link.add({ kind: 'bridge', name: 'a' })
          abort.abort()
          await change.link.add({ kind: 'bridge', name: 'b' })
        },
        { signal: abort.signal },
      ),
    )
    expect(error).toMatchObject({ code: 'VNET_TRANSACTION', cause: { name: 'AbortError' } })
    expect(await namesOf(ns)).toEqual([])
    await aborts(ns.transaction(async () => {}, { signal: AbortSignal.abort() }))
  })

  suite.test('its argument ends with it; a body is needed', ['link bridge'], async ({ ns }) => {
    const escaped = await ns.transaction(async (change) => change)
    await fails(escaped.link.add({ kind: 'bridge', name: 'late' }), 'VNET_CLOSED')
    await refuses(ns.transaction(undefined as never))
    expect(await namesOf(ns)).toEqual([])
  })
}

async function prepare(ns: Namespace): Promise<void> {
  await addSmallNetwork(ns)
  // Besides 10.0.0.1: with the last address of a link the kernel forgets all routes and neighbours of the link.
  await ns.address.add({ link: 'br0', address: '10.6.0.1/24' })
  // Goes with the one before.
  await ns.address.add({ link: 'br0', address: '10.6.0.2/24', label: 'br0:2' })
  // A port without entries of its own: they go for good when it is released.
  await ns.link.add({ kind: 'veth', name: 'w0', mac: mac(3), peer: { name: 'w1', mac: mac(4) }, master: 'br0' })
  await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })
  await ns.rule.add({ priority: 100, table: 77 })
  await ns.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: mac(7) })
  await ns.fdb.add({ link: 'v0', mac: mac(0xaa), master: true, state: 'static' })
}
