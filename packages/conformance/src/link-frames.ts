/** What veth pairs, VLANs and macvlans do to frames, seen at TAPs that bridges join to them. @module */
import type { MacvlanMode, VlanOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, fails } from './expectation.js'
import { everybody } from './frame.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'
import { addTap, arrivals, passed, send, type Tap, wordsOf } from './taps.js'

/** Registers the tests. */
export function linkFrames(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'link bridge', 'link veth'] as const

  suite.test(
    'a veth pair between two namespaces: every frame once, in order, counted at both ends',
    needs,
    async (context) => {
      const { near, far, there } = await joined(context)
      const frames = Array.from({ length: 100 }, (_, number) => ({ to: everybody, number, size: 100 }))
      const { ns } = context
      const count = async (at: PlacedNamespace, name: string) =>
        (await at.link.get(name, { statistics: true }))?.statistics
      const before = await count(ns, 'v0')
      const [seen = []] = await passed(near, [far], frames)
      // The kernel sends of its own (MLD, DAD): both ends are compared where nothing left between the looks at them.
      const [sent, received] = await eventually(async () => {
        const both = [await count(ns, 'v0'), await count(there, 'v1')] as const
        expect((await count(ns, 'v0'))?.txPackets).toBe(both[0]?.txPackets)
        return both
      })
      // Behind the pair is a queue of the CPU (`net.core.netdev_max_backlog`), which all namespaces share. Where a storm in
      // another one has filled it, a frame is lost, and counted where it was sent: no other one may be missing.
      const dropped = (sent?.txDropped ?? 0) - (before?.txDropped ?? 0)
      const arrived = new Set(seen)
      const all = frames.map(({ number }) => String(number))
      const missing = all.filter((number) => !arrived.has(number))
      expect(missing.length, `missing: ${missing.join(', ')}`).toBeLessThanOrEqual(dropped)
      expect(seen).toEqual(all.filter((number) => arrived.has(number)))
      expect((sent?.txPackets ?? 0) - (before?.txPackets ?? 0)).toBeGreaterThanOrEqual(101 - dropped)
      expect(received?.rxPackets).toBe(sent?.txPackets)
      expect(received?.rxBytes).toBe(sent?.txBytes)
    },
  )

  suite.test('an end that is down takes the carrier of the other', needs, async (context) => {
    const { near, far, there } = await joined(context)
    await there.link.set('v1', { up: false })
    await eventually(async () => expect((await context.ns.link.get('v0'))?.port?.state).toBe('disabled'))
    const free = async () => {
      await there.link.set('v1', { up: true })
      await forwards(context.ns, 'v0')
      await forwards(there, 'v1')
    }
    expect(await passed(near, [far], [{ to: everybody, number: 1 }], free)).toEqual([[]])
  })

  suite.test('an end with a smaller MTU drops what is too long', needs, async (context) => {
    const { near, far, there } = await joined(context)
    await there.link.set('v1', { mtu: 600 })
    const frames = [618, 619].map((size) => ({ to: everybody, number: size, size }))
    expect(await passed(near, [far], frames)).toEqual([['618']])
    expect((await there.link.get('v1', { statistics: true }))?.statistics?.rxDropped).toBeGreaterThanOrEqual(1)
  })

  for (const [protocol, type] of [
    ['802.1Q', 0x8100],
    ['802.1ad', 0x88a8],
  ] as const) {
    suite.test(
      `a VLAN of ${protocol}: tagged on the way out, untagged on the way in`,
      [...needs, 'link vlan'],
      async (context) => {
        const hex = type.toString(16)
        const { near, far } = await overVlan(context, { id: 5, protocol, egressQos: { 0: 3 } })
        const frames = [
          { to: everybody, number: 1 },
          { to: mac(0x77), number: 2 },
        ]
        expect(await passed(near, [far], frames)).toEqual([[`${hex}:6005 1`, `${hex}:6005 2`]])
        const back = [
          { to: everybody, number: 3, tags: [[type, 5]] },
          { to: everybody, number: 4, tags: [[type, 6]] },
          { to: everybody, number: 5 },
          {
            to: everybody,
            number: 6,
            tags: [
              [type, 5],
              [0x8100, 9],
            ],
          },
          // It ends with a frame of this VLAN.
          { to: everybody, number: 0xffff, tags: [[type, 5]] },
        ] as const
        await send(far, ...back)
        expect(await arrivals(near)).toEqual(['3', '8100:0009 6'])
      },
    )
  }

  suite.test('priorities go from tag to tag', [...needs, 'link vlan'], async (context) => {
    const { ns } = context
    const { near, far } = await overVlan(context, { id: 5, egressQos: { 6: 2 } })
    // A VLAN on the TAP reads the priority, the one on the pair writes it.
    await ns.link.set('tap1', { master: null })
    await ns.link.add({
      kind: 'vlan',
      name: 'in',
      parent: 'tap1',
      up: true,
      master: 'br0',
      vlan: { id: 7, ingressQos: { 4: 6 } },
    })
    await forwards(ns, 'in')
    await send(
      near,
      { to: everybody, number: 1, tags: [[0x8100, 0x8007]] },
      { to: everybody, number: 2, tags: [[0x8100, 0x2007]] },
      { to: everybody, number: 0xffff, tags: [[0x8100, 7]] },
    )
    expect(await arrivals(far)).toEqual(['8100:4005 1', '8100:0005 2'])
  })

  const modes: readonly (readonly [mode: MacvlanMode, between: boolean])[] = [
    ['bridge', true],
    ['private', false],
    ['vepa', false],
  ]
  for (const [mode, between] of modes) {
    suite.test(`macvlans in mode ${mode}`, [...needs, 'link macvlan', 'capture'], async (context) => {
      const { near, there, defer } = { ...(await joined(context, false)), defer: context.defer }
      for (const last of [0x31, 0x32]) {
        await there.link.add({
          kind: 'macvlan',
          name: `m${last}`,
          parent: 'v1',
          mac: mac(last),
          up: true,
          macvlan: { mode },
        })
      }
      const captures = []
      for (const link of ['m49', 'm50']) {
        const capture = await there.openCapture({ link, direction: 'in', promiscuous: false })
        defer(() => capture.close())
        captures.push(capture)
      }
      // A TAP that sends by the first of them.
      await addBridge(there)
      const inside = await addTap(there, defer, 'tap2', 2)
      await there.link.set('m49', { master: 'br0' })
      await forwards(there, 'm49')
      await send(inside, { to: mac(0x32), from: mac(0x31), number: 1 }, { to: everybody, from: mac(0x31), number: 2 })
      await send(
        near,
        { to: mac(0x32), number: 3 },
        { to: mac(0x31), number: 4 },
        { to: mac(0x33), number: 5 },
        { to: everybody, number: 6 },
      )
      const seen = await Promise.all(
        captures.map(async (capture) => {
          const batch = capture.createBatch()
          const words: string[] = []
          while (words.at(-1) !== '6') {
            await capture.read(batch)
            for (const frame of batch) {
              const word = wordsOf(frame)
              if (word !== undefined) words.push(word)
            }
          }
          return words
        }),
      )
      expect(seen).toEqual([['4', '6'], between ? ['1', '2', '3', '6'] : ['3', '6']])
      // What goes to others leaves by the parent; from one to another in mode bridge it does not. In the other modes it may
      // stay in the bridge on the other side, which knows the second one by what the kernel itself sends.
      const outside = (await passed(inside, [near], [])).flat()
      expect(outside.filter((words) => words !== '1')).toEqual(['2'])
      if (between) expect(outside).toEqual(['2'])
    })
  }

  suite.test(
    'a macvlan in mode passthru has all of its parent, whoever it is for',
    [...needs, 'link macvlan'],
    async (context) => {
      const { near, there } = await joined(context, false)
      await addBridge(there)
      const far = await addTap(there, context.defer, 'tap2', 2)
      const macvlan = { mode: 'passthru' } as const
      await there.link.add({ kind: 'macvlan', name: 'm0', parent: 'v1', up: true, master: 'br0', macvlan })
      await forwards(there, 'm0')
      const frames = [
        { to: mac(0x77), number: 1 },
        { to: everybody, number: 2 },
        { to: mac(0x78), number: 3, tags: [[0x8100, 5]] },
      ] as const
      // A macvlan takes what is for everybody by and by.
      const arrived = (await passed(near, [far], frames)).flat()
      expect(arrived.sort()).toEqual(['1', '2', '8100:0005 3'])
      const back = { from: mac(0x66), to: mac(0x99), number: 4 }
      expect(await passed(far, [near], [back])).toEqual([['4']])
    },
  )

  suite.test(
    'a dummy takes every frame and counts it',
    ['tun port', 'link tap', 'link bridge', 'link dummy'],
    async (context) => {
      const { ns, defer } = context
      await addBridge(ns)
      const tap = await addTap(ns, defer, 'tap1', 1)
      await ns.link.add({ kind: 'dummy', name: 'd0', up: true, master: 'br0' })
      await forwards(ns, 'd0')
      const count = async () => (await ns.link.get('d0', { statistics: true }))?.statistics?.txPackets ?? 0
      const before = await count()
      await send(tap, ...Array.from({ length: 10 }, (_, number) => ({ to: mac(0x77), number })))
      await eventually(async () => expect((await count()) - before).toBeGreaterThanOrEqual(10))
      await fails(ns.link.set('d0', { vlan: { looseBinding: true } }), 'EOPNOTSUPP')
    },
  )
}

