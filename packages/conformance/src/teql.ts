/**
 * `teql0`, two links as one (`tc qdisc add dev LINK root teql0`; `net/sched/sch_teql.c`). Its module makes it in the kernel's
 * first namespace only, so this acts there: it runs where that namespace is the test's own, in a guest. @module
 */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails, present } from './expectation.js'
import { octets, opener, received, textOf } from './socket-place.js'
import type { Suite } from './suite.js'

const names = ['va0', 'vb0'] as const
const near = '10.99.0.1/24'

/** Registers the test. */
export function teql(suite: Suite): void {
  const needs = ['qdisc teql', 'link veth'] as const
  const carries = [...needs, 'packets', 'socket'] as const
  suite.test('teql0 sends by two links in turn', needs, async (context) => {
    const { host, another } = context
    const far = await another()
    await joined(context, far)
    const before = await sent(host)
    for (let i = 0; i < 20; i++) await host.ping({ address: '10.99.0.2', timeout: 5, sequence: i })
    const after = await sent(host)
    // Each link has carried a good part of the requests.
    for (const [index, name] of names.entries())
      expect((after[index] as number) - (before[index] as number), `packets sent by ${name}`).toBeGreaterThan(5)
    expect(await host.qdisc.list({ kind: 'teql0' })).toMatchObject(names.map(() => ({ kind: 'teql0', parent: 'root' })))
    expect((await host.link.get('teql0', { statistics: true }))?.statistics?.txPackets).toBeGreaterThanOrEqual(20)
    // Each link knows the neighbour by itself.
    const known = await host.neighbour.list({ family: 4 })
    for (const name of names) {
      const { index } = (await host.link.get(name)) ?? {}
      expect(known.some(({ link, address, mac }) => link === index && address === '10.99.0.2' && mac)).toBe(true)
    }
  })

  suite.test('teql0 is what the links that send for it are', needs, async (context) => {
    const { host } = context
    await load(context)
    expect(await host.link.get('teql0')).toMatchObject({ type: 'void', up: false, txQueueLength: 100 })
    expect(await host.link.get('teql0')).not.toHaveProperty('kind')
    await cable(context, 'va0', {})
    await cable(context, 'vb0', { mtu: 1300 })
    await host.qdisc.add({ link: 'va0', kind: 'teql0' })
    expect(await host.link.get('teql0')).toMatchObject({ mtu: 1500, flags: ['BROADCAST', 'NOARP'] })
    await host.qdisc.add({ link: 'vb0', kind: 'teql0' })
    expect((await host.link.get('teql0'))?.mtu).toBe(1300)
    await host.link.set('teql0', { mtu: 1200 })
    context.defer(() => host.link.set('teql0', { up: false }))
    await host.link.set('teql0', { up: true })
    expect(await host.link.get('teql0')).toMatchObject({ mtu: 1300, qdisc: 'pfifo_fast', operationalState: 'unknown' })
    // Links that go away leave it up.
    await host.link.delete('va0')
    await host.qdisc.delete({ link: 'vb0' })
    expect(await host.link.get('teql0')).toMatchObject({ up: true, mtu: 1300 })
  })

  suite.test('teql0 refuses what does not fit', needs, async (context) => {
    const { host, defer } = context
    await load(context)
    await fails(host.link.set('teql0', { up: true }), 'EUNATCH')
    await fails(host.link.delete('teql0'), 'EOPNOTSUPP')
    await fails(host.link.set('teql0', { mac: '02:00:00:00:00:01' }), 'EOPNOTSUPP')
    await fails(host.qdisc.add({ link: 'teql0', kind: 'teql0' }), 'ELOOP')
    await cable(context, 'va0', {})
    await cable(context, 'vb0', { mtu: 1300 })
    await host.qdisc.add({ link: 'va0', kind: 'teql0' })
    await fails(host.qdisc.add({ link: 'va0', kind: 'teql0' }), 'EEXIST')
    await host.qdisc.change({ link: 'va0', kind: 'teql0' })
    await fails(host.qdisc.change({ link: 'va0', kind: 'teql0', data: new Uint8Array(4) }), 'EINVAL')
    await fails(host.link.set('teql0', { mtu: 1501 }), 'EINVAL')
    defer(() => host.link.set('teql0', { up: false }))
    await host.link.set('teql0', { up: true })
    await fails(host.qdisc.add({ link: 'vb0', kind: 'teql0' }), 'EINVAL')
    expect(await host.qdisc.list({ kind: 'teql0' })).toHaveLength(1)
  })

  suite.test('teql0 stands at the root only', [...needs, 'qdisc prio'], async (context) => {
    const { host } = context
    await load(context)
    await cable(context, 'va0', {})
    await host.qdisc.add({ link: 'va0', kind: 'prio', handle: '1:' })
    await fails(host.qdisc.add({ link: 'va0', kind: 'teql0', parent: '1:1' }), 'EOPNOTSUPP')
  })

  suite.test('what leaves by teql0 waits until a link is up', carries, async (context) => {
    const { host, another, defer } = context
    const far = await another()
    await joined(context, far)
    await host.ping({ address: '10.99.0.2', timeout: 5 })
    await host.link.set('va0', { up: false })
    await host.link.set('vb0', { up: false })
    const open = opener(defer)
    const [there, socket] = [await open(far, { kind: 'udp4' }), await open(host, { kind: 'udp4' })]
    there.bind({ port: 4000 })
    const before = await sentBy(host, 'teql0')
    for (const word of ['one', 'two', 'three']) await socket.send(octets(word), { address: '10.99.0.2', port: 4000 })
    expect(await sentBy(host, 'teql0')).toBe(before)
    // Its own first packets, those of IPv6, wake it.
    await host.link.set('va0', { up: true })
    for (const word of ['one', 'two', 'three']) expect(textOf(await received(there))).toBe(word)
    expect(await sentBy(host, 'teql0')).toBe(before + 3)
  })

  suite.test('teql0 comes back from a namespace that ends', needs, async (context) => {
    const { host, another } = context
    await load(context)
    const elsewhere = await host.namespace.add()
    await host.link.set('teql0', { namespace: elsewhere, name: 'eq0' })
    expect(await host.link.get('teql0')).toBeUndefined()
    expect((await elsewhere.link.get('eq0'))?.type).toBe('void')
    // The word of the discipline stays, and acts for links of all namespaces.
    const third = await another()
    await third.link.add({ kind: 'veth', name: 'va0', peer: { name: 'va1' } })
    await third.qdisc.add({ link: 'va0', kind: 'teql0' })
    expect(await elsewhere.link.get('eq0')).toMatchObject({ mtu: 1500, flags: ['BROADCAST', 'NOARP'] })
    await third.link.delete('va0')
    await elsewhere.close()
    const back = async () => (await host.link.list()).find(({ type }) => type === 'void')
    await eventually(async () => expect(await back()).toBeDefined())
    const { name } = present(await back())
    await host.link.set(name, { name: 'teql0' })
    expect(name).toBe('eq0')
  })
}

