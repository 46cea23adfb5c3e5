/** Actions of filters in all their words, who looks at packets, and estimators: given, told, and seen at work. @module */
import type { ActionSpec, Capability, FilterSpec, Namespace, TrafficFilter } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails, present, sleep } from './expectation.js'
import { passingNumbers } from './filtering.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { addLine, isNumber, type Line, lineNeeds, SIZE, upTo } from './traffic-line.js'

const link = 'v0'
const told: readonly Capability[] = ['link veth', 'qdisc clsact', 'filter u32']
const atWork: readonly Capability[] = [...lineNeeds, 'qdisc clsact', 'filter u32', 'action gact']
const estimator = { interval: 1000, timeConstant: 8000 } as const
const place = { link, parent: 'ingress', priority: 1, kind: 'u32', protocol: 'ip' } as const
const gact = (control: Extract<ActionSpec, { kind: 'gact' }>['control']) => ({ kind: 'gact', control }) as const

/** The filters of a place without the hash tables that come with those of u32. */
async function filters(ns: Namespace, on = link, parent = 'ingress'): Promise<TrafficFilter[]> {
  return (await ns.filter.list({ link: on, parent })).filter(({ divisor }) => divisor === undefined)
}

const packets = { kind: 'police', packetRate: 1000, packetBurst: 50, exceed: 'shot' } as const

/** Actions, and what is told of them where that is more. */
const actions: readonly (readonly [
  title: string,
  needs: Capability,
  action: ActionSpec,
  more?: Partial<FilterSpec>,
])[] = [
  ['police: packets', 'action police', packets],
  ['police: many packets', 'action police', { ...packets, packetRate: 100_000_000, packetBurst: 30_000_000 }],
  ['police: an average', 'action police', { kind: 'police', averageRate: 1_000_000 }, { estimator }],
  [
    'police: a peak in cells',
    'action police',
    {
      ...{ kind: 'police', rate: 8_000_000, burst: 10_000, peakRate: 16_000_000, mtu: 2000 },
      ...{ overhead: 4, leastPacket: 64, linkLayer: 'atm', exceed: 'shot', conform: 'trap' },
    },
  ],
  ['police: a size', 'action police', { kind: 'police', mtu: 1000, exceed: 'continue', conform: 'pipe' }],
  ['police: to a chain', 'action police', { ...packets, exceed: 'goto chain 7', conform: 'jump 1' }],
  ['gact: to a chain', 'action gact', gact('goto chain 7')],
  ['gact: a jump', 'action gact', gact('jump 1')],
  ['gact: a trap', 'action gact', { ...gact('trap'), random: { way: 'determ', control: 'jump 1', value: 5 } }],
  ['mirred: a copy, and the end', 'action mirred', { kind: 'mirred', mode: 'mirror', link: 'v1', control: 'shot' }],
  ['mirred: sent elsewhere, and on', 'action mirred', { kind: 'mirred', link: 'v1', control: 'goto chain 3' }],
  ['a cookie', 'action mirred', { kind: 'mirred', link: 'v1', cookie: Uint8Array.of(1, 2, 3) }],
  ['a long cookie', 'action gact', { ...gact('ok'), cookie: new Uint8Array(16).fill(7) }],
  ['counters of no hardware', 'action mirred', { kind: 'mirred', link: 'v1', hardwareStatistics: 'disabled' }],
  ['counters of hardware, late', 'action gact', { ...gact('ok'), hardwareStatistics: 'delayed' }],
  ['counters of all CPUs', 'action mirred', { kind: 'mirred', link: 'v1', sharedCounters: true }],
]

