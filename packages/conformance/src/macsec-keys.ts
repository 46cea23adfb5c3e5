/** Keys and peers of MACsec links (`ip macsec`), and frames that are protected by them. @module */
import { isVnetError, type MacsecSaSpec, type Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, failure, present, refuses } from './expectation.js'
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
    [...needs, 'packets any kind'],
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
}

async function addLink(ns: Namespace): Promise<void> {
  await addPair(ns)
  await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0' })
}
