/** What the options of a bridge's ports let through, proved frame by frame. @module */
import { expect } from 'vitest'
import { ethernet, everybody } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { type TapBridge, tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const [a, b, c] = [mac(0xa1), mac(0xb1), mac(0xc1)]
/** Groups: of nothing in particular, and of IPv4. */
const [group, ipGroup] = ['03:00:00:00:00:01', '01:00:5e:01:02:03']
const experimental = 0x88b5
/** A frame of the test's own, of no protocol that the kernel knows. */
const frame = (to: string, from: string) => ethernet(to, from, experimental, new Uint8Array(50))

/** Registers the tests. */
export function bridgeForward(suite: Suite): void {
  const needs = tapBridgeNeeds
  const portOf = async ({ ns }: TapBridge, wanted: string) =>
    (await ns.fdb.list({ bridge: 'br0' })).find((entry) => entry.mac === wanted && entry.vlan === undefined)?.link

  suite.test('a MAC is flooded until it is learned', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    expect(await bridge.reached(0, frame(b, a))).toEqual([1, 2])
    expect(await bridge.reached(1, frame(a, b))).toEqual([0])
    expect(await bridge.reached(0, frame(b, a))).toEqual([1])
    expect(await bridge.reached(0, frame(everybody, a))).toEqual([1, 2])
  })

  suite.test('hairpin: back out of the port by which it came', needs, async (context) => {
    const bridge = await tapBridge(context, 2)
    expect(await bridge.reached(0, frame(everybody, a))).toEqual([1])
    await bridge.ns.link.set('tap0', { port: { hairpin: true } })
    expect(await bridge.reached(0, frame(everybody, a))).toEqual([0, 1])
    // Also to a MAC that is there.
    expect(await bridge.reached(0, frame(a, b))).toEqual([0])
    await bridge.ns.link.set('tap0', { port: { hairpin: false } })
    expect(await bridge.reached(0, frame(a, b))).toEqual([])
  })

  suite.test('isolated: not to each other, whatever the frame', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    for (const link of ['tap0', 'tap1']) await bridge.ns.link.set(link, { port: { isolated: true } })
    for (const to of [b, everybody, group, ipGroup]) {
      expect(await bridge.reached(0, frame(to, a))).toEqual([2])
      expect(await bridge.reached(2, frame(to, c))).toEqual([0, 1])
    }
    // A known MAC is no exception.
    await bridge.ns.fdb.set({ link: 'tap1', mac: b, master: true, state: 'static' })
    expect(await bridge.reached(0, frame(b, a))).toEqual([])
    await bridge.ns.link.set('tap1', { port: { isolated: false } })
    for (const to of [b, everybody]) expect(await bridge.reached(0, frame(to, a))).toEqual(to === b ? [1] : [1, 2])
  })

  const floods = [
    ['flood', [b]],
    ['multicastFlood', [group, ipGroup]],
    ['broadcastFlood', [everybody]],
  ] as const
  const sorts = floods.flatMap(([sort, macs]) => macs.map((to) => ({ sort, to })))
  for (const [option] of floods) {
    suite.test(`${option} off: none of its sort, all else`, needs, async (context) => {
      const bridge = await tapBridge(context, 3)
      await bridge.ns.link.set('tap1', { port: { [option]: false } })
      for (const { sort, to } of sorts) {
        expect([to, await bridge.reached(0, frame(to, a))]).toEqual([to, sort === option ? [2] : [1, 2]])
      }
      await bridge.ns.link.set('tap1', { port: { [option]: true } })
      for (const { to } of sorts) expect([to, await bridge.reached(0, frame(to, a))]).toEqual([to, [1, 2]])
      await bridge.ns.link.set('tap1', { port: { [option]: false } })
      // What is known goes there all the same.
      await bridge.ns.fdb.set({ link: 'tap1', mac: b, master: true, state: 'static' })
      expect(await bridge.reached(0, frame(b, a))).toEqual([1])
    })
  }

  suite.test('learning off: it stays unknown', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    await bridge.ns.link.set('tap0', { port: { learning: false } })
    await bridge.send([0, frame(everybody, a)])
    expect(await portOf(bridge, a)).toBeUndefined()
    expect(await bridge.reached(1, frame(a, b))).toEqual([0, 2])
    await bridge.ns.link.set('tap0', { port: { learning: true } })
    await bridge.send([0, frame(everybody, a)])
    expect(await portOf(bridge, a)).toBe((await bridge.ns.link.get('tap0'))?.index)
    expect(await bridge.reached(1, frame(a, b))).toEqual([0])
  })

  suite.test('locked: only MACs that somebody let in', needs, async (context) => {
    const bridge = await tapBridge(context, 2)
    await bridge.ns.link.set('tap0', { port: { locked: true, learning: false } })
    if ((await bridge.ns.link.get('tap0'))?.port?.locked !== true) {
      context.skip('lacks capability: locked ports (Linux 5.18)')
    }
    expect(await bridge.reached(0, frame(everybody, a))).toEqual([])
    await bridge.ns.fdb.add({ link: 'tap0', mac: a, master: true, state: 'static' })
    expect(await bridge.reached(0, frame(everybody, a))).toEqual([1])
    expect(await bridge.reached(0, frame(everybody, b))).toEqual([])
    // A MAC let in elsewhere is not let in here.
    await bridge.ns.fdb.set({ link: 'tap1', mac: b, master: true, state: 'static' })
    expect(await bridge.reached(0, frame(everybody, b))).toEqual([])
    await bridge.ns.link.set('tap0', { port: { locked: false } })
    expect(await bridge.reached(0, frame(everybody, c))).toEqual([1])
  })

  suite.test('sticky: what is seen elsewhere does not move it', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    await bridge.ns.fdb.add({ link: 'tap0', mac: a, master: true, state: 'static', sticky: true })
    await bridge.send([1, frame(everybody, a)])
    expect(await bridge.reached(2, frame(a, b))).toEqual([0])
    await bridge.ns.fdb.set({ link: 'tap0', mac: a, master: true, state: 'dynamic' })
    await bridge.send([1, frame(everybody, a)])
    expect(await bridge.reached(2, frame(a, b))).toEqual([1])
  })

  suite.test('the learning limit: the table stays full, traffic flows', needs, async (context) => {
    const bridge = await tapBridge(context, 3)
    const state = (await bridge.ns.link.get('br0'))?.bridge
    if (state?.fdbMaxLearned === undefined) context.skip('lacks capability: a limit of learned MACs (Linux 6.7)')
    // The port that ends the turns is learned too.
    await bridge.send()
    await bridge.ns.link.set('br0', { bridge: { fdbMaxLearned: 3 } })
    for (const last of [1, 2, 3, 4]) await bridge.send([0, frame(everybody, mac(0xc0 + last))])
    const found = await bridge.ns.fdb.list({ bridge: 'br0', state: 'dynamic' })
    expect(found).toHaveLength(3)
    expect((await bridge.ns.link.get('br0'))?.bridge?.fdbLearned).toBe(3)
    // What was learned is found, what was not is flooded.
    expect(await bridge.reached(1, frame(mac(0xc1), b))).toEqual([0])
    expect(await bridge.reached(1, frame(mac(0xc4), b))).toEqual([0, 2])
    // Entries that somebody makes do not count.
    await bridge.ns.fdb.add({ link: 'tap0', mac: mac(0xc4), master: true, state: 'static' })
    expect(await bridge.reached(1, frame(mac(0xc4), b))).toEqual([0])
    // Room is made when one is forgotten.
    await bridge.ns.link.set('tap0', { port: { fdbFlush: true } })
    await bridge.send([1, frame(everybody, b)])
    expect(await portOf(bridge, b)).toBe((await bridge.ns.link.get('tap1'))?.index)
  })
}
