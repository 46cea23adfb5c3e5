/** Queueing disciplines (`tc qdisc`). @module */
import {
  type Capability,
  type Namespace,
  type OtherQdiscSpec,
  type Qdisc,
  type QdiscKind,
  type QdiscSpec,
  qdiscFields,
} from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import type { Suite } from './suite.js'
import { addPair } from './surroundings.js'
import { type TrafficNote, type TrafficPlace, trafficOptionTests } from './traffic-option.js'
import { startWatch } from './watcher.js'

const link = 'v0'
const tbf = { kind: 'tbf', rate: 10_000_000, burst: 10_000, limit: 50_000 } as const
const pair: readonly Capability[] = ['link veth']
const withTbf: readonly Capability[] = [...pair, 'qdisc tbf']
const withHtb: readonly Capability[] = [...pair, 'qdisc htb']

/** Disciplines of the link that somebody chose, by handle. */
async function chosen(ns: Namespace, of = link): Promise<Qdisc[]> {
  const found = (await ns.qdisc.list({ link: of })).filter((qdisc) => qdisc.handle !== '0:')
  return found.sort((a, b) => (a.handle < b.handle ? -1 : 1))
}

/** A discipline without what counts by itself. */
const still = ({ references: _, statistics: __, directPackets: ___, ...rest }: Qdisc) => rest

