/** Bonds that ask by ARP, by a clock that the test moves: when a port is given up, also after a snapshot was loaded. */
import { type Host, openHost } from '@vnet/core'
import { expect, test } from 'vitest'
import { manualClock, mockDriver } from '../src/index.js'
import { mac, openLab } from './lab.js'

/** A bond whose two ports lead to a bridge of another host, which is asked once a second. */
async function bonded(host: Host): Promise<void> {
  const far = await host.namespace.add('far')
  await far.sysctl.set('net.ipv4.conf.all.arp_ignore', 1)
  await far.link.add({ kind: 'bridge', name: 'br0', mac: mac(0xb0), up: true })
  await far.address.add({ link: 'br0', address: '10.0.0.2/24' })
  const bond = { mode: 'active-backup', primary: 'v0', arpInterval: 1000, arpIpTargets: ['10.0.0.2'] } as const
  for (const i of [0, 1]) {
    const peer = { name: `p${i}`, namespace: 'far', mac: mac(0x20 + i), up: true }
    await host.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer })
    await far.link.set(`p${i}`, { master: 'br0' })
  }
  await host.link.add({ kind: 'bond', name: 'b0', mac: mac(0xb1), bond })
  for (const name of ['v0', 'v1']) await host.link.set(name, { master: 'b0' })
  await host.link.set('b0', { up: true })
  await host.address.add({ link: 'b0', address: '10.0.0.1/24' })
}

const inUse = async (host: Host): Promise<string | undefined> => {
  const index = (await host.link.get('b0'))?.bond?.activeSlave
  return index === undefined ? undefined : (await host.link.get(index))?.name
}

/** Seconds until another port is used, once the bridge has lost the port behind the one in use. */
async function failOver(host: Host, advance: (seconds: number) => void): Promise<number> {
  await using far = await host.namespace.open('far')
  await far.link.set('p0', { master: null })
  for (let passed = 1; passed <= 10; passed++) {
    advance(1)
    if ((await inUse(host)) === 'v1') return passed
  }
  throw new Error('the port stays in use')
}

test('a port without answers is given up after two intervals and a half, here and in a loaded state', async () => {
  const { host, driver, clock } = await openLab()
  await bonded(host)
  clock.advance(10.5)
  expect(await inUse(host)).toBe('v0')
  const saved = driver.save()
  const again = manualClock()
  await using other = await openHost({ driver: mockDriver({ state: saved, clock: again }) })
  expect(await failOver(host, (seconds) => clock.advance(seconds))).toBe(3)
  expect(await failOver(other, (seconds) => again.advance(seconds))).toBe(3)
  // It goes on asking: the primary is found again.
  for (const [one, time] of [
    [host, clock],
    [other, again],
  ] as const) {
    await using far = await one.namespace.open('far')
    await far.link.set('p0', { master: 'br0' })
    time.advance(2)
    expect(await inUse(one)).toBe('v0')
  }
})
