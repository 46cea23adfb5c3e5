/** Classic BPF programs: what they are made of, and the octets that the kernel takes them as (`struct sock_filter`, `linux/filter.h`). @module */

/** One instruction, as a line of `tcpdump -ddd` or of the byte code of `tc filter … bpf` tells it. */
export interface BpfInstruction {
  /** What is done, 0–65535. */
  readonly code: number
  /** Instructions to pass over where it is true, 0–255. */
  readonly jt: number
  /** The same where it is false. */
  readonly jf: number
  /** The number that belongs to it, 0–4294967295. */
  readonly k: number
}

/** Most instructions of a program (`BPF_MAXINSNS`). */
export const mostBpfInstructions = 4096

/** Octets of an instruction. */
const SIZE = 8

/** A program as octets, in the machine's order. */
export function encodeBpf(program: readonly BpfInstruction[]): Uint8Array {
  const octets = new Uint8Array(SIZE * program.length)
  const [halves, words] = viewsOf(octets)
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    halves[4 * at] = code
    octets[SIZE * at + 2] = jt
    octets[SIZE * at + 3] = jf
    words[2 * at + 1] = k
  }
  return octets
}

/** The program of some octets; what is left over at the end is no instruction. */
export function decodeBpf(octets: Uint8Array): readonly BpfInstruction[] {
  const whole = octets.slice(0, octets.length - (octets.length % SIZE))
  const [halves, words] = viewsOf(whole)
  return Array.from({ length: whole.length / SIZE }, (_, at) => ({
    code: halves[4 * at] as number,
    jt: whole[SIZE * at + 2] as number,
    jf: whole[SIZE * at + 3] as number,
    k: words[2 * at + 1] as number,
  }))
}

/** Views in the machine's order, which is the kernel's. */
const viewsOf = ({ buffer }: Uint8Array): readonly [Uint16Array, Uint32Array] => [
  new Uint16Array(buffer),
  new Uint32Array(buffer),
]
