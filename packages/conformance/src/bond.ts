/** Bonds and their ports (`ip link add … type bond`). @module */
import { bondFields, type Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { mac, namesOf } from './surroundings.js'

const needs = ['link bond', 'link veth'] as const

/** Registers the tests of bonds. */
export function bond(suite: Suite): void {
  optionTests(
    suite,
    {
      needs: ['link bond'],
      property: 'bond',
      prepare: async () => {},
      make: async (ns, name, options) => {
        await ns.link.add({ kind: 'bond', name, bond: options })
        return present(await ns.link.get(name))
      },
    },
    bondFields,
    notes,
  )

  suite.test('made, read, listed, deleted: mode balance-rr, no look at ports', ['link bond'], async ({ ns }) => {
    const made = await ns.link.add({ kind: 'bond', name: 'b0', mac: mac(5) })
    expect(made).toMatchObject({ kind: 'bond', mac: mac(5), carrier: false, txQueues: 16 })
    expect(made.flags).toContain('MASTER')
    const told = { mode: 'balance-rr', miimon: 0, arpInterval: 0, arpIpTargets: [], xmitHashPolicy: 'layer2' }
    expect(made.bond).toMatchObject(told)
    expect(await ns.link.list({ kind: 'bond' })).toHaveLength(1)
    await ns.link.delete('b0')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('modes that must know the carrier look at it', ['link bond'], async ({ ns }) => {
    for (const mode of ['802.3ad', 'balance-tlb', 'balance-alb'] as const) {
      expect((await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode } })).bond).toMatchObject({
        mode,
        miimon: 100,
      })
      await ns.link.delete('b0')
    }
  })

  suite.test('a port takes MAC and MTU of the bond, and gets its own back', needs, async ({ ns }) => {
    await addPairs(ns, 1)
    await ns.link.add({ kind: 'bond', name: 'b0', mac: mac(0xb0), mtu: 1400, bond: { mode: 'active-backup' } })
    const { index } = present(await ns.link.get('b0'))
    await ns.link.set('v0', { master: 'b0' })
    const port = present(await ns.link.get('v0'))
    expect(port).toMatchObject({ master: index, portKind: 'bond', mac: mac(0xb0), mtu: 1400, up: true })
    expect(port.flags).toContain('SLAVE')
    const state = { state: 'active', miiStatus: 'up', linkFailures: 0, permanentMac: mac(0x10), queueId: 0 }
    expect(port.bondPort).toMatchObject(state)
    expect(await ns.link.list({ master: 'b0' })).toMatchObject([{ name: 'v0' }])
    expect((await ns.link.get('b0'))?.bond).toMatchObject({ activeSlave: port.index })
    await ns.link.set('v0', { master: null })
    const free = present(await ns.link.get('v0'))
    expect(free).toMatchObject({ mac: mac(0x10), mtu: 1500, up: false })
    expect(free.bondPort).toBeUndefined()
    expect(free.flags).not.toContain('SLAVE')
  })

  suite.test('a bond without a MAC of its own takes that of the first port', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0' })
    for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
    const macs = (await ns.link.list()).filter((link) => ['b0', 'v0', 'v1'].includes(link.name)).map((link) => link.mac)
    expect(macs).toEqual([mac(0x10), mac(0x10), mac(0x10)])
    await ns.link.set('b0', { mac: mac(0x77), mtu: 1300 })
    for (const name of ['v0', 'v1']) expect(await ns.link.get(name)).toMatchObject({ mac: mac(0x77), mtu: 1300 })
  })

  suite.test('deleting it releases its ports', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0' })
    for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
    await ns.link.delete('b0')
    for (const [i, name] of ['v0', 'v1'].entries()) {
      const link = present(await ns.link.get(name))
      expect([link.master, link.mac, link.up]).toEqual([undefined, mac(0x10 + i), false])
    }
  })

  suite.test('links that cannot become ports, and nothing has changed', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0' })
    await ns.link.set('v0', { up: true })
    await fails(ns.link.set('v0', { master: 'b0' }), 'EPERM')
    await fails(ns.link.set('b0', { master: 'b0' }), 'EPERM')
    await ns.link.set('lo', { up: false })
    await fails(ns.link.set('lo', { master: 'b0' }), 'EADDRNOTAVAIL')
    await fails(ns.link.set('v1', { bondPort: { queueId: 1 } }), 'EOPNOTSUPP')
    expect(await ns.link.list({ master: 'b0' })).toEqual([])
    expect(await ns.link.get('v0')).toMatchObject({ mac: mac(0x10), up: true })
  })

  suite.test('what cannot change: with ports, while up, in this mode, without miimon', needs, async ({ ns }) => {
    await addPairs(ns, 1)
    await ns.link.add({ kind: 'bond', name: 'b0' })
    const before = (await ns.link.get('b0'))?.bond
    for (const option of [{ lacpRate: 'fast' }, { tlbDynamicLb: true }, { adUserPortKey: 5 }] as const) {
      await fails(ns.link.set('b0', { bond: option }), 'EACCES')
    }
    for (const option of ['updelay', 'downdelay', 'peerNotifyDelay']) {
      await fails(ns.link.set('b0', { bond: { [option]: 100 } }), 'EPERM')
    }
    await ns.link.set('v0', { master: 'b0' })
    await fails(ns.link.set('b0', { bond: { mode: 'active-backup' } }), 'ENOTEMPTY')
    await fails(ns.link.set('b0', { bond: { failOverMac: 'active' } }), 'ENOTEMPTY')
    await ns.link.set('v0', { master: null })
    await ns.link.set('b0', { up: true })
    await fails(ns.link.set('b0', { bond: { mode: 'active-backup' } }), 'EBUSY')
    expect((await ns.link.get('b0'))?.bond).toEqual(before)
  })

  suite.test('looks at the carrier and asking by ARP exclude each other', ['link bond'], async ({ ns }) => {
    await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup', miimon: 100, updelay: 250 } })
    expect((await ns.link.get('b0'))?.bond).toMatchObject({ miimon: 100, updelay: 200 })
    await ns.link.set('b0', { bond: { arpInterval: 200, arpIpTargets: ['10.0.0.1'] } })
    expect((await ns.link.get('b0'))?.bond).toMatchObject({ miimon: 0, arpInterval: 200, arpIpTargets: ['10.0.0.1'] })
    await ns.link.set('b0', { bond: { miimon: 50 } })
    expect((await ns.link.get('b0'))?.bond).toMatchObject({ miimon: 50, arpInterval: 0 })
  })

  suite.test('targets that cannot be asked', ['link bond'], async ({ ns }) => {
    await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup' } })
    for (const list of [['0.0.0.0'], ['255.255.255.255'], ['10.0.0.1', '10.0.0.1']]) {
      await fails(ns.link.set('b0', { bond: { arpIpTargets: list } }), 'EINVAL')
    }
  })

  suite.test('options of ports: a queue of its own, a priority', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup' } })
    for (const [i, name] of ['v0', 'v1'].entries()) {
      await ns.link.set(name, { master: 'b0', bondPort: { queueId: i + 1, priority: i - 5 } })
      expect((await ns.link.get(name))?.bondPort).toMatchObject({ queueId: i + 1, priority: i - 5 })
    }
    await fails(ns.link.set('v0', { bondPort: { queueId: 2 } }), 'EPERM')
    await fails(ns.link.set('v0', { bondPort: { queueId: 17 } }), 'EPERM')
    await ns.link.add({ kind: 'bond', name: 'b1' })
    await ns.link.set('v0', { master: null })
    await ns.link.set('v0', { master: 'b1' })
    await fails(ns.link.set('v0', { bondPort: { priority: 1 } }), 'EACCES')
  })

  suite.test('the primary is used whenever it works; another can be chosen', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup', primaryReselect: 'failure' } })
    for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
    await ns.link.set('b0', { up: true })
    const [v0, v1] = [present(await ns.link.get('v0')).index, present(await ns.link.get('v1')).index]
    const active = async () => (await ns.link.get('b0'))?.bond?.activeSlave
    expect(await active()).toBe(v0)
    await fails(ns.link.set('b0', { bond: { activeSlave: 'v1' } }), 'EINVAL')
    for (const peer of ['p0', 'p1']) await ns.link.set(peer, { up: true })
    await ns.link.set('b0', { bond: { activeSlave: 'v1' } })
    expect(await active()).toBe(v1)
    expect((await ns.link.get('v0'))?.bondPort?.state).toBe('backup')
    await ns.link.set('b0', { bond: { primary: 'v0', primaryReselect: 'always' } })
    expect((await ns.link.get('b0'))?.bond?.primary).toBe(v0)
    expect(await active()).toBe(v0)
    await ns.link.set('b0', { bond: { primary: null } })
    expect((await ns.link.get('b0'))?.bond?.primary).toBeUndefined()
    await ns.link.add({ kind: 'veth', name: 'other' })
    await fails(ns.link.set('b0', { bond: { activeSlave: 'other' } }), 'EINVAL')
    await fails(ns.link.set('b0', { bond: { activeSlave: 'nope' } }), 'ENODEV')
    await fails(ns.link.set('b0', { bond: { primary: 'nope' } }), 'ENODEV')
  })

  suite.test('a port that loses its carrier is given up, and told', needs, async ({ ns }) => {
    await addPairs(ns, 2)
    await ns.link.add({ kind: 'bond', name: 'b0', bond: { mode: 'active-backup', miimon: 20 } })
    for (const name of ['v0', 'v1']) await ns.link.set(name, { master: 'b0' })
    await ns.link.set('b0', { up: true })
    await ns.link.set('v1', { up: true })
    const state = async () => {
      const [bond, v0, v1] = await Promise.all(['b0', 'v0', 'v1'].map((name) => ns.link.get(name)))
      const name =
        bond?.bond?.activeSlave === v0?.index ? 'v0' : bond?.bond?.activeSlave === v1?.index ? 'v1' : undefined
      return [name, v0?.bondPort?.miiStatus, v1?.bondPort?.miiStatus, bond?.carrier]
    }
    await eventually(async () => expect(await state()).toEqual([undefined, 'down', 'down', false]))
    for (const peer of ['p0', 'p1']) await ns.link.set(peer, { up: true })
    await eventually(async () => expect((await state()).slice(1)).toEqual(['up', 'up', true]))
    await ns.link.set('p0', { up: false })
    await eventually(async () => expect(await state()).toEqual(['v1', 'down', 'up', true]))
    await ns.link.set('p0', { up: true })
    // It stays where it is: both have the same priority.
    await eventually(async () => expect(await state()).toEqual(['v1', 'up', 'up', true]))
    await ns.link.set('v0', { bondPort: { priority: 5 } })
    await ns.link.set('p1', { up: false })
    await eventually(async () => expect((await state())[0]).toBe('v0'))
    await ns.link.set('p0', { up: false })
    expect((await ns.link.get('v0'))?.bondPort?.linkFailures).toBeGreaterThan(0)
    await eventually(async () => expect(await state()).toEqual([undefined, 'down', 'down', false]))
  })

  for (const mode of ['active-backup', 'balance-rr'] as const) {
    suite.test(
      `packets in mode ${mode}, also when a port fails`,
      ['packets bond', ...needs],
      async ({ ns, another }) => {
        const far = await another()
        for (const i of [0, 1]) {
          await ns.link.add({ kind: 'veth', name: `v${i}`, peer: { name: `p${i}`, namespace: far } })
        }
        const bond = { mode, miimon: 20 }
        for (const [place, port, last] of [[ns, 'v', 1] as const, [far, 'p', 2] as const]) {
          await place.link.add({ kind: 'bond', name: 'b0', bond })
          for (const i of [0, 1]) await place.link.set(`${port}${i}`, { master: 'b0' })
          await place.link.set('b0', { up: true })
          await place.address.add({ link: 'b0', address: `10.0.0.${last}/24` })
        }
        const reached = () => eventually(() => ns.ping({ address: '10.0.0.2', timeout: 0.5 }))
        expect(await reached()).toMatchObject({ address: '10.0.0.2' })
        const index = (await ns.link.get('b0'))?.bond?.activeSlave ?? present(await ns.link.get('v0')).index
        await ns.link.set(index, { up: false })
        expect(await reached()).toMatchObject({ address: '10.0.0.2' })
      },
    )
  }
}

