/** Tunnels that carry frames: what they put around them, whom they send them to, and what they take in. @module */
import type { LinkSpec } from '@vnet/core'
import { expect } from 'vitest'
import { everybody, hex, joined, sum, u16, udpHeader } from './frame.js'
import type { Suite } from './suite.js'
import { arrivals, frameOf, send } from './taps.js'
import { bridged } from './tunnel-bridged.js'
import { counters, needsOf as needsOfKinds, protocols } from './tunnel-inside.js'
import { gre, incoming, ip, type Outer, other, outer } from './tunnel-underlay.js'

const { udp: UDP, gre: GRE, destinationOptions: DESTINATION_OPTIONS } = protocols

/** A tunnel, and what is outside of a frame of it. */
interface Row {
  readonly spec: LinkSpec
  readonly outside: Partial<Outer>
  /** Octets between the outer header and the frame; dots are any. */
  readonly header: string
}

const [near4, far4] = outer[4]
const [near6, far6] = outer[6]
const ends4 = { local: near4, remote: far4 }
const ends6 = { local: near6, remote: far6 }
const session = { ikey: 5, okey: 5 }
const udp4 = { tos: 0, ttl: 64, df: false, protocol: UDP }
const udp6 = { tos: 0, ttl: 64, protocol: UDP }
/** A UDP header: source port and length vary, the checksum is none. */
const to = (port: number, checksum = '0000') => `....${port.toString(16).padStart(4, '0')}....${checksum}`
const rows: Readonly<Record<string, Row>> = {
  gretap: {
    spec: { kind: 'gretap', name: 't0', gretap: ends4 },
    outside: { tos: 0, ttl: 64, df: true, protocol: GRE },
    header: '00006558',
  },
  'gretap without path MTU discovery': {
    spec: { kind: 'gretap', name: 't0', gretap: { ...ends4, pmtudisc: false, ttl: 4, okey: 9 } },
    outside: { tos: 0, ttl: 4, df: false, protocol: GRE },
    header: '2000655800000009',
  },
  ip6gretap: {
    spec: { kind: 'ip6gretap', name: 't0', ip6gretap: ends6 },
    outside: { tos: 0, ttl: 64, protocol: DESTINATION_OPTIONS },
    header: '2f0004010401010000006558',
  },
  'erspan of version 1': {
    spec: { kind: 'erspan', name: 't0', erspan: { ...ends4, ...session, erspanIndex: 0x12345 } },
    outside: { tos: 0, ttl: 64, df: true, protocol: GRE },
    header: '100088be0000..' + '..' + '1000000500012345',
  },
  'erspan of version 2': {
    spec: {
      kind: 'erspan',
      name: 't0',
      erspan: { ...ends4, ...session, erspanVersion: 2, erspanDir: 'egress', erspanHwid: 0x2a },
    },
    outside: { tos: 0, ttl: 64, df: true, protocol: GRE },
    header: '100022eb0000....' + '20000005' + '........' + '0000' + '82a8',
  },
  ip6erspan: {
    spec: { kind: 'ip6erspan', name: 't0', ip6erspan: { ...ends6, ...session, erspanIndex: 3, encapLimit: null } },
    outside: { tos: 0, ttl: 64, protocol: GRE },
    header: '100088be0000....' + '1000.005' + '00000003',
  },
  vxlan: {
    spec: { kind: 'vxlan', name: 't0', vxlan: { id: 42, ...ends4 } },
    outside: udp4,
    header: `${to(4789, '....')}0800000000002a00`,
  },
  'vxlan with options': {
    spec: {
      kind: 'vxlan',
      name: 't0',
      vxlan: {
        id: 0xabcdef,
        ...ends4,
        port: 8472,
        ttl: 7,
        tos: 0x20,
        df: 'set',
        udpChecksum: false,
        portRange: [0x1200, 0x1201],
      },
    },
    outside: { tos: 0x20, ttl: 7, df: true, protocol: UDP },
    header: `1200${to(8472).slice(4)}08000000abcdef00`,
  },
  'vxlan over IPv6': {
    spec: { kind: 'vxlan', name: 't0', vxlan: { id: 42, ...ends6, udpZeroChecksum6Tx: true } },
    outside: udp6,
    header: `${to(4789)}0800000000002a00`,
  },
  geneve: {
    spec: { kind: 'geneve', name: 't0', geneve: { id: 42, remote: far4 } },
    outside: udp4,
    header: `${to(6081)}0000655800002a00`,
  },
  'geneve with options': {
    spec: {
      kind: 'geneve',
      name: 't0',
      geneve: { id: 7, remote: far4, port: 6000, ttl: 9, tos: 0x40, df: 'set', udpChecksum: true },
    },
    outside: { tos: 0x40, ttl: 9, df: true, protocol: UDP },
    header: `${to(6000, '....')}0000655800000700`,
  },
  'geneve over IPv6': {
    spec: { kind: 'geneve', name: 't0', geneve: { id: 42, remote: far6, udpZeroChecksum6Tx: true, flowLabel: 5 } },
    outside: udp6,
    header: `${to(6081)}0000655800002a00`,
  },
}

