/** A run of octets with the view that reads numbers out of it, in the byte order of this machine. @module */

/** Whether this machine keeps the least significant octet first; netlink uses the machine's order unless said otherwise. */
export const littleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Octets together with their `DataView`; made once a buffer, not once a message. */
export class Octets {
  /** The octets. */
  readonly bytes: Uint8Array
  /** Reads numbers of several octets. */
  readonly view: DataView

  /** Wraps octets without copying them. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** 16 bits, machine order. */
  u16(at: number): number {
    return this.view.getUint16(at, littleEndian)
  }
  /** 32 bits, machine order. */
  u32(at: number): number {
    return this.view.getUint32(at, littleEndian)
  }
  /** 32 bits with sign, machine order. */
  s32(at: number): number {
    return this.view.getInt32(at, littleEndian)
  }
  /** 64 bits, machine order, as a number: exact up to 2^53. */
  u64(at: number): number {
    const low = this.view.getUint32(littleEndian ? at : at + 4, littleEndian)
    const high = this.view.getUint32(littleEndian ? at + 4 : at, littleEndian)
    return high * 4294967296 + low
  }
  /** 16 bits, network order. */
  u16be(at: number): number {
    return this.view.getUint16(at, false)
  }
  /** 32 bits, network order. */
  u32be(at: number): number {
    return this.view.getUint32(at, false)
  }
  /** Text up to the first NUL. Names are ASCII nearly always, so that is tried first. */
  text(start: number, end: number): string {
    let out = ''
    for (let i = start; i < end; i++) {
      const octet = this.bytes[i] as number
      if (octet === 0) return out
      if (octet > 0x7f) return decoder.decode(this.bytes.subarray(start, this.terminator(start, end)))
      out += String.fromCharCode(octet)
    }
    return out
  }
  /** A copy of some octets. */
  copy(start: number, end: number): Uint8Array {
    return this.bytes.slice(start, end)
  }

  private terminator(start: number, end: number): number {
    const nul = this.bytes.indexOf(0, start)
    return nul === -1 || nul > end ? end : nul
  }
}

const decoder = new TextDecoder()
