/**
 * `teql0`, two links bonded: its module makes it in the kernel's first namespace only, so this acts there and runs where that
 * namespace is the test's own: in a guest (`tools`), never on the machine of a developer.
 */
import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { type Host, type Namespace, openHost } from '@vnet/core'
import { expect, it } from 'vitest'
import { napiDriver } from '../src/index.js'

const names = ['va0', 'vb0'] as const

it('teql0 sends by two links in turn', { timeout: 120_000 }, async (context) => {
  const driver = await opened()
  if (typeof driver === 'string') return context.skip(driver)
  await using host = driver
  const lack = await lacking(host)
  if (lack !== undefined) return context.skip(`lacks capability: ${lack}`)
  await using far = await host.namespace.add()
  try {
    await bond(host, far)
    const before = await sent(host)
    for (let i = 0; i < 20; i++) await host.ping({ address: '10.99.0.2', timeout: 5, sequence: i })
    const after = await sent(host)
    // Each link has carried a good part of the requests.
    for (const [index, name] of names.entries())
      expect((after[index] as number) - (before[index] as number), `packets sent by ${name}`).toBeGreaterThan(5)
    const bonded = await host.qdisc.list({ kind: 'teql0' })
    expect(bonded).toMatchObject(names.map(() => ({ kind: 'teql0', parent: 'root' })))
    expect((await host.link.get('teql0', { statistics: true }))?.statistics?.txPackets).toBeGreaterThanOrEqual(20)
  } finally {
    for (const name of names) if ((await host.link.get(name)) !== undefined) await host.link.delete(name)
    await host.link.set('teql0', { up: false })
    for (const { address, prefixLength } of await host.address.list({ link: 'teql0' }))
      await host.address.delete({ link: 'teql0', address: `${address}/${prefixLength}` })
  }
})

async function opened(): Promise<Host | string> {
  try {
    return await openHost({ driver: await napiDriver() })
  } catch (error) {
    return `lacks capability: admin (${(error as Error).message})`
  }
}

async function lacking(host: Host): Promise<string | undefined> {
  for (const capability of ['admin', 'qdisc teql', 'link veth'] as const) {
    const answer = host.supports[capability]
    if (answer !== true) return `${capability} (${answer})`
  }
  if (spawnSync('modprobe', ['sch_teql']).status !== 0) return 'qdisc teql (the module sch_teql cannot be loaded)'
  if ((await host.link.get('teql0')) === undefined)
    return `qdisc teql (no teql0 in ${readlinkSync('/proc/self/ns/net')}: it is in the kernel's first namespace only)`
  return undefined
}

/** Two pairs to the far namespace, both ends under teql0 here; one address there, answered for by both far ends. */
async function bond(host: Host, far: Namespace): Promise<void> {
  const { ref } = far
  if (ref === undefined) throw new Error('the namespace has no reference')
  for (const name of names) {
    const peer = name.replace('0', '1')
    await host.link.add({ kind: 'veth', name, up: true, peer: { name: peer, up: true, namespace: ref } })
    await host.qdisc.add({ link: name, kind: 'teql0' })
  }
  await host.link.set('teql0', { up: true })
  await host.address.add({ link: 'teql0', address: '10.99.0.1/24' })
  await far.address.add({ link: 'va1', address: '10.99.0.2/24' })
}

async function sent(host: Host): Promise<number[]> {
  const links = await Promise.all(names.map((name) => host.link.get(name, { statistics: true })))
  return links.map((link) => link?.statistics?.txPackets ?? 0)
}
