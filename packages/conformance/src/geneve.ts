/** GENEVE links and each of their options (`ip link add … type geneve id … remote …`). @module */
import { geneveFields } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { namesOf } from './surroundings.js'

const remote = '10.0.0.2'

/** Registers the tests of GENEVE links. */
export function geneve(suite: Suite): void {
  const needs = ['link geneve'] as const
  optionTests(
    suite,
    {
      needs,
      property: 'geneve',
      prepare: async () => {},
      make: async (ns, name, options) => {
        await ns.link.add({ kind: 'geneve', name, geneve: { id: 42, remote, ...options } })
        return present(await ns.link.get(name))
      },
    },
    geneveFields,
    notes,
  )

  suite.test('made, read, listed, deleted', needs, async ({ ns }) => {
    const made = await ns.link.add({ kind: 'geneve', name: 'g0', geneve: { id: 1, remote } })
    const options = { id: 1, remote, port: 6081, external: false, innerProtocolInherit: false }
    expect(made).toMatchObject({ kind: 'geneve', type: 'ether', mtu: 1500, geneve: options })
    expect(await ns.link.list({ kind: 'geneve' })).toHaveLength(1)
    await ns.link.delete('g0')
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('the first and the last identifier', needs, async ({ ns }) => {
    for (const id of [0, 0xffffff]) {
      const made = await ns.link.add({ kind: 'geneve', name: `g${id}`, geneve: { id, remote } })
      expect(made.geneve?.id).toBe(id)
    }
  })

  suite.test('over IPv6', needs, async ({ ns }) => {
    const options = { id: 1, remote: '2001:db8::2', flowLabel: 7, udpZeroChecksum6Tx: true }
    const made = await ns.link.add({ kind: 'geneve', name: 'g0', geneve: options })
    expect(made.geneve).toMatchObject(options)
    await fails(ns.link.set('g0', { geneve: { remote } }), 'EOPNOTSUPP')
  })

  suite.test('what is fixed cannot be changed: EOPNOTSUPP', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'geneve', name: 'g0', geneve: { id: 1, remote } })
    for (const options of [{ id: 2 }, { port: 7777 }, { udpChecksum: true }, { remote: '2001:db8::2' }]) {
      await fails(ns.link.set('g0', { geneve: options }), 'EOPNOTSUPP')
    }
    expect((await ns.link.get('g0'))?.geneve).toMatchObject({ id: 1, remote, port: 6081 })
  })

  suite.test('an identifier that is taken for a remote is EBUSY', needs, async ({ ns }) => {
    await ns.link.add({ kind: 'geneve', name: 'g0', geneve: { id: 1, remote } })
    await fails(ns.link.add({ kind: 'geneve', name: 'g1', geneve: { id: 1, remote } }), 'EBUSY')
    await ns.link.add({ kind: 'geneve', name: 'g1', geneve: { id: 1, remote: '10.0.0.3' } })
    expect(await namesOf(ns)).toEqual(['g0', 'g1'])
  })

  suite.test(
    'external: the ends come with each packet; only one for a port, and no other beside it',
    needs,
    async ({ ns }) => {
      const made = await ns.link.add({ kind: 'geneve', name: 'g0', geneve: { external: true } })
      expect(made.geneve).toMatchObject({ external: true })
      await fails(ns.link.add({ kind: 'geneve', name: 'g1', geneve: { external: true } }), 'EBUSY')
      await fails(ns.link.add({ kind: 'geneve', name: 'g1', geneve: { id: 1, remote } }), 'EPERM')
      await ns.link.add({ kind: 'geneve', name: 'g1', geneve: { external: true, port: 7777 } })
    },
  )

  suite.test('without Ethernet headers', needs, async ({ ns }) => {
    const made = await ns.link.add({
      kind: 'geneve',
      name: 'g0',
      geneve: { id: 1, remote, innerProtocolInherit: true },
    })
    expect(made.geneve).toMatchObject({ innerProtocolInherit: true })
    expect(made).toMatchObject({ type: 'none', flags: ['NOARP'] })
    expect(made.mac).toBeUndefined()
  })

  suite.test('source ports from last to first are refused', needs, async ({ ns }) => {
    const backwards = { id: 1, remote, portRange: [5000, 4000] } as const
    await expect(ns.link.add({ kind: 'geneve', name: 'g0', geneve: backwards })).rejects.toThrow()
    expect(await namesOf(ns)).toEqual([])
  })

  suite.test('a multicast remote is EINVAL', needs, async ({ ns }) => {
    await fails(ns.link.add({ kind: 'geneve', name: 'g0', geneve: { id: 1, remote: '239.1.1.1' } }), 'EINVAL')
    expect(await namesOf(ns)).toEqual([])
  })
}

const fixed = { fixed: true } as const

const notes: Readonly<Record<string, OptionNote>> = {
  id: { values: [43, 0], fixed: true },
  remote: { values: ['10.0.0.3', '10.0.0.4'] },
  port: { values: [7777, 1], fixed: true },
  ttl: { values: [64, 255, 0] },
  ttlInherit: { values: [true, false] },
  // Only where the outer packets are IPv6.
  flowLabel: { values: [0x12345, 0], with: { remote: '2001:db8::2' } },
  udpChecksum: fixed,
  udpZeroChecksum6Tx: { with: { remote: '2001:db8::2' }, fixed: true },
  udpZeroChecksum6Rx: { with: { remote: '2001:db8::2' }, fixed: true },
  // No kernel of CI's has it (Linux 6.15): what is written, and what the mock keeps, have tests of their own.
  portRange: { values: [] },
  // Have tests of their own.
  external: { values: [] },
  innerProtocolInherit: { values: [] },
}
