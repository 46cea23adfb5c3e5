/** Values to octets and back, and the other way round. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as wire from '../src/index.js'
import { decodeFrame, encodeFrame, type Layer, type LayerSpec, writeFrame } from '../src/index.js'
import { samples } from './samples.js'

describe.each(Object.entries(samples))('%s', (_, layers) => {
  const bytes = encodeFrame(layers)
  const decoded = decodeFrame(bytes)

  test('is decoded to what was encoded, and the values that were computed', () => {
    expect(decoded).toMatchObject(layers.map((layer) => ({ ...layer, ...checksumOf(layer) })))
    expect(decoded).toHaveLength(layers.length)
  })
  test('is encoded to the same octets again', () => {
    expect(encodeFrame(decoded)).toEqual(bytes)
    expect(encodeFrame(decoded, { recompute: true })).toEqual(bytes)
  })
  test('is written into a used buffer, and nowhere else', () => {
    const buffer = new Uint8Array(bytes.length + 20).fill(0xaa)
    expect(writeFrame(layers, buffer, 7)).toBe(7 + bytes.length)
    expect(buffer.subarray(7, 7 + bytes.length)).toEqual(bytes)
    expect(buffer.subarray(0, 7).every((octet) => octet === 0xaa)).toBe(true)
    expect(buffer.subarray(7 + bytes.length).every((octet) => octet === 0xaa)).toBe(true)
    expect(() => writeFrame(layers, buffer, 21)).toThrow(RangeError)
  })
  test('cut anywhere, is an error that says where, or lacks only octets that nobody counts', () => {
    for (let length = 0; length < bytes.length; length++) {
      try {
        expect(encodeFrame(decodeFrame(bytes.subarray(0, length)))).toEqual(bytes.subarray(0, length))
      } catch (error) {
        if (!wire.isDecodeError(error)) throw error
        expect(error.offset).toBeLessThanOrEqual(length)
        expect(error.layer).toMatch(/^[a-z]/)
      }
    }
  })
})

/** `checksum: true` asks for one and does not come back. */
function checksumOf(layer: LayerSpec): object {
  return layer.layer === 'gre' && layer.checksum ? { checksum: { reserved: 0 } } : {}
}

test('encoding again is needed after a change', () => {
  const layers = decodeFrame(encodeFrame(samples.udp as LayerSpec[]))
  const longer = layers.map((layer) => (layer.layer === 'payload' ? { ...layer, bytes: new Uint8Array(99) } : layer))
  expect(() => decodeFrame(encodeFrame(longer, { recompute: true }))).not.toThrow()
  const [, ipv4, udp] = decodeFrame(encodeFrame(longer, { recompute: true })) as [Layer, wire.Ipv4, wire.Udp]
  expect([ipv4.totalLength, udp.length]).toEqual([127, 107])
  expect((decodeFrame(encodeFrame(longer))[1] as wire.Ipv4).totalLength).toBe(33)
})