/** Registers the tests. */
export function tunnelLoad(suite: Suite): void {
  const needsOf = (kind: string) => ['link bridge' as const, ...needsOfKinds(kind)]

  for (const [title, row] of Object.entries(rows)) {
    suite.test(`${title}: around a frame`, needsOf(row.spec.kind), async (context) => {
      const { underlay, tap } = await bridged(context, row.spec)
      await send(tap, { to: everybody, number: 7 })
      const octets = frameOf({ to: everybody, number: 7 })
      const { payload, ...outside } = await underlay.read((packet) => hex(packet.payload).endsWith(hex(octets)))
      const [from, remote] = endsOf(row.spec)
      expect(outside).toEqual({ from, to: remote, ...row.outside })
      expect(hex(payload.subarray(0, payload.length - octets.length))).toMatch(new RegExp(`^${row.header}$`))
      if (row.outside.protocol === UDP) {
        expect(u16(payload, 4)).toBe(payload.length)
        if (u16(payload, 6) !== 0) expect(udpSum(outside.from, outside.to, payload)).toBe(0xffff)
      }
    })
  }

  suite.test('geneve takes what has its identifier and comes from its far end', needsOf('geneve'), async (context) => {
    const { underlay, tap } = await bridged(context, { kind: 'geneve', name: 't0', geneve: { id: 42, remote: far4 } })
    const put = (number: number, vni: number, from: string, flags = 0) =>
      underlay.write(incoming(4, UDP, geneve(vni, frameOf({ to: everybody, number }), flags), 0, from))
    await put(1, 43, far4)
    await put(2, 42, other[4])
    await put(3, 42, far4, 0x40)
    await put(4, 42, far4)
    await put(0xffff, 42, far4)
    expect(await arrivals(tap)).toEqual(['4'])
    expect(await counters(context.ns)).toMatchObject({ rxErrors: 1, rxFrameErrors: 1, rxPackets: 2 })
  })

  suite.test('gretap takes frames, and counts them with their header', needsOf('gretap'), async (context) => {
    const { underlay, tap } = await bridged(context, { kind: 'gretap', name: 't0', gretap: { ...ends4, ...session } })
    for (const number of [1, 0xffff])
      await underlay.write(incoming(4, GRE, gre(0x6558, frameOf({ to: everybody, number }), { key: 5 })))
    expect(await arrivals(tap)).toEqual(['1'])
    expect(await counters(context.ns)).toMatchObject({ rxPackets: 2, rxBytes: 120 })
  })

  suite.test('erspan takes the session that it has', needsOf('erspan'), async (context) => {
    const { underlay, tap } = await bridged(context, { kind: 'erspan', name: 't0', erspan: { ...ends4, ...session } })
    const put = (number: number, id: number, sequence: number) => {
      const header = Uint8Array.of(0x10, 0, 0, id, 0, 0, 0, 0)
      return underlay.write(
        incoming(4, GRE, gre(0x88be, joined(header, frameOf({ to: everybody, number })), { sequence })),
      )
    }
    await put(1, 6, 1)
    await put(2, 5, 1)
    await put(3, 5, 0)
    await put(0xffff, 5, 2)
    expect(await arrivals(tap)).toEqual(['2'])
    expect(await counters(context.ns)).toMatchObject({ rxPackets: 2, rxErrors: 1, rxFifoErrors: 1 })
  })
}

const endsOf = (spec: LinkSpec): readonly [string, string] =>
  JSON.stringify(spec).includes(far6) ? outer[6] : outer[4]

/** The sum of a datagram with its pseudo header: 0xffff where its checksum is right. */
function udpSum(from: string, to: string, datagram: Uint8Array): number {
  return sum(joined(ip(from), ip(to), Uint8Array.of(0, UDP, datagram.length >> 8, datagram.length & 0xff), datagram))
}

/** A datagram of GENEVE without a checksum. */
function geneve(vni: number, frame: Uint8Array, flags: number): Uint8Array {
  const header = Uint8Array.of(0, flags, 0x65, 0x58, vni >> 16, vni >> 8, vni, 0)
  return joined(udpHeader(50_000, 6081, 16 + frame.length), header, frame)
}