/** Registers the tests. */
export function trafficAction(suite: Suite): void {
  suite.group('told', (inner) => {
    for (const [title, needs, action, more] of actions) {
      inner.test(title, [...told, needs], async ({ ns }) => {
        await addPair(ns)
        await ns.qdisc.add({ link, kind: 'clsact' })
        const target = present(await ns.link.get('v1')).index
        await ns.filter.add({ ...place, ...more, actions: [action] } as FilterSpec)
        const expected = 'link' in action ? { ...action, link: target } : action
        const made = present((await filters(ns))[0])
        expect(made.actions).toMatchObject([expected])
        // What was told can be given again.
        const {
          index: _,
          references: __,
          bindings: ___,
          statistics: ____,
          times: _____,
          hardwareCount: ______,
          usedHardwareStatistics: _______,
          ...again
        } = present(made.actions[0])
        await ns.filter.set({ ...place, ...more, handle: made.handle, actions: [again] } as FilterSpec)
        expect((await filters(ns))[0]?.actions).toMatchObject([expected])
      })
    }
  })

  suite.test('u32: by the link that packets come in by', [...atWork], async (context) => {
    const { line, drop } = await addGate(context)
    expect((await fails(drop(1, 1, { inputLink: 'nope' }), 'EINVAL')).detail).toMatch(/not found/)
    await drop(1, 1, { inputLink: 'in0' })
    await drop(2, 2, { inputLink: 'out0' })
    const all = await filters(context.ns, 'in0')
    expect(all.map(({ inputLink }) => inputLink)).toEqual(['in0', 'out0'])
    expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 2])
  })

  suite.test('u32: a mark is told, or the kernel is said to have none', told, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    for (const [priority, mark, markMask] of [
      [1, 0x10, 0xff],
      [2, 0xffffffff, undefined],
    ] as const) {
      const spec = { ...place, priority, mark, ...(markMask === undefined ? {} : { markMask }), classId: '1:1' }
      const made = await isMarked(ns, spec)
      const told = (await filters(ns)).find((filter) => filter.priority === priority)
      expect(told && { mark: told.mark, markMask: told.markMask }).toEqual(made ? { mark, markMask } : undefined)
    }
  })

  suite.test('u32: by a mark, which nobody gives here', atWork, async (context) => {
    const { line, drop } = await addGate(context)
    const { ns, skip } = context
    const spec = { link: 'in0', parent: 'ingress', kind: 'u32', keys: isNumber(1), actions: [gact('shot')] } as const
    if (!(await isMarked(ns, { ...spec, priority: 1, mark: 0x10, markMask: 0xff })))
      return skip('lacks capability: marks in filters of u32 (CONFIG_CLS_U32_MARK)')
    await drop(2, 2, { mark: 0, markMask: 0xff })
    expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 1])
    const [none, every] = await filters(ns, 'in0')
    expect(none?.statistics?.markMatched ?? 0).toBe(0)
    if (every?.statistics !== undefined) expect(every.statistics.markMatched).toBeGreaterThan(0)
  })

  suite.test('u32: only the kernel looks, or only hardware', atWork, async (context) => {
    const { line, drop } = await addGate(context)
    await drop(1, 1, { skipHardware: true })
    await drop(2, 2, { skipSoftware: true })
    const all = await filters(context.ns, 'in0')
    expect(all).toMatchObject([
      { skipHardware: true, inHardware: false },
      { skipSoftware: true, inHardware: false },
    ])
    expect(all[0]).not.toHaveProperty('skipSoftware')
    expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 2])
  })

  suite.test('matchall: only the kernel looks, or only hardware', [...told, 'filter matchall'], async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'clsact' })
    const all = { link, parent: 'ingress', kind: 'matchall', classId: '1:1' } as const
    await ns.filter.add({ ...all, priority: 1, skipHardware: true })
    expect(await filters(ns)).toMatchObject([{ skipHardware: true, inHardware: false }])
    // There is no hardware.
    await fails(ns.filter.add({ ...all, priority: 2, skipSoftware: true }), ['EOPNOTSUPP', 'EINVAL'])
    expect(await filters(ns)).toHaveLength(1)
  })

  suite.test('a jump passes over actions', atWork, async (context) => {
    const { line, give } = await addGate(context)
    await give(1, { keys: isNumber(1), actions: [gact('jump 2'), gact('shot'), gact('ok')] })
    await give(2, { keys: isNumber(2), actions: [gact('jump 1'), gact('shot'), gact('ok')] })
    expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 1])
    const [, middle, last] = present((await filters(context.ns, 'in0'))[0]).actions
    expect([middle, last].map((action) => action?.statistics?.packets)).toEqual([0, 1])
  })

  suite.test('filters of another chain are asked where an action leads there', atWork, async (context) => {
    const { line, give } = await addGate(context)
    await give(1, { chain: 5, keys: isNumber(1), actions: [gact('shot')] })
    await give(2, { chain: 5, keys: isNumber(2), actions: [gact('goto chain 9')] })
    await give(1, { chain: 9, keys: isNumber(2), actions: [gact('shot')] })
    expect(await passingNumbers(line, 0, 1, 2, 3)).toEqual([0, 1, 2, 3])
    await give(7, { keys: [], actions: [gact('goto chain 5')] })
    expect(await passingNumbers(line, 0, 1, 2, 3)).toEqual([0, 3])
  })

  suite.test(
    'mirred: what is copied ends, what is sent elsewhere goes on',
    [...atWork, 'action mirred'],
    async (context) => {
      const { line, give } = await addGate(context)
      await context.ns.link.add({ kind: 'veth', name: 'm0', up: true, peer: { name: 'm1', up: true } })
      const to = { kind: 'mirred', link: 'm0' } as const
      await give(1, { keys: isNumber(1), actions: [{ ...to, mode: 'mirror', control: 'shot' }] })
      await give(2, { keys: isNumber(2), actions: [{ ...to, control: 'ok' }] })
      expect(await passingNumbers(line, 0, 1, 2)).toEqual([0, 2])
      const counted = (await filters(context.ns, 'in0')).flatMap((filter) => filter.actions)
      expect(counted.map(({ statistics }) => statistics?.packets)).toEqual([1, 1])
    },
  )

  suite.test('police: packets, and large ones', [...atWork, 'action police'], async (context) => {
    const { line, give } = await addGate(context)
    await give(1, { keys: isNumber(1), actions: [{ kind: 'police', packetRate: 10, packetBurst: 3, exceed: 'shot' }] })
    // The bucket begins empty.
    await sleep(400)
    const passed = await passingNumbers(line, ...Array<number>(30).fill(1))
    expect(passed.length).toBeGreaterThanOrEqual(3)
    expect(passed.length).toBeLessThan(20)
    const [action] = present((await filters(context.ns, 'in0'))[0]).actions
    const lost = 30 - passed.length
    expect(action?.statistics).toMatchObject({ packets: 30, drops: lost, overlimits: lost })
    // Of what comes in the Ethernet header counts here, as it does not for rates.
    await give(2, { keys: isNumber(2), actions: [{ kind: 'police', mtu: SIZE, exceed: 'shot' }] })
    await give(3, { keys: isNumber(3), actions: [{ kind: 'police', mtu: SIZE - 1, exceed: 'shot' }] })
    expect(await passingNumbers(line, 2, 3)).toEqual([2])
  })

  suite.test(
    'police: an average that was measured',
    [...atWork, 'action police'],
    async (context) => {
      const { line, give } = await addGate(context)
      const average = { kind: 'police', averageRate: 8000, exceed: 'shot' } as const
      const fast = { interval: 250, timeConstant: 500 } as const
      await give(1, { keys: isNumber(1), estimator: fast, actions: [average] })
      // Nothing was measured yet.
      expect(await passingNumbers(line, ...Array<number>(20).fill(1))).toHaveLength(20)
      const told = async () => present(present((await filters(context.ns, 'in0'))[0]).actions[0]).statistics
      await eventually(async () => expect((await told())?.rate).toBeGreaterThan(8000))
      await eventually(async () => {
        await passingNumbers(line, ...Array<number>(20).fill(1))
        expect((await told())?.drops).toBeGreaterThan(0)
      })
      // It fades, and then packets pass again.
      await eventually(async () => expect((await told())?.rate).toBeLessThan(8000))
      expect(await passingNumbers(line, 1)).toEqual([1])
    },
    { seconds: 60 },
  )

  suite.test(
    'an estimator of a discipline and of a class',
    [...lineNeeds, 'qdisc htb'],
    async (context) => {
      const line = await addLine(context)
      const { ns } = context
      const on = { link: 'out0', estimator: { interval: 250, timeConstant: 1000 } } as const
      await ns.qdisc.add({ ...on, handle: '1:', kind: 'htb', default: 0x10 })
      await ns.class.add({ ...on, classId: '1:10', kind: 'htb', rate: 100_000_000 })
      const rates = async () =>
        [...(await ns.qdisc.list({ link: 'out0', kind: 'htb' })), ...(await ns.class.list({ link: 'out0' }))].map(
          ({ statistics }) => ({ rate: statistics?.rate, packetRate: statistics?.packetRate }),
        )
      expect(await rates()).toEqual(Array(2).fill({ rate: 0, packetRate: 0 }))
      await eventually(async () => {
        await line.send(...upTo(20))
        await line.numbers(20)
        for (const { rate, packetRate } of await rates()) {
          expect(rate).toBeGreaterThan(8000)
          expect(packetRate).toBeGreaterThan(0)
        }
      })
      // A change without one leaves it.
      await ns.class.change({ link: 'out0', classId: '1:10', kind: 'htb', rate: 50_000_000 })
      await eventually(async () => {
        for (const { rate } of await rates()) expect(rate).toBeLessThan(8000)
      })
    },
    { seconds: 60 },
  )
}

/** Whether the kernel took a filter with a mark; where it has no marks, the refusal says so. */
async function isMarked(ns: Namespace, spec: FilterSpec): Promise<boolean> {
  try {
    await ns.filter.add(spec)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'VNET_UNSUPPORTED', attribute: 'spec.mark' })
    expect((error as { hint?: string }).hint).toContain('CONFIG_CLS_U32_MARK')
    return false
  }
}

/** A line with a place for filters where frames come in. */
async function addGate(context: Context): Promise<{
  readonly line: Line
  give(priority: number, more: object): Promise<void>
  drop(priority: number, number: number, more: object): Promise<void>
}> {
  const line = await addLine(context)
  await context.ns.qdisc.add({ link: 'in0', kind: 'clsact' })
  const give = (priority: number, more: object) =>
    context.ns.filter.add({ link: 'in0', parent: 'ingress', priority, kind: 'u32', ...more } as FilterSpec)
  return {
    line,
    give,
    drop: (priority, number, more) => give(priority, { keys: isNumber(number), actions: [gact('shot')], ...more }),
  }
}
