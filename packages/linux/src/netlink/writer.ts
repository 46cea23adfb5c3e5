/** Writes netlink messages one after another into one growing buffer (`linux/netlink.h`). @module */
import { littleEndian } from './octets.js'

const NLMSG_HDRLEN = 16
const NLA_HDRLEN = 4
const NLA_F_NESTED = 0x8000

/** A buffer of whole messages, ready for one `send`. All numbers are in machine order unless the name says `be`. */
export class MessageWriter {
  /** The buffer; the first {@link MessageWriter.length} octets count. */
  bytes: Uint8Array
  /** Octets written. */
  length = 0
  /** Offset of the message that is being written, or was last. */
  start = 0
  private view: DataView

  /** @param capacity Octets to begin with; it grows by itself. */
  constructor(capacity = 65536) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Forgets everything written. */
  clear(): void {
    this.length = 0
    this.start = 0
  }

  /** Begins a message with `struct nlmsghdr`; length and sequence number come later. */
  begin(type: number, flags: number): void {
    this.room(NLMSG_HDRLEN)
    this.start = this.length
    const { view, start } = this
    view.setUint32(start, 0, littleEndian)
    view.setUint16(start + 4, type, littleEndian)
    view.setUint16(start + 6, flags, littleEndian)
    view.setUint32(start + 8, 0, littleEndian)
    view.setUint32(start + 12, 0, littleEndian)
    this.length = start + NLMSG_HDRLEN
  }
  /** Ends the message: fills in its length. */
  end(): void {
    this.view.setUint32(this.start, this.length - this.start, littleEndian)
  }
  /** Takes the message that was begun back, for instance when its link is not known yet. */
  rollback(): void {
    this.length = this.start
  }
  /** Adds flags to the message at `start`. */
  addFlags(flags: number, start: number = this.start): void {
    this.view.setUint16(start + 6, this.view.getUint16(start + 6, littleEndian) | flags, littleEndian)
  }
  /** Writes the sequence number of the message at `start`. */
  sequence(number: number, start: number = this.start): void {
    this.view.setUint32(start + 8, number, littleEndian)
  }

  /** Appends 8 bits. */
  u8(value: number): void {
    this.room(1)
    this.bytes[this.length++] = value
  }
  /** Appends 16 bits. */
  u16(value: number): void {
    this.room(2)
    this.view.setUint16(this.length, value, littleEndian)
    this.length += 2
  }
  /** Appends 32 bits; negative numbers too. */
  u32(value: number): void {
    this.room(4)
    this.view.setUint32(this.length, value, littleEndian)
    this.length += 4
  }
  /** Appends 16 bits, network order. */
  u16be(value: number): void {
    this.room(2)
    this.view.setUint16(this.length, value, false)
    this.length += 2
  }
  /** Appends 32 bits, network order. */
  u32be(value: number): void {
    this.room(4)
    this.view.setUint32(this.length, value, false)
    this.length += 4
  }
  /** Appends 64 bits of a number up to 2^53. */
  u64(value: number): void {
    const high = Math.floor(value / 4294967296)
    const low = value - high * 4294967296
    this.u32(littleEndian ? low : high)
    this.u32(littleEndian ? high : low)
  }
  /** Appends octets as they are. */
  octets(value: Uint8Array): void {
    this.room(value.length)
    // A loop beats `set` for the few octets of an address.
    if (value.length <= 16) for (let i = 0; i < value.length; i++) this.bytes[this.length + i] = value[i] as number
    else this.bytes.set(value, this.length)
    this.length += value.length
  }
  /** Appends zeros. */
  zeros(count: number): void {
    this.room(count)
    this.bytes.fill(0, this.length, this.length + count)
    this.length += count
  }

  /** Attribute without a value. */
  flagAttribute(type: number): void {
    this.header(type, 0)
  }
  /** Attribute of 8 bits. */
  u8Attribute(type: number, value: number): void {
    this.header(type, 1)
    this.bytes[this.length++] = value
    this.pad()
  }
  /** Attribute of 16 bits. */
  u16Attribute(type: number, value: number): void {
    this.header(type, 2)
    this.u16(value)
    this.pad()
  }
  /** Attribute of 16 bits, network order. */
  u16beAttribute(type: number, value: number): void {
    this.header(type, 2)
    this.u16be(value)
    this.pad()
  }
  /** Attribute of 32 bits. */
  u32Attribute(type: number, value: number): void {
    this.header(type, 4)
    this.u32(value)
  }
  /** Attribute of 32 bits, network order. */
  u32beAttribute(type: number, value: number): void {
    this.header(type, 4)
    this.u32be(value)
  }
  /** Attribute of 64 bits. */
  u64Attribute(type: number, value: number): void {
    this.header(type, 8)
    this.u64(value)
  }
  /** Attribute of octets. */
  octetsAttribute(type: number, value: Uint8Array): void {
    this.header(type, value.length)
    this.octets(value)
    this.pad()
  }
  /** Attribute of text with the NUL behind it, as `ip` sends names. */
  textAttribute(type: number, value: string): void {
    this.characters(type, value, 1)
    this.u8(0)
    this.pad()
  }
  /** Attribute of text without a NUL, as `ip` sends kinds. */
  bareTextAttribute(type: number, value: string): void {
    this.characters(type, value, 0)
    this.pad()
  }
  /** Begins an attribute that holds attributes; returns what {@link MessageWriter.endNest} takes. */
  nest(type: number): number {
    const at = this.length
    this.header(type | NLA_F_NESTED, 0)
    return at
  }
  /** Begins an attribute that holds attributes, without the flag that says so, as older attributes want it. */
  nestPlain(type: number): number {
    const at = this.length
    this.header(type, 0)
    return at
  }
  /** Whether nothing has been written into a nest. */
  isEmpty(at: number): boolean {
    return this.length === at + NLA_HDRLEN
  }
  /** Ends a nest: fills in its length. */
  endNest(at: number): void {
    this.view.setUint16(at, this.length - at, littleEndian)
  }

  /** The header of an attribute of text with `more` octets behind it, and the text. */
  private characters(type: number, value: string, more: number): void {
    const at = this.length
    this.header(type, value.length + more)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        // Rare, and an encoder makes a buffer for each.
        this.length = at
        const octets = encoder.encode(value)
        this.header(type, octets.length + more)
        this.octets(octets)
        return
      }
      this.bytes[this.length++] = code
    }
  }
  private header(type: number, size: number): void {
    this.room(NLA_HDRLEN + size + 3)
    this.view.setUint16(this.length, NLA_HDRLEN + size, littleEndian)
    this.view.setUint16(this.length + 2, type, littleEndian)
    this.length += NLA_HDRLEN
  }
  private pad(): void {
    while ((this.length - this.start) & 3) this.bytes[this.length++] = 0
  }
  private room(size: number): void {
    if (this.length + size + 4 <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + size + 4))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

const encoder = new TextEncoder()
