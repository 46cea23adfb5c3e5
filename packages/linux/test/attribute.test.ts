/** Attributes: layout, padding, byte order, reading what is short, long, unknown or doubled. */

import { DecodeError } from '@vnet/core'
import { describe, expect, test } from 'vitest'
import * as attribute from '../src/netlink/attribute.js'
import { forEachAttribute, readAttribute, readAttributes } from '../src/netlink/attribute-run.js'
import { nested } from '../src/netlink/nested.js'
import { littleEndian, Octets } from '../src/netlink/octets.js'
import { MessageWriter } from '../src/netlink/writer.js'
import { hex } from './dissect.js'

const { attributes, writeAttributes } = attribute
const { bareText, bool, bool32, centiseconds, centiseconds64, flag, ip, mac, octets, s32 } = attribute
const { text, u8, u16, u16be, u32, u32be, u64, words } = attribute

function written(table: attribute.AttributeTable, values: object): Uint8Array {
  const to = new MessageWriter(16)
  to.begin(0, 0)
  writeAttributes(to, table, values)
  return to.bytes.slice(16, to.length)
}
const read = (table: attribute.AttributeTable, bytes: Uint8Array) =>
  readAttributes(table, new Octets(bytes), 0, bytes.length, 'test')

/** Octets on a machine that keeps the least significant one first; on others the length alone is compared. */
// biome-ignore lint/suspicious/noExplicitAny: each has a type of its own, as in a table
const layouts: [string, attribute.Attribute<any>, unknown, string][] = [
  ['flag', flag(1, 'A'), true, '04 00 01 00'],
  ['u8', u8(1, 'A'), 200, '05 00 01 00 c8 00 00 00'],
  ['bool', bool(1, 'A'), true, '05 00 01 00 01 00 00 00'],
  ['bool, false', bool(1, 'A'), false, '05 00 01 00 00 00 00 00'],
  ['u16', u16(1, 'A'), 0x1234, '06 00 01 00 34 12 00 00'],
  ['u16be', u16be(1, 'A'), 0x1234, '06 00 01 00 12 34 00 00'],
  ['u32', u32(1, 'A'), 0xdeadbeef, '08 00 01 00 ef be ad de'],
  ['u32be', u32be(1, 'A'), 0xdeadbeef, '08 00 01 00 de ad be ef'],
  ['s32', s32(1, 'A'), -2, '08 00 01 00 fe ff ff ff'],
  ['bool32', bool32(1, 'A'), true, '08 00 01 00 01 00 00 00'],
  ['u64', u64(1, 'A'), 2 ** 53 - 1, '0c 00 01 00 ff ff ff ff ff ff 1f 00'],
  ['centiseconds', centiseconds(1, 'A'), 1.5, '08 00 01 00 96 00 00 00'],
  ['centiseconds64', centiseconds64(1, 'A'), 12.34, '0c 00 01 00 d2 04 00 00 00 00 00 00'],
  ['text', text(1, 'A'), 'abc', '08 00 01 00 61 62 63 00'],
  ['bareText', bareText(1, 'A'), 'abcde', '09 00 01 00 61 62 63 64 65 00 00 00'],
  ['bareText, empty', bareText(1, 'A'), '', '04 00 01 00'],
  ['mac', mac(1, 'A'), '02:00:00:00:00:01', '0a 00 01 00 02 00 00 00 00 01 00 00'],
  ['ip, version 4', ip(1, 'A'), '192.0.2.1', '08 00 01 00 c0 00 02 01'],
  ['ip, version 6', ip(1, 'A'), '2001:db8::1', '14 00 01 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01'],
  ['words', words(u8(1, 'A'), { off: 0, on: 7 }), 'on', '05 00 01 00 07 00 00 00'],
]