/** Registers the tests of disciplines. */
export function qdisc(suite: Suite): void {
  suite.test('the kernel puts one where nobody chose', pair, async ({ ns }) => {
    await addPair(ns)
    const expected = { kind: 'noqueue', handle: '0:', parent: 'root', other: [] }
    expect(await ns.qdisc.list({ link })).toMatchObject([expected])
    expect(await ns.qdisc.list({ kind: 'noqueue' })).toHaveLength(2)
    await fails(ns.qdisc.delete({ link }), 'ENOENT')
  })

  suite.test('the limit of a queue stays until another is given', pair, async ({ ns }) => {
    await addPair(ns)
    for (const kind of ['pfifo', 'bfifo'] as const) {
      await ns.qdisc.add({ link: 'v0', kind, handle: '1:', limit: 0 })
      await ns.qdisc.set({ link: 'v0', kind })
      expect(await ns.qdisc.list({ link: 'v0' })).toMatchObject([{ kind, limit: 0 }])
      await ns.qdisc.delete({ link: 'v0' })
    }
  })

  suite.test('none where the queue has no length', ['link ifb'], async ({ ns }) => {
    await ns.link.add({ kind: 'ifb', name: 'i0', txQueueLength: 0 })
    await ns.link.set('i0', { up: true })
    expect(await ns.link.get('i0')).toMatchObject({ qdisc: 'noqueue' })
    await ns.link.set('i0', { txQueueLength: 100 })
    await ns.qdisc.add({ link: 'i0', kind: 'bfifo', handle: '1:' })
    await ns.qdisc.delete({ link: 'i0' })
    expect(await ns.link.get('i0')).not.toMatchObject({ qdisc: 'noqueue' })
  })

  suite.test('made, read, changed, replaced, deleted', withTbf, async ({ ns }) => {
    const { index } = await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', ...tbf })
    const made = {
      link: index,
      kind: 'tbf',
      handle: '1:',
      parent: 'root',
      rate: 10_000_000,
      burst: 10_000,
      limit: 50_000,
    }
    expect(await chosen(ns)).toMatchObject([made])
    expect((await ns.link.get(link))?.qdisc).toBe('tbf')
    await ns.qdisc.change({ link, handle: '1:', ...tbf, rate: 20_000_000 })
    expect(await chosen(ns)).toMatchObject([{ ...made, rate: 20_000_000 }])
    await ns.qdisc.set({ link, handle: '2:', kind: 'pfifo', limit: 7 })
    expect(await chosen(ns)).toMatchObject([{ kind: 'pfifo', handle: '2:', limit: 7 }])
    await ns.qdisc.set({ link, handle: '2:', kind: 'pfifo', limit: 8 })
    expect(await chosen(ns)).toMatchObject([{ kind: 'pfifo', handle: '2:', limit: 8 }])
    await ns.qdisc.delete({ link, handle: '2:' })
    expect(await chosen(ns)).toEqual([])
    expect((await ns.link.get(link))?.qdisc).toBe('noqueue')
  })

  suite.test(
    'a bucket of cells is told as the largest packet that fits, and given again is the same',
    withTbf,
    async ({ ns }) => {
      await addPair(ns)
      const slow = { link, handle: '1:', kind: 'tbf', rate: 1_000_000, limit: 50_000 } as const
      for (const [given, burst, peakBurst] of [
        // 209 cells of 48 octets.
        [{ burst: 10_000, linkLayer: 'atm' }, 10_032],
        [{ burst: 10_000, linkLayer: 'atm', overhead: 24 }, 10_008],
        [{ burst: 10_000, linkLayer: 'atm', peakRate: 2_000_000, peakBurst: 1600 }, 10_032, 1632],
        // Less than a packet counts as at least is as much as that.
        [{ burst: 1000, leastPacket: 1500 }, 1500],
        [{ burst: 1000, leastPacket: 1500, overhead: 100 }, 1400],
        [{ burst: 10_000, overhead: 0xffff }, 10_000],
      ] as const) {
        const told = { burst, ...(peakBurst === undefined ? {} : { peakBurst }) }
        await ns.qdisc.add({ ...slow, ...given })
        expect(await chosen(ns)).toMatchObject([told])
        await ns.qdisc.change({ ...slow, ...given, ...told })
        expect(await chosen(ns)).toMatchObject([told])
        await ns.qdisc.delete({ link })
      }
    },
  )

  suite.test('the kernel chooses a handle from 8001: on', pair, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, kind: 'pfifo' })
    expect((await chosen(ns))[0]).toMatchObject({ kind: 'pfifo', limit: 1000, parent: 'root' })
    expect((await chosen(ns))[0]?.handle).toMatch(/^[89a-f][\da-f]{3}:$/)
  })

  suite.test('one inside another goes with it', withTbf, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', ...tbf })
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', ...tbf, rate: 5_000_000 })
    await ns.qdisc.add({ link, parent: '2:1', handle: '3:', kind: 'bfifo', limit: 3000 })
    expect(await chosen(ns)).toMatchObject([
      { handle: '1:', parent: 'root' },
      { handle: '2:', parent: '1:1', rate: 5_000_000 },
      { handle: '3:', parent: '2:1', limit: 3000 },
    ])
    await ns.qdisc.delete({ link, parent: '1:1' })
    expect(await chosen(ns)).toMatchObject([{ handle: '1:' }])
    await ns.qdisc.delete({ link })
    expect(await chosen(ns)).toEqual([])
  })

  suite.test('those of a link vanish with it', withTbf, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', ...tbf })
    await ns.link.delete(link)
    await addPair(ns)
    expect(await chosen(ns)).toEqual([])
  })

  for (const kind of ['ingress', 'clsact'] as const) {
    suite.test(`${kind} stands beside the root`, [...withTbf, `qdisc ${kind}`], async ({ ns }) => {
      await addPair(ns)
      await ns.qdisc.add({ link, kind })
      await ns.qdisc.add({ link, handle: '1:', ...tbf })
      expect(await chosen(ns)).toMatchObject([
        { kind: 'tbf', parent: 'root' },
        { kind, handle: 'ffff:', parent: 'ingress' },
      ])
      await fails(ns.qdisc.add({ link, kind: 'ingress' }), 'EEXIST')
      await fails(ns.qdisc.delete({ link, parent: 'ingress', handle: '5:' }), 'EINVAL')
      await ns.qdisc.delete({ link, parent: 'ingress' })
      await fails(ns.qdisc.delete({ link, parent: 'ingress' }), 'ENOENT')
      expect(await chosen(ns)).toMatchObject([{ kind: 'tbf' }])
    })
  }

  suite.test('an htb cannot be changed', withHtb, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', kind: 'htb', default: 0x30 })
    // The kernel itself sends a little on a link that is up, and the class 1:30 is not there.
    const directPackets = expect.any(Number)
    expect(await chosen(ns)).toMatchObject([{ kind: 'htb', default: 0x30, r2q: 10, directPackets }])
    const error = await fails(ns.qdisc.set({ link, handle: '1:', kind: 'htb', default: 0x31 }), [
      'EINVAL',
      'EOPNOTSUPP',
    ])
    expect(error.hint).toMatch(/delete it/)
    expect(await chosen(ns)).toMatchObject([{ default: 0x30 }])
  })

  suite.group('errors', (inner) => {
    for (const [title, code, spec] of refused) {
      inner.test(title, withHtb, async ({ ns }) => {
        await addPair(ns)
        await ns.qdisc.add({ link, handle: '1:', kind: 'htb' })
        const before = (await ns.qdisc.list({})).map(still)
        const { verb = 'add', ...rest } = spec
        const error = await fails(ns.qdisc[verb]({ link, ...rest } as QdiscSpec), code)
        expect(error).toMatchObject({ operation: `qdisc ${verb}`, subject: rest.link ?? link })
        expect(error.hint).toMatch(/\w/)
        expect((await ns.qdisc.list({})).map(still)).toEqual(before)
      })
    }
  })

  suite.test(
    'what veth cannot offload is refused, and its queue is no longer without places',
    withHtb,
    async ({ ns }) => {
      await addPair(ns)
      await ns.link.set(link, { txQueueLength: 0 })
      await fails(ns.qdisc.add({ link, kind: 'htb', handle: '1:', offload: true }), 'EOPNOTSUPP')
      expect(await chosen(ns)).toEqual([])
      expect((await ns.link.get(link))?.txQueueLength).toBe(1000)
      // What a discipline cannot be comes before what its place cannot have.
      await ns.qdisc.add({ link, kind: 'htb', handle: '1:' })
      await ns.class.add({ link, kind: 'htb', classId: '1:1', rate: 1_000_000 })
      await ns.class.add({ link, kind: 'htb', classId: '1:10', parent: '1:1', rate: 8000 })
      await fails(ns.qdisc.add({ link, kind: 'htb', parent: '1:1', offload: true }), 'EOPNOTSUPP')
      await fails(ns.qdisc.add({ link, kind: 'htb', parent: '1:1' }), 'EINVAL')
    },
  )

  suite.test('watched', withTbf, async ({ ns }) => {
    await addPair(ns)
    await using watcher = await startWatch(ns, { groups: ['qdisc'], snapshot: true })
    await ns.qdisc.add({ link, handle: '1:', ...tbf })
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'pfifo', limit: 3 })
    await ns.qdisc.change({ link, parent: '1:1', handle: '2:', kind: 'pfifo', limit: 4 })
    await ns.qdisc.delete({ link })
    await ns.qdisc.add({ link: 'v1', handle: '9:', ...tbf })
    await ns.link.delete(link)
    const gone = new Set<string>()
    const events = await watcher.until((event) => {
      if (event.kind === 'qdisc delete') gone.add(event.object.handle)
      return gone.has('9:') && gone.has('2:')
    })
    const told = events.map((event) =>
      'object' in event ? `${event.kind} ${(event.object as Qdisc).handle}` : event.kind,
    )
    expect(told.slice(0, 5)).toEqual(['snapshot', 'qdisc add 1:', 'qdisc add 2:', 'qdisc set 2:', 'qdisc delete 1:'])
    // What the kernel drops without a word is found by reading again, in its own time.
    expect(told.slice(5).sort()).toEqual(['qdisc add 9:', 'qdisc delete 2:', 'qdisc delete 9:'])
    expect(events[0]).toMatchObject({ kind: 'snapshot', state: { qdisc: [] } })
  })

  suite.test('taken back by a transaction', withTbf, async ({ ns }) => {
    await addPair(ns)
    await ns.qdisc.add({ link, handle: '1:', ...tbf })
    await ns.qdisc.add({ link, parent: '1:1', handle: '2:', kind: 'pfifo', limit: 3 })
    const before = await chosen(ns)
    const failing = ns.transaction(async (transaction) => {
      await transaction.qdisc.change({ link, handle: '1:', ...tbf, rate: 99_000_000 })
      await transaction.qdisc.add({ link: 'v1', handle: '1:', kind: 'pfifo' })
      await transaction.qdisc.delete({ link })
      throw new Error('enough')
    })
    await fails(failing, 'VNET_TRANSACTION')
    expect((await chosen(ns)).map(still)).toEqual(before.map(still))
    expect(await chosen(ns, 'v1')).toEqual([])
  })

  // Options of sfq are a struct (struct tc_sfq_qopt); 12 octets in, the limit.
  suite.test('a kind without a name here keeps its octets', pair, async ({ ns, skip }) => {
    await addPair(ns)
    const [made] = await ns.execute([{ operation: 'qdisc add', spec: { link, handle: '1:', kind: 'sfq' } }])
    if (!made.ok) skip('lacks capability: qdisc sfq')
    const [told] = await chosen(ns)
    const data = Uint8Array.from(told?.data ?? [])
    const quantum = (octets: Uint8Array | undefined) =>
      new DataView((octets as Uint8Array).slice().buffer).getUint32(0, true)
    // The first field of tc_sfq_qopt; the kernel adjusts the others to one another.
    new DataView(data.buffer).setUint32(0, 3000, true)
    await ns.qdisc.delete({ link })
    await ns.qdisc.add({ link, handle: '1:', kind: 'sfq', data } as OtherQdiscSpec)
    expect([quantum(told?.data), quantum((await chosen(ns))[0]?.data)]).toEqual([1514, 3000])
  })

  for (const [kind, place] of Object.entries(places)) {
    suite.group(kind, (inner) =>
      trafficOptionTests(inner, place, qdiscFields[kind as QdiscKind], notes[kind as QdiscKind]),
    )
  }
}

