/** The white list of a TAP: which destinations it takes from the kernel (`TUNSETTXFILTER`). @module */
import { FrameBatch, type PortFilter, type TunPort } from '@vnet/core'
import { expect } from 'vitest'
import { numberedFrame } from './frame.js'
import { readNumbers, twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'

const needs = ['tun port', 'link tap', 'link bridge'] as const

/** Destinations of the frames that are sent, by their number. */
const destinations = [
  '02:00:00:00:00:40',
  '02:00:00:00:00:41',
  '01:00:5e:00:00:01',
  '01:00:5e:00:00:02',
  '33:33:00:00:00:01',
  'ff:ff:ff:ff:ff:ff',
] as const
const [MINE, OTHER, GROUP, OTHER_GROUP, GROUP6, BROADCAST] = [0, 1, 2, 3, 4, 5] as const
/** Eight that nobody sends to: what is listed behind them goes by a hash. */
const eight = Array.from({ length: 8 }, (_, i) => `02:00:00:00:01:0${i}`)

/** What each list lets pass. */
const lists: readonly (readonly [title: string, filter: PortFilter, passes: readonly number[]])[] = [
  ['one station', { macs: [destinations[MINE]] }, [MINE]],
  ['a station and broadcast', { macs: [destinations[MINE], 'ff:ff:ff:ff:ff:ff'] }, [MINE, BROADCAST]],
  ['a group', { macs: [destinations[GROUP]] }, [GROUP]],
  [
    'a station and all groups',
    { macs: [destinations[OTHER]], allMulticast: true },
    [OTHER, GROUP, OTHER_GROUP, GROUP6, BROADCAST],
  ],
  ['all groups and no station', { macs: [], allMulticast: true }, [GROUP, OTHER_GROUP, GROUP6, BROADCAST]],
  ['groups by a hash', { macs: [...eight, destinations[GROUP], destinations[GROUP6]] }, [GROUP, GROUP6]],
  ['nobody', { macs: [] }, []],
]

/** Registers the tests. */
export function portFilter(suite: Suite): void {
  suite.test('lists that are set while it is open, and taken back', needs, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer)
    for (const [title, filter, passes] of lists) {
      to.setFilter(filter)
      expect(await passing(from, to), title).toEqual(passes)
    }
    to.setFilter(undefined)
    expect(await passing(from, to)).toEqual([MINE, OTHER, GROUP, OTHER_GROUP, GROUP6, BROADCAST])
  })

  suite.test('a list that it is opened with holds for queues that come later', needs, async ({ ns, defer }) => {
    const filter = { macs: [destinations[MINE]] }
    const [from, to] = await twoTaps(ns, defer, { filter, queues: 2 })
    to.addQueue()
    for (const queue of [0, 1]) to.setQueue(queue, false)
    expect(await passing(from, to)).toEqual([MINE])
  })

  suite.test('a list that the kernel would not keep is refused', needs, async ({ ns, defer }) => {
    const [from, to] = await twoTaps(ns, defer, { filter: { macs: [destinations[MINE]] } })
    // The kernel compares eight; one more station would switch the list off.
    expect(() => to.setFilter({ macs: [...eight, destinations[OTHER]] })).toThrow(RangeError)
    expect(() => to.setFilter({ macs: ['02:00'] })).toThrow(/MAC/)
    expect(() => to.setFilter({} as never)).toThrow(TypeError)
    expect(await passing(from, to)).toEqual([MINE])
  })
}

/** The numbers of the destinations whose frames arrive before one that is sent when the list was lifted. */
async function passing(from: TunPort, to: TunPort): Promise<number[]> {
  const batch = new FrameBatch()
  destinations.forEach((mac, number) => {
    const frame = numberedFrame(number, 64, 0, 0x11)
    frame.set(mac.split(':').map((octet) => Number.parseInt(octet, 16)))
    batch.add(frame)
  })
  await writeAll(from, batch)
  to.setFilter(undefined)
  batch.clear()
  batch.add(numberedFrame(destinations.length, 64, 0x41, 0x11))
  await writeAll(from, batch)
  const arrived: number[] = []
  while (arrived.at(-1) !== destinations.length) arrived.push(...(await readNumbers(to, 1, () => 64)))
  return arrived.slice(0, -1)
}
