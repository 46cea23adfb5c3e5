/**
 * `teql0`, two links as one (`tc qdisc add dev LINK root teql0`; `net/sched/sch_teql.c`). Its module makes it in the kernel's
 * first namespace only, so this acts there: it runs where that namespace is the test's own, in a guest. @module
 */
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import type { Suite } from './suite.js'

const names = ['va0', 'vb0'] as const
const near = '10.99.0.1/24'

/** Registers the test. */
export function teql(suite: Suite): void {
  const needs = ['qdisc teql', 'link veth', 'namespace exec'] as const
  suite.test('teql0 sends by two links in turn', needs, async (context) => {
    const { host, another, defer } = context
    await load(context)
    defer(() => host.link.set('teql0', { up: false }))
    const far = await another()
    for (const name of names) {
      const peer = name.replace('0', '1')
      defer(() => host.link.delete(name))
      await host.link.add({ kind: 'veth', name, up: true, peer: { name: peer, up: true, namespace: far } })
      await host.qdisc.add({ link: name, kind: 'teql0' })
    }
    await host.link.set('teql0', { up: true })
    defer(() => host.address.delete({ link: 'teql0', address: near }))
    await host.address.add({ link: 'teql0', address: near })
    await far.address.add({ link: 'va1', address: '10.99.0.2/24' })

    const before = await sent(host)
    for (let i = 0; i < 20; i++) await host.ping({ address: '10.99.0.2', timeout: 5, sequence: i })
    const after = await sent(host)
    // Each link has carried a good part of the requests.
    for (const [index, name] of names.entries())
      expect((after[index] as number) - (before[index] as number), `packets sent by ${name}`).toBeGreaterThan(5)
    expect(await host.qdisc.list({ kind: 'teql0' })).toMatchObject(names.map(() => ({ kind: 'teql0', parent: 'root' })))
    expect((await host.link.get('teql0', { statistics: true }))?.statistics?.txPackets).toBeGreaterThanOrEqual(20)
  })
}

/** The kernel loads no module for a discipline that is called after its link. */
async function load({ host, skip }: Context): Promise<void> {
  const program = await host.run({ command: 'modprobe', args: ['-q', 'sch_teql'], stdio: 'pipe' })
  if ((await program.ended).code !== 0) skip('lacks capability: qdisc teql (the module sch_teql cannot be loaded)')
  if ((await host.link.get('teql0')) === undefined)
    skip("lacks capability: qdisc teql (teql0 is in the kernel's first namespace only)")
}

async function sent(host: Namespace): Promise<number[]> {
  const links = await Promise.all(names.map((name) => host.link.get(name, { statistics: true })))
  return links.map((link) => link?.statistics?.txPackets ?? 0)
}
