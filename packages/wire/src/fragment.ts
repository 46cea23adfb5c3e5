/** IP packets in several Ethernet frames: put together and cut (RFC 791 § 3.2; RFC 8200 § 4.5, RFC 5722). @module */
import { checksumOf } from './checksum.js'
import { ethernetHeaderSize, etherTypeAt, etherTypes } from './ethernet.js'
import { ipProtocols, ipv4HeaderSizeAt, ipv4LengthAt, isIpv4FragmentAt } from './ipv4.js'
import { ipv6HeaderSize, ipv6NextHeaderAt, ipv6PayloadLengthAt } from './ipv6.js'
import { setU16At, u16At, u32At } from './octets.js'

const IP = ethernetHeaderSize
const IP6_END = IP + ipv6HeaderSize
const FRAGMENT_HEADER = 8
const MORE_4 = 0x2000
/** Largest packet of IPv4, and largest payload of IPv6. */
const LARGEST = 65_535

/** A fragment, read. */
interface Fragment {
  /** What the fragments of one packet have in common. */
  readonly key: string
  readonly offset: number
  readonly isLast: boolean
  readonly data: Uint8Array
  /** The headers in front of the data, without what says that it is a fragment. */
  readonly head: Uint8Array
  /** Octets of this packet with its headers. */
  readonly length: number
  /** Most data of the whole packet. */
  readonly room: number
  readonly identification: number
}

interface Incomplete {
  readonly pieces: Fragment[]
  /** Octets of data, once the last fragment is there. */
  size: number | undefined
  /** The frame of its first fragment, once that is there. */
  first: Uint8Array | undefined
}

/** A packet that is whole again. */
export interface Whole {
  /** The frame, as if the packet had never been cut. */
  readonly frame: Uint8Array
  /** Octets of the largest of its fragments, with IP headers: what fits the way that they came. */
  readonly largest: number
  /** What its fragments had in common; of IPv4 it stands in the frame, too. */
  readonly identification: number
}

/** Whether a frame holds a fragment of an IP packet; of IPv6, whose fragment header is the first extension. */
export function isFragment(frame: Uint8Array): boolean {
  const type = frame.length < IP + 20 ? 0 : etherTypeAt(frame, 0)
  if (type === etherTypes.ipv4) return isIpv4FragmentAt(frame, IP)
  return type === etherTypes.ipv6 && frame.length >= IP6_END && ipv6NextHeaderAt(frame, IP) === ipProtocols.fragment
}

/**
 * Puts packets together. Keeps those that are incomplete, 16 at most unless another number is given: the oldest gives way to
 * another. It reads no clock: who wants them to expire asks with `waiting` and tells with `discard`. Fragments that overlap,
 * or do not fit one packet, discard it.
 */
export class Reassembly {
  readonly #incomplete = new Map<string, Incomplete>()
  readonly #most: number

  /** @param most Incomplete packets that are kept. */
  constructor(most = 16) {
    this.#most = most
  }

  /** What is kept of the packet of a fragment, the same object as long as it waits; `undefined` where nothing is. */
  waiting(frame: Uint8Array): object | undefined {
    const key = readFragment(frame)?.key
    return key === undefined ? undefined : this.#incomplete.get(key)
  }

  /** Gives up the packet of a fragment. Returns the frame of its first fragment, where that is there. */
  discard(frame: Uint8Array): Uint8Array | undefined {
    const key = readFragment(frame)?.key
    const packet = key === undefined ? undefined : this.#incomplete.get(key)
    if (key === undefined || packet === undefined) return undefined
    this.#incomplete.delete(key)
    return packet.first
  }

