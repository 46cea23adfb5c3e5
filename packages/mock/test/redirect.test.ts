/** Hosts that routers tell of nearer ones, by a clock that the test moves: how long they remember, also across a snapshot. */
import { type Host, type Namespace, openHost } from '@vnet/core'
import { decodeFrame, encodeFrame, layerOf } from '@vnet/wire'
import { expect, test } from 'vitest'
import { manualClock, mockDriver } from '../src/index.js'
import { mac, openLab } from './lab.js'

const far = { 4: '10.9.0.1', 6: '2001:db8:9::1' } as const

/** A host whose default router reaches others by a second router on the same cable. */
async function cable(host: Host): Promise<Namespace> {
  await host.link.add({ kind: 'bridge', name: 'br0', mac: mac(1), up: true })
  await host.address.add({ link: 'br0', address: '10.0.0.1/24' })
  await host.address.add({ link: 'br0', address: '2001:db8::1/64', noDad: true })
  const routers: Namespace[] = []
  for (const number of [2, 3]) {
    const router = await host.namespace.add(`router${number}`)
    const peer = { name: 'eth0', mac: mac(number), namespace: `router${number}`, up: true }
    await host.link.add({ kind: 'veth', name: `v${number}`, master: 'br0', up: true, peer })
    await router.link.set('lo', { up: true })
    await router.address.add({ link: 'eth0', address: `10.0.0.${number}/24` })
    await router.address.add({ link: 'eth0', address: `2001:db8::${number}/64`, noDad: true })
    await router.address.add({ link: 'eth0', address: `fe80::${number}/64`, noDad: true })
    await router.sysctl.set('net.ipv4.ip_forward', 1)
    await router.sysctl.set('net.ipv6.conf.all.forwarding', 1)
    routers.push(router)
  }
  const [first, second] = routers as [Namespace, Namespace]
  await second.address.add({ link: 'lo', address: `${far[4]}/32` })
  await second.address.add({ link: 'lo', address: `${far[6]}/128`, noDad: true })
  await first.route.add({ destination: '10.9.0.0/16', via: '10.0.0.3' })
  await first.route.add({ destination: '2001:db8:9::/48', via: 'fe80::3', link: 'eth0' })
  await host.route.add({ destination: 'default', via: '10.0.0.2' })
  await host.route.add({ destination: 'default', via: 'fe80::2', link: 'br0' })
  return second
}

const viaOf = async (host: Host) => [(await host.route.get(far[4]))?.via, (await host.route.get(far[6]))?.via]
const [usual, nearer] = [
  ['10.0.0.2', 'fe80::2'],
  ['10.0.0.3', 'fe80::3'],
]

test('what a router tells is remembered, saved, and forgotten in time', async () => {
  const { host, driver, clock } = await openLab()
  await cable(host)
  clock.advance(10)
  expect(await viaOf(host)).toEqual(usual)
  // The first redirect of IPv4 only makes the host ask for the MAC.
  for (let i = 0; i < 2; i++) {
    for (const address of [far[4], far[6]]) await host.ping({ address })
    clock.advance(1)
  }
  expect(await viaOf(host)).toEqual(nearer)
  const saved = driver.save()
  clock.advance(200)
  // Nobody used that of IPv6.
  expect(await viaOf(host)).toEqual([nearer[0], usual[1]])
  clock.advance(100)
  expect(await viaOf(host)).toEqual(usual)

  const again = manualClock()
  await using other = await openHost({ driver: mockDriver({ state: saved, clock: again }) })
  expect(await viaOf(other)).toEqual(nearer)
  for (let i = 0; i < 20; i++) {
    again.advance(15)
    // Used again and again it stays; that of IPv4 has a time of its own.
    expect((await other.route.get(far[6]))?.via, `after ${i + 1}`).toBe('fe80::3')
  }
  expect(await viaOf(other)).toEqual([usual[0], nearer[1]])
  again.advance(100)
  expect(await viaOf(other)).toEqual(usual)
})

test('a router of IPv6 that no longer answers is given up', async () => {
  const { host, clock } = await openLab()
  const second = await cable(host)
  clock.advance(10)
  await host.ping({ address: far[6] })
  expect((await viaOf(host))[1]).toBe('fe80::3')
  await second.link.set('eth0', { up: false })
  await host.neighbour.delete({ link: 'br0', address: 'fe80::3' })
  const failed = host.ping({ address: far[6], timeout: 10 }).catch(() => {})
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0))
  clock.advance(11)
  await failed
  expect((await viaOf(host))[1]).toBe('fe80::2')
})

test('over a tunnel, where nobody has a MAC, a redirect tells the address alone', async () => {
  const { host, clock } = await openLab()
  await using port = await host.openTap({ name: 'tap0', mac: mac(1), up: true })
  await host.address.add({ link: 'tap0', address: '10.0.0.1/24' })
  await host.neighbour.add({ link: 'tap0', address: '10.0.0.2', mac: mac(2) })
  await host.link.add({ kind: 'gre', name: 'gre1', gre: { local: '10.0.0.1', remote: '10.0.0.2' }, up: true })
  await host.address.add({ link: 'gre1', address: '2001:db8::1/64', noDad: true })
  await host.sysctl.set('net.ipv6.conf.all.forwarding', 1)
  clock.advance(10)
  const frame = encodeFrame([
    { layer: 'ethernet', destination: mac(1), source: mac(2) },
    { layer: 'ipv4', source: '10.0.0.2', destination: '10.0.0.1' },
    { layer: 'gre' },
    { layer: 'ipv6', source: '2001:db8::2', destination: '2001:db8::3' },
    { layer: 'udp', sourcePort: 7, destinationPort: 7 },
  ])
  const [batch, heard] = [port.createBatch(), port.createBatch()]
  batch.add(frame)
  // What the tunnel said when it went up.
  await port.read(heard)
  port.write(batch)
  const redirects = []
  for (let left = 2; left > 0; left--) {
    const count = await port.read(heard)
    for (let at = 0; at < count; at++) redirects.push(layerOf(decodeFrame(heard.frame(at)), 'icmpv6'))
    if (redirects.some((layer) => layer?.kind === 'redirect')) break
  }
  expect(redirects.filter((layer) => layer?.kind === 'redirect')).toMatchObject([
    { target: '2001:db8::3', destination: '2001:db8::3', options: [{ kind: 'other', type: 4 }] },
  ])
  await host.close()
})
