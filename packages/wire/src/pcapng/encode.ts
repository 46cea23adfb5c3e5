/** Blocks of pcapng into octets. @module */
import { unsigned } from '../bounds.js'
import { type Block, blockTypes } from './block.js'
import { encodeOptions, optionTables } from './option.js'

/**
 * Encodes one block.
 *
 * @param byteOrder Byte order of the section that it stands in; a section block has its own.
 * @throws TypeError, RangeError a value that does not fit
 */
export function encodeBlock(block: Block, byteOrder: 'little' | 'big' = 'little'): Uint8Array {
  const little = (block.block === 'section' ? (block.byteOrder ?? 'little') : byteOrder) === 'little'
  const { head, data, options } = partsOf(block, little)
  const padded = (data.length + 3) & ~3
  const size = 12 + head.byteLength + padded + options.length
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  const type = block.block === 'unknown' ? unsigned(block.type, 32, 'pcapng.type') : blockTypes[block.block]
  view.setUint32(0, type, little)
  view.setUint32(4, size, little)
  out.set(new Uint8Array(head.buffer), 8)
  out.set(data, 8 + head.byteLength)
  out.set(options, 8 + head.byteLength + padded)
  view.setUint32(size - 4, size, little)
  return out
}

/** A packet block without options: the octets of {@link encodeBlock}, in a third of the time. Captures are full of them. */
export function encodePlainPacket(
  id: number,
  timestamp: bigint,
  bytes: Uint8Array,
  originalLength: number,
): Uint8Array {
  const size = 32 + ((bytes.length + 3) & ~3)
  const out = new Uint8Array(size)
  const view = new DataView(out.buffer)
  view.setUint32(0, blockTypes.packet, true)
  view.setUint32(4, size, true)
  view.setUint32(8, id, true)
  setTime(view, 12, timestamp, true)
  view.setUint32(20, bytes.length, true)
  view.setUint32(24, originalLength, true)
  out.set(bytes, 28)
  view.setUint32(size - 4, size, true)
  return out
}

interface Parts {
  readonly head: DataView
  readonly data: Uint8Array
  readonly options: Uint8Array
}

const none = new Uint8Array(0)

function partsOf(block: Block, little: boolean): Parts {
  const u32 = (view: DataView, at: number, value: number, field: string) =>
    view.setUint32(at, unsigned(value, 32, `pcapng.${field}`), little)
  switch (block.block) {
    case 'section': {
      const head = new DataView(new ArrayBuffer(16))
      const [major, minor] = block.version ?? [1, 0]
      head.setUint32(0, 0x1a2b3c4d, little)
      head.setUint16(4, unsigned(major, 16, 'pcapng.version'), little)
      head.setUint16(6, unsigned(minor, 16, 'pcapng.version'), little)
      head.setBigInt64(8, block.length ?? -1n, little)
      return { head, data: none, options: encodeOptions({ ...block }, optionTables.section, little) }
    }
    case 'interface': {
      const head = new DataView(new ArrayBuffer(8))
      head.setUint16(0, unsigned(block.linkType, 16, 'pcapng.linkType'), little)
      u32(head, 4, block.snapLength, 'snapLength')
      return { head, data: none, options: encodeOptions({ ...block }, optionTables.interface, little) }
    }
    case 'packet': {
      const head = new DataView(new ArrayBuffer(20))
      u32(head, 0, block.interface, 'interface')
      setTime(head, 4, block.timestamp, little)
      u32(head, 12, block.bytes.length, 'bytes')
      u32(head, 16, block.originalLength, 'originalLength')
      return { head, data: block.bytes, options: encodeOptions({ ...block }, optionTables.packet, little) }
    }
    case 'simple-packet': {
      const head = new DataView(new ArrayBuffer(4))
      u32(head, 0, block.originalLength, 'originalLength')
      return { head, data: block.bytes, options: none }
    }
    case 'statistics': {
      const head = new DataView(new ArrayBuffer(12))
      u32(head, 0, block.interface, 'interface')
      setTime(head, 4, block.timestamp, little)
      return { head, data: none, options: encodeOptions({ ...block }, optionTables.statistics, little) }
    }
    case 'unknown':
      if (block.body.length % 4 !== 0) throw new RangeError('pcapng.body: not a multiple of 4 octets')
      return { head: new DataView(new ArrayBuffer(0)), data: block.body, options: none }
  }
}

/** Times are two words, the upper one first in both byte orders. */
function setTime(view: DataView, at: number, time: bigint, little: boolean): void {
  if (time < 0n || time >= 1n << 64n) throw new RangeError(`pcapng.timestamp: ${time} does not fit 64 bits`)
  view.setUint32(at, Number(time >> 32n), little)
  view.setUint32(at + 4, Number(time & 0xffffffffn), little)
}
