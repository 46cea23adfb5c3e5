/** Spanning trees: rings and random networks, links that are cut, both versions side by side. @module */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StpOptions, Switch, type SwitchEvent } from '../src/index.js'
import { broadcast, frame, host, out, own, pass } from './frames.js'
import { active, complaints, Network } from './network.js'

const ring = (count: number, stp: (i: number) => StpOptions) => {
  const network = new Network(count, (i) => ({ stp: stp(i), seed: i }))
  const cables = Array.from({ length: count }, (_, i) => network.join(i, (i + 1) % count))
  const stations = Array.from({ length: count }, (_, i) => network.station(i))
  return { network, cables, stations }
}

describe('a ring', () => {
  for (const version of ['rstp', 'stp'] as const) {
    it(`of ${version} elects the lowest bridge, blocks one port, and heals`, () => {
      const { network, cables, stations } = ring(4, (i) => ({ version, priority: i === 2 ? 4096 : 32_768 }))
      network.run(version === 'rstp' ? 8 : 52)
      for (const bridge of network.bridges) expect(bridge.tree?.root).toEqual({ priority: 4096, mac: host(0xf002) })
      expect(network.bridges.map((bridge) => bridge.tree?.cost)).toEqual([40_000, 20_000, 0, 20_000])
      expect(cables.flatMap((ends) => network.states(ends)).filter((state) => state === 'discarding').length).toBe(1)
      expect(network.bridges.flatMap(({ ports }) => ports).filter(({ role }) => role === 'alternate').length).toBe(1)
      expect(complaints(network, stations)).toEqual([])

      const used = cables.find((ends) => active(network, [ends]) === 1) as (typeof cables)[number]
      network.cut(used, true)
      network.run(version === 'rstp' ? 3 : 52)
      expect(active(network, cables)).toBe(3)
      expect(complaints(network, stations)).toEqual([])
    })

    it(`of ${version} heals when a cable dies and nobody sees it`, () => {
      const { network, cables, stations } = ring(3, (i) => ({ version, priority: i * 4096 }))
      network.run(60)
      expect(active(network, cables)).toBe(2)
      network.cut(cables[0] as (typeof cables)[number], false)
      network.run(version === 'rstp' ? 10 : 60)
      expect(complaints(network, stations)).toEqual([])
    })
  }

  it('of both versions: RSTP falls back at the ports that need it', () => {
    const { network, cables, stations } = ring(4, (i) => ({ version: i === 1 ? 'stp' : 'rstp' }))
    network.run(60)
    expect(active(network, cables)).toBe(3)
    expect(complaints(network, stations)).toEqual([])
    const versions = network.bridges.map(({ ports }) => ports.slice(0, 2).map((port) => port.stpVersion))
    expect(versions.map((pair) => [...pair].sort().join())).toEqual(['rstp,stp', 'stp,stp', 'rstp,stp', 'rstp,rstp'])
    // The other side learns RSTP: the port says so when it is asked to try.
    const far = network.bridges[0] as Switch
    const fallen = far.ports.find((port) => port.stpVersion === 'stp')?.number as number
    far.checkMigration(fallen, network.now)
    expect(far.port(fallen)?.stpVersion).toBe('rstp')
    network.run(5)
    expect(far.port(fallen)?.stpVersion).toBe('stp')
  })
})

it('the path of least cost wins, then the neighbour, then its port', () => {
  const network = new Network(2, (i) => ({ stp: { priority: i * 4096 } }))
  const cheap = [network.join(0, 1), network.join(0, 1, { stp: { cost: 4 } }), network.join(0, 1)] as const
  network.run(6)
  expect(network.bridges[1]?.tree).toMatchObject({ cost: 4, rootPort: 2 })
  expect(cheap.map((ends) => network.states(ends).join())).toEqual([
    'forwarding,discarding',
    'forwarding,forwarding',
    'forwarding,discarding',
  ])
  network.bridges[1]?.setPort(2, network.now, { stp: { cost: 20_000 } })
  network.settle()
  network.run(3)
  expect(network.bridges[1]?.tree).toMatchObject({ cost: 20_000, rootPort: 1 })
  network.bridges[0]?.setPort(3, network.now, { stp: { priority: 16 } })
  network.settle()
  network.run(3)
  expect(network.bridges[1]?.tree).toMatchObject({ cost: 20_000, rootPort: 3 })
})

