/** Captures: written, read in pieces and in both byte orders, and read by Wireshark's tools. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Block,
  CaptureReader,
  encodeBlock,
  isDecodeError,
  nanosecondsOf,
  PcapngWriter,
  readCapture,
} from '../src/index.js'
import { missing, run } from './tshark.js'

const blocks = (order: 'little' | 'big'): Block[] => [
  {
    block: 'section',
    byteOrder: order,
    version: [1, 0],
    length: 1234n,
    hardware: 'a machine',
    os: 'Linux',
    application: 'vnet',
    comments: ['one', 'two – with a dash'],
    other: [{ code: 0x8bad, bytes: Uint8Array.of(1, 2, 3) }],
  },
  {
    block: 'interface',
    linkType: 1,
    snapLength: 65535,
    name: 'tap0',
    description: 'the first port',
    mac: '02:00:00:00:00:01',
    speed: 1_000_000_000n,
    timestampResolution: 9,
    filter: 'ip and not port 22',
    os: 'Linux',
    timestampOffset: -5n,
    hardware: 'none',
    other: [{ code: 4, bytes: Uint8Array.from([10, 0, 0, 1, 255, 255, 255, 0]) }],
  },
  {
    block: 'packet',
    interface: 0,
    timestamp: 0x1234_5678_9abc_def0n,
    bytes: Uint8Array.from({ length: 61 }, (_, i) => i),
    originalLength: 100,
    flags: 2,
    dropCount: 7n,
    packetId: 0xffff_ffff_ffff_ffffn,
    comments: ['dropped here'],
    other: [{ code: 6, bytes: Uint8Array.of(1, 0, 0, 0, 9) }],
  },
  { block: 'simple-packet', bytes: Uint8Array.of(1, 2, 3, 4, 5), originalLength: 5 },
  { block: 'unknown', type: 4, body: Uint8Array.from({ length: 8 }, (_, i) => i) },
  { block: 'unknown', type: 0x80000bad, body: new Uint8Array(0) },
  {
    block: 'statistics',
    interface: 0,
    timestamp: 99n,
    startTime: 0x1_0000_0002n,
    endTime: 3n,
    received: 4n,
    dropped: 5n,
    filterAccepted: 6n,
    osDropped: 7n,
    delivered: 8n,
  },
]
const fileOf = (order: 'little' | 'big') =>
  new Uint8Array(Buffer.concat(blocks(order).map((one) => encodeBlock(one, order))))

describe.each(['little', 'big'] as const)('%s-endian', (order) => {
  const file = fileOf(order)
  test('every block comes back whole', () => {
    expect(readCapture(file)).toEqual(blocks(order))
  })
  test('what is read is written to the same octets', () => {
    expect(new Uint8Array(Buffer.concat(readCapture(file).map((one) => encodeBlock(one, order))))).toEqual(file)
  })
  test('in chunks of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { minLength: 1, maxLength: 20 }), (sizes) => {
        const reader = new CaptureReader()
        const read: Block[] = []
        for (let at = 0, i = 0; at < file.length; i++) {
          const size = (sizes[i % sizes.length] as number) + 1
          read.push(...reader.push(file.subarray(at, at + size)))
          at += size
        }
        reader.end()
        expect(read).toEqual(blocks(order))
      }),
    )
  })
  test('cut anywhere but between blocks, it is an error', () => {
    const ends = new Set<number>()
    let at = 0
    for (const one of blocks(order)) {
      at += encodeBlock(one, order).length
      ends.add(at)
    }
    for (let length = 0; length < file.length; length++) {
      if (ends.has(length)) expect(() => readCapture(file.subarray(0, length))).not.toThrow()
      else expect(() => readCapture(file.subarray(0, length)), String(length)).toThrow(/pcapng at octet/)
    }
  })
  test('changed anywhere, it gives blocks or a DecodeError', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(255), (at, octet, second) => {
        const changed = file.slice()
        changed[at] = octet
        changed[(at + 7) % file.length] = second
        try {
          readCapture(changed)
        } catch (error) {
          if (!isDecodeError(error)) throw error
          expect(error.offset).toBeLessThanOrEqual(file.length)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

test('two sections in one file', () => {
  const both = new Uint8Array([...fileOf('big'), ...fileOf('little')])
  expect(readCapture(both)).toEqual([...blocks('big'), ...blocks('little')])
})

test('octets that are no capture', () => {
  expect(() => readCapture(new Uint8Array(0))).toThrow(/the file is empty/)
  expect(() => readCapture(new Uint8Array(40))).toThrow(/neither pcapng nor pcap/)
  const huge = fileOf('little')
  huge.set([0xff, 0xff, 0xff, 0x7c], 4)
  expect(() => readCapture(huge)).toThrow(/a block of \d+ octets/)
})

test('times in nanoseconds', () => {
  expect(nanosecondsOf({}, 5n)).toBe(5000n)
  expect(nanosecondsOf({ timestampResolution: 9 }, 5n)).toBe(5n)
  expect(nanosecondsOf({ timestampResolution: 0x81, timestampOffset: 2n }, 3n)).toBe(3_500_000_000n)
})

describe.each([
  ['microseconds', 0xa1b2c3d4, 6],
  ['nanoseconds', 0xa1b23c4d, 9],
])('classic pcap, %s', (_, magic, resolution) => {
  test.each([true, false])('little-endian: %s', (little) => {
    const file = new DataView(new ArrayBuffer(24 + 16 + 3))
    const words = [magic, 0x00040002, 0, 0, 96, 1, 7, 8, 3, 60]
    words.forEach((word, i) => {
      file.setUint32(i * 4, word, little)
    })
    const bytes = new Uint8Array(file.buffer)
    bytes.set([9, 8, 7], 40)
    const units = 10n ** BigInt(resolution)
    expect(readCapture(bytes)).toEqual([
      { block: 'interface', linkType: 1, snapLength: 96, timestampResolution: resolution },
      { block: 'packet', interface: 0, timestamp: 7n * units + 8n, bytes: Uint8Array.of(9, 8, 7), originalLength: 60 },
    ])
    expect(() => readCapture(bytes.subarray(0, 42))).toThrow(/the file ends after 18 octets/)
  })
})

describe('the writer', () => {
  test('cuts at the snap length, and knows its ports', () => {
    const writer = new PcapngWriter()
    expect(() => writer.addInterface()).toThrow(TypeError)
    const start = writer.start()
    const first = writer.addInterface({ name: 'a', snapLength: 4 })
    const second = writer.addInterface({ name: 'b' })
    expect([first.id, second.id]).toEqual([0, 1])
    expect(() => writer.packet(2, 0n, new Uint8Array(1))).toThrow(RangeError)
    expect(() => writer.packet(0, -1n, new Uint8Array(1))).toThrow(RangeError)
    const file = [start, first.bytes, second.bytes, writer.packet(0, 1n, new Uint8Array(9), { dropCount: 2n })]
    expect(readCapture(new Uint8Array(Buffer.concat(file)))[3]).toEqual({
      block: 'packet',
      interface: 0,
      timestamp: 1n,
      bytes: new Uint8Array(4),
      originalLength: 9,
      dropCount: 2n,
    })
  })

  test('a frame of which nothing is said is the same block', () => {
    const writer = new PcapngWriter()
    writer.start()
    writer.addInterface({ snapLength: 40 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes, time) => {
        expect(writer.packet(0, time, bytes)).toEqual(writer.packet(0, time, bytes, {}))
      }),
    )
  })

  test('tshark and capinfos read ports, times, comments and counts', ({ skip }) => {
    const reason = missing(['tshark', 'tshark'], ['capinfos', 'wireshark-common'])
    if (reason !== undefined) return skip(reason)
    const writer = new PcapngWriter({ application: 'vnet test', comments: ['a lab'] })
    const time = 1_700_000_000_123_456_789n
    const file = [writer.start()]
    file.push(writer.addInterface({ name: 'tap0', filter: 'arp' }).bytes, writer.addInterface({ name: 'tap1' }).bytes)
    file.push(
      writer.packet(1, time, new Uint8Array(60), { comments: ['a remark', 'another'], flags: 1, dropCount: 3n }),
    )
    file.push(writer.packet(0, time + 1n, new Uint8Array(61)))
    file.push(writer.statistics(0, time + 2n, { received: 5n, dropped: 6n }))
    const folder = mkdtempSync(join(tmpdir(), 'vnet-wire-'))
    try {
      const path = join(folder, 'written.pcapng')
      writeFileSync(path, Buffer.concat(file))
      const names = ['frame.interface_name', 'frame.time_epoch', 'frame.comment', 'frame.drop_count', 'frame.len']
      const fields = names.flatMap((name) => ['-e', name])
      expect(
        run('tshark', '-n', '-r', path, '-T', 'fields', '-E', 'aggregator=;', ...fields)
          .trim()
          .split('\n'),
      ).toEqual(['tap1\t1700000000.123456789\ta remark;another\t3\t60', 'tap0\t1700000000.123456790\t\t\t61'])
      const infos = run('capinfos', path)
      for (const words of ['vnet test', 'a lab', 'Name = tap0', 'Filter string = arp', 'nanoseconds (9)']) {
        expect(infos).toContain(words)
      }
      expect(infos).toMatch(/Number of stat entries = 1/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
