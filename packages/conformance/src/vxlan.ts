/** VXLAN links and each of their options (`ip link add … type vxlan id …`). @module */
import { vxlanFields } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { namesOf } from './surroundings.js'

/** Registers the tests of VXLAN links. */
export function vxlan(suite: Suite): void {
  optionTests(
    suite,
    {
      needs: ['link bridge', 'link vxlan'],
      property: 'vxlan',
      prepare: async (ns) => {
        // A link that outer packets may leave by: always index 50.
        await ns.link.add({ kind: 'bridge', name: 'under', index: 50, up: true })
      },
      make: async (ns, name, options) => {
        await ns.link.add({ kind: 'vxlan', name, vxlan: { id: 42, ...options } })
        return present(await ns.link.get(name))
      },
    },
    vxlanFields,
    notes,
  )

  suite.test('the port is 4789 (IANA) unless told otherwise', ['link vxlan'], async ({ ns }) => {
    const made = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1 } })
    expect(made).toMatchObject({ kind: 'vxlan', vxlan: { id: 1, port: 4789, learning: true } })
  })

  suite.test('with the protocol extension the port is 4790 (IANA)', ['link vxlan'], async ({ ns }) => {
    const made = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { external: true, gpe: true } })
    expect(made.vxlan).toMatchObject({ gpe: true, port: 4790 })
  })

  suite.test('bits that drop a packet: all that no extension uses', ['link vxlan'], async ({ ns, skip }) => {
    const made = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1 } })
    if (made.vxlan?.reservedBits === undefined) return skip('lacks capability: option vxlan.reservedBits (Linux 6.14)')
    expect(made.vxlan.reservedBits).toEqual([0xf7ffffff, 0xff])
    const policy = await ns.link.add({ kind: 'vxlan', name: 'vx1', vxlan: { id: 2, port: 1, gbp: true } })
    expect(policy.vxlan?.reservedBits).toEqual([0x77000000, 0xff])
    const open = await ns.link.add({ kind: 'vxlan', name: 'vx2', vxlan: { id: 3, port: 2, remoteChecksumRx: true } })
    expect(open.vxlan?.reservedBits).toEqual([0xf7dfffff, 0])
    const gpe = await ns.link.add({ kind: 'vxlan', name: 'vx3', vxlan: { external: true, gpe: true } })
    expect(gpe.vxlan?.reservedBits).toEqual([0xc2ffff00, 0xff])
    // The kernel forgets with any change what the link's extensions use.
    await ns.link.set('vx1', { vxlan: { ageing: 60 } })
    expect((await ns.link.get('vx1'))?.vxlan?.reservedBits).toEqual([0xf7ffffff, 0xff])
    const used = { id: 4, reservedBits: [0x08000000, 0] } as const
    await fails(ns.link.add({ kind: 'vxlan', name: 'vx4', vxlan: used }), 'EINVAL')
    expect(await namesOf(ns)).toEqual(['vx0', 'vx1', 'vx2', 'vx3'])
  })

  suite.test('the first and the last identifier', ['link vxlan'], async ({ ns }) => {
    for (const id of [0, 0xffffff]) {
      const made = await ns.link.add({ kind: 'vxlan', name: `vx${id}`, vxlan: { id } })
      expect(made.vxlan?.id).toBe(id)
    }
  })

  suite.test('remotes and sources of IPv6', ['link vxlan'], async ({ ns }) => {
    const addresses = { remote: '2001:db8::2', local: '2001:db8::1' }
    const made = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1, ...addresses } })
    expect(made.vxlan).toMatchObject(addresses)
  })

  suite.test('a multicast remote goes by a link', ['link bridge', 'link vxlan'], async ({ ns }) => {
    const under = await ns.link.add({ kind: 'bridge', name: 'under' })
    const made = await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1, remote: '239.1.1.1', link: 'under' } })
    expect(made.vxlan).toMatchObject({ remote: '239.1.1.1', link: under.index })
    await fails(ns.link.add({ kind: 'vxlan', name: 'vx1', vxlan: { id: 2, remote: '239.1.1.2' } }), 'EINVAL')
  })

  suite.test('an identifier that is taken on the port is EEXIST', ['link vxlan'], async ({ ns }) => {
    await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1 } })
    await fails(ns.link.add({ kind: 'vxlan', name: 'vx1', vxlan: { id: 1 } }), 'EEXIST')
    await ns.link.add({ kind: 'vxlan', name: 'vx1', vxlan: { id: 1, port: 8472 } })
    expect(await namesOf(ns)).toEqual(['vx0', 'vx1'])
  })

  suite.test(
    'it goes when the link that it goes by moves away',
    ['link veth', 'link vxlan'],
    async ({ ns, another }) => {
      await ns.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
      await ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 42, link: 'v0' } })
      await ns.link.set('v0', { namespace: (await another()).ref })
      expect(await namesOf(ns)).toEqual(['v1'])
    },
  )

  suite.test('a link to go by that is not there is ENODEV', ['link vxlan'], async ({ ns }) => {
    await fails(ns.link.add({ kind: 'vxlan', name: 'vx0', vxlan: { id: 1, link: 'nope' } }), 'ENODEV')
    expect(await namesOf(ns)).toEqual([])
  })
}

const fixed = { fixed: true } as const

const notes: Readonly<Record<string, OptionNote>> = {
  id: { values: [43, 0], fixed: true },
  remote: { values: ['10.0.0.2', '10.0.0.3'] },
  local: { values: ['10.0.0.1', '10.0.0.4'] },
  // By index both ways; by name has a test of its own.
  link: { values: [50] },
  port: fixed,
  portRange: { values: [[4000, 5000]], fixed: true },
  ttl: { values: [64, 255, 0] },
  ttlInherit: { values: [true], fixed: true },
  tos: { values: [16, 1, 0] },
  // Only where the outer packets are IPv6.
  flowLabel: { values: [0x12345, 0], with: { remote: '2001:db8::2' } },
  flowLabelPolicy: { values: ['inherit', 'fixed'], with: { remote: '2001:db8::2' } },
  ageing: { values: [60, 300] },
  maxEntries: { values: [100, 0], fixed: true },
  proxy: fixed,
  rsc: fixed,
  l2Miss: fixed,
  l3Miss: fixed,
  udpChecksum: fixed,
  udpZeroChecksum6Tx: fixed,
  udpZeroChecksum6Rx: fixed,
  remoteChecksumTx: fixed,
  remoteChecksumRx: fixed,
  remoteChecksumNoPartial: { values: [true], with: { remoteChecksumRx: true }, fixed: true },
  gbp: { values: [true], fixed: true },
  // Generic protocol extension excludes Ethernet payloads: only together with `external`.
  gpe: { values: [true], with: { id: undefined, external: true, learning: false }, fixed: true },
  external: { values: [true], with: { id: undefined }, fixed: true },
  vniFilter: { values: [true], with: { id: undefined, external: true }, fixed: true },
  localBypass: { values: [false, true] },
  // All that is free, and none of it.
  reservedBits: {
    values: [
      [0xf7ffffff, 0xff],
      [0, 0],
    ],
    fixed: true,
  },
}
