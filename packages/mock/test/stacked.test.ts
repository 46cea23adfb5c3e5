/** Links on links by the clock: what WireGuard and bonds do in their own time, and that a snapshot keeps it. */
import { type Host, openHost } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import { manualClock, mockDriver } from '../src/index.js'
import { type Lab, mac, openLab } from './lab.js'

const keys = [['aAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=', 'yAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=']] as const

/** `wg0` here and in the namespace `far`, over a veth pair; the public keys. */
async function addWireguard({ host }: Lab, persistentKeepalive = 0): Promise<void> {
  const far = await host.namespace.add('far')
  await host.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', namespace: 'far', up: true } })
  const publicKeys: string[] = []
  for (const [side, ns] of [host, far].entries()) {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    await ns.wireguard.set('wg0', { privateKey: keys[0][side as 0 | 1], listenPort: 51820 })
    publicKeys.push((await ns.wireguard.get('wg0'))?.publicKey as string)
  }
  for (const [side, ns] of [host, far].entries()) {
    await ns.address.add({ link: `v${side}`, address: `192.0.2.${side + 1}/24` })
    const endpoint = side === 0 ? { endpoint: '192.0.2.2:51820', persistentKeepalive } : {}
    const peer = { publicKey: publicKeys[1 - side] as string, ...endpoint, allowedIps: [`10.1.0.${2 - side}/32`] }
    await ns.wireguard.set('wg0', { peers: [peer] })
    await ns.address.add({ link: 'wg0', address: `10.1.0.${side + 1}/24` })
    await ns.link.set('wg0', { up: true })
  }
  await far.close()
}

const peerOf = async (host: Pick<Host, 'wireguard'>) => (await host.wireguard.get('wg0'))?.peers[0]
const ping = (host: Host) => host.ping({ address: '10.1.0.2', timeout: 5 })

describe('WireGuard', () => {
  test('keys are renewed when they are used after two minutes, not before', async () => {
    const lab = await openLab()
    await addWireguard(lab)
    await ping(lab.host)
    expect((await peerOf(lab.host))?.lastHandshake).toBe(1000)
    lab.clock.advance(119)
    await ping(lab.host)
    expect((await peerOf(lab.host))?.lastHandshake).toBe(1000)
    lab.clock.advance(2)
    await ping(lab.host)
    expect((await peerOf(lab.host))?.lastHandshake).toBe(1121)
    await lab.host.close()
  })

  test('who heard something and has nothing to say says so after ten seconds', async () => {
    const lab = await openLab()
    await addWireguard(lab)
    await ping(lab.host)
    const before = await peerOf(lab.host)
    lab.clock.advance(9.9)
    expect(await peerOf(lab.host)).toEqual(before)
    lab.clock.advance(0.2)
    // A header and a check value.
    expect((await peerOf(lab.host))?.txBytes).toBe((before?.txBytes ?? 0) + 32)
    await lab.host.close()
  })

  test('a persistent keepalive begins the conversation, and goes on', async () => {
    const lab = await openLab()
    await addWireguard(lab, 25)
    await lab.host.wireguard.get('wg0')
    lab.clock.advance(1)
    const first = await peerOf(lab.host)
    expect(first?.lastHandshake).toBeDefined()
    lab.clock.advance(100)
    expect((await peerOf(lab.host))?.txBytes).toBeGreaterThanOrEqual((first?.txBytes ?? 0) + 4 * 32)
    await lab.host.close()
  })

  test('a peer that moves is followed', async () => {
    const lab = await openLab()
    await addWireguard(lab)
    await ping(lab.host)
    await using far = await lab.host.namespace.open('far')
    expect((await peerOf(far))?.endpoint).toBe('192.0.2.1:51820')
    await lab.host.address.delete({ link: 'v0', address: '192.0.2.1/24' })
    await lab.host.address.add({ link: 'v0', address: '192.0.2.77/24' })
    await ping(lab.host)
    expect((await peerOf(far))?.endpoint).toBe('192.0.2.77:51820')
    await lab.host.close()
  })

  test('a conversation goes on after a snapshot, under the same keys', async () => {
    const lab = await openLab()
    await addWireguard(lab)
    await ping(lab.host)
    lab.clock.advance(30)
    const state = JSON.parse(JSON.stringify(lab.driver.save()))
    const clock = manualClock(1030)
    await using again = await openHost({ driver: mockDriver({ clock, state }) })
    await ping(again)
    expect((await peerOf(again))?.lastHandshake).toBe(1000)
    clock.advance(95)
    await ping(again)
    expect((await peerOf(again))?.lastHandshake).toBe(1125)
    await lab.host.close()
  })
})

describe('bonds', () => {
  test('802.3ad: ports that hear nothing any more leave, also after a snapshot', async () => {
    const lab = await openLab()
    const { host } = lab
    await host.namespace.add('far')
    await using far = await host.namespace.open('far')
    for (const i of [0, 1])
      await host.link.add({ kind: 'veth', name: `v${i}`, mac: mac(i + 1), peer: { name: `p${i}`, namespace: 'far' } })
    for (const [ns, port] of [[host, 'v'] as const, [far, 'p'] as const]) {
      await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: '802.3ad', lacpRate: 'fast' } })
      for (const i of [0, 1]) await ns.link.set(`${port}${i}`, { master: 'b0' })
      await ns.link.set('b0', { up: true })
    }
    lab.clock.advance(5)
    expect((await host.link.get('b0'))?.bond?.adInfo).toMatchObject({ ports: 2 })
    const state = JSON.parse(JSON.stringify(lab.driver.save()))
    const clock = manualClock(1005)
    await using again = await openHost({ driver: mockDriver({ clock, state }) })
    clock.advance(20)
    expect((await again.link.get('b0'))?.bond?.adInfo).toMatchObject({ ports: 2 })
    await using there = await again.namespace.open('far')
    // Its links stay up, and nobody speaks there any more.
    for (const name of ['p0', 'p1']) {
      await there.link.set(name, { master: null })
      await there.link.set(name, { up: true })
    }
    clock.advance(20)
    expect((await again.link.get('b0'))?.bond?.adInfo).toMatchObject({ partnerMac: '00:00:00:00:00:00' })
    expect((await again.link.get('b0'))?.carrier).toBe(true)
  })
})
