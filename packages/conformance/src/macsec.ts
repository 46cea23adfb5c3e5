/** MACsec links and each of their options, without keys (`ip link add link … type macsec`). @module */
import { macsecFields } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { addPair, mac, namesOf } from './surroundings.js'

const needs = ['link macsec', 'link veth'] as const

/** Registers the tests of MACsec links. */
export function macsec(suite: Suite): void {
  optionTests(
    suite,
    {
      needs,
      property: 'macsec',
      prepare: async (ns) => {
        await addPair(ns)
      },
      make: async (ns, name, options) => {
        await ns.link.add({ kind: 'macsec', name, parent: 'v0', macsec: options })
        return present(await ns.link.get(name))
      },
    },
    macsecFields,
    notes,
  )

  suite.test('made, read, listed, deleted: the identifier is the MAC and port 1', needs, async ({ ns }) => {
    await addPair(ns)
    const made = await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0', mac: mac(7) })
    const parent = present(await ns.link.get('v0')).index
    expect(made).toMatchObject({ kind: 'macsec', parent, mac: mac(7), mtu: 1468 })
    const told = { sci: '0200000000070001', cipher: 'gcm-aes-128', icvLength: 16, encrypt: false, validate: 'strict' }
    expect(made.macsec).toMatchObject(told)
    expect(await ns.link.list({ kind: 'macsec' })).toHaveLength(1)
    await ns.link.delete('m0')
    expect((await namesOf(ns)).sort()).toEqual(['v0', 'v1'])
  })

  suite.test('port, cipher suite and length of the check value', needs, async ({ ns }) => {
    await addPair(ns)
    const macsec = { port: 0xab, cipher: 'gcm-aes-256', icvLength: 12 } as const
    const made = await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0', macsec })
    expect(made.macsec).toMatchObject({ sci: '02000000000100ab', cipher: 'gcm-aes-256', icvLength: 12 })
    expect(made.mtu).toBe(1472)
  })

  suite.test('an identifier that is taken is EBUSY', needs, async ({ ns }) => {
    await addPair(ns)
    await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0' })
    await fails(ns.link.add({ kind: 'macsec', name: 'm1', parent: 'v0' }), 'EBUSY')
    await ns.link.add({ kind: 'macsec', name: 'm1', parent: 'v0', macsec: { port: 2 } })
    expect((await namesOf(ns)).sort()).toEqual(['m0', 'm1', 'v0', 'v1'])
  })

  suite.test('parents and an MTU that it cannot have; up on a parent that is down', needs, async ({ ns }) => {
    await addPair(ns)
    await fails(ns.link.add({ kind: 'macsec', name: 'm0', parent: 'nope' }), 'ENODEV')
    await fails(ns.link.add({ kind: 'macsec', name: 'm0', parent: 'lo' }), 'EINVAL')
    await ns.link.add({ kind: 'macsec', name: 'm0', parent: 'v0' })
    await fails(ns.link.set('m0', { mtu: 1469 }), 'ERANGE')
    await ns.link.set('v0', { up: false })
    await ns.link.set('m0', { up: true })
    expect(await ns.link.get('m0')).toMatchObject({ up: true })
    await ns.link.set('v0', { mtu: 1400 })
    expect(await ns.link.get('m0')).toMatchObject({ mtu: 1368 })
    await ns.link.delete('v0')
    expect(await namesOf(ns)).toEqual([])
  })
}

const notes: Readonly<Record<string, OptionNote>> = {
  // Fixed once made.
  sci: { values: ['0200000000f00001'], fixed: true },
  port: { values: [] },
  cipher: { values: ['gcm-aes-128', 'gcm-aes-256'], fixed: true },
  icvLength: { values: [16, 8], fixed: true },
  encodingSa: { values: [3, 0] },
  endStation: { with: { sendSci: false } },
  scb: { with: { sendSci: false } },
  replayProtect: { with: { window: 5 } },
  window: { values: [64, 0], with: { replayProtect: true, window: 5 } },
  // Linux before 5.18 says nothing to it, and the others need hardware.
  offload: { values: [] },
}
