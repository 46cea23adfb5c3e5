/** Where each attribute of a message lies: one walk over the octets, then reads by number without any search. @module */
import type { RawAttribute } from '@vnet/core'
import { DecodeError } from '@vnet/core'
import { littleEndian, type Octets } from '../netlink/octets.js'
import { sharedMac, sharedText } from './link-texts.js'

/** Places of the attributes of one message at a time, reused for the next. Of equal numbers the last counts. */
export class AttributeIndex {
  private readonly path: string
  private readonly last: number
  /** Offset of each value by attribute number; 0 absent, for no value is at the start of a buffer. */
  private readonly starts: Int32Array
  private readonly ends: Int32Array

  /**
   * @param path What is read, for errors.
   * @param last Greatest number that is known; all from 1 to this one are.
   */
  constructor(path: string, last: number) {
    this.path = path
    this.last = last
    this.starts = new Int32Array(last + 1)
    this.ends = new Int32Array(last + 1)
  }

  /**
   * Walks the attributes; returns copies of those that are not known, `undefined` when there is none.
   *
   * @param copies Whether anybody wants those.
   */
  scan(from: Octets, start: number, end: number, copies = true): RawAttribute[] | undefined {
    const { starts, ends, last } = this
    const { view } = from
    let other: RawAttribute[] | undefined
    starts.fill(0)
    for (let at = start; end - at >= 4; ) {
      const length = view.getUint16(at, littleEndian)
      const stop = at + length
      if (length < 4 || stop > end) throw new DecodeError(this.path, at, `attribute of ${length} octets in ${end - at}`)
      const type = view.getUint16(at + 2, littleEndian) & 0x3fff
      if (type <= last && type > 0) {
        starts[type] = at + 4
        ends[type] = stop
      } else if (copies) {
        other ??= []
        other.push({ type, bytes: from.copy(at + 4, stop) })
      }
      at += (length + 3) & ~3
    }
    return other
  }

  /** Whether the attribute is there. */
  has(type: number): boolean {
    return this.starts[type] !== 0
  }
  /** Offset of the value; 0 when absent. */
  start(type: number): number {
    return this.starts[type] as number
  }
  /** End of the value; only of one that is there. */
  end(type: number): number {
    return this.ends[type] as number
  }
  /** 32 bits. */
  u32(from: Octets, type: number, absent = -1): number {
    const at = this.starts[type] as number
    if (at === 0) return absent
    if ((this.ends[type] as number) - at < 4) throw this.short(type, 4)
    return from.view.getUint32(at, littleEndian)
  }
  /** 16 bits. */
  u16(from: Octets, type: number, absent = -1): number {
    const at = this.starts[type] as number
    if (at === 0) return absent
    if ((this.ends[type] as number) - at < 2) throw this.short(type, 2)
    return from.view.getUint16(at, littleEndian)
  }
  /** 64 bits, exact up to 2^53. */
  u64(from: Octets, type: number, absent = -1): number {
    const at = this.starts[type] as number
    if (at === 0) return absent
    if ((this.ends[type] as number) - at < 8) throw this.short(type, 8)
    return from.u64(at)
  }
  /** 8 bits. */
  u8(from: Octets, type: number, absent = -1): number {
    const at = this.starts[type] as number
    if (at === 0) return absent
    if (this.ends[type] === at) throw this.short(type, 1)
    return from.bytes[at] as number
  }
  /** Text; empty when absent. */
  text(from: Octets, type: number): string {
    const at = this.starts[type] as number
    return at === 0 ? '' : sharedText(from, at, this.ends[type] as number)
  }
  /** Link-layer address as text; empty when absent. */
  mac(from: Octets, type: number): string {
    const at = this.starts[type] as number
    return at === 0 ? '' : sharedMac(from, at, this.ends[type] as number)
  }

  private short(type: number, size: number): DecodeError {
    const at = this.start(type)
    return new DecodeError(`${this.path} attribute ${type}`, at, `${this.end(type) - at} octets, needs ${size}`)
  }
}
