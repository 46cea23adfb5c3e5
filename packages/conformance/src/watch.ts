/** Changes as they happen (`ip monitor`). @module */
import { eventGroups, type Host, type Namespace, type NetworkEvent, type WatchOptions } from '@vnet/core'
import { expect } from 'vitest'
import { aborts, eventually, fails, present, refuses, sleep } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, addSmallNetwork, mac } from './surroundings.js'
import { isSubset, startWatch } from './watcher.js'

/** Registers the tests of watching. */
export function watch(suite: Suite): void {
  suite.test('links: made, changed, deleted, in order and with contents', ['link bridge'], async ({ ns }) => {
    await using watcher = await startWatch(ns, { groups: ['link'] })
    const { index } = await ns.link.add({ kind: 'bridge', name: 'br0', mac: mac(1) })
    await ns.link.set('br0', { mtu: 1400 })
    await ns.link.set('br0', { name: 'br1' })
    await ns.link.delete('br1')
    const events = await watcher.until((event) => event.kind === 'link delete')
    expect(events[0]).toMatchObject({ kind: 'link add', group: 'link', object: { index, name: 'br0', mac: mac(1) } })
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'link set',
        before: expect.objectContaining({ name: 'br0', mtu: 1500 }),
        object: expect.objectContaining({ name: 'br0', mtu: 1400 }),
      }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'link set',
        before: expect.objectContaining({ name: 'br0' }),
        object: expect.objectContaining({ name: 'br1', index }),
      }),
    )
    expect(events.at(-1)).toMatchObject({ kind: 'link delete', object: { index, name: 'br1' } })
    expect(events.filter((event) => event.kind === 'link add')).toHaveLength(1)
  })

  suite.test('a link that moves away is deleted here and added there', ['link veth'], async ({ ns, another }) => {
    const there = await another()
    await addPair(ns)
    await using here = await startWatch(ns, { groups: ['link'] })
    await using far = await startWatch(there, { groups: ['link'] })
    await ns.link.set('v1', { namespace: there })
    await here.until((event) => event.kind === 'link delete' && event.object.name === 'v1')
    await far.until((event) => event.kind === 'link add' && event.object.name === 'v1')
  })

  const objects: readonly [string, (ns: Namespace) => Promise<void>, object, (ns: Namespace) => Promise<void>][] = [
    [
      'address',
      (ns) => ns.address.add({ link: 'v1', address: '10.5.0.1/24' }),
      { address: '10.5.0.1', prefixLength: 24 },
      (ns) => ns.address.delete({ link: 'v1', address: '10.5.0.1/24' }),
    ],
    [
      'route',
      (ns) => ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' }),
      { destination: '10.8.0.0/16', via: '10.0.0.2', table: 'main' },
      (ns) => ns.route.delete({ destination: '10.8.0.0/16' }),
    ],
    [
      'rule',
      (ns) => ns.rule.add({ priority: 100, from: '10.0.0.0/8', table: 77 }),
      { priority: 100, from: '10.0.0.0/8', table: 77 },
      (ns) => ns.rule.delete({ priority: 100 }),
    ],
    [
      'neighbour',
      (ns) => ns.neighbour.add({ link: 'br0', address: '10.0.0.7', mac: mac(7) }),
      { address: '10.0.0.7', mac: mac(7), state: 'permanent' },
      (ns) => ns.neighbour.delete({ link: 'br0', address: '10.0.0.7' }),
    ],
    [
      'fdb',
      (ns) => ns.fdb.add({ link: 'v0', mac: mac(0xaa), master: true, state: 'static' }),
      { mac: mac(0xaa), state: 'static' },
      (ns) => ns.fdb.delete({ link: 'v0', mac: mac(0xaa), master: true }),
    ],
    [
      'mdb',
      (ns) => ns.mdb.add({ bridge: 'br0', port: 'v0', group: '239.7.7.7', state: 'permanent' }),
      { group: '239.7.7.7', state: 'permanent' },
      (ns) => ns.mdb.delete({ bridge: 'br0', port: 'v0', group: '239.7.7.7' }),
    ],
  ]
  for (const [group, add, contents, remove] of objects) {
    suite.test(`${group}: added and deleted, with contents`, ['link bridge', 'link veth'], async ({ ns }) => {
      await addSmallNetwork(ns)
      await using watcher = await startWatch(ns, { groups: [group as 'route'] })
      await add(ns)
      const mine = (event: NetworkEvent, kind: string) =>
        event.kind === kind && isSubset(contents, (event as { object: object }).object)
      await watcher.until((event) => mine(event, `${group} add`))
      await remove(ns)
      // A neighbour is told as failed, and forgets its MAC, before it is told as gone.
      const events = await watcher.until((event) => event.kind === `${group} delete`)
      expect(events.at(-1)).toMatchObject({ object: group === 'neighbour' ? { address: '10.0.0.7' } : contents })
      for (const event of events) expect(event).toMatchObject({ group })
    })
  }

  suite.test('a replaced route is a change with what was before', ['link bridge', 'link veth'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' })
    await using watcher = await startWatch(ns, { groups: ['route'] })
    await ns.route.set({ destination: '10.8.0.0/16', via: '10.0.0.3' })
    const events = await watcher.until((event) => event.kind === 'route set')
    expect(events.at(-1)).toMatchObject({ object: { via: '10.0.0.3' }, before: { via: '10.0.0.2' } })
  })

  suite.test('only the groups that were asked for', ['link bridge', 'link veth'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await using watcher = await startWatch(ns, { groups: ['rule'] })
    await ns.link.add({ kind: 'bridge', name: 'br1', up: true })
    await ns.address.add({ link: 'br1', address: '10.6.0.1/24' })
    await ns.rule.add({ priority: 100, table: 77 })
    expect((await watcher.until((event) => event.kind === 'rule add')).map((event) => event.kind)).toEqual(['rule add'])
    await refuses(startWatch(ns, { groups: ['nonsense' as 'rule'] }))
  })

  suite.test('a snapshot comes first when asked for', ['link bridge', 'link veth'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.rule.add({ priority: 100, table: 77 })
    await using watcher = await startWatch(ns, { snapshot: true })
    await ns.rule.add({ priority: 200, table: 77 })
    const [first] = await watcher.until((event) => event.kind === 'rule add')
    if (first?.kind !== 'snapshot') throw new Error(`expected a snapshot, got ${first?.kind}`)
    expect(Object.keys(first.state).sort()).toEqual([...eventGroups].sort())
    expect(first.state.link?.map((link) => link.name)).toEqual(expect.arrayContaining(['lo', 'br0', 'v0', 'v1']))
    expect(first.state.rule?.map((rule) => rule.priority)).toContain(100)
    expect(first.state.rule?.map((rule) => rule.priority)).not.toContain(200)
    expect(first.state.address).toContainEqual(expect.objectContaining({ address: '10.0.0.1' }))
    expect(first.state.route).toContainEqual(expect.objectContaining({ destination: '10.0.0.0/24' }))
  })

  suite.test('routes that go with a link that goes down are told', ['link bridge', 'link veth'], async ({ ns }) => {
    await addSmallNetwork(ns)
    await ns.route.add({ destination: '10.8.0.0/16', via: '10.0.0.2' })
    await using watcher = await startWatch(ns, { groups: ['route'] })
    await ns.link.set('br0', { up: false })
    const events = await watcher.until(
      (event) => event.kind === 'route delete' && event.object.destination === '10.8.0.0/16',
    )
    expect(events.every((event) => event.kind.startsWith('route '))).toBe(true)
  })

  suite.test('the STP state of a port, set or moved on by the bridge', ['link bridge', 'link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { stp: false } })
    await addPair(ns)
    await ns.link.set('v1', { up: true })
    await ns.link.set('v0', { up: true, master: 'br0' })
    await eventually(async () => expect((await ns.link.get('v0'))?.port?.state).toBe('forwarding'))
    await using watcher = await startWatch(ns, { groups: ['link'] })
    const told = (state: string) => (event: NetworkEvent) =>
      event.kind === 'link set' && event.object.name === 'v0' && event.object.port?.state === state
    await ns.link.set('v0', { port: { state: 'learning' } })
    const events = await watcher.until(told('learning'))
    expect(events.find(told('learning'))).toMatchObject({ before: { name: 'v0', port: { state: 'forwarding' } } })
    await ns.link.set('br0', { bridge: { stp: true, forwardDelay: 2 } })
    await ns.link.set('v0', { up: false })
    await watcher.until(told('disabled'))
    await ns.link.set('v0', { up: true })
    await watcher.until(told('listening'))
    // Two seconds later by a timer, with nothing else that happens.
    const later = await watcher.until((event) => told('learning')(event) && before(event) === 'listening')
    expect(later.filter((event) => event.kind !== 'link set')).toEqual([])
  })

  suite.test('two watchers each get everything', ['link bridge'], async ({ ns }) => {
    await using a = await startWatch(ns, { groups: ['link'] })
    await using b = await startWatch(ns, { groups: ['link'] })
    await addBridge(ns)
    for (const watcher of [a, b]) {
      await watcher.until((event) => event.kind === 'link add' && event.object.name === 'br0')
    }
  })

  suite.test('break ends it and leaves the connection', ['link bridge'], async ({ ns }) => {
    const seen: string[] = []
    const running = (async () => {
      for await (const event of ns.watch({ groups: ['link'], snapshot: true })) {
        seen.push(event.kind)
        if (event.kind === 'link add') break
      }
    })()
    await eventually(() => expect(seen).toEqual(['snapshot']))
    await addBridge(ns)
    await running
    expect(await ns.link.get('br0')).toBeDefined()
  })

  suite.test('a signal wakes a watcher that waits, at once', [], async ({ ns }) => {
    const abort = new AbortController()
    const steps = ns.watch({ groups: ['link'], snapshot: true, signal: abort.signal })
    await steps.next()
    const waiting = steps.next()
    await sleep(20)
    const start = performance.now()
    abort.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await steps.next()).toEqual({ done: true, value: undefined })
  })

  suite.test('return wakes a watcher that waits; a signal that has fired yields nothing', [], async ({ ns }) => {
    const steps = ns.watch({ groups: ['link'], snapshot: true })
    await steps.next()
    const waiting = steps.next()
    await sleep(20)
    expect(await steps.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    const none = ns.watch({ groups: ['link'], snapshot: true, signal: AbortSignal.abort() })
    expect(await none.next()).toEqual({ done: true, value: undefined })
  })

  suite.test('closing the namespace ends its watchers', [], async ({ host }) => {
    const ns = await host.namespace.add()
    const steps = ns.watch({ groups: ['link'], snapshot: true })
    await steps.next()
    const waiting = steps.next()
    await sleep(20)
    await ns.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await fails(ns.watch().next(), 'VNET_CLOSED')
  })

  suite.test('a storm is told whole or made good by a resync', ['link bridge'], storm)
  suite.test('more than any buffer holds: a resync with what was not told', [], flood)
  suite.test('aborted calls do not disturb a watcher', ['link bridge'], undisturbed)
}

