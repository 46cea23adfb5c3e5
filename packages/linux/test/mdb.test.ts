import { cleanRequest, isDecodeError, type LooseRequest, type MdbEntry } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import type { NetlinkOperation, OperationCodec } from '../src/rtnetlink/codec.js'
import { decodeEvents } from '../src/rtnetlink/event.js'
import { codecs } from '../src/rtnetlink/index.js'
import { decodeMdbEntries, decodeMdbRouters } from '../src/rtnetlink/mdb.js'
import { pathOf } from '../src/rtnetlink/path.js'
import { loadFixture } from './fixtures/load.js'

const v0 = { bridge: 'br0', port: 'v0' }
const host = { bridge: 'br0', port: 'br0' }
const group = '239.1.2.3'
const RTM_NEWMDB = 84
const RTM_DELMDB = 85

/** A request as octets, about the links of these indexes. */
function encoded(operation: NetlinkOperation, spec: object, bridge: number, port: number): Uint8Array {
  const request = cleanRequest({ operation, spec } as LooseRequest)
  const to = new MessageWriter()
  const codec = codecs[operation] as OperationCodec<never>
  codec.encode(to, request.spec as never, {
    linkIndex: (ref) => (ref === 'br0' ? bridge : port),
    namespaceFd: () => 3,
    timerFrequency: () => 1e9,
  })
  return to.bytes.slice(0, to.length)
}

/** Without what is the connection's: acknowledgement and sequence number. */
function bare(message: Uint8Array): Uint8Array {
  const copy = message.slice()
  copy.fill(0, 8, 16)
  copy[6] = (copy[6] as number) & ~4
  return copy
}

describe('requests about multicast groups equal those of iproute2', () => {
  it.each([
    ['add', 'mdb add', { ...v0, group }],
    ['add-permanent', 'mdb add', { ...v0, group: 'ff0e::7', state: 'permanent' }],
    ['add-source', 'mdb add', { ...v0, group, source: '192.0.2.9', state: 'permanent' }],
    ['add-mac', 'mdb add', { ...v0, group: '01:00:5e:01:02:03' }],
    ['add-vlan', 'mdb add', { ...v0, group, state: 'permanent', vlan: 10 }],
    ['add-host', 'mdb add', { ...host, group }],
    ['delete', 'mdb delete', { ...v0, group }],
    ['list', 'mdb list', {}],
  ] as const)('%s', (name, operation, spec) => {
    const recorded = loadFixture(`guest-mdb/${name}`).requests.at(-1) as Uint8Array
    const view = new DataView(recorded.buffer, recorded.byteOffset, recorded.length)
    const indexes =
      name === 'list' ? ([0, 0] as const) : ([view.getUint32(20, true), view.getUint32(28, true)] as const)
    expect(bare(encoded(operation, spec, ...indexes))).toEqual(bare(recorded))
  })
})

// Octets by the book (`linux/if_bridge.h`): what iproute2 6.1 cannot say yet.
const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24]
const u16 = (value: number) => [value & 0xff, value >> 8]
const attribute = (type: number, ...value: number[]) => [
  ...u16(4 + value.length),
  ...u16(type),
  ...value,
  ...new Array((4 - (value.length % 4)) % 4).fill(0),
]
const nested = (type: number, ...value: number[]) => attribute(type | 0x8000, ...value)
const header = [7, 0, 0, 0, ...u32(2)]
const entry = (port: number, state: number, flags: number, vlan: number) => [
  ...[...u32(port), state, flags, ...u16(vlan)],
  ...[239, 1, 2, 3, ...new Array(12).fill(0), 0x08, 0x00, 0, 0],
]

describe('requests newer than iproute2 6.1', () => {
  const body = (message: Uint8Array) => [...message.slice(16)]

  it('sources, mode and maker', () => {
    const spec = { ...v0, group, filterMode: 'include', sources: ['192.0.2.1', '192.0.2.2'], protocol: 'bgp' }
    const list = [...nested(1, ...attribute(1, 192, 0, 2, 1)), ...nested(1, ...attribute(1, 192, 0, 2, 2))]
    const attributes = [...nested(2, ...list), ...attribute(3, 1), ...attribute(4, 186)]
    const expected = [...header, ...attribute(1, ...entry(5, 0, 0, 0)), ...nested(2, ...attributes)]
    const message = encoded('mdb set', spec, 2, 5)
    expect(body(message)).toEqual(expected)
    // CREATE and REPLACE.
    expect(new DataView(message.buffer).getUint16(6, true)).toBe(0x501)
  })

  it('flush', () => {
    const message = encoded('mdb flush', { bridge: 'br0', port: 'v0', vlan: 10, permanent: true }, 2, 5)
    const none = [...u32(5), 1, 0, ...u16(10), ...new Array(20).fill(0)]
    expect(body(message)).toEqual([...header, ...attribute(1, ...none), ...nested(2, ...attribute(10, 1))])
    expect(new DataView(message.buffer).getUint16(6, true)).toBe(0x201)
  })

  it('an offset in them is a field', () => {
    const spec = { ...v0, group, filterMode: 'exclude', sources: ['192.0.2.1'], protocol: 'bgp' }
    const message = encoded('mdb add', spec, 2, 5)
    const at = 16 + 8 + 32 + 4
    expect(pathOf(message, at)).toBe('spec.sources')
    expect(pathOf(message, at + 16)).toBe('spec.filterMode')
    expect(pathOf(message, at + 24)).toBe('spec.protocol')
    expect(pathOf(message, 24)).toBeUndefined()
  })
})

