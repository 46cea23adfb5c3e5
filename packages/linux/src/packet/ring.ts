/** The ring of a packet socket (TPACKET_V3, `linux/if_packet.h`): blocks of frames in memory shared with the kernel. @module */
import type { CaptureBatch } from '@vnet/core'
import { littleEndian } from '../netlink/octets.js'
import { PACKET_OUTGOING, TP_STATUS_USER, TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID } from './constants.js'
import { formatNumber } from './format.js'

/** Octets of a block. */
export const BLOCK = 262_144
/** Milliseconds after which the kernel hands out a block that is not full. */
const RETIRE = 10

/** `struct tpacket_req3` for a ring of so many blocks. */
export function ringRequest(blocks: number): Uint8Array {
  const frame = 2048
  return new Uint8Array(Uint32Array.of(BLOCK, blocks, frame, (BLOCK / frame) * blocks, RETIRE, 0, 0).buffer)
}

/** Words of `struct tpacket_block_desc`. */
const BLOCK_STATUS = 2
const [BLOCK_COUNT, BLOCK_FIRST] = [12, 16] as const
/** Octets of `struct tpacket3_hdr`, behind which a `struct sockaddr_ll` lies. */
const ADDRESS = 48
const VLAN_DEFAULT = 0x8100
const [ETHERNET, COOKED] = [0, 2] as const
const [MACS, TAG_SIZE, COOKED_SIZE] = [12, 4, 16] as const

/** Reads a ring, from one thread. */
export class Ring {
  private readonly bytes: Uint8Array
  private readonly words: Int32Array
  private readonly view: DataView
  private readonly blocks: number
  private readonly snapLength: number
  private block = 0
  /** Frames of the block that were not handed out, and where the next one is. */
  private left = 0
  private at = 0

  /** @param memory The mapped ring. */
  constructor(memory: Uint8Array, snapLength: number) {
    this.bytes = memory
    this.words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2)
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length)
    this.blocks = memory.length / BLOCK
    this.snapLength = snapLength
  }

  /** Whether there is a frame to take. */
  get hasFrame(): boolean {
    return this.left > 0 || this.open()
  }

  /** Copies frames behind those of the batch until it is full or no more are there; returns how many. */
  take(batch: CaptureBatch): number {
    let taken = 0
    while (this.left > 0 || this.open()) {
      while (this.left > 0) {
        if (!this.copy(batch, this.at)) return taken
        taken++
        this.left--
        this.at += this.view.getUint32(this.at, littleEndian)
      }
      this.release()
    }
    return taken
  }

  /** Whether the next block is the kernel's no more. */
  private open(): boolean {
    const start = this.block * BLOCK
    // Atomic: what the kernel wrote before it gave the block away must be seen after this.
    if ((Atomics.load(this.words, (start >> 2) + BLOCK_STATUS) & TP_STATUS_USER) === 0) return false
    this.left = this.view.getUint32(start + BLOCK_COUNT, littleEndian)
    this.at = start + this.view.getUint32(start + BLOCK_FIRST, littleEndian)
    if (this.left === 0) this.release()
    return this.left > 0 || this.open()
  }

  /** Gives the block back to the kernel. */
  private release(): void {
    Atomics.store(this.words, ((this.block * BLOCK) >> 2) + BLOCK_STATUS, 0)
    this.block = (this.block + 1) % this.blocks
  }

  /** Copies one frame as it was on the wire; `false` where it does not fit. */
  private copy(batch: CaptureBatch, at: number): boolean {
    const { view } = this
    const u16 = (offset: number) => view.getUint16(at + offset, littleEndian)
    const u32 = (offset: number) => view.getUint32(at + offset, littleEndian)
    const status = u32(20)
    const mac = u16(24)
    const net = u16(26)
    const format = formatNumber(u16(ADDRESS + 8))
    const isTagged = format === ETHERNET && (status & TP_STATUS_VLAN_VALID) !== 0 && u32(12) >= MACS
    // Of a link without Ethernet header only what is behind its own header is recorded.
    const skipped = format === ETHERNET ? 0 : net - mac
    const added = isTagged ? TAG_SIZE : format === COOKED ? COOKED_SIZE : 0
    const captured = Math.max(0, u32(12) - skipped)
    const length = Math.min(captured + added, this.snapLength)
    const start = batch.reserve(length)
    if (start < 0) return false
    const from = at + mac + skipped
    if (isTagged) this.copyTagged(batch.slab, start, length, from, at, status)
    else if (format === COOKED) this.copyCooked(batch.slab, start, length, from, at)
    else batch.slab.set(this.bytes.subarray(from, from + length), start)
    batch.describe({
      seconds: u32(4),
      nanoseconds: u32(8),
      originalLength: Math.max(u32(16) - skipped, captured) + added,
      link: view.getInt32(at + ADDRESS + 4, littleEndian),
      format,
      packetType: Math.min(view.getUint8(at + ADDRESS + 10), PACKET_OUTGOING),
    })
    return true
  }

  /** The kernel keeps the outermost VLAN tag beside the frame. */
  private copyTagged(slab: Uint8Array, start: number, length: number, from: number, at: number, status: number): void {
    const { bytes, view } = this
    const type = status & TP_STATUS_VLAN_TPID_VALID ? view.getUint16(at + 36, littleEndian) : VLAN_DEFAULT
    const tci = view.getUint32(at + 32, littleEndian)
    const head = [type >> 8, type & 0xff, (tci >> 8) & 0xff, tci & 0xff]
    slab.set(bytes.subarray(from, from + Math.min(MACS, length)), start)
    for (let i = MACS; i < Math.min(MACS + TAG_SIZE, length); i++) slab[start + i] = head[i - MACS] as number
    const rest = length - MACS - TAG_SIZE
    if (rest > 0) slab.set(bytes.subarray(from + MACS, from + MACS + rest), start + MACS + TAG_SIZE)
  }

  /** A header of LINKTYPE_LINUX_SLL, from the frame's `struct sockaddr_ll`. */
  private copyCooked(slab: Uint8Array, start: number, length: number, from: number, at: number): void {
    const { bytes, view } = this
    const address = at + ADDRESS
    const head = new Uint8Array(COOKED_SIZE)
    const fields = new DataView(head.buffer)
    fields.setUint16(0, view.getUint8(address + 10))
    fields.setUint16(2, view.getUint16(address + 8, littleEndian))
    fields.setUint16(4, view.getUint8(address + 11))
    head.set(bytes.subarray(address + 12, address + 20), 6)
    head.set(bytes.subarray(address + 2, address + 4), 14)
    slab.set(head.subarray(0, length), start)
    if (length > COOKED_SIZE) slab.set(bytes.subarray(from, from + length - COOKED_SIZE), start + COOKED_SIZE)
  }
}
