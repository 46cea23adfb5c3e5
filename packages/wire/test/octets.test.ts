/** Accessors, tags and checksums, in place. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as wire from '../src/index.js'
import { samples } from './samples.js'

const frameOf = (name: keyof typeof samples) => wire.encodeFrame(samples[name] as wire.LayerSpec[])

describe('MAC addresses as numbers', () => {
  test('are read and written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
        const mac = wire.macAt(octets, 0)
        expect(mac).toBe(Number.parseInt(Buffer.from(octets).toString('hex'), 16))
        expect(wire.macHighAt(octets, 0) * 2 ** 24 + wire.macLowAt(octets, 0)).toBe(mac)
        const copy = new Uint8Array(8)
        wire.setMacAt(copy, 1, mac)
        expect([...copy]).toEqual([0, ...octets, 0])
        expect(wire.macToNumber(wire.macFromNumber(mac))).toBe(mac)
        expect(wire.isGroupMacNumber(mac)).toBe((octets[0] as number) % 2 === 1)
        expect(wire.isGroupMacAt(octets, 0)).toBe((octets[0] as number) % 2 === 1)
      }),
    )
  })
  test('by name', () => {
    expect(wire.macFromNumber(wire.broadcastMac)).toBe('ff:ff:ff:ff:ff:ff')
    expect(() => wire.macToNumber('02:00')).toThrow(TypeError)
    const stp = frameOf('rstp')
    expect(wire.isLinkLocalMacAt(stp, 0)).toBe(true)
    expect(wire.isLinkLocalMacAt(frameOf('ping'), 0)).toBe(false)
    stp[5] = 0x10
    expect(wire.isLinkLocalMacAt(stp, 0)).toBe(false)
  })
})

describe('tags', () => {
  test('pushing and popping is what encoding with a tag gives', () => {
    const plain = frameOf('ping')
    const buffer = new Uint8Array(plain.length + 8).fill(0xee)
    buffer.set(plain, 8)
    const start = wire.pushVlan(buffer, 8, wire.vlanTci(10, 3))
    expect(start).toBe(4)
    expect(buffer.subarray(start)).toEqual(frameOf('ping, tagged'))
    expect(buffer.subarray(0, 4).every((octet) => octet === 0xee)).toBe(true)
    expect(wire.isTaggedAt(buffer, start)).toBe(true)
    expect([wire.vlanIdAt(buffer, start), wire.vlanPriorityAt(buffer, start)]).toEqual([10, 3])
    expect([wire.vlanTciAt(buffer, start), wire.innerEtherTypeAt(buffer, start)]).toEqual([0x600a, 0x0800])
    wire.setVlanIdAt(buffer, start, 4094)
    expect([wire.vlanIdAt(buffer, start), wire.vlanPriorityAt(buffer, start)]).toEqual([4094, 3])
    const outer = wire.pushVlan(buffer, start, wire.vlanTci(100, 0, true), wire.etherTypes.serviceVlan)
    expect(wire.decodeFrame(buffer.subarray(outer))[1]).toMatchObject({ id: 100, dropEligible: true, type: 0x8100 })
    expect(() => wire.pushVlan(buffer, outer, 1)).toThrow(RangeError)
    const inner = wire.popVlan(buffer, wire.popVlan(buffer, outer))
    expect(buffer.subarray(inner)).toEqual(plain)
    expect(wire.isTaggedAt(buffer, inner)).toBe(false)
  })
})

test('accessors read what decoding reads', () => {
  const frame = frameOf('tcp syn')
  const [ethernet, ipv4, tcp] = wire.decodeFrame(frame) as [wire.Ethernet, wire.Ipv4, wire.Tcp]
  expect(wire.etherTypeAt(frame, 0)).toBe(ethernet.type)
  expect(wire.macFromNumber(wire.macAt(frame, 6))).toBe(ethernet.source)
  expect([wire.ipVersionAt(frame, 14), wire.ipv4HeaderSizeAt(frame, 14)]).toEqual([4, 20])
  expect([wire.ipv4LengthAt(frame, 14), wire.ipv4TtlAt(frame, 14)]).toEqual([ipv4.totalLength, ipv4.ttl])
  expect([wire.ipv4SourceAt(frame, 14), wire.ipv4DestinationAt(frame, 14)]).toEqual([0x0a000001, 0x0a000002])
  expect([wire.ipv4ProtocolAt(frame, 14), wire.isIpv4FragmentAt(frame, 14)]).toEqual([6, false])
  expect([wire.sourcePortAt(frame, 34), wire.destinationPortAt(frame, 34)]).toEqual([
    tcp.sourcePort,
    tcp.destinationPort,
  ])
  expect([wire.tcpSequenceAt(frame, 34), wire.tcpFlagsAt(frame, 34)]).toEqual([tcp.sequence, tcp.flags])
  expect(wire.tcpHeaderSizeAt(frame, 34)).toBe(40)
  expect(wire.isIpv4FragmentAt(frameOf('ipv4 first fragment'), 14)).toBe(true)
  expect(wire.arpOperationAt(frameOf('arp reply, padded'), 14)).toBe(2)
  const six = frameOf('ping6')
  expect([wire.ipv6NextHeaderAt(six, 14), wire.ipv6HopLimitAt(six, 14), wire.ipv6PayloadLengthAt(six, 14)]).toEqual([
    58, 64, 64,
  ])
  expect(wire.icmpTypeAt(six, 54)).toBe(128)
  expect(wire.vniAt(frameOf('vxlan'), 42)).toBe(42)
})

/** RFC 1071 by the letter, a word at a time. */
function reference(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let sum = initial
  for (let i = start; i < end; i += 2) {
    sum += ((bytes[i] as number) << 8) | (i + 1 < end ? (bytes[i + 1] as number) : 0)
    sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

describe('checksums', () => {
  test('the example of RFC 1071 § 3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
    expect(wire.foldSum(wire.sumOf(bytes, 0, 8))).toBe(0xddf2)
    expect(wire.checksumOf(bytes, 0, 8)).toBe(0x220d)
  })
  test('of any octets, at any place of any buffer, are those of the RFC by the letter', () => {
    const buffer = Uint8Array.from({ length: 70_001 }, (_, i) => (i * 2654435761) >>> 13)
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(3),
        fc.oneof(fc.nat(200), fc.nat(69_000)),
        fc.nat(0xffff),
        (start, shift, length, initial) => {
          const view = new Uint8Array(buffer.buffer, shift, buffer.length - shift)
          const end = start + length
          expect(wire.checksumOf(view, start, end, initial)).toBe(reference(view, start, end, initial))
        },
      ),
    )
  })
  test('in shared memory, and in a buffer after it changed', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2000)).fill(3)
    expect(wire.checksumOf(shared, 1, 1999)).toBe(reference(shared, 1, 1999))
    shared[500] = 99
    expect(wire.checksumOf(shared, 1, 1999)).toBe(reference(shared, 1, 1999))
  })
  test('incremental ones are the whole ones (RFC 1624)', () => {
    expect(wire.updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000)
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 60 }),
        fc.nat(4),
        fc.nat(0xffffffff),
        (bytes, word, value) => {
          const end = bytes.length & ~1
          const at = word * 4
          const before = wire.checksumOf(bytes, 0, end)
          const old = wire.u32At(bytes, at)
          wire.setU32At(bytes, at, value)
          const after = wire.updateChecksum32(before, old, value)
          // A sum of zero and one of 0xffff are the same; all octets zero is the only sum that is really zero.
          const whole = wire.checksumOf(bytes, 0, end)
          if (bytes.subarray(0, end).some((octet) => octet !== 0)) expect(after).toBe(whole)
          else expect([0, 0xffff]).toContain(after)
        },
      ),
    )
  })
  test('completing one as virtio asks', () => {
    const frame = frameOf('tcp syn')
    const wanted = frame.slice()
    wire.setU16At(frame, 50, wire.foldSum(wire.pseudoSum4(frame, 14, 6, 40)))
    wire.completeChecksum(frame, 0, frame.length, 34, 16)
    expect(frame).toEqual(wanted)
    expect(() => wire.completeChecksum(frame, 0, frame.length, 34, frame.length - 35)).toThrow(RangeError)
    expect(() => wire.completeChecksum(frame, 0, frame.length, -1, 16)).toThrow(RangeError)
  })
  test.each(Object.keys(samples))('filled into: %s', (name) => {
    const frame = frameOf(name)
    const [last] = wire.decodeFrame(frame).slice(-1)
    const blank = wire.encodeFrame(
      wire
        .decodeFrame(frame)
        .map((layer) =>
          'checksum' in layer && typeof layer.checksum === 'number' && !(layer.layer === 'udp' && layer.checksum === 0)
            ? ({ ...layer, checksum: 0x5555 } as wire.LayerSpec)
            : layer,
        ),
    )
    const buffer = new Uint8Array(blank.length + 8)
    buffer.set(blank, 4)
    const done = wire.fillChecksums(buffer, 4, 4 + blank.length)
    const tunnel = /vxlan|gre|in ipv4|pppoe|snap|every extension/.test(name)
    if (done && !tunnel) expect(buffer.subarray(4, 4 + blank.length)).toEqual(frame)
    if (!done) expect(tunnel || /arp|stp|unknown|ipv6 fragment/.test(name)).toBe(true)
    expect(last).toBeDefined()
  })
})
