/** Classic BPF: what a program gives for a frame (`bpf_convert_filter`, `net/core/filter.c`). @module */
import type { BpfInstruction } from '@vnet/core'
import { ancillary, classes, memoryWords } from './check.js'

const { LD, LDX, ST, STX, ALU, JMP, RET, MISC } = classes
/** Octets of an Ethernet header. */
const ethernetHeaderSize = 14
/** Offsets from here on count from the network header, or the Ethernet header (`SKF_NET_OFF`, `SKF_LL_OFF`). */
const [fromNetwork, fromLink] = [0xfff00000, 0xffe00000]

/** A frame as programs see it. */
export interface BpfFrame {
  /** From the Ethernet header on, without the outermost tag of a VLAN: the kernel keeps that beside it. */
  readonly octets: Uint8Array
  /** That tag: EtherType and control information. */
  readonly tag?: { readonly type: number; readonly tci: number }
  /** Index of the link. */
  readonly link: number
  /** For whom it is (`PACKET_*`); 0, for this host, when absent. */
  readonly packetType?: number
  /** Gives a random number of 32 bits. */
  readonly random: () => number
}

/** What a program gives for a frame; 0 where it looks beyond the end. */
export function runBpf(program: readonly BpfInstruction[], frame: BpfFrame): number {
  const { octets } = frame
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const words = new Uint32Array(memoryWords)
  let [a, x] = [0, 0]
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at] as BpfInstruction
    const operand = code & 8 ? x : k
    switch (code & 7) {
      case LD:
      case LDX: {
        if ((code & 0xe7) === 0x20 && k >= ancillary) {
          a = k - ancillary === xorX ? (a ^ x) >>> 0 : known(frame, view, k - ancillary)
          break
        }
        const value = loaded(view, code, k, x, words)
        if (value === undefined) return 0
        if ((code & 7) === LD) a = value
        else x = value
        break
      }
      case ST:
        words[k] = a
        break
      case STX:
        words[k] = x
        break
      case ALU: {
        const value = computed(code & 0xf0, a, operand)
        if (value === undefined) return 0
        a = value
        break
      }
      case JMP:
        at += code === 0x05 ? k : holds(code & 0xf0, a, operand) ? jt : jf
        break
      case RET:
        return code === 0x16 ? a : k
      case MISC:
        if (code === 0x07) x = a
        else a = x
        break
    }
  }
  return 0
}

/** A value to load; `undefined` beyond the end. */
function loaded(view: DataView, code: number, k: number, x: number, words: Uint32Array): number | undefined {
  switch (code & 0xe0) {
    case 0x00:
      return k
    case 0x60:
      return words[k] as number
    case 0x80:
      return view.byteLength
    case 0xa0: {
      const octet = read(view, k, 1)
      return octet === undefined ? undefined : 4 * (octet & 15)
    }
    default: {
      const offset = (code & 0xe0) === 0x40 ? (x + k) >>> 0 : k
      return read(view, offset, code & 0x10 ? 1 : code & 0x08 ? 2 : 4)
    }
  }
}

/** What the kernel knows of a frame besides its octets (`SKF_AD_*`); 0 for what is not known here. */
function known({ tag, link, packetType, random }: BpfFrame, view: DataView, word: number): number {
  switch (word) {
    case 0:
      return view.getUint16(12)
    case 4:
      return packetType ?? 0
    case 8:
      return link
    // The link is Ethernet (`ARPHRD_ETHER`).
    case 28:
      return 1
    case 44:
      return tag?.tci ?? 0
    case 48:
      return tag === undefined ? 0 : 1
    case 56:
      return random()
    case 60:
      return tag?.type ?? 0
    default:
      return 0
  }
}

/** Not a number but arithmetic: A becomes A xor X (`SKF_AD_ALU_XOR_X`). */
const xorX = 40

/** A number in network order. */
function read(view: DataView, given: number, size: number): number | undefined {
  const offset =
    given >= fromNetwork ? given - fromNetwork + ethernetHeaderSize : given >= fromLink ? given - fromLink : given
  if (offset + size > view.byteLength) return undefined
  return size === 4 ? view.getUint32(offset) : size === 2 ? view.getUint16(offset) : view.getUint8(offset)
}

/** A result of arithmetic in 32 bits; `undefined` for a division by zero. */
function computed(operation: number, a: number, b: number): number | undefined {
  switch (operation) {
    case 0x00:
      return (a + b) >>> 0
    case 0x10:
      return (a - b) >>> 0
    case 0x20:
      return Math.imul(a, b) >>> 0
    case 0x30:
      return b === 0 ? undefined : Math.floor(a / b)
    case 0x40:
      return (a | b) >>> 0
    case 0x50:
      return (a & b) >>> 0
    case 0x60:
      return (a << b) >>> 0
    case 0x70:
      return a >>> b
    case 0x80:
      return -a >>> 0
    case 0x90:
      return b === 0 ? undefined : a % b
    default:
      return (a ^ b) >>> 0
  }
}

function holds(operation: number, a: number, b: number): boolean {
  if (operation === 0x10) return a === b
  if (operation === 0x20) return a > b
  return operation === 0x30 ? a >= b : (a & b) !== 0
}
