/**
 * Programs that read frames as they are recorded, made to read them as the kernel has them: without the VLAN
 * tag, which lies beside the frame, and behind the link header where that is not recorded.
 *
 * @module
 */
import type { BpfInstruction } from '@vnet/core'
import { ancillary } from './bpf.js'
import {
  SKF_AD_HATYPE,
  SKF_AD_PKTTYPE,
  SKF_AD_PROTOCOL,
  SKF_AD_VLAN_TAG,
  SKF_AD_VLAN_TPID,
  SKF_NET_OFF,
} from './constants.js'

/** How an instruction is replaced. */
export type Translation = (instruction: BpfInstruction) => readonly BpfInstruction[]

/** Where a VLAN tag is in a recorded frame, and how long it is. */
const [TAG, TAG_SIZE] = [12, 4] as const
/** Octets of a header of LINKTYPE_LINUX_SLL. */
const COOKED = 16
const RET_K = 0x06
const LD_LEN = 0x80
const LDX_LEN = 0x81
const LDX_MSH = 0xb1
/** What puts octets together: loads and stores of an octet, of words of memory, and what X takes part in. */
const [LD_OCTET, LD_MEM, LDX_MEM, ST, STX, TAX, OR_X] = [0x30, 0x60, 0x61, 0x02, 0x03, 0x07, 0x4c] as const
/** Loads of 4, 2 and 1 octets at a fixed place, and at one relative to the index register. */
const sizes: Readonly<Record<number, number>> = { 32: 4, 40: 2, 48: 1, 64: 4, 72: 2, 80: 1 }
const isIndexed = (code: number) => (code & 0xe0) === 0x40

const plain = (code: number, k: number): BpfInstruction => ({ code, jt: 0, jf: 0, k })
const and = (k: number) => plain(0x54, k)
const add = (k: number) => plain(0x04, k)
const shiftLeft = (k: number) => plain(0x64, k)
const shiftRight = (k: number) => plain(0x74, k)
/** The last words of scratch memory, which compiled filters leave alone. */
const [HIGH, INDEX] = [15, 14] as const

/** An expression that cannot be carried out on frames as the kernel has them. */
export class Untranslatable extends Error {}

/** Whether it reads the frame, and not its surroundings, which stand at negative places. */
const isLoad = ({ code, k }: BpfInstruction) => (code in sizes || code === LDX_MSH) && (k | 0) >= 0
/** A place behind the link header. */
const ofPacket = (offset: number) => (SKF_NET_OFF + offset) >>> 0

/** Ends that take a frame, with `octets` of it. */
export const takingAtMost =
  (octets: number, then: Translation = (instruction) => [instruction]): Translation =>
  (instruction) =>
    instruction.code === RET_K && instruction.k !== 0 ? [{ ...instruction, k: octets }] : then(instruction)

/** For an Ethernet frame whose outermost VLAN tag lies beside it. */
export const tagged: Translation = (instruction) => {
  const { code, k } = instruction
  if (code === LD_LEN) return [instruction, add(TAG_SIZE)]
  if (code === LDX_LEN) throw new Untranslatable('it uses the length of the frame as an index')
  if (!isLoad(instruction)) return [instruction]
  const size = sizes[code] ?? 1
  if (isIndexed(code) && k < TAG) throw new Untranslatable('it computes a place in the Ethernet header')
  if (k + size <= TAG) return [instruction]
  if (k >= TAG + TAG_SIZE || isIndexed(code)) return [{ ...instruction, k: k - TAG_SIZE }]
  // X becomes four times the low half of the octet; A is kept meanwhile.
  if (code === LDX_MSH)
    return [plain(ST, HIGH), ...octetAt(k), and(0xf), shiftLeft(2), plain(TAX, 0), plain(LD_MEM, HIGH)]
  if (k < TAG || k + size > TAG + TAG_SIZE || (size === 2 && k % 2 === 1)) return octetByOctet(k, size)
  const [type, tag] = [ancillary(SKF_AD_VLAN_TPID), ancillary(SKF_AD_VLAN_TAG)]
  if (size === 1) return octetAt(k)
  if (size === 2) return [k === TAG ? type : tag]
  // Both halves: put together by way of the index register, which is kept meanwhile.
  return [plain(STX, INDEX), type, shiftLeft(16), plain(TAX, 0), tag, plain(OR_X, 0), plain(LDX_MEM, INDEX)]
}

/** An octet of the recorded frame, of the tag or not. */
function octetAt(k: number): readonly BpfInstruction[] {
  if (k < TAG) return [plain(LD_OCTET, k)]
  if (k >= TAG + TAG_SIZE) return [plain(LD_OCTET, k - TAG_SIZE)]
  return [ancillary(k < TAG + 2 ? SKF_AD_VLAN_TPID : SKF_AD_VLAN_TAG), k % 2 === 0 ? shiftRight(8) : and(0xff)]
}

/** Octets that lie partly in the tag and partly in the frame, such as the session of `pppoes 3`, or across its middle; X is kept. */
function octetByOctet(k: number, size: number): readonly BpfInstruction[] {
  const others = Array.from({ length: size - 1 }, (_, more) => [
    shiftLeft(8),
    plain(TAX, 0),
    ...octetAt(k + 1 + more),
    plain(OR_X, 0),
  ])
  return [plain(STX, INDEX), ...octetAt(k), ...others.flat(), plain(LDX_MEM, INDEX)]
}

/** For frames of which only the packet behind the link header is recorded. */
export const packetOnly: Translation = (instruction) =>
  isLoad(instruction) ? [{ ...instruction, k: ofPacket(instruction.k) }] : [instruction]

const cookedFields: Readonly<Record<number, number>> = {
  0: SKF_AD_PKTTYPE,
  2: SKF_AD_HATYPE,
  14: SKF_AD_PROTOCOL,
}

/** For frames that are recorded with a header of LINKTYPE_LINUX_SLL, which the kernel does not have. */
export const cooked: Translation = (instruction) => {
  const { code, k } = instruction
  if (code === LD_LEN || code === LDX_LEN) {
    throw new Untranslatable('it asks for the length of the frame, which is not known for this type of link')
  }
  if (!isLoad(instruction)) return [instruction]
  if (k >= COOKED) return [{ ...instruction, k: ofPacket(k - COOKED) }]
  const field = cookedFields[k]
  if (field !== undefined && sizes[code] === 2 && !isIndexed(code)) return [ancillary(field)]
  throw new Untranslatable('it reads the header of LINKTYPE_LINUX_SLL')
}
