/** WireGuard between the mock and this kernel, over two TAPs that are joined to a cable. @module */

import { type Host, joinPorts, type Namespace, openHost, type WireguardPeerSpec } from '@vnet/core'
import { type Clock, mockDriver, realClock } from '@vnet/mock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { napiDriver } from '../src/index.js'

// The examples of RFC 7748 § 6.1, which are nobody's.
const [kernelPrivate, mockPrivate] = [
  'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=',
  'XasIfmJKikt54X+Lg4AO5m87sSkmGLb9HC+LJ/+I4Os=',
]
const [kernelPublic, mockPublic] = [
  'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=',
  '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=',
]
const shared = 'Sl2dW6TOLeFyjjv0gDUPJeB+IclH0Z4zdvCbPB4WF0I='
/** A key like any other. */
const another = 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8='
/** Seconds after which the one who began a conversation makes new keys, and after which it tries again. */
const [rekeyAfter, rekeyTimeout] = [120, 5]
/** Seconds that a busy machine may need for an answer, and until what was said is known. */
const patience = 20
const soon = { timeout: patience * 1000 }

let host: Host
let lacks: string | undefined

beforeAll(async () => {
  host = await openHost({ driver: napiDriver })
  const needs = ['admin', 'namespace anonymous', 'tun port', 'link wireguard'] as const
  const missing = needs.find((name) => host.supports[name] !== true)
  if (missing !== undefined) lacks = `lacks capability: ${missing} (${host.supports[missing]})`
})
afterAll(() => host.close())

/** Both ends, with the way to hurry the clock of the mock. */
interface Ends {
  readonly kernel: Namespace
  readonly mock: Host
  /** Moves the clock of the mock on by some seconds. */
  readonly hurry: (seconds: number) => void
}

/** A test with both ends on one cable: 10.0.0.1 and fd00::1 the kernel's, 10.0.0.2 and fd00::2 the mock's. */
const joined = (title: string, body: (ends: Ends) => Promise<void>) =>
  test(title, { timeout: 120_000 }, async (task) => {
    if (lacks !== undefined) return task.skip(lacks)
    await using kernel = await host.namespace.add()
    const real = realClock()
    let ahead = 0
    const clock: Clock = { ...real, now: () => real.now() + ahead }
    await using mock = await openHost({ driver: mockDriver({ clock }) })
    await using _cable = joinPorts(
      await kernel.openTap({ name: 'tap0', up: true }),
      await mock.openTap({ name: 'tap0', up: true }),
    )
    for (const [at, number] of [
      [kernel, 1],
      [mock, 2],
    ] as const) {
      await at.address.add({ link: 'tap0', address: `10.0.0.${number}/24` })
      await at.address.add({ link: 'tap0', address: `fd00::${number}/64`, noDad: true })
      await at.link.add({ kind: 'wireguard', name: 'wg0' })
      const privateKey = number === 1 ? kernelPrivate : mockPrivate
      await at.wireguard.set('wg0', { privateKey, listenPort: 51_820 })
      await at.link.set('wg0', { up: true })
      await at.address.add({ link: 'wg0', address: `10.9.0.${number}/24` })
      await at.address.add({ link: 'wg0', address: `fd09::${number}/64`, noDad: true })
    }
    const hurry = (seconds: number) => {
      ahead += seconds
    }
    await body({ kernel, mock, hurry })
  })

const allowedIps = ['10.9.0.0/24', 'fd09::/64']
/** The kernel's peer, and the mock's. */
const addPeers = async ({ kernel, mock }: Ends, ofKernel: object, ofMock: object) => {
  await setPeer(kernel, { publicKey: mockPublic, allowedIps, ...ofKernel })
  await setPeer(mock, { publicKey: kernelPublic, allowedIps, ...ofMock })
}
const setPeer = (at: Namespace, peer: WireguardPeerSpec) => at.wireguard.set('wg0', { peers: [peer] })
const peerOf = async (at: Namespace) => (await at.wireguard.get('wg0'))?.peers[0]

