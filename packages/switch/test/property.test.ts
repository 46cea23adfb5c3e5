/** What holds for all frames and settings: random programs, a model, a million frames. @module */
import { FrameBatch } from '@vnet/core'
import { setMacAt } from '@vnet/wire'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Switch, type SwitchPortOptions, seededRandom } from '../src/index.js'
import { MacTable } from '../src/mac-table.js'
import { broadcast, frame, host, out, own, pass } from './frames.js'

const portOptions: fc.Arbitrary<SwitchPortOptions> = fc.record(
  {
    up: fc.boolean(),
    learning: fc.boolean(),
    sticky: fc.boolean(),
    isolated: fc.boolean(),
    floodUnicast: fc.boolean(),
    floodMulticast: fc.boolean(),
    floodBroadcast: fc.boolean(),
  },
  { requiredKeys: [] },
)
const address = fc.oneof(fc.integer({ min: 1, max: 6 }).map(host), fc.constantFrom(broadcast, '01:00:5e:00:00:01', own))

it('a frame never goes back, never twice to a port, and is not changed', () => {
  fc.assert(
    fc.property(
      fc.array(portOptions, { minLength: 2, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(4), address, address), { minLength: 1, maxLength: 40 }),
      (ports, steps) => {
        const made = new Switch({ mac: own })
        for (const port of ports) made.addPort(0, port)
        steps.forEach(([at, destination, source], mark) => {
          const ingress = 1 + (at % ports.length)
          const bytes = frame(destination, source, { mark })
          const sent = pass(made, ingress, [bytes], mark)
          expect(sent.has(ingress)).toBe(false)
          for (const [port, frames] of sent) {
            expect(frames).toEqual([bytes])
            expect(made.port(port)?.state).toBe('forwarding')
            if (port > 0 && ports[ingress - 1]?.isolated) expect(ports[port - 1]?.isolated ?? false).toBe(false)
          }
          if (destination === own) expect([...sent.keys()].every((port) => port === 0)).toBe(true)
        })
        const { dropped, inFrames } = made.counters(1)
        expect(Object.values(dropped).every((count) => count <= inFrames)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

it('the quick way and the careful way do the same', () => {
  const ports = fc.array(portOptions, { minLength: 2, maxLength: 5 })
  const batches = fc.array(
    fc.tuple(fc.nat(4), fc.array(fc.tuple(address, address, fc.constantFrom(13, 60, 200)), { maxLength: 12 })),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(ports, batches, (options, steps) => {
      // A list of sources that nobody has makes a port look at every frame closely.
      const [quick, careful] = [{}, { deny: [host(999)] }].map((more) => {
        const made = new Switch({ mac: own, ageingTime: 5, maxLearned: 4 })
        for (const port of options) made.addPort(0, { ...port, mtu: 150, ...more })
        return made
      }) as [Switch, Switch]
      steps.forEach(([at, frames], step) => {
        const bytes = frames.map(([destination, source, length], mark) =>
          length < 14 ? new Uint8Array(length) : frame(destination, source, { mark, length }),
        )
        const now = step * 0.3
        expect(pass(quick, 1 + (at % options.length), bytes, now)).toEqual(
          pass(careful, 1 + (at % options.length), bytes, now),
        )
      })
      for (const { number } of quick.ports) expect(quick.counters(number)).toEqual(careful.counters(number))
      expect(quick.macs).toEqual(careful.macs)
    }),
    { numRuns: 500 },
  )
})

it('the quick way finds what lies deep in the table, as the careful way does', () => {
  const random = seededRandom(7)
  const [quick, careful] = [{}, { deny: [host(65_535)] }].map((more) => {
    const made = new Switch({ mac: own })
    for (let port = 0; port < 3; port++) made.addPort(0, more)
    return made
  }) as [Switch, Switch]
  const anyHost = () => host(Math.floor(random() * 2000))
  for (let step = 0; step < 120; step++) {
    const frames = Array.from({ length: 64 }, (_, mark) => frame(anyHost(), anyHost(), { mark }))
    const port = 1 + Math.floor(random() * 3)
    expect(pass(quick, port, frames, step * 0.01)).toEqual(pass(careful, port, frames, step * 0.01))
  }
  for (const { number } of quick.ports) expect(quick.counters(number)).toEqual(careful.counters(number))
  expect(quick.macs).toEqual(careful.macs)
  expect(quick.learned).toBeGreaterThan(1900)
})

it('with VLANs a frame is unchanged but for its tag, which the port calls for', () => {
  const vlans = fc.oneof(
    fc.record({ mode: fc.constant('access' as const), id: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      mode: fc.constant('trunk' as const),
      native: fc.integer({ min: 1, max: 3 }),
      allowed: fc.subarray([1, 2, 3]),
    }),
    fc.record({ mode: fc.constant('trunk' as const), allowed: fc.subarray([1, 2, 3]) }),
  )
  const steps = fc.array(fc.tuple(fc.nat(4), address, fc.option(fc.tuple(fc.nat(7), fc.nat(4)))), {
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(fc.array(vlans, { minLength: 2, maxLength: 5 }), steps, (options, frames) => {
      const made = new Switch({ mac: own, vlanFiltering: true, host: false })
      for (const vlan of options) made.addPort(0, { vlan })
      frames.forEach(([at, destination, tag], mark) => {
        const ingress = at % options.length
        const tci = tag === null ? undefined : (tag[0] << 13) | tag[1]
        const sent = pass(made, ingress + 1, [
          frame(destination, host(9), { mark, ...(tci === undefined ? {} : { tci }) }),
        ])
        for (const [port, [bytes]] of sent) {
          const from = options[ingress] as (typeof options)[number]
          const vlan = tag?.[1] || (from.mode === 'access' ? from.id : 'native' in from ? from.native : 0)
          const to = options[port - 1] as (typeof options)[number]
          const plain = to.mode === 'access' || ('native' in to && to.native === vlan)
          const wanted = plain ? {} : { tci: ((tci ?? 0) & 0xf000) | vlan }
          expect(bytes).toEqual(frame(destination, host(9), { mark, ...wanted }))
          expect(to.mode === 'access' ? to.id === vlan : plain || to.allowed.includes(vlan)).toBe(true)
        }
      })
    }),
    { numRuns: 500 },
  )
})

it('the table does what a Map with an order does', () => {
  const step = fc.tuple(fc.constantFrom('see', 'see', 'see', 'delete', 'expire', 'static'), fc.nat(30), fc.nat(3))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer(),
      fc.array(step, { maxLength: 200 }),
      (limit, seed, steps) => {
        const table = new MacTable(limit, seed)
        // In the order of age: what is seen is taken out and put in again.
        let model = new Map<number, { port: number; seen: number; fixed: boolean }>()
        steps.forEach(([what, key, port], now) => {
          const entry = table.find(key & 1, key)
          const known = model.get(key)
          expect(entry >= 0).toBe(known !== undefined)
          if (known) expect([table.port(entry), table.seen(entry)]).toEqual([known.port, known.seen])
          if (what === 'see' && known) {
            table.move(entry, port, now)
            model.delete(key)
            model.set(key, { ...known, port, seen: now })
          } else if ((what === 'see' || what === 'static') && !known) {
            const fixed = what === 'static'
            const ageing = [...model].filter(([, value]) => !value.fixed)
            if (!fixed && ageing.length >= limit) model.delete(ageing[0]?.[0] as number)
            table.add(key & 1, key, port, fixed ? 1 : 0, now)
            model.set(key, { port, seen: now, fixed })
          } else if (what === 'delete' && known) {
            table.delete(entry)
            model.delete(key)
          } else if (what === 'expire') {
            table.expire(now - 20)
            model = new Map([...model].filter(([, { seen, fixed }]) => fixed || seen > now - 20))
          }
          expect(table.size).toBe(model.size)
          expect(table.learned).toBe([...model.values()].filter(({ fixed }) => !fixed).length)
          const oldest = Math.min(...[...model.values()].filter(({ fixed }) => !fixed).map(({ seen }) => seen))
          expect(table.oldestSeen).toBe(oldest)
        })
        expect([...table.entries()].map((entry) => table.low(entry)).sort()).toEqual([...model.keys()].sort())
      },
    ),
    { numRuns: 300 },
  )
})

it('a million random frames: no exception, the bound holds, every frame is accounted for', () => {
  const random = seededRandom(20_261_124)
  const made = new Switch({ mac: own, vlanFiltering: true, stp: true, maxLearned: 1000, seed: 5 })
  for (const vlan of [
    { mode: 'access', id: 1 },
    { mode: 'trunk', native: 1 },
    { mode: 'trunk' },
    { mode: 'access', id: 2 },
  ] as const) {
    made.addPort(0, { vlan, mtu: 1500, storm: { broadcast: { rate: 1e5 } } })
  }
  made.advance(30)
  out(made)
  const before = sentBy(made)
  const batch = new FrameBatch({ frames: 64, octets: 64 * 192, headroom: 4 })
  let delivered = 0
  for (let sent = 0, now = 30; sent < 1_000_000; now += 0.001) {
    batch.clear()
    for (let i = 0; i < 64; i++) {
      const length = random() < 0.05 ? Math.floor(random() * 20) : 60
      const at = batch.reserve(length)
      const { slab } = batch
      for (let o = 0; o < length; o += 4) {
        const word = random() * 0x100000000
        for (let k = 0; k < 4; k++) slab[at + o + k] = word >>> (8 * k)
      }
      // Mostly addresses that are seen again, now and then BPDUs and tags.
      if (random() < 0.7) setMacAt(slab, at, 0x020000000000 + Math.floor(random() * 3000))
      if (random() < 0.7) setMacAt(slab, at + 6, 0x020000000000 + Math.floor(random() * 3000))
      if (random() < 0.3) slab.set([0x81, 0, 0, Math.floor(random() * 4)], at + 12)
      if (random() < 0.02) {
        slab.set([1, 0x80, 0xc2, 0, 0, Math.floor(random() * 16)], at)
        slab.set([0, 39, 0x42, 0x42, 3, 0, 0, Math.floor(random() * 3), random() < 0.5 ? 2 : 0], at + 12)
      }
    }
    sent += batch.count
    made.forward(batch, 1 + Math.floor(random() * 4), now)
    made.deliver((_, frames) => {
      delivered += frames.count
    })
    if (made.learned > 1000) throw new Error('the table grows')
  }
  expect([1, 2, 3, 4].reduce((sum, port) => sum + made.counters(port).inFrames, 0)).toBe(1_000_000)
  expect(delivered).toBeGreaterThan(100_000)
  expect(delivered).toBe(sentBy(made) - before)
})

/** Frames and BPDUs that all ports of a switch have sent. */
function sentBy(made: Switch): number {
  const counters = made.ports.map(({ number }) => made.counters(number))
  return counters.reduce((sum, { outFrames, outBpdus }) => sum + outFrames + outBpdus, 0)
}