it('edge ports forward at once, and no longer when a bridge is there', () => {
  const network = new Network(2, () => ({ stp: true }))
  const edge = network.station(0, { stp: { edge: true } })
  const plain = network.station(0, { stp: { autoEdge: false } })
  const auto = network.station(0)
  expect(network.states([edge, plain, auto])).toEqual(['forwarding', 'discarding', 'discarding'])
  network.run(4)
  expect(network.states([edge, plain, auto])).toEqual(['forwarding', 'discarding', 'forwarding'])
  network.run(30)
  expect(network.states([plain])).toEqual(['forwarding'])
  expect(network.bridges[0]?.ports.map((port) => port.edge)).toEqual([true, false, true])
  const [a] = network.join(0, 1, { stp: { edge: true } })
  network.run(1)
  expect(network.bridges[0]?.port(a.port)?.edge).toBe(false)
})

it('a change of the topology makes the others forget', () => {
  const { network, stations, cables } = ring(3, (i) => ({ priority: i * 4096 }))
  network.run(10)
  expect(complaints(network, stations)).toEqual([])
  const before = network.bridges.map((bridge) => bridge.learned)
  expect(before).toEqual([3, 3, 3])
  network.cut(cables[0] as (typeof cables)[number], true)
  network.run(2)
  expect(network.bridges.every((bridge) => bridge.learned < 3)).toBe(true)
})

describe('guard and filter', () => {
  it('the guard shuts a port at which a BPDU arrives, until it is set up again', () => {
    const events: SwitchEvent[] = []
    const network = new Network(2, (i) =>
      i === 0 ? { stp: true, onEvent: (event) => events.push(event) } : { stp: true },
    )
    const [end] = network.join(0, 1, { stp: { bpduGuard: true, edge: true } })
    network.run(1)
    expect(network.bridges[0]?.port(end.port)).toMatchObject({ guarded: true, up: false, state: 'discarding' })
    expect(events.filter(({ kind }) => kind === 'guarded')).toEqual([{ kind: 'guarded', port: 1, name: 'port1' }])
    network.bridges[0]?.setPort(1, network.now, { up: true, stp: {} })
    network.run(5)
    expect(network.bridges[0]?.port(1)).toMatchObject({ guarded: false, up: true })
  })

  it('the filter neither sends nor hears', () => {
    const network = new Network(2, (i) => ({ stp: { priority: i * 4096 } }))
    const [end] = network.join(0, 1, { stp: { bpduFilter: true } })
    network.run(20)
    expect(network.bridges.map((bridge) => bridge.tree?.rootPort)).toEqual([0, 0])
    expect(network.states([end])).toEqual(['forwarding'])
    expect(network.carried).toBe(0)
  })
})

it('two ports of one switch joined by a cable: one is the backup', () => {
  const network = new Network(1, () => ({ stp: true }))
  const ends = network.join(0, 0)
  network.run(5)
  expect(network.states(ends).sort()).toEqual(['discarding', 'forwarding'])
  expect(network.bridges[0]?.ports.map(({ role }) => role)).toEqual(['designated', 'backup'])
})

it('what is told is bounded: BPDUs that nobody takes are dropped, and a port sends six a second', () => {
  const made = new Switch({ mac: own, stp: true })
  made.addPort(0)
  for (let i = 1; i < 2000; i++) made.advance(i)
  expect(out(made).get(1)?.length).toBe(256)
  for (let i = 0; i < 20; i++) made.setPort(1, 3000, { stp: { priority: (i % 2) * 16 } })
  expect(out(made).get(1)?.length).toBeLessThanOrEqual(7)
})

