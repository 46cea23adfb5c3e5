/** Headers of GENEVE and ERSPAN: there and back, cut, and in tshark's words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import * as wire from '../src/index.js'
import { missing, plain, tsharkFields } from './tshark.js'

const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 })
const geneveSpec: fc.Arbitrary<wire.Geneve> = fc.record({
  layer: fc.constant('geneve' as const),
  vni: bits(24),
  protocol: bits(16),
  control: fc.boolean(),
  critical: fc.boolean(),
  reserved: bits(6),
  lastReserved: bits(8),
  options: fc
    .integer({ min: 0, max: 63 })
    .chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
})
const common = {
  layer: fc.constant('erspan' as const),
  vlan: bits(12),
  serviceClass: bits(3),
  encapsulation: bits(2),
  truncated: fc.boolean(),
  session: bits(10),
}
const erspanSpec: fc.Arbitrary<wire.Erspan> = fc.oneof(
  fc.record({ ...common, version: fc.constant(1 as const), index: bits(20), reserved: bits(12) }),
  fc.record({
    ...common,
    version: fc.constant(2 as const),
    timestamp: bits(32),
    securityGroup: bits(16),
    ethernet: fc.boolean(),
    frameType: bits(5),
    hardware: bits(6),
    direction: fc.constantFrom(0 as const, 1 as const),
    granularity: bits(2),
    subheader: fc.boolean(),
  }),
)

describe('there and back', () => {
  test('geneve', () => {
    fc.assert(
      fc.property(geneveSpec, fc.uint8Array({ maxLength: 20 }), (spec, payload) => {
        const bytes = wire.encodeGeneve(spec, payload)
        const { value, start, end } = wire.decodeGeneve(bytes)
        expect(value).toEqual(spec)
        expect(bytes.slice(start, end)).toEqual(payload)
        expect([wire.geneveVniAt(bytes, 0), wire.geneveProtocolAt(bytes, 0)]).toEqual([spec.vni, spec.protocol])
        expect([wire.geneveHeaderSizeAt(bytes, 0), wire.isGeneveCriticalAt(bytes, 0)]).toEqual([start, spec.critical])
        expect(wire.isGeneveControlAt(bytes, 0)).toBe(spec.control)
      }),
    )
  })
  test('erspan', () => {
    fc.assert(
      fc.property(erspanSpec, fc.uint8Array({ maxLength: 20 }), (spec, payload) => {
        const bytes = wire.encodeErspan(spec, payload)
        const { value, start, end } = wire.decodeErspan(bytes)
        expect(value).toEqual(spec)
        expect(bytes.slice(start, end)).toEqual(payload)
        expect([wire.erspanSizeAt(bytes, 0), wire.erspanSessionAt(bytes, 0)]).toEqual([start, spec.session])
      }),
    )
  })
})

test('what is cut, or of another version, is an error; what does not fit as well', () => {
  const geneve = wire.encodeGeneve({ vni: 1, protocol: 0x6558, options: new Uint8Array(8) })
  const erspan = wire.encodeErspan({ version: 2, session: 1 })
  for (let length = 0; length < geneve.length; length++)
    expect(() => wire.decodeGeneve(geneve.subarray(0, length))).toThrow(wire.DecodeError)
  for (let length = 0; length < erspan.length; length++)
    expect(() => wire.decodeErspan(erspan.subarray(0, length))).toThrow(wire.DecodeError)
  expect(() => wire.decodeGeneve(Uint8Array.of(0x40, 0, 0, 0, 0, 0, 0, 0))).toThrow('version 1')
  expect(() => wire.decodeErspan(new Uint8Array(12))).toThrow('version 0')
  expect(() => wire.encodeGeneve({ vni: 2 ** 24, protocol: 0 })).toThrow('geneve.vni')
  expect(() => wire.encodeGeneve({ vni: 0, protocol: 0, options: new Uint8Array(3) })).toThrow('geneve.options')
  expect(() => wire.encodeErspan({ version: 1, session: 1024 })).toThrow('erspan.session')
})

const folder = mkdtempSync(join(tmpdir(), 'vnet-wire-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What tshark says of one frame. */
function seen(name: string, layers: readonly wire.LayerSpec[], fields: readonly string[]): string[] {
  const writer = new wire.PcapngWriter()
  const frame = wire.encodeFrame(layers)
  const file = join(folder, `${name}.pcapng`)
  writeFileSync(file, Buffer.concat([writer.start(), writer.addInterface().bytes, writer.packet(0, 0n, frame)]))
  return (tsharkFields(file, fields)[0] ?? []).map((cell) => plain(cell[0]))
}

const ethernet = { layer: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' } as const
const ipv4 = { layer: 'ipv4', source: '192.0.2.1', destination: '192.0.2.2' } as const
const inside = wire.encodeFrame([ethernet, { ...ipv4, protocol: 253 }, { layer: 'payload', bytes: new Uint8Array(26) }])

test('tshark reads geneve as it was written', ({ skip }) => {
  const reason = missing(['tshark', 'tshark'])
  if (reason !== undefined) return skip(reason)
  const bytes = wire.encodeGeneve(
    { vni: 0xabcdef, protocol: 0x6558, control: true, options: new Uint8Array(8).fill(1, 4) },
    inside,
  )
  const layers = [
    ethernet,
    ipv4,
    { layer: 'udp', sourcePort: 5000, destinationPort: wire.genevePort },
    { layer: 'payload', bytes },
  ] as const
  const flags = ['geneve.flags.oam', 'geneve.flags.critical']
  const fields = ['geneve.version', 'geneve.vni', 'geneve.proto_type', ...flags]
  expect(seen('geneve', layers, fields)).toEqual(['0', String(0xabcdef), String(0x6558), '1', '0'])
})

test('tshark reads erspan as it was written', ({ skip }) => {
  const reason = missing(['tshark', 'tshark'])
  if (reason !== undefined) return skip(reason)
  const given = { vlan: 100, serviceClass: 5, truncated: true, session: 0x155 } as const
  const around = (protocol: number, bytes: Uint8Array) =>
    [ethernet, ipv4, { layer: 'gre', protocol, sequence: 1 }, { layer: 'payload', bytes }] as const
  const shared = ['erspan.vlan', 'erspan.cos', 'erspan.truncated', 'erspan.spanid']
  const second = wire.encodeErspan({ version: 1, ...given, encapsulation: 3, index: 0x12345 }, inside)
  expect(
    seen('second', around(wire.erspanProtocols.second, second), [
      ...shared,
      'erspan.version',
      'erspan.encap',
      'erspan.index',
    ]),
  ).toEqual(['100', '5', '1', String(0x155), '1', '3', String(0x12345)])
  const third = wire.encodeErspan(
    { version: 2, ...given, encapsulation: 1, timestamp: 77, securityGroup: 9, hardware: 0x2a, direction: 1 },
    inside,
  )
  const own = [
    'erspan.version',
    'erspan.bso',
    'erspan.timestamp',
    'erspan.sgt',
    'erspan.hw',
    'erspan.direction',
    'erspan.p',
  ]
  expect(seen('third', around(wire.erspanProtocols.third, third), [...shared, ...own])).toEqual([
    ...['100', '5', '1', String(0x155)],
    ...['2', '1', '77', '9', String(0x2a), '1', '1'],
  ])
})