describe('layouts', () => {
  test.each(layouts)('%s', (_, field, value, wanted) => {
    const bytes = written({ value: field }, { value })
    if (littleEndian) expect(hex(bytes)).toBe(wanted)
    else expect(bytes.length).toBe(wanted.split(' ').length)
    expect(read({ value: field }, bytes).values).toEqual({ value })
  })

  test('a flag that is false, and a value that is undefined, are left out', () => {
    expect(written({ a: flag(1, 'A'), b: u8(2, 'B') }, { a: false, b: undefined })).toHaveLength(0)
  })

  test('octets come back as a copy', () => {
    const bytes = written({ a: octets(1, 'A') }, { a: Uint8Array.of(1, 2, 3) })
    const { values } = read({ a: octets(1, 'A') }, bytes)
    bytes.fill(0)
    expect(values.a).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('a word that is not known stays a number', () => {
    const bytes = written({ a: u8(1, 'A') }, { a: 9 })
    expect(read({ a: words(u8(1, 'A'), { off: 0 }) }, bytes).values).toEqual({ a: '9' })
  })

  test('nests carry the flag, and their length leaves padding out', () => {
    const table = { outer: nested(5, 'N', { inner: u8(1, 'A') }) }
    const bytes = written(table, { outer: { inner: 3 } })
    if (littleEndian) expect(hex(bytes)).toBe('0c 00 05 80 05 00 01 00 03 00 00 00')
    expect(read(table, bytes).values).toEqual({ outer: { inner: 3 } })
  })
})

describe('reading', () => {
  const table = attributes({ a: u32(1, 'A'), b: text(2, 'B'), n: nested(3, 'N', { c: u16(1, 'C'), d: u8(2, 'D') }) })

  test('unknown ones are kept, flag bits masked, doubled ones count last', () => {
    const to = new MessageWriter()
    to.begin(0, 0)
    to.u32Attribute(1, 7)
    to.u8Attribute(9, 5)
    to.u32Attribute(1 | 0x4000, 8)
    to.u16Attribute(9 | 0x8000, 5)
    const bytes = to.bytes.slice(16, to.length)
    const { values, other } = read(table, bytes)
    expect(values).toEqual({ a: 8 })
    expect(other.map(({ type, bytes: { length } }) => [type, length])).toEqual([
      [9, 1],
      [9, 2],
    ])
  })

  test('a longer value is read, a shorter one is not', () => {
    const longer = written({ a: octets(1, 'A') }, { a: Uint8Array.of(1, 0, 0, 0, 9) })
    if (littleEndian) expect(read(table, longer).values).toEqual({ a: 1 })
    const shorter = written({ a: octets(1, 'A') }, { a: Uint8Array.of(1, 0, 0) })
    expect(() => read(table, shorter)).toThrow(new DecodeError('test.a', 4, '3 octets, needs 4'))
    expect(() => readAttribute(table.a, new Octets(shorter), 0, shorter.length, 'test')).toThrow(DecodeError)
  })

  test.each([
    ['too small', [3, 0, 1, 0, 0, 0, 0, 0]],
    ['zero, which would never end', [0, 0, 0, 0]],
    ['too great', [9, 0, 1, 0, 0, 0, 0, 0]],
  ])('a length that is %s', (_, bytes) => {
    if (!littleEndian) return
    const run = Uint8Array.from(bytes)
    expect(() => read(table, run)).toThrow(DecodeError)
    expect(() => readAttribute(u32(7, 'X'), new Octets(run), 0, run.length, 'test')).toThrow(DecodeError)
    expect(() => forEachAttribute(new Octets(run), 0, run.length, 'test', () => {})).toThrow(DecodeError)
  })

  test('fewer octets than a header are padding; the last attribute needs none', () => {
    const bytes = written(table, { b: 'x' })
    expect(read(table, Uint8Array.of(...bytes, 1, 2, 3)).values).toEqual({ b: 'x' })
    expect(read(table, bytes.slice(0, 6)).values).toEqual({ b: 'x' })
  })

  test('every order and selection gives its own values, whatever was read before', () => {
    const runs: object[] = []
    for (let bits = 0; bits < 8; bits++)
      runs.push({
        ...(bits & 1 ? { b: `b${bits}` } : {}),
        ...(bits & 2 ? { n: bits & 1 ? { c: bits } : { d: bits, c: 2 } } : {}),
        ...(bits & 4 ? { a: bits } : {}),
      })
    for (let round = 0; round < 50; round++) {
      const values = runs[(round * 5) % 8] as object
      expect(read(table, written(table, values)).values).toStrictEqual(values)
    }
  })

  test('more selections than are remembered', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, u8(i + 1, `P${i}`)]))
    for (let round = 0; round < 100; round++) {
      const values = Object.fromEntries(
        Array.from({ length: (round * 7) % 20 }, (_, i) => [`p${i}`, (round + i) & 255]),
      )
      expect(read(many, written(many, values)).values).toStrictEqual(values)
    }
  })

  test('one attribute out of a run', () => {
    const bytes = written(table, { a: 5, b: 'x' })
    const first = (field: attribute.Attribute<unknown>) =>
      readAttribute(field, new Octets(bytes), 0, bytes.length, 'test')
    expect(first(table.b)).toBe('x')
    expect(first(u8(9, 'X'))).toBeUndefined()
  })
})
