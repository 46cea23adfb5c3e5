/** The collections of the mock that are large or small answer as plain ones do. @module */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BridgeData, FdbRecord } from '../src/kind/bridge-data.js'
import { FdbIndex } from '../src/kind/fdb-index.js'
import { compareRanks, ManyRoutes } from '../src/object/many-routes.js'
import type { RouteEntry } from '../src/object/route-entry.js'
import { SmallMap } from '../src/object/small-map.js'

const types = ['unicast', 'multicast', 'local', 'blackhole'] as const
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('insert', 'insert', 'replace', 'remove', 'first', 'last'),
    at: fc.nat(1000),
    metric: fc.nat(3),
    tos: fc.nat(1),
    type: fc.constantFrom(...types),
  }),
  { maxLength: 200 },
)

describe('many routes', () => {
  test('lie in order of rank and arrival, whatever is entered, replaced and removed', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(4 as const, 6 as const), (all, family) => {
        const many = new ManyRoutes([])
        let model: RouteEntry[] = []
        let place = 0
        for (const { what, at, metric, tos, type } of all) {
          const old = what === 'first' ? model[0] : what === 'last' ? model.at(-1) : model[at % (model.length || 1)]
          if (what === 'insert') {
            const route = { family, metric, tos, type, place: ++place } as RouteEntry
            const before = model.findIndex((other) => compareRanks(other, route) > 0)
            model = model.toSpliced(before === -1 ? model.length : before, 0, route)
            many.insert(route)
          } else if (old !== undefined && what === 'replace') {
            const route = { ...old, type }
            model = model.with(model.indexOf(old), route)
            many.replace(old, route)
            expect(many.has(old)).toBe(false)
          } else if (old !== undefined) {
            model = model.filter((other) => other !== old)
            many.remove(old)
            expect(many.has(old)).toBe(false)
          }
          expect([...many]).toEqual(model)
          expect(many.length).toBe(model.length)
          expect(many.allByLink).toBe(model.every((route) => route.type === 'unicast' || route.type === 'multicast'))
          const rank = { family, metric, tos }
          expect([...many.alike(rank)]).toEqual(model.filter((other) => compareRanks(other, rank) === 0))
          for (const route of model) expect(many.has(route)).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('a small map', () => {
  test('is a map, with few entries and with many', () => {
    const changes = fc.array(fc.record({ key: fc.nat(14), value: fc.nat(), isGone: fc.boolean() }))
    fc.assert(
      fc.property(changes, (all) => {
        const small = new SmallMap(0, 0)
        const map = new Map([[0, 0]])
        for (const { key, value, isGone } of all) {
          if (isGone) expect(small.delete(key)).toBe(map.delete(key))
          else expect(small.set(key, value).get(key)).toBe(map.set(key, value).get(key))
          expect([...small]).toEqual([...map])
          expect([...small.keys(), ...small.values()]).toEqual([...map.keys(), ...map.values()])
          expect([small.size, small.has(key), small.get(key)]).toEqual([map.size, map.has(key), map.get(key)])
        }
      }),
    )
  })

  test('may lose entries while it is read through', () => {
    const small = new SmallMap(1, 'a').set(2, 'b').set(3, 'c')
    const seen: string[] = []
    for (const [key, value] of small) {
      seen.push(value)
      small.delete(key)
      small.delete(2)
    }
    expect(seen).toEqual(['a', 'c'])
    expect(small.size).toBe(0)
  })
})

describe('the index of a forwarding database', () => {
  test('finds each entry by MAC and VLAN, with few entries and with many', () => {
    const changes = fc.array(fc.record({ mac: fc.nat(9), vlan: fc.nat(1), isGone: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(changes, (all) => {
        const index = new FdbIndex({ fdb: new Map() } as unknown as BridgeData)
        const model = new Map<string, FdbRecord>()
        for (const { mac, vlan, isGone } of all) {
          const key = `${mac} ${vlan}`
          const there = model.get(key)
          if (there !== undefined && isGone) {
            index.delete(there)
            model.delete(key)
          } else if (there === undefined && !isGone) {
            const record = { mac: `02:00:00:00:00:0${mac}`, vlan } as FdbRecord
            index.add(record)
            model.set(key, record)
          }
          for (let i = 0; i <= 9; i++)
            for (const of of [0, 1]) expect(index.find(0x0200_0000_0000 + i, of)).toBe(model.get(`${i} ${of}`))
        }
      }),
    )
  })
})