/** Pings the other end in both versions: small, and in more than one packet. */
async function pings(at: Namespace, number: 1 | 2): Promise<void> {
  for (const address of [`10.9.0.${number}`, `fd09::${number}`]) {
    for (const size of [56, 3000])
      expect(await at.ping({ address, size, timeout: patience })).toMatchObject({ address, size: size + 8 })
  }
}

describe('wireguard', () => {
  joined('the mock begins, the kernel follows it, and both find new keys in time', async (ends) => {
    const { kernel, mock, hurry } = ends
    await addPeers(ends, {}, { endpoint: '10.0.0.1:51820' })
    await pings(mock, 1)
    await pings(kernel, 2)
    const first = await peerOf(kernel)
    expect(first).toMatchObject({ endpoint: '10.0.0.2:51820' })
    expect(first?.rxBytes).toBeGreaterThan(3000)
    expect(first?.txBytes).toBeGreaterThan(3000)
    expect(first?.lastHandshake).toBeGreaterThan(0)
    // The keys of the mock are old: it asks for new ones with the next packet, and the kernel answers.
    hurry(rekeyAfter)
    await pings(mock, 1)
    await pings(kernel, 2)
    await expect
      .poll(async () => (await peerOf(kernel))?.lastHandshake, soon)
      .toBeGreaterThan(first?.lastHandshake ?? 0)
    await pings(kernel, 2)
    await pings(mock, 1)
    // The mock has moved.
    await mock.address.delete({ link: 'tap0', address: '10.0.0.2/24' })
    await mock.address.add({ link: 'tap0', address: '10.0.0.3/24' })
    await pings(mock, 1)
    await expect.poll(async () => (await peerOf(kernel))?.endpoint, soon).toBe('10.0.0.3:51820')
    await pings(kernel, 2)
  })

  joined('the kernel begins, over IPv6 and with a shared key, and again when it has lost its keys', async (ends) => {
    const { kernel, mock } = ends
    await addPeers(ends, { presharedKey: shared, endpoint: '[fd00::2]:51820' }, { presharedKey: shared })
    await pings(kernel, 2)
    await pings(mock, 1)
    const first = await peerOf(mock)
    expect(first).toMatchObject({ endpoint: '[fd00::1]:51820', hasPresharedKey: true })
    await kernel.link.set('wg0', { up: false })
    await kernel.link.set('wg0', { up: true })
    await kernel.address.add({ link: 'wg0', address: 'fd09::1/64', noDad: true })
    await pings(kernel, 2)
    await pings(mock, 1)
    expect((await peerOf(mock))?.lastHandshake).toBeGreaterThan(first?.lastHandshake ?? 0)
  })

  for (const [what, wrong, right] of [
    [
      'another shared key',
      { publicKey: mockPublic, presharedKey: another },
      { publicKey: mockPublic, presharedKey: shared },
    ],
    ['the key of another peer', { publicKey: another }, { publicKey: mockPublic, presharedKey: shared, allowedIps }],
  ] as const) {
    joined(`with ${what} nothing passes until it is put right`, async (ends) => {
      const { kernel, mock, hurry } = ends
      await addPeers(
        ends,
        { ...wrong, endpoint: '10.0.0.2:51820' },
        { presharedKey: shared, endpoint: '10.0.0.1:51820' },
      )
      const refused = { code: 'ETIMEDOUT' }
      await expect(mock.ping({ address: '10.9.0.1', timeout: 0.5 })).rejects.toMatchObject(refused)
      await expect(kernel.ping({ address: '10.9.0.2', timeout: 0.5 })).rejects.toMatchObject(refused)
      expect((await peerOf(kernel))?.lastHandshake).toBeUndefined()
      expect((await peerOf(mock))?.lastHandshake).toBeUndefined()
      await setPeer(kernel, { ...right, endpoint: '10.0.0.2:51820' })
      hurry(rekeyTimeout)
      await pings(mock, 1)
      await pings(kernel, 2)
    })
  }
})