type Refused = Readonly<Record<string, unknown>> & { readonly verb?: 'add' | 'set' | 'change'; readonly link?: string }

const refused: readonly (readonly [title: string, code: string, spec: Refused])[] = [
  ['a parent that is not there', 'ENOENT', { parent: '9:', kind: 'pfifo' }],
  ['a class that is not there', 'ENOENT', { parent: '1:99', kind: 'pfifo' }],
  ['an unknown kind', 'ENOENT', { link: 'v1', kind: 'warp' }],
  ['a place that is taken', 'EEXIST', { handle: '2:', kind: 'pfifo' }],
  ['a handle that is taken', 'EEXIST', { handle: '1:', kind: 'htb' }],
  ['a change of what is not there', 'ENOENT', { verb: 'change', link: 'v1', handle: '2:', kind: 'pfifo' }],
  ['a change to another kind', 'EINVAL', { verb: 'change', handle: '1:', kind: 'pfifo' }],
  ['a link that is not there', 'ENODEV', { link: 'nope', kind: 'pfifo' }],
]

const at = (
  kind: string,
  needs: readonly Capability[],
  base: Readonly<Record<string, unknown>> = {},
): TrafficPlace => ({
  needs: [...pair, ...needs],
  prepare: addPair,
  give: (ns, verb, options) => ns.qdisc[verb]({ link, handle: '1:', kind, ...options } as unknown as QdiscSpec),
  read: async (ns) => (await chosen(ns))[0],
  remove: (ns) => ns.qdisc.delete({ link }),
  base,
})

