import { type BridgeVlan, cleanRequest, type LooseRequest } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { decodeBridgeVlans } from '../src/rtnetlink/bridge-vlan.js'
import type { NetlinkOperation, OperationCodec } from '../src/rtnetlink/codec.js'
import { decodeEvents } from '../src/rtnetlink/event.js'
import { codecs } from '../src/rtnetlink/index.js'
import { dissect } from './dissect.js'
import { loadFixture } from './fixtures/load.js'

// What `bridge` asked a kernel with VLAN filtering, and the requests that mean the same.
const port = { link: 'v0' }
const requests: readonly [fixture: string, operation: NetlinkOperation, spec: object][] = [
  ['add', 'bridgeVlan add', { ...port, vlan: 10 }],
  ['add-pvid', 'bridgeVlan add', { ...port, vlan: 10, pvid: true, untagged: true }],
  ['add-range', 'bridgeVlan add', { ...port, vlan: [100, 199] }],
  ['add-self', 'bridgeVlan add', { link: 'br0', vlan: 10, self: true }],
  ['delete', 'bridgeVlan delete', { ...port, vlan: 10 }],
  ['delete-range', 'bridgeVlan delete', { ...port, vlan: [10, 12] }],
  ['set-router', 'bridgeVlan set', { ...port, vlan: 10, multicastRouter: 2 }],
  ['set-state', 'bridgeVlan set', { ...port, vlan: 10, state: 'blocking' }],
  ['list-details', 'bridgeVlan list', {}],
]

describe('requests about VLANs of bridges equal those of iproute2', () => {
  it.each(requests)('%s', (name, operation, spec) => {
    const recorded = loadFixture(`guest-vlan/${name}`).requests.at(-1) as Uint8Array
    const view = new DataView(recorded.buffer, recorded.byteOffset, recorded.length)
    const request = cleanRequest({ operation, spec } as LooseRequest)
    const to = new MessageWriter()
    const codec = codecs[operation] as OperationCodec<never>
    codec.encode(to, request.spec as never, {
      linkIndex: () => view.getUint32(20, true),
      namespaceFd: () => 3,
      timerFrequency: () => 1e9,
    })
    const object = view.getUint16(4, true) < 100 ? 'link' : 'bridgeVlan'
    expect(dissect(to.bytes.slice(0, to.length), object)).toEqual(dissect(recorded, object))
  })
})

// iproute2 6.1 maps VLANs to tunnels by RTM_SETLINK, and can take none away.
it.each([
  [100, 'BRIDGE_VLANDB_TINFO_ID and _CMD RTM_SETLINK', '14000480' + '0800010064000000' + '0800020013000000'],
  [null, 'BRIDGE_VLANDB_TINFO_CMD RTM_DELLINK', '0c000480' + '0800020011000000'],
])('a tunnel of VLANs: %s is %s', (tunnel, _, octets) => {
  const { spec } = cleanRequest({
    operation: 'bridgeVlan set',
    spec: { ...port, vlan: [10, 12], tunnel },
  } as LooseRequest)
  const to = new MessageWriter()
  const codec = codecs['bridgeVlan set'] as OperationCodec<never>
  codec.encode(to, spec as never, { linkIndex: () => 7, namespaceFd: () => 3, timerFrequency: () => 1e9 })
  expect(Buffer.from(to.bytes.slice(0, to.length)).toString('hex')).toContain(octets)
})

const replies = loadFixture('guest-vlan/list-details').replies.filter((bytes) => bytes.length > 20)
const decoded = () => replies.flatMap((bytes) => decodeBridgeVlans(new Octets(bytes), 16, bytes.length))

describe('VLANs of bridges', () => {
  it('are those that bridge -d -j made of the same octets, each by itself', () => {
    const json = loadFixture('guest-vlan/list-details').json as {
      readonly vlans: readonly {
        vlan: number
        vlanEnd?: number
        flags?: string[]
        state: string
        mcast_router: number
      }[]
    }[]
    const [br0, v0] = json.map(({ vlans }) =>
      vlans.flatMap(({ vlan, vlanEnd = vlan, flags = [], state, mcast_router }) =>
        Array.from({ length: vlanEnd - vlan + 1 }, (_, at) => ({
          vlan: vlan + at,
          pvid: flags.includes('PVID'),
          untagged: flags.includes('Egress Untagged'),
          state,
          multicastRouter: mcast_router,
          other: [],
        })),
      ),
    )
    // Indexes are those of the recording: the bridge came before its port.
    const [bridge, port] = [...new Set(decoded().map(({ link }) => link))] as [number, number]
    const of = (link: number) => decoded().filter((entry) => entry.link === link)
    expect(of(bridge)).toEqual(br0?.map((entry) => ({ link: bridge, ...entry })))
    expect(of(port)).toEqual(v0?.map((entry) => ({ link: port, ...entry })))
    expect(decoded()).toHaveLength((br0?.length ?? 0) + (v0?.length ?? 0))
  })

  it('are told one by one when they change', () => {
    const [, bytes] = replies as [Uint8Array, Uint8Array]
    for (const [type, kind] of [
      [112, 'bridgeVlan set'],
      [113, 'bridgeVlan delete'],
    ] as const) {
      const events = decodeEvents(new Octets(bytes), 16, bytes.length, type, 0)
      expect(events.map((event) => event.kind)).toEqual(Array(6).fill(kind))
      expect(events.map((event) => (event as { object: BridgeVlan }).object.vlan)).toEqual([1, 10, 20, 21, 22, 23])
    }
  })

  it('with counters, a tunnel, and an attribute without a name', () => {
    const to = new MessageWriter()
    to.begin(112, 0)
    to.octets(Uint8Array.of(7, 0, 0, 0))
    to.u32(5)
    const entry = to.nest(1)
    to.octetsAttribute(1, Uint8Array.of(6, 0, 100, 0))
    to.u16Attribute(2, 101)
    const tunnel = to.nest(4)
    to.u32Attribute(1, 1000)
    to.endNest(tunnel)
    const counters = to.nest(5)
    for (const number of [1, 2, 3, 4]) to.u64Attribute(number, number * 10)
    to.endNest(counters)
    to.u32Attribute(99, 7)
    to.endNest(entry)
    to.end()
    const found = decodeBridgeVlans(new Octets(to.bytes.slice(0, to.length)), 16, to.length)
    const both = {
      link: 5,
      pvid: true,
      untagged: true,
      statistics: { rxBytes: 10, rxPackets: 20, txBytes: 30, txPackets: 40 },
      other: [{ type: 99, bytes: Uint8Array.of(7, 0, 0, 0) }],
    }
    expect(found).toEqual([
      { ...both, vlan: 100, tunnel: 1000 },
      { ...both, vlan: 101, tunnel: 1001 },
    ])
  })
})
