/** Filters and actions as frames find them: what matches, and what is done with it. @module */
import type { ActionSpec, Capability, Qdisc, TrafficFilter } from '@vnet/core'
import { expect } from 'vitest'
import { openedCapture } from './capture.js'
import { eventually } from './expectation.js'
import { numberedFrame, numberOf } from './frame.js'
import type { Suite } from './suite.js'
import { addLine, isNumber, type Line, lineNeeds, passing, SIZE, upTo } from './traffic-line.js'

const needs: readonly Capability[] = [...lineNeeds, 'qdisc clsact', 'filter u32', 'action gact']
const drop = [{ kind: 'gact', control: 'shot' }] as const

const numbered = (numbers: readonly number[]) => numbers.map((number) => numberedFrame(number, SIZE, 0x22, 0x11))

/** Sends frames with these numbers; those that come through. */
export async function passingNumbers(line: Line, ...numbers: readonly number[]): Promise<(number | undefined)[]> {
  return (await passing(line, numbered(numbers))).map(numberOf)
}

/** Registers the tests. */
export function filtering(suite: Suite): void {
  for (const [where, link, parent] of [
    ['comes in', 'in0', 'ingress'],
    ['leaves', 'out0', 'egress'],
  ] as const) {
    suite.test(`u32, of what ${where}: bits, negative offsets, several keys`, needs, async (context) => {
      const line = await addLine(context)
      const { ns } = context
      await ns.qdisc.add({ link, kind: 'clsact' })
      const place = { link, parent, priority: 5, kind: 'u32', actions: drop } as const
      await ns.filter.add({ ...place, keys: isNumber(1) })
      await ns.filter.add({ ...place, keys: [{ offset: 0, value: 0x20, mask: 0xf0 }, ...isNumber(0x22)] })
      // The last four octets of the destination.
      await ns.filter.add({ ...place, keys: [{ offset: -12, value: 0x77, mask: 0xff }] })
      const other = numberedFrame(3, SIZE, 0x77, 0x11)
      const seen = await passing(line, [...numbered([0, 1, 2, 0x21, 0x22]), other])
      expect(seen.map(numberOf)).toEqual([0, 2, 0x21])
      // What a frame is too short for matches nothing, and no filter of the priority behind it.
      await ns.filter.delete({ link, parent, priority: 5 })
      await ns.filter.add({ ...place, keys: [{ offset: 1200, value: 0, mask: 1 }] })
      await ns.filter.add({ ...place, keys: isNumber(1) })
      expect(await passingNumbers(line, 0, 1)).toEqual([0, 1])
    })
  }

  suite.test('u32: by a hash into a table, and back where nothing is found there', needs, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link: 'in0', kind: 'clsact' })
    const place = { link: 'in0', parent: 'ingress', priority: 5, kind: 'u32' } as const
    await ns.filter.add({ ...place, handle: '2:', divisor: 16 })
    await ns.filter.add({ ...place, table: '2:3:', keys: isNumber(0x103), actions: drop })
    await ns.filter.add({ ...place, table: '2:4:', keys: isNumber(0x203), actions: drop })
    const hashKey = { offset: 0, mask: 0x0f }
    await ns.filter.add({ ...place, keys: [{ offset: 0, value: 0, mask: 0xff000000 }], nextTable: '2:', hashKey })
    await ns.filter.add({ ...place, keys: isNumber(9), actions: drop })
    // 0x203 is looked for in bucket 3, where it is not.
    expect(await passingNumbers(line, 0x103, 0x203, 9, 3)).toEqual([0x203, 3])
  })

  suite.test('the lowest priority first; ok, continue, pipe and reclassify', needs, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link: 'in0', kind: 'clsact' })
    const add = (
      priority: number,
      number: number,
      ...controls: readonly ('ok' | 'continue' | 'pipe' | 'shot' | 'reclassify')[]
    ) =>
      ns.filter.add({
        link: 'in0',
        parent: 'ingress',
        priority,
        kind: 'u32',
        keys: isNumber(number),
        actions: controls.map((control) => ({ kind: 'gact', control })),
      })
    await add(1, 1, 'ok')
    await add(2, 1, 'shot')
    await add(1, 2, 'continue')
    await add(2, 2, 'shot')
    await add(1, 3, 'pipe', 'shot')
    await add(1, 4, 'ok', 'shot')
    await add(1, 5, 'pipe')
    await add(2, 5, 'shot')
    // Again and again, until the kernel has had enough.
    await add(1, 6, 'reclassify')
    expect(await passingNumbers(line, ...upTo(8))).toEqual([0, 1, 4, 5, 7])
    const filters = (await ns.filter.list({ link: 'in0', parent: 'ingress' })).filter(
      ({ actions }) => actions.length > 0,
    )
    const packets = (filter: TrafficFilter | undefined) => filter?.actions.map(({ statistics }) => statistics?.packets)
    const of = (number: number, priority = 1) =>
      packets(filters.find((one) => one.priority === priority && one.keys?.[0]?.value === number))
    expect([of(1), of(1, 2), of(2), of(3), of(4), of(6)]).toEqual([[1], [0], [1], [1, 1], [1, 0], [17]])
    const [clsact] = (await ns.qdisc.list({ link: 'in0', kind: 'clsact' })) as [Qdisc]
    // Of what comes in, the kernel does not count the Ethernet header.
    expect(clsact.statistics).toMatchObject({ packets: 9, bytes: 9 * (SIZE - 14), drops: 3 })
  })

  suite.test('gact: each third one', needs, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link: 'in0', kind: 'clsact' })
    const random = { way: 'determ', control: 'shot', value: 3 } as const
    const actions: readonly ActionSpec[] = [{ kind: 'gact', control: 'ok', random }]
    const keys = [{ offset: 0, value: 0, mask: 0xffffff00 }]
    await ns.filter.add({ link: 'in0', parent: 'ingress', priority: 1, kind: 'u32', keys, actions })
    expect(await passingNumbers(line, ...upTo(9))).toEqual([0, 1, 3, 4, 6, 7])
  })

  const policing: readonly Capability[] = [...lineNeeds, 'qdisc clsact', 'filter u32', 'action police']
  suite.test('police: a bucket, the largest packet, and what follows', policing, async (context) => {
    const line = await addLine(context)
    const { ns } = context
    await ns.qdisc.add({ link: 'out0', kind: 'clsact' })
    const place = { link: 'out0', parent: 'egress', kind: 'u32' } as const
    // 100 octets a second: what the bucket lets pass is all that ever will.
    const police = { kind: 'police', rate: 800, burst: 3 * SIZE, exceed: 'shot', mtu: SIZE } as const
    await ns.filter.add({ ...place, priority: 1, keys: isNumber(1), actions: [police] })
    await ns.filter.add({ ...place, priority: 2, keys: isNumber(2), actions: [{ ...police, mtu: SIZE - 1 }] })
    const drops = { kind: 'gact', control: 'shot' } as const
    const piped = { ...police, burst: SIZE, conform: 'ok', exceed: 'pipe' } as const
    if (context.supports['action gact'] === true)
      await ns.filter.add({ ...place, priority: 3, keys: isNumber(3), actions: [piped, drops] })
    expect(await passingNumbers(line, 1, 1, 1, 1, 1)).toEqual([1, 1, 1])
    expect(await passingNumbers(line, 2, 2)).toEqual([])
    if (context.supports['action gact'] === true) expect(await passingNumbers(line, 3, 3, 3)).toEqual([3])
    const filters = await ns.filter.list({ link: 'out0', parent: 'egress' })
    const counted = filters.flatMap(({ actions }) => actions.map(({ statistics }) => statistics))
    expect(counted[0]).toMatchObject({ packets: 5, bytes: 5 * SIZE, drops: 2, overlimits: 2 })
    expect(counted[1]).toMatchObject({ packets: 2, drops: 2, overlimits: 2 })
  })

  suite.group('mirred', (inner) => {
    const mirroring: readonly Capability[] = [
      ...lineNeeds,
      'qdisc clsact',
      'filter u32',
      'action mirred',
      'link veth',
      'capture',
    ]
    for (const direction of ['egress', 'ingress'] as const) {
      for (const mode of ['redirect', 'mirror'] as const) {
        inner.test(`${mode} to the ${direction} of another link`, mirroring, async (context) => {
          const line = await addLine(context)
          const { ns, defer } = context
          await ns.link.add({
            kind: 'veth',
            name: 'm0',
            mtu: 1200,
            up: true,
            peer: { name: 'm1', mtu: 1200, up: true },
          })
          await ns.qdisc.add({ link: 'in0', kind: 'clsact' })
          const actions = [{ kind: 'mirred', mode, direction, link: 'm0' }] as const
          await ns.filter.add({ link: 'in0', parent: 'ingress', priority: 1, kind: 'u32', keys: isNumber(1), actions })
          const out = direction === 'egress'
          const captured = await openedCapture(ns, defer, { link: 'm0', direction: out ? 'out' : 'in' })
          const before = (await ns.link.get('m1', { statistics: true }))?.statistics?.rxPackets ?? 0
          expect(await passingNumbers(line, 0, 1, 2)).toEqual(mode === 'mirror' ? [0, 1, 2] : [0, 2])
          const batch = captured.createBatch()
          await captured.read(batch)
          expect([batch.count, numberOf(batch.frame(0)), batch.frame(0).length]).toEqual([1, 1, SIZE])
          const after = (await ns.link.get('m1', { statistics: true }))?.statistics?.rxPackets ?? 0
          expect(after - before).toBe(out ? 1 : 0)
        })
      }
    }

    inner.test(
      'to a link that is down: a redirected frame is lost, of a copy the original goes on',
      mirroring,
      async (context) => {
        const line = await addLine(context)
        const { ns } = context
        await ns.link.add({ kind: 'veth', name: 'm0', peer: { name: 'm1' } })
        await ns.qdisc.add({ link: 'in0', kind: 'clsact' })
        for (const [mode, number] of [
          ['redirect', 1],
          ['mirror', 2],
        ] as const) {
          const actions = [{ kind: 'mirred', mode, link: 'm0' }] as const
          await ns.filter.add({
            link: 'in0',
            parent: 'ingress',
            priority: number,
            kind: 'u32',
            keys: isNumber(number),
            actions,
          })
        }
        expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 2])
        const filters = await ns.filter.list({ link: 'in0', parent: 'ingress' })
        const counted = filters.flatMap(({ actions }) => actions.map(({ statistics }) => statistics?.overlimits))
        expect(counted).toEqual([1, 1])
      },
    )

    inner.test('through an ifb and back, with its counters', [...mirroring, 'link ifb', 'sysctl'], async (context) => {
      const line = await addLine(context)
      const { ns } = context
      await ns.link.add({ kind: 'ifb', name: 'ifb9' })
      // It would count what it says itself, seconds later.
      await ns.sysctl.set('net.ipv6.conf.ifb9.disable_ipv6', 1)
      await ns.link.set('ifb9', { up: true })
      for (const [link, parent, number] of [
        ['in0', 'ingress', 1],
        ['out0', 'egress', 2],
      ] as const) {
        await ns.qdisc.add({ link, kind: 'clsact' })
        const actions = [{ kind: 'mirred', link: 'ifb9' }] as const
        await ns.filter.add({ link, parent, priority: 1, kind: 'u32', keys: isNumber(number), actions })
      }
      const before = (await ns.link.get('ifb9', { statistics: true }))?.statistics
      await line.send(0, 1, 2)
      expect((await line.numbers(3)).sort()).toEqual([0, 1, 2])
      await eventually(async () => {
        const after = (await ns.link.get('ifb9', { statistics: true }))?.statistics
        const grown = (['rxPackets', 'txPackets', 'rxBytes', 'txBytes'] as const).map(
          (name) => (after?.[name] ?? 0) - (before?.[name] ?? 0),
        )
        expect(grown).toEqual([2, 2, 2 * SIZE, 2 * SIZE])
      })
    })
  })
}