const places: { readonly [kind: string]: TrafficPlace } = {
  pfifo: at('pfifo', []),
  bfifo: at('bfifo', []),
  tbf: at('tbf', ['qdisc tbf'], { rate: 10_000_000, burst: 10_000, limit: 50_000 }),
  htb: at('htb', ['qdisc htb']),
  prio: at('prio', ['qdisc prio']),
  fq_codel: at('fq_codel', ['qdisc fq_codel']),
  netem: at('netem', ['qdisc netem'], { delay: 10 }),
}

const fixed = { fixed: true } as const
const peak = { peakRate: 20_000_000, peakBurst: 2000 }
/** As fq_codel keeps times: in steps of 1,024 ns, told in whole microseconds. */
const codel = (value: unknown) => Math.floor((Math.floor(((value as number) * 1e6) / 1024) * 1024) / 1000) / 1000
const times = { reads: codel, values: [5, 0.1, 100] }
const jitter = { with: { jitter: 5 } }
const model = (full: object) => (value: unknown) => ({ ...full, ...(value as object) })

const notes: { readonly [K in QdiscKind]?: Readonly<Record<string, TrafficNote>> } = {
  tbf: {
    rate: { with: { burst: 10_000 }, values: [10_000_000, 800_000, 40_000_000_000], reads: (value) => value },
    burst: { values: [10_000, 2000, 1_000_000] },
    limit: { values: [1, 3000, 0xffffffff] },
    // Told as a limit: what comes in this time, and the bucket.
    latency: { with: { limit: undefined }, values: [50], reads: () => undefined },
    peakRate: { with: peak, values: [20_000_000, 40_000_000_000] },
    peakBurst: { with: peak, values: [2000, 1600] },
    leastPacket: { values: [64, 1500] },
    overhead: { values: [24, 0xffff] },
  },
  htb: {
    default: { ...fixed, values: [0x30, 0xffff] },
    r2q: { ...fixed, values: [1, 20] },
    directQueueLength: { ...fixed, values: [7, 1000] },
    // Only hardware does that.
    offload: { ...fixed, values: [] },
  },
  prio: {
    bands: { values: [3, 2, 16] },
    priorityMap: { values: [Array.from({ length: 16 }, (_, i) => i % 3), Array(16).fill(2)] },
  },
  fq_codel: {
    limit: { values: [100, 10_240] },
    flows: { ...fixed, values: [16, 65_536] },
    quantum: { values: [300, 3000] },
    target: times,
    interval: times,
    ceThreshold: times,
    ceSelector: { with: { ceThreshold: 5, ceMask: 3 }, values: [1, 2, 0] },
    ceMask: { with: { ceThreshold: 5, ceSelector: 1 }, values: [3, 255, 1] },
    dropBatch: { values: [8, 64] },
    memoryLimit: { values: [4_000_000, 40_000_000] },
  },
  netem: {
    jitter: { values: [5, 0.25] },
    delayCorrelation: jitter,
    distribution: { ...jitter, values: ['normal', 'pareto', 'paretonormal', 'uniform'], reads: () => undefined },
    lossCorrelation: { with: { loss: 0.1 } },
    lossState: {
      values: [{ p13: 0.1 }, { p13: 0.1, p31: 0.2, p32: 0.3, p23: 0.4, p14: 0.05 }],
      reads: model({ p31: 0.9, p32: 0, p23: 1, p14: 0 }),
    },
    lossGemodel: {
      values: [{ p: 0.1 }, { p: 0.1, r: 0.2, lossBad: 0.7, lossGood: 0.05 }],
      reads: model({ r: 0.9, lossBad: 1, lossGood: 0 }),
    },
    duplicateCorrelation: { with: { duplicate: 0.1 } },
    corruptCorrelation: { with: { corrupt: 0.1 } },
    reorderCorrelation: { with: { reorder: 0.1 } },
    gap: { with: { reorder: 0.1 }, values: [5, 1] },
    limit: { values: [10, 1000] },
    packetOverhead: { with: { rate: 8_000_000 }, values: [20, -4] },
    cellSize: { with: { rate: 8_000_000 }, values: [48] },
    cellOverhead: { with: { rate: 8_000_000, cellSize: 48 }, values: [5] },
    ecn: { with: { loss: 0.1 }, values: [true] },
    seed: { with: { loss: 0.1 }, values: ['42', '0', '18446744073709551615'] },
    slot: {
      values: [
        { minDelay: 1, maxDelay: 2, packets: 3, bytes: 4000 },
        { delay: 5, jitter: 1, distribution: 'normal', packets: 8 },
      ],
      reads: (value) => {
        const { distribution: _, ...slot } = value as { distribution?: string }
        return slot
      },
    },
  },
}