/** Two links to a namespace, a `teql0` over them, and addresses at both ends. */
async function joined(context: Context, far: PlacedNamespace): Promise<void> {
  const { host, defer } = context
  await load(context)
  defer(() => host.link.set('teql0', { up: false }))
  for (const name of names) {
    await cable(context, name, { up: true, far })
    await host.qdisc.add({ link: name, kind: 'teql0' })
  }
  await host.link.set('teql0', { up: true })
  defer(() => host.address.delete({ link: 'teql0', address: near }))
  await host.address.add({ link: 'teql0', address: near })
  await far.address.add({ link: 'va1', address: '10.99.0.2/24' })
}

/** A veth pair, `va0` and `va1`, which goes away with the test. */
async function cable({ host, defer }: Context, name: string, { up = false, mtu = 1500, far }: Ends): Promise<void> {
  const peer = { name: name.replace('0', '1'), up, mtu, ...(far === undefined ? {} : { namespace: far }) }
  await host.link.add({ kind: 'veth', name, up, mtu, peer })
  defer(async () => {
    if ((await host.link.get(name)) !== undefined) await host.link.delete(name)
  })
}

interface Ends {
  readonly up?: boolean
  readonly mtu?: number
  readonly far?: PlacedNamespace
}

/** The kernel loads no module for a discipline that is called after its link. */
async function load({ host, skip, supports }: Context): Promise<void> {
  if ((await host.link.get('teql0')) !== undefined) return
  if (supports['namespace exec'] !== true) skip('lacks capability: qdisc teql (its module cannot be loaded)')
  const program = await host.run({ command: 'modprobe', args: ['-q', 'sch_teql'], stdio: 'pipe' })
  if ((await program.ended).code !== 0) skip('lacks capability: qdisc teql (the module sch_teql cannot be loaded)')
  if ((await host.link.get('teql0')) === undefined)
    skip("lacks capability: qdisc teql (teql0 is in the kernel's first namespace only)")
}

const sentBy = async (host: Namespace, name: string): Promise<number> =>
  (await host.link.get(name, { statistics: true }))?.statistics?.txPackets ?? 0

async function sent(host: Namespace): Promise<number[]> {
  const links = await Promise.all(names.map((name) => host.link.get(name, { statistics: true })))
  return links.map((link) => link?.statistics?.txPackets ?? 0)
}