  /** Takes a fragment; gives the packet when it was the last that was missing. Copies what it keeps. */
  add(frame: Uint8Array): Whole | undefined {
    const fragment = readFragment(frame)
    if (fragment === undefined) return undefined
    const { key, offset, data, isLast, room } = fragment
    const packet: Incomplete = this.#incomplete.get(key) ?? { pieces: [], size: undefined, first: undefined }
    const end = offset + data.length
    if (packet.pieces.some((piece) => piece.offset === offset && piece.data.length === data.length)) return undefined
    const isWrong =
      (!isLast && (data.length === 0 || data.length % 8 !== 0)) ||
      end > room ||
      (isLast && packet.pieces.some((piece) => piece.offset + piece.data.length > end)) ||
      (packet.size !== undefined && (isLast || end > packet.size)) ||
      packet.pieces.some((piece) => piece.offset < end && offset < piece.offset + piece.data.length)
    this.#incomplete.delete(key)
    if (isWrong) return undefined
    packet.pieces.push(fragment)
    if (isLast) packet.size = end
    if (offset === 0) packet.first = frame.slice()
    if (packet.pieces.reduce((sum, piece) => sum + piece.data.length, 0) === packet.size) return wholeOf(packet.pieces)
    this.#incomplete.set(key, packet)
    for (const oldest of this.#incomplete.keys()) {
      if (this.#incomplete.size <= this.#most) break
      this.#incomplete.delete(oldest)
    }
    return undefined
  }
}

function readFragment(frame: Uint8Array): Fragment | undefined {
  if (!isFragment(frame)) return undefined
  const keyOf = (...ranges: (readonly [number, number])[]) =>
    ranges.map((range) => frame.slice(...range).join()).join(';')
  if (etherTypeAt(frame, 0) === etherTypes.ipv4) {
    const header = ipv4HeaderSizeAt(frame, IP)
    const length = ipv4LengthAt(frame, IP)
    const end = IP + header
    if (header < 20 || length < header || IP + length > frame.length || checksumOf(frame, IP, end) !== 0)
      return undefined
    const place = u16At(frame, IP + 6)
    const head = frame.slice(0, end)
    setU16At(head, IP + 6, 0)
    return {
      key: keyOf([IP + 4, IP + 6], [IP + 9, IP + 10], [IP + 12, IP + 20]),
      offset: (place & 0x1fff) * 8,
      isLast: (place & MORE_4) === 0,
      data: frame.slice(end, IP + length),
      head,
      length,
      room: LARGEST - header,
      identification: u16At(frame, IP + 4),
    }
  }
  const end = IP6_END + ipv6PayloadLengthAt(frame, IP)
  if (end > frame.length || end < IP6_END + FRAGMENT_HEADER) return undefined
  const place = u16At(frame, IP6_END + 2)
  const head = frame.slice(0, IP6_END)
  head[IP + 6] = frame[IP6_END] as number
  return {
    key: keyOf([IP + 8, IP + 40], [IP6_END + 4, IP6_END + 8]),
    offset: place & 0xfff8,
    isLast: (place & 1) === 0,
    data: frame.slice(IP6_END + FRAGMENT_HEADER, end),
    head,
    length: end - IP,
    room: LARGEST,
    identification: u32At(frame, IP6_END + 4),
  }
}

function wholeOf(pieces: readonly Fragment[]): Whole {
  const sorted = [...pieces].sort((a, b) => a.offset - b.offset)
  const { head, identification } = sorted[0] as Fragment
  const size = sorted.reduce((sum, { data }) => sum + data.length, 0)
  const frame = new Uint8Array(head.length + size)
  frame.set(head)
  for (const { offset, data } of sorted) frame.set(data, head.length + offset)
  setLength(frame, head.length)
  return { frame, largest: Math.max(...pieces.map(({ length }) => length)), identification }
}

/** Cuts a packet into frames whose packets have `most` octets at most; `identification` tells those of IPv6 apart. */
export function fragmentsOf(frame: Uint8Array, most: number, identification: number): Uint8Array[] {
  const isIpv4 = etherTypeAt(frame, 0) === etherTypes.ipv4
  const end = isIpv4 ? IP + ipv4HeaderSizeAt(frame, IP) : IP6_END
  const whole = isIpv4 ? IP + ipv4LengthAt(frame, IP) : end + ipv6PayloadLengthAt(frame, IP)
  if (whole - IP <= most) return [frame]
  const header = isIpv4 ? end : end + FRAGMENT_HEADER
  const step = (most - (header - IP)) & ~7
  if (step < 8) throw new RangeError(`${most} octets are too few for a fragment`)
  const frames: Uint8Array[] = []
  for (let at = end; at < whole; at += step) {
    const next = Math.min(at + step, whole)
    const piece = new Uint8Array(header + next - at)
    piece.set(frame.subarray(0, end))
    piece.set(frame.subarray(at, next), header)
    const [offset, isLast] = [at - end, next === whole]
    if (isIpv4) setU16At(piece, IP + 6, (offset >> 3) | (isLast ? 0 : MORE_4))
    else {
      piece[end] = frame[IP + 6] as number
      piece[IP + 6] = ipProtocols.fragment
      setU16At(piece, end + 2, offset | (isLast ? 0 : 1))
      setU16At(piece, end + 4, identification >>> 16)
      setU16At(piece, end + 6, identification & 0xffff)
    }
    setLength(piece, end)
    frames.push(piece)
  }
  return frames
}

/** Sets the length of a packet that fills its frame, and the checksum of IPv4; `end` is where the IP header ends. */
function setLength(frame: Uint8Array, end: number): void {
  if (etherTypeAt(frame, 0) !== etherTypes.ipv4) {
    setU16At(frame, IP + 4, frame.length - end)
    return
  }
  setU16At(frame, IP + 2, frame.length - IP)
  setU16At(frame, IP + 10, 0)
  setU16At(frame, IP + 10, checksumOf(frame, IP, end))
}
