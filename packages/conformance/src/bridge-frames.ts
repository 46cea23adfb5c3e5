/** What a bridge does to frames whatever the options of its ports, seen at TAPs: it learns, forgets, drops, counts (`net/bridge`). @module */
import type { BridgeOptions, NetworkEvent } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import { everybody } from './frame.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'
import { addTaps, passed, send, type Tap, type TestFrame } from './taps.js'
import { startWatch } from './watcher.js'

/** Registers the tests. */
export function bridgeFrames(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'link bridge'] as const
  const STATION = mac(0x51)
  const unknown: TestFrame = { to: mac(0x77), number: 1 }
  const broadcast: TestFrame = { to: everybody, number: 3 }

  suite.test('learns where a station is, moves it, and tells both', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    await using watcher = await startWatch(ns, { groups: ['fdb'] })
    await send(two, { to: everybody, from: STATION, number: 9 })
    await watcher.until((event) => isFdb(event) && event.object.mac === STATION)
    expect(await passed(one, [two, three], [{ to: STATION, number: 1 }])).toEqual([['1'], ['9']])
    await send(three, { to: everybody, from: STATION, number: 8 })
    const index = (await ns.link.get('tap3'))?.index
    await watcher.until((event) => isFdb(event) && event.object.mac === STATION && event.object.link === index)
    expect(await passed(one, [two, three], [{ to: STATION, number: 2 }])).toEqual([['8'], ['2']])
    const [entry] = (await ns.fdb.list({ link: 'tap3', state: 'dynamic' })).filter((each) => each.mac === STATION)
    expect(entry).toMatchObject({ state: 'dynamic', flags: [] })
  })

  suite.test(
    'MAC authentication bypass: who asks at a locked port is noted there, until an open one sees it',
    needs,
    async (context) => {
      const { ns, skip } = context
      const [one, two, three] = await bridged(context, 3)
      const { macAuthenticationBypass } = (await ns.link.get('tap1'))?.port ?? {}
      if (macAuthenticationBypass === undefined) skip('lacks capability: MAC authentication bypass (Linux 6.2)')
      for (const name of ['tap1', 'tap2'])
        await ns.link.set(name, { port: { locked: true, macAuthenticationBypass: true } })
      const entries = async () =>
        (await ns.fdb.list({ bridge: 'br0' }))
          .filter((each) => each.mac === STATION)
          .map(({ link, flags }) => ({ link, flags }))
      const [first, third] = [(await ns.link.get('tap1'))?.index, (await ns.link.get('tap3'))?.index]
      await using watcher = await startWatch(ns, { groups: ['fdb'] })
      await send(one, { to: everybody, from: STATION, number: 9 })
      await watcher.until(
        (event) => isFdb(event) && event.object.mac === STATION && event.object.flags.includes('locked'),
      )
      await send(two, { to: everybody, from: STATION, number: 8 })
      expect(await entries()).toEqual([{ link: first, flags: ['locked'] }])
      await send(three, { to: everybody, from: STATION, number: 7 })
      await eventually(async () => expect(await entries()).toEqual([{ link: third, flags: [] }]))
    },
  )

  suite.test('reserved groups stay, but for those of the mask', needs, async (context) => {
    const { ns } = context
    const [one, two] = await bridged(context, 2)
    const reserved = [0, 1, 2, 3, 4, 0x0e].map(
      (last): TestFrame => ({ to: `01:80:c2:00:00:0${last.toString(16)}`, number: last }),
    )
    // Without a spanning tree its own frames pass, so that the trees around see a loop.
    expect(await passed(one, [two], reserved)).toEqual([['0']])
    await ns.link.set('br0', { bridge: { groupForwardMask: 0x4010 } })
    expect(await passed(one, [two], reserved)).toEqual([['0', '4', '14']])
    await ns.link.set('tap1', { port: { groupForwardMask: 0x0008 } })
    expect(await passed(one, [two], reserved)).toEqual([['0', '3', '4', '14']])
  })

  suite.test('sources that cannot be are dropped', needs, async (context) => {
    const [one, two] = await bridged(context, 2)
    const frames = [
      { ...broadcast, from: '01:00:00:00:00:01' },
      { ...unknown, from: '00:00:00:00:00:00' },
    ]
    expect(await passed(one, [two], frames)).toEqual([[]])
  })

  suite.test('a port that is down, without carrier or listening gets and gives nothing', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    for (const [shut, open] of [
      [() => ns.link.set('tap2', { up: false }), () => ns.link.set('tap2', { up: true })],
      [async () => two.port.setCarrier(false), async () => two.port.setCarrier(true)],
      [
        () => ns.link.set('tap2', { port: { state: 'listening' } }),
        () => ns.link.set('tap2', { port: { state: 'forwarding' } }),
      ],
    ] as const) {
      await shut()
      await eventually(async () => expect((await ns.link.get('tap2'))?.port?.state).not.toBe('forwarding'))
      await send(two, { to: everybody, number: 7 })
      const free = async () => {
        await open()
        await eventually(async () => expect((await ns.link.get('tap2'))?.port?.state).toBe('forwarding'))
      }
      expect(await passed(one, [two, three], [unknown, broadcast], free)).toEqual([[], ['1', '3']])
    }
  })

  suite.test('a frame longer than a port’s MTU stays', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    await ns.link.set('tap2', { mtu: 600 })
    // 14 octets of header and 4 of a tag count as none.
    const frames = [618, 619].map((size): TestFrame => ({ ...broadcast, number: size, size }))
    expect(await passed(one, [two, three], frames)).toEqual([['618'], ['618', '619']])
  })

  suite.test('links count what passes', needs, async (context) => {
    const { ns } = context
    const [one, two] = await bridged(context, 2)
    const count = async (name: string) => (await ns.link.get(name, { statistics: true }))?.statistics
    const before = [await count('tap1'), await count('tap2')]
    const frames = Array.from({ length: 10 }, (_, number): TestFrame => ({ to: mac(0x77), number, size: 200 }))
    expect((await passed(one, [two], frames))[0]).toHaveLength(10)
    const after = [await count('tap1'), await count('tap2')]
    const grown = (i: number, counter: 'rxPackets' | 'rxBytes' | 'txPackets' | 'txBytes') =>
      (after[i]?.[counter] ?? 0) - (before[i]?.[counter] ?? 0)
    // The last frame of the test counts too; beside it the kernel may say something by itself.
    expect(grown(0, 'rxPackets')).toBe(11)
    expect(grown(0, 'rxBytes')).toBe(10 * 200 + 60)
    expect(grown(1, 'txPackets')).toBeGreaterThanOrEqual(11)
    expect(grown(1, 'txBytes')).toBeGreaterThanOrEqual(10 * 200 + 60)
  })

  suite.test('an entry goes once nobody has sent for the ageing time', needs, async (context) => {
    const { ns } = context
    const [one] = await bridged(context, 2, { ageingTime: 1 })
    const there = async () => (await ns.fdb.list({ link: 'tap1' })).some((entry) => entry.mac === STATION)
    await send(one, { to: everybody, from: STATION, number: 1 })
    await eventually(async () => expect(await there()).toBe(false))
  })
}

/** What tells that an entry is there; of one that moved, as of one at another place. */
function isFdb(event: NetworkEvent): event is Extract<NetworkEvent, { kind: 'fdb add' | 'fdb set' }> {
  return event.kind === 'fdb add' || event.kind === 'fdb set'
}

/** TAPs of `br0`. */
export async function bridged(
  context: Context,
  count: number,
  bridge: BridgeOptions = {},
): Promise<readonly [Tap, Tap, Tap, Tap]> {
  await addBridge(context.ns)
  await context.ns.link.set('br0', { bridge: { multicastSnooping: false, ...bridge } })
  return (await addTaps(context, count)) as unknown as readonly [Tap, Tap, Tap, Tap]
}
