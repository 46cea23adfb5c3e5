/** WireGuard links and their devices: keys, peers, allowed addresses, and what goes through them (`wg`). @module */
import { isVnetError, type Namespace, type WireguardChange } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, present, refuses } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair, namesOf } from './surroundings.js'
import { clampedKey, privateKeys, publicKeys, sharedKey } from './wireguard-key.js'

const needs = ['link wireguard'] as const
const [own, far] = privateKeys
const [ownPublic, farPublic, third] = publicKeys

/** Registers the tests of WireGuard links. */
export function wireguard(suite: Suite): void {
  suite.test('made, read, listed, deleted', needs, async ({ ns }) => {
    const made = await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    expect(made).toMatchObject({ kind: 'wireguard', type: 'none', mtu: 1420, up: false })
    expect([...made.flags].sort()).toEqual(['NOARP', 'POINTOPOINT'])
    expect(made).not.toHaveProperty('mac')
    expect(await ns.link.list({ kind: 'wireguard' })).toHaveLength(1)
    expect(await ns.wireguard.get('wg0')).toEqual({
      link: made.index,
      name: 'wg0',
      listenPort: 0,
      fwmark: 0,
      peers: [],
      other: [],
    })
    await ns.link.delete('wg0')
    expect(await namesOf(ns)).toEqual([])
    expect(await ns.wireguard.get('wg0')).toBeUndefined()
  })

  suite.test('keys, port and mark; secrets only when asked for; null takes the key away', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    await ns.wireguard.set('wg0', { privateKey: own, listenPort: 51820, fwmark: 0xffffffff })
    const plain = present(await ns.wireguard.get('wg0'))
    expect(plain).toMatchObject({ publicKey: ownPublic, listenPort: 51820, fwmark: 0xffffffff })
    expect(plain).not.toHaveProperty('privateKey')
    const { privateKey } = present(await ns.wireguard.get('wg0', { secrets: true }))
    // Clamped: the lowest three bits of the first octet, and the two highest of the last, are not free.
    expect(privateKey).toBe(clampedKey)
    await ns.wireguard.set('wg0', { privateKey: null, fwmark: 0 })
    const without = present(await ns.wireguard.get('wg0', { secrets: true }))
    expect(without).toMatchObject({ listenPort: 51820, fwmark: 0 })
    expect([without.publicKey, without.privateKey]).toEqual([undefined, undefined])
  })

  suite.test('a peer with all that it takes, changed piece by piece', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    const endpoint = '[fe80::1%1]:65535'
    const allowedIps = ['10.1.0.5/16', '2001:db8::1', '0.0.0.0/0']
    const peer = { publicKey: farPublic, presharedKey: sharedKey, endpoint, persistentKeepalive: 25, allowedIps }
    await ns.wireguard.set('wg0', { peers: [peer] })
    const told = {
      publicKey: farPublic,
      hasPresharedKey: true,
      endpoint,
      persistentKeepalive: 25,
      rxBytes: 0,
      txBytes: 0,
      allowedIps: ['10.1.0.0/16', '2001:db8::1/128', '0.0.0.0/0'],
      protocolVersion: 1,
      other: [],
    }
    expect(await peersOf(ns)).toEqual([told])
    expect(await peersOf(ns, true)).toEqual([{ ...told, presharedKey: sharedKey }])
    await change(ns, { endpoint: '192.0.2.1:51820' })
    await change(ns, { persistentKeepalive: 0, presharedKey: null })
    await change(ns, { allowedIps: ['10.2.0.0/16', '10.1.0.0/16'] })
    const changed = { ...told, endpoint: '192.0.2.1:51820', persistentKeepalive: 0, hasPresharedKey: false }
    expect(await peersOf(ns)).toEqual([
      { ...changed, allowedIps: ['2001:db8::1/128', '0.0.0.0/0', '10.2.0.0/16', '10.1.0.0/16'] },
    ])
    await change(ns, { allowedIps: ['::/0'], replaceAllowedIps: true })
    expect(await peersOf(ns)).toEqual([{ ...changed, allowedIps: ['::/0'] }])
    await change(ns, { allowedIps: [], replaceAllowedIps: true })
    expect(await peersOf(ns)).toEqual([{ ...changed, allowedIps: [] }])
  })

  suite.test(
    'peers: removed, only changed, replaced; an address moves to the last that has it',
    needs,
    async ({ ns }) => {
      await ns.link.add({ kind: 'wireguard', name: 'wg0' })
      const set = (more: Omit<WireguardChange, 'link'>) => ns.wireguard.set('wg0', more)
      const keys = async () => (await peersOf(ns)).map(({ publicKey }) => publicKey)
      await set({ peers: [{ publicKey: farPublic, allowedIps: ['10.0.0.0/24', '10.0.1.0/24'] }, { publicKey: third }] })
      await set({ peers: [{ publicKey: third, allowedIps: ['10.0.0.0/24'] }] })
      expect((await peersOf(ns)).map(({ allowedIps }) => allowedIps)).toEqual([['10.0.1.0/24'], ['10.0.0.0/24']])
      await set({ peers: [{ publicKey: ownPublic, updateOnly: true }] })
      expect(await keys()).toEqual([farPublic, third])
      await set({
        peers: [
          { publicKey: farPublic, remove: true },
          { publicKey: ownPublic, remove: true },
        ],
      })
      expect(await keys()).toEqual([third])
      await set({ replacePeers: true, peers: [{ publicKey: farPublic }] })
      expect(await keys()).toEqual([farPublic])
      await set({ replacePeers: true })
      expect(await keys()).toEqual([])
    },
  )

  suite.test('itself is no peer: passed over, or removed when the key is set', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    await ns.wireguard.set('wg0', { peers: [{ publicKey: ownPublic }, { publicKey: farPublic }] })
    await ns.wireguard.set('wg0', { privateKey: own })
    expect((await peersOf(ns)).map(({ publicKey }) => publicKey)).toEqual([farPublic])
    await ns.wireguard.set('wg0', { peers: [{ publicKey: ownPublic }] })
    expect((await peersOf(ns)).map(({ publicKey }) => publicKey)).toEqual([farPublic])
  })

  suite.test('a port by chance when it goes up; one that is taken is EADDRINUSE', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0', up: true })
    const { listenPort } = present(await ns.wireguard.get('wg0'))
    expect(listenPort).toBeGreaterThan(1023)
    await ns.link.add({ kind: 'wireguard', name: 'wg1' })
    await ns.wireguard.set('wg1', { listenPort })
    const error = await fails(ns.link.set('wg1', { up: true }), 'EADDRINUSE')
    expect(error.hint).toContain('UDP port')
    await ns.wireguard.set('wg1', { listenPort: 0 })
    await ns.link.set('wg1', { up: true })
    const before = present(await ns.wireguard.get('wg1')).listenPort
    const refused = await fails(ns.wireguard.set('wg1', { listenPort }), 'EADDRINUSE')
    expect(refused).toMatchObject({ operation: 'wireguard set', subject: 'wg1' })
    expect(present(await ns.wireguard.get('wg1')).listenPort).not.toBe(listenPort)
    expect(before).not.toBe(listenPort)
    expect((await ns.address.list({ link: 'wg0' })).map(({ address }) => address)).toEqual([])
  })

  suite.test('many peers, and one with many addresses: several messages each way', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    const many = Array.from({ length: 1500 }, (_, at) => ({
      publicKey: keyOf(at),
      endpoint: `192.0.2.${at % 250}:${1000 + at}`,
      allowedIps: [`10.${at >> 8}.${at & 255}.0/24`, `2001:db8:${(at + 1).toString(16)}::/48`],
    }))
    const wide = {
      publicKey: keyOf(5000),
      allowedIps: Array.from({ length: 3000 }, (_, at) => `172.16.${at >> 8}.${at & 255}/32`),
    }
    await ns.wireguard.set('wg0', { privateKey: far, peers: [...many, { ...wide, replaceAllowedIps: true }] })
    const peers = await peersOf(ns)
    expect(peers).toHaveLength(1501)
    expect(peers.map(({ publicKey, allowedIps }) => ({ publicKey, allowedIps }))).toEqual(
      [...many, wide].map(({ publicKey, allowedIps }) => ({ publicKey, allowedIps })),
    )
    expect(peers.at(-2)?.endpoint).toBe(many.at(-1)?.endpoint)
  })

  suite.test(
    'a failed transaction puts keys, peers and addresses back, also of a deleted link',
    needs,
    async ({ ns }) => {
      await ns.link.add({ kind: 'wireguard', name: 'wg0' })
      await ns.wireguard.set('wg0', {
        privateKey: own,
        listenPort: 4000,
        peers: [
          { publicKey: farPublic, presharedKey: sharedKey, allowedIps: ['10.0.0.0/24'] },
          { publicKey: third, endpoint: '192.0.2.1:5', allowedIps: ['10.0.1.0/24'] },
        ],
      })
      const before = await ns.wireguard.get('wg0', { secrets: true })
      const stop = ns.transaction(async (within) => {
        await within.wireguard.set('wg0', { privateKey: null, listenPort: 0, fwmark: 7 })
        await within.wireguard.set('wg0', { peers: [{ publicKey: third, remove: true }, { publicKey: keyOf(1) }] })
        await within.wireguard.set('wg0', { peers: [{ publicKey: keyOf(1), allowedIps: ['10.0.0.0/24'] }] })
        await within.wireguard.set('wg0', { peers: [{ publicKey: farPublic, presharedKey: null }] })
        await within.link.delete('wg0')
        throw new Error('changed my mind')
      })
      expect(await fails(stop, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
      const sorted = (device: typeof before) => ({
        ...device,
        peers: [...(device?.peers ?? [])].sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1)),
      })
      expect(sorted(await ns.wireguard.get('wg0', { secrets: true }))).toEqual(sorted(before))
    },
  )

  suite.test('of another kind it is EOPNOTSUPP; without a link ENODEV', [...needs, 'link veth'], async ({ ns }) => {
    await addPair(ns)
    const error = await fails(ns.wireguard.set('v0', { fwmark: 1 }), 'EOPNOTSUPP')
    expect(error.hint).toContain('kind wireguard')
    await fails(ns.wireguard.get('v0'), 'EOPNOTSUPP')
    await fails(ns.wireguard.set('nope', { fwmark: 1 }), 'ENODEV')
    expect(await ns.wireguard.get('nope')).toBeUndefined()
    expect(await ns.wireguard.get(4711)).toBeUndefined()
  })

  suite.test('wrong arguments, none of which repeats a key', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'wireguard', name: 'wg0' })
    const before = await ns.wireguard.get('wg0', { secrets: true })
    const secret = 'SECRETSECRETSECRETSECRETSECRETSECRETSECRETS'
    const peer = { publicKey: farPublic }
    const rows: readonly unknown[] = [
      ...[secret, `${secret}==`, `${secret.slice(1)}B=`, new Uint8Array(31), 7, ''].map((key) => ({ privateKey: key })),
      { peers: [{ publicKey: secret }] },
      { peers: [{ ...peer, presharedKey: secret }] },
      { peers: [{ presharedKey: `${secret}` }] },
      { listenPort: 65536 },
      { fwmark: -1 },
      { peers: {} },
      { peers: [{ ...peer, endpoint: 'example.net:51820' }] },
      { peers: [{ ...peer, endpoint: '192.0.2.1' }] },
      { peers: [{ ...peer, endpoint: '192.0.2.1:0' }] },
      { peers: [{ ...peer, endpoint: '2001:db8::1:51820' }] },
      { peers: [{ ...peer, endpoint: '[fe80::1%wg0]:51820' }] },
      { peers: [{ ...peer, persistentKeepalive: 65536 }] },
      { peers: [{ ...peer, allowedIps: ['10.0.0.0/33'] }] },
      { peers: [{ ...peer, allowedIps: '10.0.0.0/8' }] },
      { peers: [{ ...peer, remove: true, allowedIps: [] }] },
    ]
    for (const row of rows) {
      const error = await refuses(ns.wireguard.set('wg0', row as never))
      expect(error).toMatchObject({ operation: 'wireguard set' })
      expect(JSON.stringify(error) + error.message).not.toContain('SECRET')
      expect((error as { hint?: string }).hint).toBeTruthy()
    }
    await refuses(ns.wireguard.set('wg0', { privatKey: own } as never))
    const taken = await failure(ns.wireguard.set('nope', { privateKey: own }))
    expect(isVnetError(taken) && JSON.stringify(taken) + taken.message + (taken.stack ?? '')).not.toContain(own)
    expect(await ns.wireguard.get('wg0', { secrets: true })).toEqual(before)
  })

  suite.test(
    'packets between two namespaces, counted and dated',
    [...needs, 'link veth', 'packets wireguard'],
    async (context) => {
      const { ns } = context
      const there = await context.another()
      await ns.link.add({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1', namespace: there, up: true } })
      const sides = [
        { at: ns, under: 'v0', key: own, peer: farPublic, side: 1 },
        { at: there, under: 'v1', key: far, peer: ownPublic, side: 2 },
      ] as const
      for (const { at, under, key, peer, side } of sides) {
        await at.address.add({ link: under, address: `192.0.2.${side}/24` })
        await at.link.add({ kind: 'wireguard', name: 'wg0' })
        const endpoint = `192.0.2.${3 - side}:51820`
        const remote = { publicKey: peer, presharedKey: sharedKey, endpoint, allowedIps: [`10.1.0.${3 - side}/32`] }
        await at.wireguard.set('wg0', { privateKey: key, listenPort: 51820, peers: [remote] })
        await at.address.add({ link: 'wg0', address: `10.1.0.${side}/24` })
        await at.link.set('wg0', { up: true })
      }
      const started = Date.now() / 1000
      const reply = await eventually(() => ns.ping({ address: '10.1.0.2', timeout: 5 }))
      expect(reply.address).toBe('10.1.0.2')
      for (const { at } of sides) {
        const [peer] = await peersOf(at)
        expect(peer?.rxBytes).toBeGreaterThan(100)
        expect(peer?.txBytes).toBeGreaterThan(100)
        expect(Math.abs(present(peer?.lastHandshake) - started)).toBeLessThan(600)
      }
      // Only what is allowed leads to the peer.
      await there.address.add({ link: 'wg0', address: '10.1.0.7/32' })
      await fails(ns.ping({ address: '10.1.0.7', timeout: 1 }), ['ENOKEY', 'EHOSTUNREACH', 'ETIMEDOUT'])
      // A wrong shared key ends the conversation at the next handshake.
      await ns.wireguard.set('wg0', { peers: [{ publicKey: farPublic, allowedIps: ['10.1.0.7/32'] }] })
      await there.wireguard.set('wg0', { peers: [{ publicKey: ownPublic, remove: true }] })
      await fails(ns.ping({ address: '10.1.0.7', timeout: 1 }), 'ETIMEDOUT')
    },
  )
}

/** A public key that nobody has the private key of. */
function keyOf(number: number): string {
  const hex = (number + 1).toString(16).padStart(4, '0')
  return `${'A'.repeat(36)}${hex.toUpperCase()}AAA=`
}

async function peersOf(ns: Namespace, secrets = false) {
  return present(await ns.wireguard.get('wg0', { secrets })).peers
}

/** Changes the one peer of the tests. */
function change(ns: Namespace, peer: object): Promise<void> {
  return ns.wireguard.set('wg0', { peers: [{ publicKey: farPublic, ...peer }] })
}
