/** Keys and peers of MACsec links (`ip macsec`), and frames that are protected by them. @module */
import { isVnetError, type MacsecOptions, type MacsecSaSpec, type Namespace } from '@vnet/core'
import { expect } from 'vitest'
import type { PlacedNamespace } from './context.js'
import { eventually, fails, failure, present, refuses } from './expectation.js'
import { hex, joined, u16 } from './frame.js'
import { listen } from './listen.js'
import type { Suite } from './suite.js'
import { addPair, mac } from './surroundings.js'

const needs = ['link macsec', 'link veth'] as const
const sci = (last: number): string => `0200000000${last.toString(16).padStart(2, '0')}0001`
const key = '00112233445566778899aabbccddeeff'
const other = 'ffeeddccbbaa99887766554433221100'
const sending: MacsecSaSpec = { link: 'm0', association: 0, packetNumber: 1, active: true, key, keyId: '01' }
const keyId = `01${'00'.repeat(15)}`

/** Registers the tests of keys and peers. */
export function macsecKeys(suite: Suite): void {
  suite.test('without keys: no association, no channel', needs, async ({ ns }) => {
    await addLink(ns)
    const link = present(await ns.link.get('m0'))
    const device = present(await ns.macsec.get('m0'))
    expect(device).toMatchObject({ link: link.index, operational: true, associations: [], channels: [], other: [] })
    const { macsec } = link
    expect(device).toMatchObject({ sci: sci(1), cipher: 'gcm-aes-128', encrypt: macsec?.encrypt, icvLength: 16 })
    expect(await ns.macsec.get('v0')).toBeUndefined()
    expect(await ns.macsec.get('nope')).toBeUndefined()
  })

  suite.test('a key that sends: added, changed, deleted; whether it is active counts', needs, async ({ ns }) => {
    await addLink(ns)
    await ns.macsecSa.add({ ...sending, active: false })
    await ns.macsecSa.add({ ...sending, association: 3, packetNumber: 7, keyId: Uint8Array.of(1) })
    const told = { packetNumber: 1, keyId, active: false }
    expect((await ns.macsec.get('m0'))?.associations).toEqual([
      { association: 0, ...told },
      { association: 3, ...told, packetNumber: 7, active: true },
    ])
    await ns.macsecSa.set({ link: 'm0', association: 0, active: false })
    expect(await ns.macsec.get('m0')).toMatchObject({ operational: false })
    await ns.macsecSa.set({ link: 'm0', association: 0, active: true, packetNumber: 4294967295 })
    const device = present(await ns.macsec.get('m0'))
    expect(device).toMatchObject({ operational: true, associations: [{ packetNumber: 4294967295 }, {}] })
    await fails(ns.macsecSa.delete({ link: 'm0', association: 0 }), 'EBUSY')
    await ns.macsecSa.set({ link: 'm0', association: 0, active: false })
    await ns.macsecSa.delete({ link: 'm0', association: 0 })
    const left = present(await ns.macsec.get('m0'))
    expect(left.associations.map(({ association }) => association)).toEqual([3])
    expect(left.operational).toBe(false)
    await ns.link.set('m0', { macsec: { encodingSa: 3 } })
    expect(await ns.macsec.get('m0')).toMatchObject({ operational: true, encodingSa: 3 })
  })

  suite.test('channels of peers and their keys', needs, async ({ ns }) => {
    await addLink(ns)
    await ns.macsecSc.add({ link: 'm0', sci: sci(2) })
    await ns.macsecSc.add({ link: 'm0', sci: sci(3).toUpperCase(), active: false })
    await ns.macsecSa.add({ ...sending, sci: sci(2), packetNumber: 5, key: other, keyId: '02' })
    const { packetNumber: _, ...numberless } = sending
    await ns.macsecSa.add({ ...numberless, sci: sci(2), association: 2, active: false })
    const channel = { sci: sci(3), active: false, associations: [] }
    const associations = [
      { association: 0, active: true, packetNumber: 5, keyId: `02${'00'.repeat(15)}` },
      { association: 2, active: false, packetNumber: 1, keyId },
    ]
    expect((await ns.macsec.get('m0'))?.channels).toEqual([channel, { sci: sci(2), active: true, associations }])
    await ns.macsecSc.set({ link: 'm0', sci: sci(2), active: false })
    await ns.macsecSa.set({ link: 'm0', sci: sci(2), association: 0, active: false, packetNumber: 9 })
    await ns.macsecSa.delete({ link: 'm0', sci: sci(2), association: 2 })
    await ns.macsecSc.delete({ link: 'm0', sci: sci(3) })
    expect((await ns.macsec.get('m0'))?.channels).toMatchObject([
      { sci: sci(2), active: false, associations: [{ association: 0, active: false, packetNumber: 9 }] },
    ])
    await fails(ns.macsecSc.add({ link: 'm0', sci: sci(2) }), 'EEXIST')
    await ns.macsecSc.delete({ link: 'm0', sci: sci(2) })
    expect((await ns.macsec.get('m0'))?.channels).toEqual([])
  })

  suite.test('long packet numbers, short identifiers and salts of an XPN cipher', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0', macsec: { cipher: 'gcm-aes-xpn-256' } })
    const extended = { ...sending, key: key + other, ssci: 0x01020304, salt: '0102030405060708090a0b0c' }
    const packetNumber = 2 ** 40 + 5
    await ns.macsecSa.add({ ...extended, packetNumber })
    const [found] = present(await ns.macsec.get('m0')).associations
    expect(found).toMatchObject({ packetNumber, ssci: 0x01020304, keyId })
    await ns.macsecSa.set({ link: 'm0', association: 0, packetNumber: packetNumber + 1 })
    expect((await ns.macsec.get('m0'))?.associations).toMatchObject([{ packetNumber: packetNumber + 1 }])
    await fails(ns.macsecSa.add({ ...sending, association: 1, key: key + other }), 'EINVAL')
  })

  suite.test('counters, when asked for', needs, async ({ ns }) => {
    await addLink(ns)
    await ns.macsecSc.add({ link: 'm0', sci: sci(2) })
    await ns.macsecSa.add(sending)
    await ns.macsecSa.add({ ...sending, sci: sci(2) })
    const plain = present(await ns.macsec.get('m0'))
    expect(JSON.stringify(plain)).not.toContain('statistics')
    const device = present(await ns.macsec.get('m0', { statistics: true }))
    const names = (counters: object | undefined) => Object.keys(present(counters)).length
    const [channel] = device.channels
    expect(
      [device, device.associations[0], channel, channel?.associations[0]].map((one) => names(one?.statistics)),
    ).toEqual([12, 2, 10, 5])
    expect(device.statistics).toMatchObject({ outPktsTooLong: 0, outOctetsEncrypted: expect.any(Number) })
  })

  suite.test('what is not there, what is there, what does not fit the cipher', needs, async ({ ns }) => {
    await addLink(ns)
    await ns.macsecSa.add(sending)
    await fails(ns.macsecSa.add(sending), 'EBUSY')
    await fails(ns.macsecSa.add({ ...sending, link: 'v0' }), 'ENODEV')
    await fails(ns.macsecSa.add({ ...sending, sci: sci(9) }), 'ENODEV')
    await fails(ns.macsecSa.add({ ...sending, association: 1, key: key + key }), 'EINVAL')
    const error = await fails(ns.macsecSa.set({ link: 'm0', association: 0, packetNumber: 2 ** 32 }), 'EINVAL')
    expect(error).toMatchObject({ operation: 'macsecSa set', subject: 'm0', attribute: 'spec.packetNumber' })
    await fails(ns.macsecSa.set({ link: 'm0', association: 1, active: true }), 'ENODEV')
    await fails(ns.macsecSa.delete({ link: 'm0', association: 1 }), 'ENODEV')
    await fails(ns.macsecSc.set({ link: 'm0', sci: sci(9), active: true }), 'ENODEV')
    await fails(ns.macsecSc.delete({ link: 'm0', sci: sci(9) }), 'ENODEV')
    await fails(ns.macsecSc.add({ link: 'v0', sci: sci(9) }), 'ENODEV')
  })

  suite.test('wrong arguments, none of which repeats a key', needs, async ({ ns }) => {
    await addLink(ns)
    const secret = 'c0ffee'.repeat(5)
    const rows: readonly object[] = [
      { ...sending, key: secret },
      { ...sending, key: `${secret}zz` },
      { ...sending, key: 7 },
      { ...sending, keyId: '' },
      { ...sending, keyId: '00'.repeat(17) },
      { ...sending, association: 4 },
      { ...sending, packetNumber: 0 },
      { ...sending, packetNumber: undefined },
      { ...sending, ssci: 5 },
      { ...sending, salt: '00'.repeat(12) },
      { ...sending, ssci: 5, salt: secret },
      { ...sending, sci: '02:00:00:00:00:01' },
      { link: 'm0', association: 0, active: true },
    ]
    for (const row of rows) {
      const error = await refuses(ns.macsecSa.add(row as MacsecSaSpec))
      expect(error.message + JSON.stringify(error)).not.toContain('c0ffee')
      expect((error as { hint?: string }).hint).toBeTruthy()
    }
    await refuses(ns.macsecSa.set({ link: 'm0', association: 0 }))
    await refuses(ns.macsecSc.set({ link: 'm0', sci: sci(2) }))
    await refuses(ns.macsecSc.add({ link: 'm0', sci: '1' }))
    const refused = await failure(ns.macsecSa.add({ ...sending, link: 'v0' }))
    expect(isVnetError(refused) && refused.message + JSON.stringify(refused) + refused.stack).not.toContain(key)
    expect((await ns.macsec.get('m0'))?.associations).toEqual([])
  })

  suite.test('a failed transaction takes back what it can, and tells of keys that are lost', needs, async ({ ns }) => {
    await addLink(ns)
    await ns.macsecSc.add({ link: 'm0', sci: sci(2) })
    await ns.macsecSa.add({ ...sending, active: false })
    await ns.macsecSa.set({ link: 'm0', association: 0, active: false })
    const before = await ns.macsec.get('m0')
    const undone = ns.transaction(async (within) => {
      await within.macsecSa.set({ link: 'm0', association: 0, active: true, packetNumber: 99 })
      await within.macsecSa.add({ ...sending, association: 1 })
      await within.macsecSc.set({ link: 'm0', sci: sci(2), active: false })
      await within.macsecSc.delete({ link: 'm0', sci: sci(2) })
      await within.macsecSc.add({ link: 'm0', sci: sci(3) })
      throw new Error('changed my mind')
    })
    expect(await fails(undone, 'VNET_TRANSACTION')).not.toHaveProperty('notUndone.0')
    expect(await ns.macsec.get('m0')).toEqual(before)
    const lost = ns.transaction(async (within) => {
      await within.macsecSa.delete({ link: 'm0', association: 0 })
      throw new Error('changed my mind')
    })
    const error = await fails(lost, 'VNET_TRANSACTION')
    expect(error.notUndone).toMatchObject([{ operation: 'macsecSa delete', subject: 'm0' }])
  })

  suite.test(
    'encrypted frames between two namespaces, counted; none with a wrong key',
    [...needs, 'packets macsec'],
    async (context) => {
      const { ns } = context
      const there = await context.another()
      await ns.link.add({
        ...{ kind: 'veth', name: 'v0', mac: mac(1), up: true },
        peer: { name: 'v1', mac: mac(2), namespace: there, up: true },
      })
      for (const [at, parent, side] of [
        [ns, 'v0', 1],
        [there, 'v1', 2],
      ] as const) {
        await at.link.add({ kind: 'macsec', name: 'm0', parent, macsec: { encrypt: true }, up: true })
        await at.macsecSa.add({ ...sending, key: side === 1 ? key : other })
        await at.macsecSc.add({ link: 'm0', sci: sci(3 - side) })
        await at.macsecSa.add({ ...sending, sci: sci(3 - side), key: side === 1 ? other : key })
        await at.address.add({ link: 'm0', address: `10.0.0.${side}/24` })
      }
      const reply = await eventually(() => ns.ping({ address: '10.0.0.2', timeout: 2 }))
      expect(reply.address).toBe('10.0.0.2')
      const device = present(await there.macsec.get('m0', { statistics: true }))
      expect(device.operational).toBe(true)
      expect(device.statistics?.outPktsEncrypted).toBeGreaterThan(0)
      expect(device.channels[0]?.statistics?.inPktsOk).toBeGreaterThan(0)
      expect(device.associations[0]?.packetNumber).toBeGreaterThan(1)
      // The other end sends by a key that is called the same and is another.
      await there.macsecSa.add({ ...sending, association: 1, key: '0f'.repeat(16) })
      await ns.macsecSa.add({ ...sending, association: 1, sci: sci(2), key: 'f0'.repeat(16) })
      await there.link.set('m0', { macsec: { encodingSa: 1 } })
      await fails(ns.ping({ address: '10.0.0.2', timeout: 1 }), 'ETIMEDOUT')
      const [channel] = present(await ns.macsec.get('m0', { statistics: true })).channels
      expect(channel?.statistics?.inPktsNotValid).toBeGreaterThan(0)
    },
  )

  for (const [title, macsec, octets] of variants) {
    suite.test(`packets: ${title}`, [...needs, 'packets macsec'], async (context) => {
      const { ns } = context
      const there = await context.another()
      await addSides(ns, there, macsec, octets)
      const reply = await eventually(() => ns.ping({ address: '10.0.0.2', timeout: 2 }))
      expect(reply.address).toBe('10.0.0.2')
      const device = present(await there.macsec.get('m0', { statistics: true }))
      const [sent, opened] = macsec.encrypt
        ? (['outPktsEncrypted', 'inOctetsDecrypted'] as const)
        : (['outPktsProtected', 'inOctetsValidated'] as const)
      expect(device.statistics?.[sent]).toBeGreaterThan(0)
      const [channel] = device.channels
      expect(channel?.statistics?.inPktsOk).toBeGreaterThan(0)
      expect(channel?.statistics?.[opened]).toBeGreaterThan(0)
      expect(channel?.associations[0]?.packetNumber).toBeGreaterThan(1)
    })
  }

  suite.test(
    'a frame is what the standard says: tag, AES-GCM, check value',
    [...needs, 'packets macsec', 'capture'],
    async (context) => {
      const { ns } = context
      const there = await context.another()
      await addSides(ns, there, { encrypt: true }, 16)
      const heard = await listen(there, context.defer, 'v1')
      await eventually(() => ns.ping({ address: '10.0.0.2', size: 100, timeout: 2 }))
      // MACs, EtherType, identifier told and encrypted, association 0, long, number, identifier.
      const frame = await eventually(async () =>
        present(heard.frames.find((one) => u16(one, 12) === 0x88e5 && one.length > 150)),
      )
      expect([frame[14], frame[15]]).toEqual([0x2c, 0])
      const sciOctets = frame.subarray(20, 28)
      expect(hex(sciOctets)).toBe(sci(1))
      const raw = Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
      const secret = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
      const iv = joined(sciOctets, frame.subarray(16, 20))
      const algorithm = { name: 'AES-GCM', iv, additionalData: joined(frame.subarray(0, 28)) }
      const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, secret, joined(frame.subarray(28))))
      // The EtherType and the echo request.
      expect([u16(plain, 0), plain[2], plain[22]]).toEqual([0x0800, 0x45, 8])
    },
  )

  suite.test(
    'frames without a tag: refused when strict, let in when only checked',
    [...needs, 'packets macsec'],
    async (context) => {
      const { ns } = context
      const there = await context.another()
      await addSides(ns, there, { encrypt: true }, 16)
      await there.address.add({ link: 'v1', address: '10.0.1.2/24' })
      await there.neighbour.add({ link: 'v1', address: '10.0.1.1', mac: mac(1) })
      const counted = async () => present((await ns.macsec.get('m0', { statistics: true }))?.statistics)
      const before = await counted()
      await fails(there.ping({ address: '10.0.1.1', timeout: 0.3 }), 'ETIMEDOUT')
      const strict = await counted()
      expect(strict.inPktsNoTag).toBeGreaterThan(before.inPktsNoTag ?? 0)
      expect(strict.inPktsUntagged).toBe(0)
      await ns.link.set('m0', { macsec: { validate: 'check' } })
      await fails(there.ping({ address: '10.0.1.1', timeout: 0.3 }), 'ETIMEDOUT')
      expect((await counted()).inPktsUntagged).toBeGreaterThan(0)
    },
  )
}

