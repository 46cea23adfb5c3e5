/** Reads captures as they come: pcapng, and the classic pcap. @module */
import { DecodeError } from '@vnet/core'
import { copyOf } from '../bounds.js'
import type { Block } from './block.js'
import { classicHeader, classicPacket, classicPacketSize, isClassic } from './classic.js'
import { decodeBlock } from './decode.js'

/** A block that says that it is larger is taken for a broken file: 64 MiB. */
const largestBlock = 0x4000000

type Format = ReturnType<typeof classicHeader> | { readonly kind: 'pcapng'; readonly little: boolean }

/**
 * Reads a capture, pcapng in both byte orders or classic pcap, from chunks of any size. A classic file gives one
 * `interface` block and then `packet` blocks.
 *
 * ```ts
 * import { CaptureReader } from '@vnet/wire'
 *
 * declare const chunks: AsyncIterable<Uint8Array>
 * const reader = new CaptureReader()
 * for await (const chunk of chunks) for (const block of reader.push(chunk)) console.log(block.block)
 * reader.end()
 * ```
 */
export class CaptureReader {
  #rest = new Uint8Array(0)
  /** Octets of the file before `rest`. */
  #offset = 0
  #format: Format | undefined

  /**
   * Takes the next octets and gives the blocks that are whole now. The blocks share no memory with the chunk.
   *
   * @throws DecodeError octets that are no capture; `offset` counts from the beginning of the file. Nothing can be read
   *   after that.
   */
  push(chunk: Uint8Array): Block[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length)
    bytes.set(this.#rest)
    bytes.set(chunk, this.#rest.length)
    const view = new DataView(bytes.buffer)
    const blocks: Block[] = []
    let at = 0
    for (;;) {
      const size = this.#next(bytes, view, at, blocks)
      if (size === 0) break
      at += size
    }
    this.#offset += at
    this.#rest = bytes.slice(at)
    return blocks
  }

  /** Says that there is nothing more. @throws DecodeError the file ends in the middle of a block, or is empty */
  end(): void {
    if (this.#rest.length > 0) {
      throw new DecodeError('pcapng', this.#offset, `the file ends after ${this.#rest.length} octets of a block`)
    }
    if (this.#format === undefined) throw new DecodeError('pcapng', 0, 'the file is empty')
  }

  /** Reads one block; the octets that it took, or 0 where it is not whole yet. */
  #next(bytes: Uint8Array, view: DataView, at: number, blocks: Block[]): number {
    const left = bytes.length - at
    if (this.#format === undefined && left >= 4 && isClassic(view, at)) {
      if (left < 24) return 0
      this.#format = classicHeader(view, at)
      blocks.push(this.#format.port)
      return 24
    }
    if (this.#format?.kind === 'pcap') {
      const { little, port } = this.#format
      if (left < 16) return 0
      const size = classicPacketSize(view, at, little, this.#offset)
      if (left < size) return 0
      blocks.push(classicPacket(view, bytes, at, little, port))
      return size
    }
    return this.#nextBlock(bytes, view, at, blocks)
  }

  #nextBlock(bytes: Uint8Array, view: DataView, at: number, blocks: Block[]): number {
    const left = bytes.length - at
    if (left < 12) return 0
    const place = this.#offset + at
    if (view.getUint32(at) === 0x0a0d0d0a) {
      const magic = view.getUint32(at + 8)
      if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) {
        throw new DecodeError('pcapng.section', place + 8, 'no byte-order magic')
      }
      this.#format = { kind: 'pcapng', little: magic === 0x4d3c2b1a }
    }
    if (this.#format?.kind !== 'pcapng') throw new DecodeError('pcapng', place, 'neither pcapng nor pcap')
    const { little } = this.#format
    const size = view.getUint32(at + 4, little)
    if (size < 12 || size % 4 !== 0 || size > largestBlock) {
      throw new DecodeError('pcapng', place + 4, `a block of ${size} octets`)
    }
    if (left < size) return 0
    if (view.getUint32(at + size - 4, little) !== size) {
      throw new DecodeError('pcapng', place + size - 4, 'the two lengths of a block differ')
    }
    try {
      blocks.push(decodeBlock(copyOf(bytes, at, at + size), little))
    } catch (error) {
      // The offset is told in the file, not in the block.
      if (error instanceof DecodeError) throw new DecodeError(error.path, place + error.offset, problemOf(error))
      throw error
    }
    return size
  }
}

function problemOf({ message, path, offset }: DecodeError): string {
  return message.slice(`${path} at octet ${offset}: `.length)
}

/**
 * All blocks of a whole capture file.
 *
 * @throws DecodeError octets that are no capture, also where the file ends in the middle of a block
 */
export function readCapture(file: Uint8Array): Block[] {
  const reader = new CaptureReader()
  const blocks = reader.push(file)
  reader.end()
  return blocks
}