test('a missing type is asked for, by name', () => {
  const ethernet = { layer: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' } as const
  const payload = { layer: 'payload', bytes: new Uint8Array(4) } as const
  expect(() => encodeFrame([ethernet, payload])).toThrow(/^ethernet\.type: must be given, as 'payload'/)
  expect(() => encodeFrame([ethernet])).toThrow(/ethernet\.type/)
  const ipv4 = { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2' } as const
  expect(() => encodeFrame([ethernet, ipv4, payload])).toThrow(/^ipv4\.protocol/)
  expect(() => encodeFrame([ethernet, { ...ipv4, ttl: 256 }])).toThrow(/^ipv4\.ttl: 256 is not .* 0–255/)
  expect(() => encodeFrame([ethernet, { ...ipv4, source: '::1' }])).toThrow(/^ipv4\.source: "::1" is not an IPv4/)
  expect(() => encodeFrame([{ ...ethernet, source: 'x' }, ipv4])).toThrow(/^ethernet\.source: "x" is not a MAC/)
  expect(() => wire.encodeUdp({ sourcePort: 1, destinationPort: 2 })).toThrow(/^udp\.checksum/)
})

const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((octets) => [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join(':'))
const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'))
const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const octets = (maxLength: number) => fc.uint8Array({ maxLength })

describe('decode(encode(x)) = x', () => {
  test('ethernet, vlan, ipv4, tcp', () => {
    const tcpOption: fc.Arbitrary<wire.TcpOption> = fc.oneof(
      fc.record({ kind: fc.constant('mss' as const), size: u16 }),
      fc.record({ kind: fc.constant('window-scale' as const), shift: u8 }),
      fc.record({ kind: fc.constant('timestamps' as const), value: u32, echo: u32 }),
      fc.record({ kind: fc.constant('other' as const), type: fc.integer({ min: 9, max: 255 }), bytes: octets(6) }),
      fc.record({
        kind: fc.constant('sack' as const),
        blocks: fc.array(fc.record({ left: u32, right: u32 }), { minLength: 1, maxLength: 1 }),
      }),
    )
    fc.assert(
      fc.property(
        fc.record({ destination: mac, source: mac }),
        fc.array(fc.record({ id: fc.nat(0xfff), priority: fc.nat(7), dropEligible: fc.boolean() }), { maxLength: 3 }),
        fc.record({
          source: ip4,
          destination: ip4,
          dscp: fc.nat(63),
          ecn: fc.nat(3),
          identification: u16,
          reserved: fc.boolean(),
          dontFragment: fc.boolean(),
          ttl: u8,
        }),
        fc.record({
          sourcePort: u16,
          destinationPort: u16,
          sequence: u32,
          acknowledgement: u32,
          flags: fc.nat(0x1ff),
          reserved: fc.nat(7),
          window: u16,
          urgent: u16,
          options: fc.array(tcpOption, { maxLength: 3 }),
        }),
        octets(40),
        octets(9),
        (ethernet, vlans, ipv4, tcp, bytes, trailer) => {
          const layers: LayerSpec[] = [
            { layer: 'ethernet', ...ethernet },
            ...vlans.map((vlan) => ({ layer: 'vlan', ...vlan }) as const),
            { layer: 'ipv4', ...ipv4, ...(trailer.length > 0 ? { trailer } : {}) },
            { layer: 'tcp', ...tcp },
            ...(bytes.length > 0 ? [{ layer: 'payload', bytes } as const] : []),
          ]
          const decoded = decodeFrame(encodeFrame(layers))
          const size = tcp.options.reduce((sum, option) => sum + sizeOf(option), 0)
          // Options are padded to a multiple of 4, and the padding is an option too.
          const padding = { kind: 'end', padding: new Uint8Array((3 - (size % 4)) % 4) } as const
          const padded = size % 4 === 0 ? tcp.options : [...tcp.options, padding]
          const wanted = layers.map((layer) => (layer.layer === 'tcp' ? { ...layer, options: padded } : layer))
          expect(decoded).toMatchObject(wanted)
          expect(decoded).toHaveLength(wanted.length)
        },
      ),
    )
  })

  test('bpdu', () => {
    const seconds = u16.map((units) => units / 256)
    const bridge = fc.record({ priority: u16, mac })
    const spec = fc.record({
      layer: fc.constant('bpdu' as const),
      kind: fc.constantFrom('configuration' as const, 'rapid' as const),
      version: u8,
      topologyChange: fc.boolean(),
      topologyChangeAcknowledged: fc.boolean(),
      proposal: fc.boolean(),
      agreement: fc.boolean(),
      learning: fc.boolean(),
      forwarding: fc.boolean(),
      role: fc.constantFrom<wire.PortRole>('unknown', 'alternate-or-backup', 'root', 'designated'),
      root: bridge,
      rootPathCost: u32,
      bridge,
      port: u16,
      messageAge: seconds,
      maxAge: seconds,
      helloTime: seconds,
      forwardDelay: seconds,
    })
    fc.assert(
      fc.property(spec, (bpdu) => {
        expect(wire.decodeBpdu(wire.encodeBpdu(bpdu))).toEqual(bpdu)
      }),
    )
  })

  test('igmp and mld reports', () => {
    const record = fc.record({
      type: u8,
      group: ip4,
      sources: fc.array(ip4, { maxLength: 4 }),
      auxiliary: octets(2).map((bytes) => new Uint8Array(bytes.length * 4).fill(7)),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const igmp = wire.encodeIgmp({ kind: 'report3', type: 0x22, records })
        expect(wire.checksumOf(igmp, 0, igmp.length)).toBe(0)
        expect(wire.decodeIgmp(igmp)).toMatchObject({ kind: 'report3', records })
        const groups = records.map((one) => ({ ...one, group: `ff05::${one.type}:1`, sources: ['2001:db8::1'] }))
        const pair = { source: 'fe80::1', destination: 'ff02::16' }
        const mld = wire.encodeIcmpv6({ kind: 'mld-report2', type: 143, records: groups }, pair)
        expect(wire.decodeIcmpv6(mld)).toMatchObject({
          kind: 'mld-report2',
          records: groups.map(({ type }) => ({ type })),
        })
      }),
    )
  })

  test('dhcp options', () => {
    const option: fc.Arbitrary<wire.DhcpOption> = fc.oneof(
      fc.record({ name: fc.constantFrom('subnet-mask' as const, 'requested-address' as const), value: ip4 }),
      fc.record({ name: fc.constant('routers' as const), value: fc.array(ip4, { minLength: 1, maxLength: 63 }) }),
      fc.record({
        name: fc.constant('host-name' as const),
        value: octets(255).map((bytes) => String.fromCharCode(...bytes)),
      }),
      fc.record({ name: fc.constant('lease-time' as const), value: u32 }),
      fc.record({ name: fc.constant('mtu' as const), value: u16 }),
      fc.record({ name: fc.constant('parameters' as const), value: fc.array(u8, { maxLength: 255 }) }),
      fc.record({ name: fc.constant('pad' as const) }),
      fc.record({ name: fc.constant('other' as const), code: fc.integer({ min: 150, max: 254 }), bytes: octets(255) }),
    )
    fc.assert(
      fc.property(fc.array(option, { maxLength: 6 }), u32, mac, (options, transaction, clientMac) => {
        const spec = { operation: 1, transaction, clientMac, options }
        expect(wire.decodeDhcp(wire.encodeDhcp(spec))).toMatchObject({ ...spec, ended: true })
      }),
    )
  })
})

function sizeOf(option: wire.TcpOption): number {
  return (
    { mss: 4, 'window-scale': 3, timestamps: 10, sack: 10, nop: 1, end: 1, 'sack-permitted': 2, other: 0 }[
      option.kind
    ] + (option.kind === 'other' ? 2 + option.bytes.length : 0)
  )
}