/** Links `m0` with addresses 10.0.0.1 and 10.0.0.2 on a veth pair between two namespaces, each of which has the other's key. */
async function addSides(
  ns: PlacedNamespace,
  there: PlacedNamespace,
  macsec: MacsecOptions,
  octets: 16 | 32,
): Promise<void> {
  await ns.link.add({
    ...{ kind: 'veth', name: 'v0', mac: mac(1), up: true },
    peer: { name: 'v1', mac: mac(2), namespace: there.ref, up: true },
  })
  const whole = (one: string) => (octets === 16 ? one : one + one)
  const xpn = (ssci: number) => (macsec.cipher?.includes('xpn') ? { ssci, salt: '0102030405060708090a0b0c' } : {})
  for (const [at, parent, side] of [
    [ns, 'v0', 1],
    [there, 'v1', 2],
  ] as const) {
    const [own, others] = side === 1 ? [key, other] : [other, key]
    await at.link.add({ kind: 'macsec', name: 'm0', parent, macsec, up: true })
    await at.macsecSa.add({ ...sending, key: whole(own), ...xpn(side) })
    await at.macsecSc.add({ link: 'm0', sci: sci(3 - side) })
    await at.macsecSa.add({ ...sending, sci: sci(3 - side), key: whole(others), ...xpn(3 - side) })
    await at.address.add({ link: 'm0', address: `10.0.0.${side}/24` })
  }
}

/** What a MACsec link can be like: its options, and how long its key is. */
const variants: readonly (readonly [title: string, macsec: MacsecOptions, octets: 16 | 32])[] = [
  ['only checked', {}, 16],
  ['with a check value of 8 octets', { encrypt: true, icvLength: 8 }, 16],
  ['gcm-aes-256', { encrypt: true, cipher: 'gcm-aes-256' }, 32],
  ['gcm-aes-xpn-128', { encrypt: true, cipher: 'gcm-aes-xpn-128' }, 16],
  ['gcm-aes-xpn-256', { encrypt: true, cipher: 'gcm-aes-xpn-256' }, 32],
  ['without identifiers, end station', { encrypt: true, sendSci: false, endStation: true }, 16],
  ['with a window', { encrypt: true, replayProtect: true, window: 8 }, 16],
]

async function addLink(ns: Namespace): Promise<void> {
  await addPair(ns)
  await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0' })
}