/** Pairs `v0`–`p0`, `v1`–`p1`, …, all down, with MACs 02:…:10, 11, … */
async function addPairs(ns: Namespace, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await ns.link.add({ kind: 'veth', name: `v${i}`, mac: mac(0x10 + i), peer: { name: `p${i}` } })
  }
}

const backup = { mode: 'active-backup' }
const lacp = { mode: '802.3ad' }
const delay = { values: [300, 0, 1000], with: { miimon: 100 } }
const notes: Readonly<Record<string, OptionNote>> = {
  // Have tests of their own.
  activeSlave: { values: [] },
  primary: { values: [] },
  miimon: { values: [100, 0, 1000] },
  updelay: delay,
  downdelay: delay,
  peerNotifyDelay: delay,
  arpInterval: { values: [100, 0], with: backup },
  arpIpTargets: { values: [['10.0.0.9', '10.0.0.10'], []] },
  neighbourTargets: { values: [['2001:db8::9', '2001:db8::a'], []] },
  arpValidate: { with: { ...backup, arpInterval: 100 } },
  primaryReselect: { with: backup },
  failOverMac: { with: backup },
  lacpActive: { with: lacp },
  lacpRate: { with: lacp },
  adSelect: { with: lacp },
  adActorSystemPriority: { with: lacp },
  adUserPortKey: { with: lacp },
  adActorSystem: { with: lacp },
  tlbDynamicLb: { with: { mode: 'balance-tlb' } },
  // Linux before 6.9 says nothing to it.
  coupledControl: { values: [] },
}
