/** Classic BPF: whether the kernel would take a program (`bpf_check_classic`, `net/core/filter.c`). @module */
import type { BpfInstruction } from '@vnet/core'

/** Words of memory that a program has (`BPF_MEMWORDS`). */
export const memoryWords = 16
/** Offsets from here on mean what the kernel knows of a frame (`SKF_AD_OFF`): words, up to the last (`SKF_AD_MAX`). */
export const ancillary = 0xfffff000
const ancillaryEnd = ancillary + 64
/** Some classes of instructions: the last three bits of the code. */
export const classes = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, RET: 6, MISC: 7 } as const
const { ST, STX, JMP, RET } = classes
/** Some instructions whole: a load of A and of X from memory, a jump without condition. */
const [loadA, loadX, always] = [0x60, 0x61, 0x05]

/** All codes that the kernel takes. */
const codes: ReadonlySet<number> = new Set([
  // Loads into A: a constant, memory, the length; words, halves and octets, absolute and from X on.
  ...[0x00, 0x60, 0x80, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50],
  // Loads into X: a constant, memory, the length, four times the low half of an octet.
  ...[0x01, 0x61, 0x81, 0xb1],
  ...[0x02, 0x03],
  // Arithmetic with a constant and with X; the negative.
  ...[0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0].flatMap((operation) => [
    4 + operation,
    0x0c + operation,
  ]),
  0x84,
  // Jumps: always, equal, greater, at least, any bit.
  0x05,
  ...[0x10, 0x20, 0x30, 0x40].flatMap((operation) => [5 + operation, 0x0d + operation]),
  ...[0x06, 0x16, 0x07, 0x87],
])

/** Whether the kernel takes a program. */
export function isBpf(program: readonly BpfInstruction[]): boolean {
  const last = program.at(-1)
  if (last === undefined || (last.code & 7) !== RET) return false
  return program.every((instruction, at) => isSound(instruction, program.length - at - 1)) && readsWhatItWrote(program)
}

function isSound({ code, jt, jf, k }: BpfInstruction, left: number): boolean {
  if (!codes.has(code)) return false
  const kind = code & 7
  if (code === 0x34 || code === 0x94) return k !== 0
  if (code === 0x64 || code === 0x74) return k < 32
  if (code === loadA || code === loadX || kind === ST || kind === STX) return k < memoryWords
  if (code === always) return k < left
  if (kind === JMP) return jt < left && jf < left
  const isAbsolute = code === 0x20 || code === 0x28 || code === 0x30
  return !isAbsolute || k < ancillary || (k < ancillaryEnd && k % 4 === 0)
}

/** Whether each word of memory is written before it is read, on every way there (`check_load_and_stores`). */
function readsWhatItWrote(program: readonly BpfInstruction[]): boolean {
  // A bit for each word; jumps only lead forward, so every way to an instruction is known when it is looked at.
  const all = 2 ** memoryWords - 1
  const written = new Array<number>(program.length).fill(all)
  const reach = (at: number, words: number) => {
    written[at] = (written[at] as number) & words
  }
  let here = 0
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    here &= written[at] as number
    if (code === ST || code === STX) here |= 1 << k
    else if ((code === loadA || code === loadX) && (here & (1 << k)) === 0) return false
    else if ((code & 7) === JMP) {
      if (code === always) reach(at + 1 + k, here)
      else for (const jump of [jt, jf]) reach(at + 1 + jump, here)
      // What follows is only reached by jumps.
      here = all
    }
  }
  return true
}