/** More events than a socket buffer holds while nobody reads: the state that follows from them must be the true one. */
async function storm({ ns, host }: { readonly ns: Namespace; readonly host: Host }): Promise<void> {
  const options: WatchOptions = { groups: ['neighbour'], snapshot: true }
  await addBridge(ns)
  const known = new Set<string>()
  const steps = ns.watch(options)
  await steps.next()
  const many = Array.from({ length: 12_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  // Through the driver, so that the requests are ready and the events come as fast as the kernel can.
  const results = await ns.execute(
    many.map((address) => ({ operation: 'neighbour add', spec: { link: 'br0', address, mac: mac(1) } }) as const),
  )
  // The neighbour table is bounded for all namespaces together (gc_thresh3 spares permanent ones).
  expect(results.filter((result) => !result.ok)).toEqual([])
  expect(host.driver.name).toBeTypeOf('string')
  await ns.neighbour.add({ link: 'br0', address: '10.255.0.1', mac: mac(2) })
  while (!known.has('10.255.0.1')) {
    const step = await steps.next()
    if (step.done) throw new Error('the watcher ended')
    const changes = step.value.kind === 'resync' ? step.value.changes : [step.value]
    for (const change of changes) if (change.kind === 'neighbour add') known.add(change.object.address)
  }
  await steps.return?.()
  expect(many.filter((address) => !known.has(address))).toEqual([])
}

/** Sixty thousand routes while nobody reads: the kernel drops events (ENOBUFS), and says so. */
async function flood({ ns }: { readonly ns: Namespace }): Promise<void> {
  const steps = ns.watch({ groups: ['route'], snapshot: true })
  await steps.next()
  const many = Array.from({ length: 60_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`)
  const results = await ns.execute(
    many.map((destination) => ({ operation: 'route add', spec: { destination, type: 'blackhole' } }) as const),
  )
  expect(results.filter((result) => !result.ok)).toEqual([])
  await ns.route.add({ destination: '10.255.0.0/16', type: 'blackhole' })
  const known = new Map<string, number>()
  let resyncs = 0
  while (!known.has('10.255.0.0/16')) {
    const step = await steps.next()
    if (step.done) throw new Error('the watcher ended')
    if (step.value.kind === 'resync') resyncs++
    const changes = step.value.kind === 'resync' ? step.value.changes : [step.value]
    for (const change of changes) {
      if (change.kind === 'route add')
        known.set(change.object.destination, (known.get(change.object.destination) ?? 0) + 1)
    }
  }
  await steps.return?.()
  expect(resyncs).toBeGreaterThan(0)
  expect(many.filter((destination) => known.get(destination) !== 1)).toEqual([])
}

async function undisturbed({ ns }: { readonly ns: Namespace }): Promise<void> {
  await using watcher = await startWatch(ns, { groups: ['link'] })
  const abort = new AbortController()
  const calls = Array.from({ length: 10 }, () => ns.link.list({}, { signal: abort.signal }))
  abort.abort()
  await Promise.all(calls.map((call) => call.catch(() => undefined)))
  await aborts(ns.link.list({}, { signal: abort.signal }))
  await addBridge(ns)
  const events = await watcher.until((event) => event.kind === 'link add')
  expect(present(events.at(-1))).toMatchObject({ object: { name: 'br0' } })
}

/** The state that a port had before a change. */
function before(event: NetworkEvent): string | undefined {
  return event.kind === 'link set' ? event.before.port?.state : undefined
}
