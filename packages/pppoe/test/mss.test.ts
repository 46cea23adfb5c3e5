/** Segment sizes of TCP, made to fit: in every place of the options, with checksums that hold. */
import { decodeFrame, encodeFrame, fillChecksums, type LayerSpec, layerOf, type TcpOption } from '@vnet/wire'
import { describe, expect, test } from 'vitest'
import { clampSegments, segmentOf } from '../src/index.js'
import { chance } from './line.js'

const ethernet: LayerSpec = { layer: 'ethernet', destination: '02:00:00:00:00:01', source: '02:00:00:00:00:02' }
const ip: Readonly<Record<4 | 6, LayerSpec>> = {
  4: { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2' },
  6: { layer: 'ipv6', source: 'fd00::1', destination: 'fd00::2' },
}

type Options = readonly TcpOption[]

function packet(version: 4 | 6, options: Options, flags = 0x02): Uint8Array {
  const tcp: LayerSpec = { layer: 'tcp', sourcePort: 1234, destinationPort: 80, flags, options }
  return encodeFrame([ethernet, ip[version], tcp]).slice(14)
}

/** The size that a packet announces, and whether its checksum is what it would be made with. */
function read(version: 4 | 6, octets: Uint8Array) {
  const frame = new Uint8Array(14 + octets.length)
  frame.set(version === 4 ? [0x08, 0x00] : [0x86, 0xdd], 12)
  frame.set(octets, 14)
  const tcp = layerOf(decodeFrame(frame), 'tcp')
  const filled = Uint8Array.from(frame)
  const at = version === 4 ? 50 : 70
  filled.fill(0, at, at + 2)
  fillChecksums(filled, 0, filled.length)
  const mss = tcp?.options.find(({ kind }) => kind === 'mss')
  return {
    size: mss?.kind === 'mss' ? mss.size : undefined,
    right: layerOf(decodeFrame(filled), 'tcp')?.checksum === tcp?.checksum,
  }
}

describe.each([4, 6] as const)('IPv%i', (version) => {
  test('a size that does not fit is lowered, one that fits is left', () => {
    const most = segmentOf(1492, version)
    expect(most).toBe(version === 4 ? 1452 : 1432)
    const large = packet(version, [{ kind: 'mss', size: 1460 }])
    expect(clampSegments(large, 1492)).toBe(true)
    expect(read(version, large)).toEqual({ size: most, right: true })
    expect(clampSegments(large, 1492)).toBe(false)
    const small = packet(version, [{ kind: 'mss', size: 536 }])
    expect(clampSegments(small, 1492)).toBe(false)
  })

  test('at an odd place of the options, and behind others', () => {
    const options: Options = [
      { kind: 'nop' },
      { kind: 'mss', size: 8960 },
      { kind: 'window-scale', shift: 7 },
    ] as Options
    const octets = packet(version, options)
    expect(clampSegments(octets, 1492)).toBe(true)
    expect(read(version, octets)).toEqual({ size: segmentOf(1492, version), right: true })
  })

  test('what is no SYN, or cut, or by chance, is left alone or at least does no harm', () => {
    expect(clampSegments(packet(version, [{ kind: 'mss', size: 1460 }], 0x10), 1492)).toBe(false)
    const whole = packet(version, [{ kind: 'mss', size: 1460 }])
    for (let size = 0; size < whole.length; size++) {
      const before = whole.slice(0, size)
      const octets = whole.slice(0, size)
      if (!clampSegments(octets, 1492)) expect(octets, `${size}`).toEqual(before)
    }
    const random = chance(version)
    for (let i = 0; i < 5000; i++) {
      const octets = Uint8Array.from(whole, (octet) => (random() < 0.1 ? Math.floor(random() * 256) : octet))
      const { length } = octets
      clampSegments(octets.subarray(0, Math.floor(random() * (length + 1))), 1492)
      expect(octets.length).toBe(length)
    }
  })
})

test('a fragment behind the first has no header of TCP', () => {
  const octets = packet(4, [{ kind: 'mss', size: 1460 }])
  octets[7] = 10
  expect(clampSegments(octets, 1492)).toBe(false)
})