it('garbage that looks like BPDUs changes nothing but counters', () => {
  const made = new Switch({ mac: own, stp: true })
  made.addPort(0)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 60 }), fc.boolean(), (body, length) => {
      const bytes = new Uint8Array(80)
      bytes.set(frame('01:80:c2:00:00:00', host(1)).subarray(0, 12))
      bytes.set([0, length ? body.length + 3 : 0xff, 0x42, 0x42, 3, ...body], 12)
      pass(made, 1, [bytes], 1)
    }),
    { numRuns: 5000 },
  )
  expect(made.counters(1).inFrames).toBe(5000)
})

it('random networks end with a tree that reaches everybody, and again when a cable is cut', () => {
  const networks = fc.record({
    count: fc.integer({ min: 2, max: 6 }),
    extra: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }),
    priorities: fc.array(fc.nat(15), { minLength: 6, maxLength: 6 }),
    versions: fc.array(fc.constantFrom<'rstp' | 'stp'>('rstp', 'stp'), { minLength: 6, maxLength: 6 }),
    costs: fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 12, maxLength: 12 }),
    victim: fc.nat(20),
    seen: fc.boolean(),
  })
  fc.assert(
    fc.property(networks, ({ count, extra, priorities, versions, costs, victim, seen }) => {
      const network = new Network(count, (i) => ({
        stp: { priority: (priorities[i] as number) * 4096, version: versions[i] as 'stp' | 'rstp' },
      }))
      const pairs = Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const)
      const all = [...pairs, ...extra.map(([a, b]) => [a % count, b % count] as const)].filter(([a, b]) => a !== b)
      const cables = all.map(([a, b], i) => network.join(a, b, { stp: { cost: costs[i] as number } }))
      const stations = Array.from({ length: count }, (_, i) => network.station(i))
      network.run(60)
      const roots = new Set(network.bridges.map(({ tree }) => `${tree?.root.priority} ${tree?.root.mac}`))
      expect(roots.size).toBe(1)
      expect(active(network, cables)).toBe(count - 1)
      expect(complaints(network, stations)).toEqual([])
      // Only a cable whose loss leaves a way.
      const spare = all.findIndex(
        (_, i) =>
          i >= victim % all.length &&
          connected(
            count,
            all.filter((__, j) => j !== i),
          ),
      )
      if (spare < 0) return
      network.cut(cables[spare] as (typeof cables)[number], seen)
      network.run(80)
      expect(
        active(
          network,
          cables.filter((_, i) => i !== spare),
        ),
      ).toBe(count - 1)
      expect(complaints(network, stations)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

function connected(count: number, cables: readonly (readonly [number, number])[]): boolean {
  const reached = new Set([0])
  for (let i = 0; i < count; i++) {
    for (const [a, b] of cables) {
      if (reached.has(a)) reached.add(b)
      else if (reached.has(b)) reached.add(a)
    }
  }
  return reached.size === count
}

it('a year passes quickly where nothing happens, and a day of a ring too', () => {
  const idle = new Switch({ mac: own })
  idle.addPort(0)
  idle.addPort(0)
  pass(idle, 1, [frame(broadcast, host(1))], 1)
  // Computing time, which a busy machine does not stretch much; the network runs on a clock of its own.
  const start = process.cpuUsage()
  const year = 365 * 86_400
  let steps = 0
  for (let now = 1; now < year; steps++) {
    idle.advance(now)
    now = Math.min(year, idle.deadline ?? year)
  }
  expect(steps).toBe(2)
  const asleep = new Switch({ mac: own, stp: true })
  asleep.addPort(0)
  for (let now = 0; now < year; now += 3600) {
    asleep.advance(now)
    out(asleep)
  }
  const { network } = ring(3, () => ({}))
  network.run(86_400)
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(20_000)
})
