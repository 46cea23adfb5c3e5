/** Where the headers of a frame are, for the rest of an expression: `vlan`, `mpls`, `pppoes` and `geneve` move them. @module */
import type { BpfInstruction, CaptureFormat } from '@vnet/core'
import {
  compute,
  computeX,
  headerLength,
  type LoadSize,
  load,
  loadBehindX,
  recall,
  recallX,
  toX,
} from '../instruction.js'
import { FilterError } from './error.js'

/** What kind of link header is before a packet. */
export type LinkHeader = CaptureFormat | 'ppp'

/** A place in a frame: an offset, and what a word of memory adds to it. */
export interface Place {
  readonly offset: number
  readonly word?: number
}

/** Words of memory that programs may use. The last two are left to those that change programs for the kernel. */
const mostWords = 14

/** Instructions that load octets at a place. */
export function loadAt({ offset, word }: Place, size: LoadSize): readonly BpfInstruction[] {
  return word === undefined ? [load(offset, size)] : [recallX(word), loadBehindX(offset, size)]
}

/** So many octets behind a place. */
export const behind = (place: Place, octets: number): Place => ({ ...place, offset: place.offset + octets })

/** The places. Those of what comes later in the expression are changed as it is read. */
export class Layout {
  link: LinkHeader
  /** The link header. */
  header: Place
  /** The protocol in it. */
  type: Place
  /** What is behind the link header. */
  payload: Place
  /** Labels of MPLS before the packet. */
  labels = 0
  /** Whether it is a frame in a tunnel, which may have no link header. */
  isInner = false
  #words = 0

  constructor(format: CaptureFormat) {
    this.link = format
    this.header = { offset: 0 }
    this.type = { offset: { ethernet: 12, ip: 0, cooked: 14 }[format] }
    this.payload = { offset: { ethernet: 14, ip: 0, cooked: 16 }[format] }
  }

  /** The packet behind link header and labels. */
  get packet(): Place {
    return behind(this.payload, 4 * this.labels)
  }

  /** How many words of memory keep places. */
  get words(): number {
    return this.#words
  }

  /** A word of memory that keeps a place from here on; from the last one downwards. */
  keepWord(at: number): number {
    if (this.#words + 1 >= mostWords) throw new FilterError('there are too many tunnels in each other', at)
    return mostWords - ++this.#words
  }

  /** A word of memory for what is being computed, `depth` others being in use. */
  scratchWord(depth: number, at: number): number {
    if (depth + this.#words >= mostWords) throw new FilterError('the arithmetic is nested too deeply', at)
    return depth
  }

  /** Octets of the packet. */
  inPacket(offset: number, size: LoadSize): readonly BpfInstruction[] {
    return loadAt(behind(this.packet, offset), size)
  }

  /** Instructions that put the length of the IPv4 header into X, with what memory adds to the packet's place. A may be overwritten. */
  headerLengthX(): readonly BpfInstruction[] {
    const { offset, word } = this.packet
    if (word === undefined) return [headerLength(offset)]
    return [recallX(word), loadBehindX(offset, 1), compute('&', 0xf), compute('<<', 2), computeX('+'), toX]
  }

  /** Octets behind the IPv4 header. */
  behindIpv4(offset: number, size: LoadSize): readonly BpfInstruction[] {
    return [...this.headerLengthX(), loadBehindX(this.packet.offset + offset, size)]
  }

  /** Octets behind the IPv6 header without extensions. */
  behindIpv6(offset: number, size: LoadSize): readonly BpfInstruction[] {
    return this.inPacket(40 + offset, size)
  }

  /** Adds what memory adds to a place to A, which becomes X. */
  indexFrom({ word }: Place): readonly BpfInstruction[] {
    return word === undefined ? [toX] : [recallX(word), computeX('+'), toX]
  }
}

/** A word of memory as A; 0 without one. */
export const wordOf = ({ word }: Place): readonly BpfInstruction[] => (word === undefined ? [] : [recall(word)])