describe('entries of a multicast database', () => {
  it('are those that bridge -d -s -j made of the same octets', () => {
    const { json, replies } = loadFixture('guest-mdb/list')
    const lists = replies.filter((bytes) => bytes[4] === 86)
    const found = lists.flatMap((bytes) => decodeMdbEntries(new Octets(bytes), 16, bytes.length))
    const [{ mdb }] = json as [
      { mdb: { grp: string; state: string; timer: string; protocol?: string; index: number }[] },
    ]
    expect(found.map((one) => [one.group, one.state, one.protocol, one.bridge])).toEqual(
      mdb.map((one) => [one.grp, one.state, one.protocol, one.index]),
    )
    expect(found.map(({ timer }) => (timer as number).toFixed(2))).toEqual(mdb.map(({ timer }) => timer.trim()))
    expect(found.map((one) => one.group)).toEqual(expect.arrayContaining(['239.1.2.3', 'ff0e::7']))
  })

  const sources = nested(2, ...nested(1, ...attribute(1, 192, 0, 2, 1), ...attribute(2, ...u32(25_900))))
  const more = [
    ...attribute(1, ...u32(26_000)),
    ...sources,
    ...attribute(3, 1),
    ...attribute(5, 186),
    ...attribute(99, 1),
  ]
  const info = attribute(1, ...entry(5, 1, 12, 10), ...more)
  const told = Uint8Array.from([...header, ...nested(1, ...nested(1, ...info))])
  const expected: MdbEntry = {
    ...{ bridge: 2, port: 5, group, vlan: 10, state: 'permanent', flags: ['added_by_star_ex', 'blocked'] },
    ...{ timer: 260, sources: [{ address: '192.0.2.1', timer: 259 }], filterMode: 'include', protocol: 'bgp' },
    other: [{ type: 99, bytes: Uint8Array.of(1) }],
  }

  it('sources, mode, maker, flags; what has no name is kept', () => {
    expect(decodeMdbEntries(new Octets(told), 0, told.length)).toEqual([expected])
  })

  it('are told as events, each by itself', () => {
    expect(decodeEvents(new Octets(told), 0, told.length, RTM_NEWMDB, 0)).toEqual([
      { kind: 'mdb set', group: 'mdb', object: expected },
    ])
    expect(decodeEvents(new Octets(told), 0, told.length, RTM_DELMDB, 0)).toMatchObject([{ kind: 'mdb delete' }])
  })

  it('router ports: with their timers in lists, without in events', () => {
    const timers = [
      ...attribute(1, ...u32(25_500)),
      ...attribute(2, 3),
      ...attribute(3, ...u32(0)),
      ...attribute(5, 10, 0),
    ]
    const list = Uint8Array.from([...header, ...nested(2, ...attribute(1, ...u32(5), ...timers))])
    expect(decodeMdbRouters(new Octets(list), 0, list.length)).toEqual([
      { bridge: 2, port: 5, timer: 255, type: 'temp', ipv4Timer: 0, vlan: 10, other: [] },
    ])
    const event = Uint8Array.from([...header, ...nested(2, ...attribute(1, ...u32(5)))])
    expect(decodeEvents(new Octets(event), 0, event.length, RTM_NEWMDB, 0)).toEqual([
      { kind: 'mdbRouter set', group: 'mdbRouter', object: { bridge: 2, port: 5, other: [] } },
    ])
  })

  it('cut anywhere, they are a decode error or fewer entries', () => {
    for (let length = 0; length < told.length; length++) {
      try {
        expect(decodeMdbEntries(new Octets(told.slice(0, length)), 0, length).length).toBe(0)
      } catch (error) {
        expect(isDecodeError(error), String(error)).toBe(true)
      }
    }
  })
})
