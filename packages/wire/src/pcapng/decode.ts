/** One whole block of pcapng into a value. @module */
import { copyOf, need } from '../bounds.js'
import { type Block, blockTypes, type SectionBlock } from './block.js'
import { optionTables, readOptions } from './option.js'

/**
 * Decodes one block, from its type to its second length.
 *
 * @param bytes The block in a buffer of its own.
 * @throws DecodeError fewer octets than its type has or its lengths say
 */
export function decodeBlock(bytes: Uint8Array, little: boolean): Block {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = bytes.length - 4
  const u32 = (at: number) => view.getUint32(at, little)
  const time = (at: number) => (BigInt(u32(at)) << 32n) | BigInt(u32(at + 4))
  const options = (at: number, name: keyof typeof optionTables) =>
    readOptions(view, bytes, at, end, optionTables[name], little)
  switch (u32(0)) {
    case blockTypes.section: {
      need(bytes, 8, end, 16, 'pcapng.section')
      const length = view.getBigInt64(16, little)
      return {
        block: 'section',
        byteOrder: little ? 'little' : 'big',
        version: [view.getUint16(12, little), view.getUint16(14, little)],
        ...(length === -1n ? {} : { length }),
        ...options(24, 'section'),
      } satisfies SectionBlock
    }
    case blockTypes.interface:
      need(bytes, 8, end, 8, 'pcapng.interface')
      return {
        block: 'interface',
        linkType: view.getUint16(8, little),
        snapLength: u32(12),
        ...options(16, 'interface'),
      }
    case blockTypes.packet: {
      need(bytes, 8, end, 20, 'pcapng.packet')
      const size = u32(20)
      need(bytes, 28, end, size, 'pcapng.packet')
      return {
        block: 'packet',
        interface: u32(8),
        timestamp: time(12),
        bytes: copyOf(bytes, 28, 28 + size),
        originalLength: u32(24),
        ...options(28 + ((size + 3) & ~3), 'packet'),
      }
    }
    case blockTypes['simple-packet']: {
      need(bytes, 8, end, 4, 'pcapng.simple-packet')
      // The block does not tell how many octets are kept: at most the frame's length, the rest is padding.
      const originalLength = u32(8)
      return {
        block: 'simple-packet',
        bytes: copyOf(bytes, 12, Math.min(12 + originalLength, end)),
        originalLength,
      }
    }
    case blockTypes.statistics:
      need(bytes, 8, end, 12, 'pcapng.statistics')
      return { block: 'statistics', interface: u32(8), timestamp: time(12), ...options(20, 'statistics') }
    default:
      return { block: 'unknown', type: u32(0), body: copyOf(bytes, 8, end) }
  }
}
