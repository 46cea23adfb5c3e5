/** What MAC filters let in at the ports of a bridge, proved frame by frame, also while they are changed. @module */
import type { MacFilter, MacFilterSpec, Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { ethernet, everybody } from './frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'
import { tapBridge, tapBridgeNeeds } from './tap-bridge.js'

const [a, b, c] = [mac(0xa1), mac(0xb1), mac(0xc1)]
/** Octets of a test frame behind its header. */
const SIZE = 50
const frame = (to: string, from: string) => ethernet(to, from, 0x88b5, new Uint8Array(SIZE))

/** What was counted at a port: frames that passed, and those that were dropped. */
const counted = async (ns: Namespace, link = 'tap0'): Promise<number[]> => {
  const [filter] = (await ns.macFilter.list({ link })) as [MacFilter]
  return [filter.passed, filter.dropped].flatMap(({ packets, bytes }) => [packets, bytes])
}

/** Registers the tests. */
export function macFilterFrames(suite: Suite): void {
  const needs = [...tapBridgeNeeds, 'mac filter'] as const

  suite.test('a denied station passes nothing and is not learned; all others pass', needs, async (context) => {
    const { ns, reached } = await tapBridge(context, 3)
    await ns.macFilter.set({ link: 'tap0', deny: [a, c] })
    expect(await reached(0, frame(everybody, a))).toEqual([])
    expect(await reached(0, frame(b, a))).toEqual([])
    expect(await reached(0, frame(everybody, b))).toEqual([1, 2])
    expect((await ns.fdb.list({ bridge: 'br0' })).map((entry) => entry.mac)).not.toContain(a)
    // It is the port that is filtered: elsewhere the station may send, and be sent to from here.
    expect(await reached(1, frame(everybody, a))).toEqual([0, 2])
    expect(await reached(0, frame(a, b))).toEqual([1])
    expect(await counted(ns)).toEqual([2, 2 * SIZE, 2, 2 * SIZE])
    await ns.macFilter.delete({ link: 'tap0' })
    expect(await reached(0, frame(everybody, a))).toEqual([1, 2])
  })

  suite.test('only those who are allowed pass, and nobody where the list is empty', needs, async (context) => {
    const { ns, reached } = await tapBridge(context, 2)
    await ns.macFilter.set({ link: 'tap0', allow: [a, b], deny: [b] })
    expect(await reached(0, frame(everybody, a))).toEqual([1])
    for (const from of [b, c]) expect(await reached(0, frame(everybody, from)), from).toEqual([])
    expect(await counted(ns)).toEqual([1, SIZE, 2, 2 * SIZE])
    await ns.macFilter.set({ link: 'tap0', allow: [] })
    expect(await counted(ns)).toEqual([0, 0, 0, 0])
    for (const from of [a, b, c]) expect(await reached(0, frame(everybody, from)), from).toEqual([])
    await ns.macFilter.set({ link: 'tap0', deny: [] })
    for (const from of [a, b, c]) expect(await reached(0, frame(everybody, from)), from).toEqual([1])
    expect(await counted(ns)).toEqual([3, 3 * SIZE, 0, 0])
  })

  suite.test('a tag is not counted, and no way around; nor is a group that bridges forward', needs, async (context) => {
    const { ns, reached } = await tapBridge(context, 2)
    await ns.macFilter.set({ link: 'tap0', deny: [a] })
    const tagged = (from: string) => ethernet(everybody, from, 0x8100, Uint8Array.of(0, 7, 0x88, 0xb5, ...Array(SIZE)))
    expect(await reached(0, tagged(a))).toEqual([])
    expect(await reached(0, tagged(b))).toEqual([1])
    // Without a spanning tree its frames are like others.
    for (const to of ['01:80:c2:00:00:00', '01:00:5e:00:00:01', '33:33:00:00:00:01'])
      expect(await reached(0, frame(to, a)), to).toEqual([])
    expect(await counted(ns)).toEqual([1, SIZE, 4, 4 * SIZE])
  })

  suite.test(
    'a filter is for a name: it waits for the port, and stays when the port is renamed',
    needs,
    async (context) => {
      const { ns } = context
      await ns.macFilter.set({ link: 'tap0', deny: [a] })
      const { reached } = await tapBridge(context, 2)
      expect(await reached(0, frame(everybody, a))).toEqual([])
      await ns.link.set('tap0', { up: false })
      await ns.link.set('tap0', { name: 'other' })
      await ns.link.set('other', { up: true })
      await ns.macFilter.set({ link: 'other', deny: [b] })
      expect(await reached(0, frame(everybody, a))).toEqual([1])
      expect(await reached(0, frame(everybody, b))).toEqual([])
      expect((await ns.macFilter.list()).map(({ link }) => link)).toEqual(['other', 'tap0'])
    },
  )

  suite.test(
    'no gap while it is changed: who was allowed loses nothing, who was denied gains nothing',
    needs,
    async (context) => {
      const { ns, send } = await tapBridge(context, 2)
      const ways: readonly Omit<MacFilterSpec, 'link'>[] = [
        { deny: [b] },
        { allow: [a] },
        { allow: [a, b, c], deny: [b, c] },
        { allow: [c, a], deny: [] },
      ]
      await ns.macFilter.set({ link: 'tap0', deny: [b] })
      const rounds = 40
      for (let round = 0; round < rounds; round++) {
        const changed = ns.macFilter.set({ link: 'tap0', ...ways[round % ways.length] })
        const frames = Array.from({ length: 8 }, (_, at) => frame(everybody, at % 2 === 0 ? a : b))
        const [, out = []] = await send(...frames.map((one) => [0, one] as const))
        const sources = out.filter((one) => one[12] === 0x88 && one[13] === 0xb5).map((one) => one[11])
        expect(sources, `round ${round}`).toEqual([0xa1, 0xa1, 0xa1, 0xa1])
        await changed
      }
    },
  )
}
