/** Writes captures: knows the ports, and gives the octets of each block to append. @module */
import type { InterfaceBlock, PacketBlock, SectionBlock, StatisticsBlock } from './block.js'
import { linkTypes } from './block.js'
import { encodeBlock, encodePlainPacket } from './encode.js'

/** What a port is, for {@link PcapngWriter.addInterface}. */
export type InterfaceSpec = Partial<Omit<InterfaceBlock, 'block' | 'timestampResolution'>>

/** What is said of a frame beside its octets. */
export type PacketSpec = Omit<PacketBlock, 'block' | 'interface' | 'timestamp' | 'bytes' | 'originalLength'> & {
  /** Octets that the frame had, where `bytes` are only its first ones. */
  readonly originalLength?: number
}

/** Counts of a port. */
export type StatisticsSpec = Omit<StatisticsBlock, 'block' | 'interface' | 'timestamp'>

/**
 * Writes a capture in pcapng, with nanoseconds. Does no input or output: each method returns the octets that the file goes
 * on with, to be written in this order.
 *
 * ```ts
 * import { PcapngWriter } from '@vnet/wire'
 *
 * const writer = new PcapngWriter({ application: 'my program' })
 * const chunks = [writer.start()]
 * const tap0 = writer.addInterface({ name: 'tap0' })
 * chunks.push(tap0.bytes)
 * chunks.push(writer.packet(tap0.id, 1_700_000_000_000_000_000n, new Uint8Array(60), { comments: ['empty'] }))
 * ```
 */
export class PcapngWriter {
  readonly #section: SectionBlock
  readonly #snapLengths: number[] = []
  #started = false

  /** Describes the section. Its byte order is little. */
  constructor(section: Omit<SectionBlock, 'block' | 'byteOrder' | 'version' | 'length'> = {}) {
    this.#section = { block: 'section', ...section }
  }

  /** The beginning of the file (section header block). A second call begins a new section, without ports. */
  start(): Uint8Array {
    this.#started = true
    this.#snapLengths.length = 0
    return encodeBlock(this.#section)
  }

  /**
   * A new port (interface description block); Ethernet, whole frames, times in nanoseconds.
   *
   * @returns its number in this section, and the octets
   */
  addInterface(spec: InterfaceSpec = {}): { id: number; bytes: Uint8Array } {
    this.#check()
    const block: InterfaceBlock = {
      block: 'interface',
      linkType: linkTypes.ethernet,
      snapLength: 0,
      ...spec,
      timestampResolution: 9,
    }
    const bytes = encodeBlock(block)
    return { id: this.#snapLengths.push(block.snapLength) - 1, bytes }
  }

  /**
   * A frame (enhanced packet block). Octets beyond the port's `snapLength` are left out.
   *
   * @param id Number of the port.
   * @param timestamp Nanoseconds since 1970.
   * @throws RangeError a port that was not added, a value that does not fit
   */
  packet(id: number, timestamp: bigint, bytes: Uint8Array, spec?: PacketSpec): Uint8Array {
    const snapLength = this.#snapLength(id)
    const kept = snapLength > 0 && bytes.length > snapLength ? bytes.subarray(0, snapLength) : bytes
    if (spec === undefined) return encodePlainPacket(id, timestamp, kept, bytes.length)
    return encodeBlock({
      originalLength: bytes.length,
      ...spec,
      block: 'packet',
      interface: id,
      timestamp,
      bytes: kept,
    })
  }

  /**
   * Counts of a port (interface statistics block), usually at the end. Times are nanoseconds since 1970.
   *
   * @throws RangeError a port that was not added, a value that does not fit
   */
  statistics(id: number, timestamp: bigint, spec: StatisticsSpec = {}): Uint8Array {
    this.#snapLength(id)
    return encodeBlock({ ...spec, block: 'statistics', interface: id, timestamp })
  }

  #check(): void {
    if (!this.#started) throw new TypeError('pcapng: the file begins with start()')
  }

  #snapLength(id: number): number {
    this.#check()
    const snapLength = this.#snapLengths[id]
    if (snapLength === undefined) throw new RangeError(`pcapng.interface: there is no port ${id}`)
    return snapLength
  }
}
