/** The classic pcap format (draft-ietf-opsawg-pcap), read only. @module */
import { DecodeError } from '@vnet/core'
import { copyOf } from '../bounds.js'
import type { InterfaceBlock, PacketBlock } from './block.js'

const micro = 0xa1b2c3d4
const nano = 0xa1b23c4d
const magics = [true, false].flatMap((little) => [
  { magic: micro, little, timestampResolution: 6 },
  { magic: nano, little, timestampResolution: 9 },
])

function magicAt(view: DataView, at: number) {
  return magics.find(({ magic, little }) => view.getUint32(at, little) === magic)
}

/** Whether a classic file begins at `at`. */
export function isClassic(view: DataView, at: number): boolean {
  return magicAt(view, at) !== undefined
}

/** Reads the file's header of 24 octets: its byte order, and its only port. */
export function classicHeader(view: DataView, at: number) {
  const found = magicAt(view, at)
  if (found === undefined) throw new DecodeError('pcap', at, 'no magic number')
  const { little, timestampResolution } = found
  const port: InterfaceBlock = {
    block: 'interface',
    // The upper bits tell of a checksum at the end of frames.
    linkType: view.getUint32(at + 20, little) & 0xffff,
    snapLength: view.getUint32(at + 16, little),
    timestampResolution,
  }
  return { kind: 'pcap', little, port } as const
}

/** Octets of the frame's record at `at`, with its header of 16. @throws DecodeError a length beyond 64 MiB */
export function classicPacketSize(view: DataView, at: number, little: boolean, offset: number): number {
  const size = view.getUint32(at + 8, little)
  if (size > 0x4000000) throw new DecodeError('pcap', offset + at + 8, `a frame of ${size} octets`)
  return 16 + size
}

/** Reads a whole record. */
export function classicPacket(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  little: boolean,
  port: InterfaceBlock,
): PacketBlock {
  const units = port.timestampResolution === 9 ? 1_000_000_000n : 1_000_000n
  const size = view.getUint32(at + 8, little)
  return {
    block: 'packet',
    interface: 0,
    timestamp: BigInt(view.getUint32(at, little)) * units + BigInt(view.getUint32(at + 4, little)),
    bytes: copyOf(bytes, at + 16, at + 16 + size),
    originalLength: view.getUint32(at + 12, little),
  }
}
