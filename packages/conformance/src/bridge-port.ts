/** Ports of a bridge and each of their options (`bridge link set`, `ip link … type bridge_slave`). @module */
import { bridgePortFields } from '@vnet/core'
import { expect } from 'vitest'
import { eventually, fails, present } from './expectation.js'
import { type OptionNote, optionTests } from './option.js'
import type { Suite } from './suite.js'
import { addBridge, addPair, mac } from './surroundings.js'

/** Registers the tests of bridge ports. */
export function bridgePort(suite: Suite): void {
  optionTests(
    suite,
    {
      needs: ['link bridge', 'link veth'],
      property: 'port',
      prepare: async (ns) => {
        await addBridge(ns)
        // A second port, for the option that names one: always index 50.
        await ns.link.add({ kind: 'veth', name: 'spare', index: 50, peer: { name: 'spare1' }, master: 'br0' })
      },
      make: async (ns, name, port) => {
        await ns.link.add({
          kind: 'veth',
          name,
          up: true,
          master: 'br0',
          port,
          peer: { name: `${name}-peer`, up: true },
        })
        // Carrier comes through a work queue, and with it the port's state.
        const settled = async () => {
          const made = present(await ns.link.get(name))
          expect(made.port?.state).toBe('forwarding')
          return made
        }
        return eventually(settled)
      },
    },
    bridgePortFields,
    notes,
  )

  suite.test(
    'a port has a number, an identity and the identity of its bridge',
    ['link bridge', 'link veth'],
    async ({ ns }) => {
      await addBridge(ns)
      await addPair(ns)
      await ns.link.set('v0', { master: 'br0' })
      expect((await ns.link.get('v0'))?.port).toMatchObject({
        number: 1,
        id: 0x8001,
        priority: 32,
        designatedPort: 0x8001,
        designatedCost: 0,
        bridgeId: '8000.02:00:00:00:00:b0',
        rootId: '8000.02:00:00:00:00:b0',
      })
    },
  )

  suite.test('what a new port is told by default', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    expect((await ns.link.get('v0'))?.port).toMatchObject({
      state: 'forwarding',
      cost: 2,
      hairpin: false,
      guard: false,
      rootBlock: false,
      fastLeave: false,
      learning: true,
      flood: true,
      multicastFlood: true,
      broadcastFlood: true,
      isolated: false,
    })
  })

  suite.test('options of a port on a link that is none fail', ['link veth'], async ({ ns }) => {
    await addPair(ns)
    await fails(ns.link.set('v0', { port: { hairpin: true } }), ['EOPNOTSUPP', 'EINVAL', 'ENODEV'])
  })

  suite.test('a state cannot be given while STP decides', ['link bridge', 'link veth'], async ({ ns }) => {
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { stp: true } })
    await addPair(ns)
    await ns.link.set('v0', { master: 'br0' })
    await fails(ns.link.set('v0', { port: { state: 'blocking' } }), 'EBUSY')
  })

  suite.test('fdbFlush forgets the dynamic entries of one port', ['link bridge', 'link veth'], async ({ ns }) => {
    await addBridge(ns)
    await addPair(ns)
    await ns.link.add({ kind: 'veth', name: 'w0', peer: { name: 'w1', up: true }, master: 'br0', up: true })
    await ns.link.set('v0', { master: 'br0' })
    await eventually(() => ns.fdb.add({ link: 'v0', mac: mac(0xa1), master: true, state: 'dynamic' }))
    // A port without carrier takes no entries: EPERM.
    await eventually(() => ns.fdb.add({ link: 'w0', mac: mac(0xa2), master: true, state: 'dynamic' }))
    await ns.link.set('v0', { port: { fdbFlush: true } })
    const macs = (await ns.fdb.list({ bridge: 'br0' })).map((entry) => entry.mac)
    expect(macs).not.toContain(mac(0xa1))
    expect(macs).toContain(mac(0xa2))
  })
}

const notes: Readonly<Record<string, OptionNote>> = {
  // Only while the port is up and has carrier, so not while the link is being made. Without STP a port that blocks
  // goes on to forward at once (`br_make_forwarding`).
  state: {
    later: true,
    values: ['listening', 'learning', 'disabled', 'forwarding', 'blocking'],
    reads: (value) => (value === 'blocking' ? 'forwarding' : value),
  },
  // Bits 0–2 are refused, as on the bridge.
  groupForwardMask: { values: [0xfff8, 0x4000, 0] },
  backupPort: { values: [50, 0], reads: (value) => (value === 0 ? undefined : value) },
  backupNexthop: {
    values: [7, 0],
    with: { backupPort: 50 },
    reads: (value) => (value === 0 ? undefined : value),
  },
  macAuthenticationBypass: { values: [true, false], with: { locked: true, learning: true } },
  multicastEhtHostsLimit: { values: [100, 512] },
  // An order, not a state: has a test of its own.
  fdbFlush: { values: [] },
}
