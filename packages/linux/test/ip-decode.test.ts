import { readdirSync } from 'node:fs'
import { DecodeError } from '@vnet/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAttributes } from '../src/netlink/attribute-run.js'
import { Octets } from '../src/netlink/octets.js'
import { addressAttributes, decodeAddress } from '../src/rtnetlink/address.js'
import { decodeEvents } from '../src/rtnetlink/event.js'
import { decodeFdbEntry } from '../src/rtnetlink/fdb.js'
import { decodeNeighbour } from '../src/rtnetlink/neighbour.js'
import { routeAttributes } from '../src/rtnetlink/route-attributes.js'
import { decodeRoute } from '../src/rtnetlink/route-decode.js'
import { decodeRule } from '../src/rtnetlink/rule.js'
import { listFixtures, loadFixture } from './fixtures/load.js'

// biome-ignore lint/suspicious/noExplicitAny: what ip prints, as it prints it
type Json = Record<string, any>
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
const objects = (name: string) => loadFixture(name).replies.filter((bytes) => view(bytes).getUint16(4, true) > 15)
const decodeAll = <T>(
  name: string,
  types: readonly number[],
  decode: (from: Octets, start: number, end: number) => T | undefined,
) =>
  objects(name)
    .filter((bytes) => types.includes(view(bytes).getUint16(4, true)))
    .map((bytes) => decode(new Octets(bytes), 16, bytes.length))
    .filter((object) => object !== undefined) as T[]
