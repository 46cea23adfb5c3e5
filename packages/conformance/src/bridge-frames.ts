/** What a bridge does to frames, seen at TAPs: learning, flooding, doors that are shut, VLANs (`net/bridge`). @module */
import type { BridgeOptions, BridgePortOptions, NetworkEvent } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually } from './expectation.js'
import type { Suite } from './suite.js'
import { addBridge, mac } from './surroundings.js'
import { addTaps, everybody, passed, send, type Tap, type TestFrame } from './taps.js'
import { startWatch } from './watcher.js'

/** Registers the tests. */
export function bridgeFrames(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'link bridge'] as const
  const [STATION, OTHER] = [mac(0x51), mac(0x52)]
  const unknown: TestFrame = { to: mac(0x77), number: 1 }
  const group: TestFrame = { to: '01:00:5e:01:02:03', number: 2 }
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

  const floods: readonly (readonly [option: keyof BridgePortOptions, passes: string[]])[] = [
    ['flood', ['2', '3']],
    ['multicastFlood', ['1', '3']],
    ['broadcastFlood', ['1', '2']],
  ]
  for (const [option, passes] of floods) {
    suite.test(`${option}: false keeps one sort of frames back`, needs, async (context) => {
      const { ns } = context
      const [one, two, three] = await bridged(context, 3)
      await ns.link.set('tap2', { port: { [option]: false } })
      const free = () => ns.link.set('tap2', { port: { [option]: true } })
      expect(await passed(one, [two, three], [unknown, group, broadcast], free)).toEqual([passes, ['1', '2', '3']])
    })
  }

  suite.test('learning: false leaves a station unknown', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    await ns.link.set('tap2', { port: { learning: false } })
    await send(two, { to: everybody, from: STATION, number: 9 })
    expect(await passed(one, [three], [{ to: STATION, number: 1 }])).toEqual([['9', '1']])
  })

  suite.test('hairpin: a frame goes back where it came from', needs, async (context) => {
    const { ns } = context
    const [one] = await bridged(context, 2)
    await send(one, unknown)
    await ns.link.set('tap1', { port: { hairpin: true } })
    expect(await passed(one, [one], [group])).toEqual([['2']])
  })

  suite.test('isolated ports exchange nothing with each other', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    for (const name of ['tap1', 'tap2']) await ns.link.set(name, { port: { isolated: true } })
    const free = () => ns.link.set('tap2', { port: { isolated: false } })
    expect(await passed(one, [two, three], [unknown, broadcast], free)).toEqual([[], ['1', '3']])
  })

  suite.test('a locked port lets in whom an entry names', needs, async (context) => {
    const { ns, skip } = context
    const [one, two] = await bridged(context, 2)
    await ns.link.set('tap1', { port: { learning: false, locked: true } })
    if ((await ns.link.get('tap1'))?.port?.locked !== true) skip('lacks capability: locked ports (Linux 5.18)')
    await ns.fdb.add({ link: 'tap1', mac: STATION, master: true, state: 'static' })
    const frames = [
      { ...unknown, from: OTHER },
      { ...broadcast, from: STATION },
    ]
    const free = () => ns.link.set('tap1', { port: { locked: false } })
    expect(await passed(one, [two], frames, free)).toEqual([['3']])
  })

  suite.test('a sticky entry stays at its port', needs, async (context) => {
    const { ns } = context
    const [one, two, three] = await bridged(context, 3)
    await ns.fdb.add({ link: 'tap2', mac: STATION, master: true, state: 'static', sticky: true })
    await send(three, { to: everybody, from: STATION, number: 9 })
    expect(await passed(one, [two, three], [{ to: STATION, number: 1 }])).toEqual([['9', '1'], []])
  })

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
