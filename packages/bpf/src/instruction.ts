/** Instructions of classic BPF by what they do (`linux/bpf_common.h`, `linux/filter.h`). @module */
import type { BpfInstruction } from '@vnet/core'

/** Octets of a load. */
export type LoadSize = 1 | 2 | 4

/** Comparisons that a jump can make: equal, greater, at least, any bit in common. All without sign. */
export const comparisons = { '==': 0x15, '>': 0x25, '>=': 0x35, '&': 0x45 } as const
/** One of {@link comparisons}. */
export type Comparison = keyof typeof comparisons

/** Arithmetic on the accumulator. */
export const operations = {
  '+': 0x00,
  '-': 0x10,
  '*': 0x20,
  '/': 0x30,
  '|': 0x40,
  '&': 0x50,
  '<<': 0x60,
  '>>': 0x70,
  '%': 0x90,
  '^': 0xa0,
} as const
/** One of {@link operations}. */
export type Operation = keyof typeof operations

/** What the operand of an instruction is when it is the index register. */
export const BY_INDEX = 0x08
/** Jump without condition. */
export const ALWAYS = 0x05

const sizes: Readonly<Record<LoadSize, number>> = { 4: 0x00, 2: 0x08, 1: 0x10 }
const plain = (code: number, k = 0): BpfInstruction => ({ code, jt: 0, jf: 0, k: k >>> 0 })

/** A ← octets at a place of the frame. */
export const load = (offset: number, size: LoadSize): BpfInstruction => plain(0x20 | sizes[size], offset)
/** A ← octets at a place so far behind X. */
export const loadBehindX = (offset: number, size: LoadSize): BpfInstruction => plain(0x40 | sizes[size], offset)
/** A ← a number. */
export const number = (value: number): BpfInstruction => plain(0x00, value)
/** A ← the length of the frame. */
export const length: BpfInstruction = plain(0x80)
/** A ← a word of memory. */
export const recall = (word: number): BpfInstruction => plain(0x60, word)
/** X ← a word of memory. */
export const recallX = (word: number): BpfInstruction => plain(0x61, word)
/** X ← four times the low half of an octet: the length of an IPv4 header. */
export const headerLength = (offset: number): BpfInstruction => plain(0xb1, offset)
/** A word of memory ← A. */
export const store = (word: number): BpfInstruction => plain(0x02, word)
/** A ← A and a number, by an operation. */
export const compute = (operation: Operation, value: number): BpfInstruction =>
  plain(0x04 | operations[operation], value)
/** A ← A and X, by an operation. */
export const computeX = (operation: Operation): BpfInstruction => plain(0x04 | BY_INDEX | operations[operation])
/** A ← −A. */
export const negative: BpfInstruction = plain(0x84)
/** X ← A. */
export const toX: BpfInstruction = plain(0x07)
/** A ← X. */
export const fromX: BpfInstruction = plain(0x87)
/** The end: so many octets of the frame are taken. */
export const give = (octets: number): BpfInstruction => plain(0x06, octets)