/** `tap1` and `v0` on a bridge here; `v1`, and with `bridged` a bridge with `tap2`, in another namespace. */
async function joined(context: Context, isBridged = true): Promise<{ near: Tap; far: Tap; there: PlacedNamespace }> {
  const { ns, another, defer } = context
  const there = await another()
  await addBridge(ns)
  await ns.link.add({
    kind: 'veth',
    name: 'v0',
    mac: mac(0xa0),
    master: 'br0',
    up: true,
    peer: { name: 'v1', mac: mac(0xa1), namespace: there.ref, up: true },
  })
  const near = await addTap(ns, defer, 'tap1', 1)
  await forwards(ns, 'v0')
  if (!isBridged) return { near, far: near, there }
  await addBridge(there)
  const far = await addTap(there, defer, 'tap2', 2)
  await there.link.set('v1', { master: 'br0' })
  await forwards(there, 'v1')
  return { near, far, there }
}

/** The same, but a VLAN on `v0` is the port of the bridge here. */
async function overVlan(context: Context, vlan: VlanOptions): Promise<{ near: Tap; far: Tap }> {
  const { ns } = context
  const { near, far } = await joined(context)
  await ns.link.set('v0', { master: null })
  await ns.link.add({ kind: 'vlan', name: 'out', parent: 'v0', up: true, master: 'br0', vlan })
  await forwards(ns, 'out')
  return { near, far }
}

/** Waits until a port forwards. */
async function forwards(ns: PlacedNamespace, name: string): Promise<void> {
  await eventually(async () => expect((await ns.link.get(name))?.port?.state).toBe('forwarding'))
}
