/** Instances of the spanning tree on ports of bridges (`bridge mst`). @module */
import { isVnetError, type PortState } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, present, refuses } from './expectation.js'
import { everybody } from './frame.js'
import type { Suite } from './suite.js'
import { addPair, addSmallNetwork } from './surroundings.js'
import { addTap, passed } from './taps.js'

const needs = ['link bridge', 'link veth', 'bridge vlan-filtering'] as const

/** Registers the tests. */
export function bridgeMst(suite: Suite): void {
  suite.test('instance 0 has the state of the port, a new one none', needs, async (context) => {
    const { ns } = context
    await addTree(context)
    await addPort(context, 'v0')
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 13] })
    expect(await instances(context)).toEqual({ v0: { 0: 'forwarding' } })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: [10, 11], msti: 2 })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 12, msti: 7 })
    expect(await instances(context)).toEqual({ v0: { 0: 'forwarding', 2: 'disabled', 7: 'disabled' } })
    const index = present(await ns.link.get('v0')).index
    expect(await ns.bridgeMst.list({ link: 'v0', msti: 7 })).toEqual([{ link: index, msti: 7, state: 'disabled' }])
    expect(await ns.bridgeMst.list({ link: 'br0' })).toEqual([])
  })

  suite.test('every state, which is that of the VLANs; also of those that come later', needs, async (context) => {
    const { ns } = context
    await addTree(context)
    await addPort(context, 'v0')
    await ns.bridgeVlan.add({ link: 'v0', vlan: [10, 13] })
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: [10, 11], msti: 2 })
    const states = async () => (await ns.bridgeVlan.list({ link: 'v0' })).map(({ vlan, state }) => [vlan, state])
    for (const state of ['listening', 'learning', 'forwarding', 'blocking', 'disabled', 'learning'] as const) {
      await ns.bridgeMst.set({ link: 'v0', msti: 2, state })
      expect(await instances(context)).toEqual({ v0: { 0: 'forwarding', 2: state } })
    }
    const first = [
      [1, 'forwarding'],
      [10, 'learning'],
      [11, 'learning'],
      [12, 'forwarding'],
      [13, 'forwarding'],
    ]
    expect(await states()).toEqual(first)
    // It comes into an instance that has a state, and leaves it again.
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 12, msti: 2 })
    expect(await states()).toEqual(first.map(([vlan, state]) => [vlan, vlan === 12 ? 'learning' : state]))
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 12, msti: 0 })
    expect(await states()).toEqual(first)
    // In an instance without a VLAN nothing is kept.
    await ns.bridgeMst.set({ link: 'v0', msti: 9, state: 'blocking' })
    expect(await states()).toEqual(first)
    await fails(ns.bridgeVlan.set({ link: 'v0', vlan: 10, state: 'forwarding' }), 'EBUSY')
  })

  suite.test('frames pass where their instance forwards', needs, async (context) => {
    const { ns } = context
    await addTree(context)
    const [one, two] = [await addTap(ns, context.defer, 'tap1', 1), await addTap(ns, context.defer, 'tap2', 2)]
    for (const link of ['tap1', 'tap2']) {
      await ns.bridgeVlan.add({ link, vlan: 10 })
      await ns.bridgeVlan.add({ link, vlan: 20 })
    }
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 10, msti: 2 })
    const passes = async () => {
      const frame = (number: number, vlan: number) => ({ to: everybody, number, tags: [[0x8100, vlan]] }) as const
      const [seen] = await passed(one, [two], [frame(1, 10), frame(2, 20)])
      return seen
    }
    expect(await passes()).toEqual(['8100:0014 2'])
    await ns.bridgeMst.set({ link: 'tap1', msti: 2, state: 'forwarding' })
    expect(await passes()).toEqual(['8100:0014 2'])
    await ns.bridgeMst.set({ link: 'tap2', msti: 2, state: 'forwarding' })
    expect(await passes()).toEqual(['8100:000a 1', '8100:0014 2'])
    await ns.bridgeMst.set({ link: 'tap1', msti: 2, state: 'blocking' })
    expect(await passes()).toEqual(['8100:0014 2'])
  })

  suite.test('what has no instances', needs, async (context) => {
    const { ns } = context
    await addTree(context)
    await addPair(ns)
    const state = 'forwarding'
    await fails(ns.bridgeMst.set({ link: 'v0', msti: 2, state }), 'EOPNOTSUPP')
    await fails(ns.bridgeMst.set({ link: 'br0', msti: 2, state }), 'EOPNOTSUPP')
    await refuses(ns.bridgeMst.set({ link: 'v0', msti: 0, state }))
    await refuses(ns.bridgeMst.set({ link: 'v0', msti: 4096, state }))
    await refuses(ns.bridgeMst.set({ link: 'v0', msti: 2, state: 'open' as PortState }))
    await ns.link.add({ kind: 'bridge', name: 'br1', bridge: { vlanFiltering: true } })
    await ns.link.set('v0', { master: 'br1' })
    const error = await fails(ns.bridgeMst.set({ link: 'v0', msti: 2, state }), 'EBUSY')
    expect(error).toMatchObject({ operation: 'bridgeMst set', subject: 'v0' })
  })

  suite.test('a failed transaction puts states back', needs, async (context) => {
    const { ns } = context
    await addTree(context)
    await addPort(context, 'v0')
    await ns.bridgeVlanGlobal.set({ bridge: 'br0', vlan: 1, msti: 2 })
    await ns.bridgeMst.set({ link: 'v0', msti: 2, state: 'blocking' })
    const failed = ns.transaction(async (change) => {
      await change.bridgeMst.set({ link: 'v0', msti: 2, state: 'forwarding' })
      throw new Error('changed my mind')
    })
    await fails(failed, 'VNET_TRANSACTION')
    expect(await instances(context)).toEqual({ v0: { 2: 'blocking' } })
  })

  suite.test('a kernel without VLANs of bridges has no instances', ['link bridge', 'link veth'], async (context) => {
    const { ns, supports, skip } = context
    if (supports['bridge vlan-filtering'] === true) skip('lacks capability: a kernel without bridge vlan-filtering')
    await addSmallNetwork(ns)
    expect(await ns.bridgeMst.list()).toEqual([])
    await fails(ns.bridgeMst.set({ link: 'v0', msti: 2, state: 'forwarding' }), 'EOPNOTSUPP')
  })
}

/** A bridge with instances. */
async function addTree({ ns, skip }: Context): Promise<void> {
  try {
    await ns.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { vlanFiltering: true, mstEnabled: true } })
  } catch (error) {
    if (isVnetError(error) && error.code === 'VNET_UNSUPPORTED')
      skip('lacks capability: option bridge.mstEnabled (Linux 5.18)')
    throw error
  }
}

/** A port that forwards. */
async function addPort({ ns }: Context, name: string): Promise<void> {
  await ns.link.add({ kind: 'veth', name, up: true, master: 'br0', peer: { name: `${name}-peer`, up: true } })
  await eventually(async () => expect((await ns.link.get(name))?.port?.state).toBe('forwarding'))
}

/** The states of all instances by port and number. */
async function instances({ ns }: Context): Promise<Record<string, Record<number, PortState>>> {
  const names = new Map((await ns.link.list()).map(({ index, name }) => [index, name]))
  const found: Record<string, Record<number, PortState>> = {}
  for (const { link, msti, state } of await ns.bridgeMst.list()) {
    const name = names.get(link) ?? ''
    found[name] = { ...found[name], [msti]: state }
  }
  return found
}