const json = (name: string) => loadFixture(name).json as Json[]
const whole = (text: string) =>
  text === 'default' || text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`
const lists = (object: string) =>
  listFixtures(object).filter((name) => /\/list/.test(name) && loadFixture(name).json !== undefined)

describe('answers are read as ip and bridge read them', () => {
  for (const name of lists('address')) {
    it(name, () => {
      const told = json(name).flatMap((link) =>
        (link.addr_info ?? []).map((info: Json) => ({ ...info, ifindex: link.ifindex })),
      ) as Json[]
      const forever = (seconds: number) => (seconds === 4294967295 ? Infinity : seconds)
      const expected = told
        .filter((info) => info.local !== undefined)
        .map((info) => ({
          link: info.ifindex,
          address: info.local,
          prefixLength: info.prefixlen,
          peer: info.address,
          broadcast: info.broadcast,
          label: info.label,
          scope: info.scope,
          family: info.family === 'inet' ? 4 : 6,
          valid: forever(info.valid_life_time),
          preferred: forever(info.preferred_life_time),
          permanent: info.dynamic !== true,
          metric: info.metric,
        }))
      const found = decodeAll(name, [20], decodeAddress).map((a) => ({
        link: a.link,
        address: a.address,
        prefixLength: a.prefixLength,
        peer: a.peer,
        broadcast: a.broadcast,
        label: a.label,
        scope: a.scope,
        family: a.family,
        valid: a.validLifetime,
        preferred: a.preferredLifetime,
        permanent: a.flags.includes('permanent'),
        metric: a.metric,
      }))
      const key = (a: { link: number; address: string }) => `${a.link} ${a.address}`
      const wanted = new Set(expected.map(key))
      const sort = <T extends { link: number; address: string }>(list: T[]) =>
        list.sort((a, b) => (key(a) < key(b) ? -1 : 1))
      expect(sort(found.filter((a) => wanted.has(key(a))))).toEqual(sort(expected))
    })
  }

  for (const name of lists('route')) {
    it(name, () => {
      const words: Json = { 254: 'main', 255: 'local' }
      const expected = json(name).map((r) => ({
        destination: whole(r.dst),
        via: r.gateway ?? (r.via as Json)?.host,
        metric: r.metric,
        source: r.prefsrc,
        type: r.type ?? 'unicast',
        table: String(words[r.table] ?? r.table ?? 'main'),
        protocol: r.protocol,
        hops: (r.nexthops ?? []).length,
      }))
      const found = decodeAll(name, [24], decodeRoute).map((r) => ({
        destination: r.destination,
        via: r.via,
        metric: r.metric,
        source: r.source,
        type: r.type,
        table: String(r.table),
        protocol: typeof r.protocol === 'number' ? String(r.protocol) : r.protocol,
        hops: r.nextHops.length,
      }))
      // What was asked for, ip does not tell again.
      const asked = name.includes('proto') ? 'protocol' : name.includes('table') ? 'table' : undefined
      const text = (route: Json) => JSON.stringify(asked === undefined ? route : { ...route, [asked]: undefined })
      const all = new Set(found.map(text))
      // Dumps hold what ip filters out afterwards; what it shows must be there, word for word.
      for (const route of expected) expect([...all], text(route)).toContain(text(route))
      expect(found.length).toBeGreaterThanOrEqual(expected.length)
    })
  }

  for (const name of lists('rule')) {
    it(name, () => {
      const expected = json(name).map((r) => [r.priority, r.src, r.table ?? undefined, r.iif, r.action])
      const found = decodeAll(name, [32], decodeRule).map((r) => [
        r.priority,
        r.from === undefined ? 'all' : r.from.split('/')[0],
        r.table === undefined ? undefined : String(r.table),
        r.inputLink,
        undefined,
      ])
      expect(found.map(([priority, src]) => [priority, src])).toEqual(
        expected.map(([priority, src]) => [priority, src]),
      )
    })
  }

  for (const name of lists('neighbour').filter((name) => !name.includes('proxy'))) {
    it(name, () => {
      const expected = json(name).map((n) => ({
        address: n.dst,
        mac: n.lladdr,
        state: String(n.state?.[0] ?? 'NONE').toLowerCase(),
      }))
      const found = decodeAll(name, [28], decodeNeighbour).map((n) => ({
        address: n.address,
        mac: n.mac,
        state: n.state,
      }))
      for (const neighbour of expected) expect(found).toContainEqual(neighbour)
    })
  }

  for (const name of lists('fdb')) {
    it(name, () => {
      const expected = json(name).map((e) => ({
        mac: e.mac,
        state: e.state === 'permanent' || e.state === 'static' ? e.state : 'dynamic',
        flags: e.flags,
        remote: e.dst,
        vlan: e.vlan,
      }))
      const found = decodeAll(name, [28], decodeFdbEntry).map((e) => ({
        mac: e.mac,
        state: e.state,
        flags: [...e.flags],
        remote: e.remote,
        vlan: e.vlan,
      }))
      for (const entry of expected) expect(found).toContainEqual(entry)
    })
  }
})

describe('the quick decoders read what the tables say', () => {
  it('addresses', () => {
    for (const name of lists('address')) {
      for (const bytes of objects(name).filter((bytes) => view(bytes).getUint16(4, true) === 20)) {
        const { values, other } = readAttributes(addressAttributes, new Octets(bytes), 24, bytes.length, 'address')
        const address = decodeAddress(new Octets(bytes), 16, bytes.length)
        expect(address?.address).toBe(values.local ?? values.address)
        expect([address?.label, address?.broadcast, address?.other]).toEqual([values.label, values.broadcast, other])
      }
    }
  })
  it('routes', () => {
    for (const name of lists('route')) {
      for (const bytes of objects(name).filter((bytes) => view(bytes).getUint16(4, true) === 24)) {
        const { values, other } = readAttributes(routeAttributes, new Octets(bytes), 28, bytes.length, 'route')
        const route = decodeRoute(new Octets(bytes), 16, bytes.length)
        expect([route?.link, route?.via, route?.metric, route?.source]).toEqual([
          values.link,
          values.via ?? route?.via,
          values.metric,
          values.source,
        ])
        // What neither names is kept.
        const kept = route?.other.map(({ type }) => type)
        for (const { type } of other) expect(kept).toContain(type)
      }
    }
  })
})

describe('octets that are no message', () => {
  const recorded = readdirSync(new URL('fixtures', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => listFixtures(name))
    .flatMap((name) => loadFixture(name).replies)
    .filter((bytes) => bytes.length > 20)
  const types = [16, 17, 20, 21, 24, 25, 28, 29, 32, 33, 112, 113]
  const onlyDecodeErrors = (bytes: Uint8Array, type: number) => {
    try {
      decodeEvents(new Octets(bytes), 0, bytes.length, type, 0)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }
  it('never throw anything but a DecodeError: random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(...types), (bytes, type) =>
        onlyDecodeErrors(bytes, type),
      ),
      { numRuns: 20_000 },
    )
  })
  it('never throw anything but a DecodeError: recorded and then changed or cut', () => {
    fc.assert(
      fc.property(
        fc.nat(recorded.length - 1),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 8 }),
        fc.nat(2000),
        fc.boolean(),
        (which, changes, cut, cuts) => {
          const message = recorded[which] as Uint8Array
          let bytes = message.slice(16)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          if (cuts) bytes = bytes.slice(0, cut % (bytes.length + 1))
          onlyDecodeErrors(bytes, view(message).getUint16(4, true))
        },
      ),
      { numRuns: 50_000 },
    )
  })
})
