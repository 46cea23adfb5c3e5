/** Classic BPF programs (`struct sock_filter` of `linux/filter.h`): parts of them put together, jumps laid anew. @module */
import { encodeBpf, mostBpfInstructions } from '@vnet/core'
import { SKF_AD_OFF } from './constants.js'

/** One instruction; jumps count instructions from the next one on. */
export interface Instruction {
  readonly code: number
  readonly jt: number
  readonly jf: number
  /** Operand, signed. */
  readonly k: number
}

const JMP = 0x05
const JA = 0x05
const JEQ = 0x15
const RET = 0x06
const LD_W_ABS = 0x20

/** A load of 32 bits of a frame's surroundings. */
export const ancillary = (field: number): Instruction => ({ code: LD_W_ABS, jt: 0, jf: 0, k: SKF_AD_OFF + field })

/** Something that a {@link Builder} lays down: an instruction, a place with a name, or a jump to one. */
type Item = { readonly instruction: Instruction } | { readonly label: string } | { readonly jump: string }

/** Lays instructions down one after another, with jumps by name. */
export class Builder {
  private readonly items: Item[] = []

  /** Instructions without jumps. */
  add(...instructions: Instruction[]): this {
    for (const instruction of instructions) this.items.push({ instruction })
    return this
  }

  /** Names the place. */
  label(label: string): this {
    this.items.push({ label })
    return this
  }

  /** Goes on there. */
  jump(label: string): this {
    this.items.push({ jump: label })
    return this
  }

  /** Goes on there when the accumulator is `value`; else with what follows. */
  jumpIf(value: number, label: string): this {
    return this.add({ code: JEQ, jt: 0, jf: 1, k: value }).jump(label)
  }

  /** Goes on there unless the accumulator is `value`. */
  jumpUnless(value: number, label: string): this {
    return this.add({ code: JEQ, jt: 1, jf: 0, k: value }).jump(label)
  }

  /** Ends with so many octets of the frame; 0 drops it. */
  give(octets: number): this {
    return this.add({ code: RET, jt: 0, jf: 0, k: octets })
  }

  /**
   * A whole program as a part, each of its instructions replaced by those that `translate` gives.
   *
   * @throws RangeError a conditional jump became longer than 255 instructions
   */
  part(program: readonly Instruction[], translate: (instruction: Instruction) => readonly Instruction[]): this {
    const pieces = program.map((instruction) => translate(instruction))
    const starts: number[] = []
    let size = 0
    for (const piece of pieces) {
      starts.push(size)
      size += piece.length
    }
    pieces.forEach((piece, i) => {
      const { code, jt, jf, k } = program[i] as Instruction
      if ((code & 7) !== JMP) {
        this.add(...piece)
        return
      }
      const distance = (by: number) => (starts[i + 1 + by] ?? size) - (starts[i] as number) - 1
      if (code === JA) this.add({ code, jt, jf, k: distance(k) })
      else this.add({ code, jt: short(distance(jt)), jf: short(distance(jf)), k })
    })
    return this
  }

  /** The instructions as octets. */
  build(): Uint8Array {
    const places = new Map<string, number>()
    let count = 0
    for (const item of this.items) {
      if ('label' in item) places.set(item.label, count)
      else count++
    }
    if (count > mostBpfInstructions)
      throw new RangeError(`${count} instructions are more than the ${mostBpfInstructions} of the kernel`)
    const program: Instruction[] = []
    for (const item of this.items) {
      if ('label' in item) continue
      const jump = 'jump' in item ? (places.get(item.jump) as number) - program.length - 1 : 0
      program.push('jump' in item ? { code: JA, jt: 0, jf: 0, k: jump } : item.instruction)
    }
    return encodeBpf(program)
  }
}

function short(distance: number): number {
  if (distance <= 255) return distance
  throw new RangeError('a jump became longer than 255 instructions')
}

/** Reads what `tcpdump -ddd` prints: the number of instructions, then `code jt jf k` in decimal for each. */
export function parseProgram(text: string): Instruction[] {
  const [count, ...lines] = text.trim().split('\n')
  const program = lines.map((line): Instruction => {
    const [code = Number.NaN, jt = Number.NaN, jf = Number.NaN, k = Number.NaN] = line.split(' ').map(Number)
    return { code, jt, jf, k: k | 0 }
  })
  const odd = ({ code, jt, jf }: Instruction) => Number.isNaN(code) || Number.isNaN(jt) || Number.isNaN(jf)
  if (Number(count) !== program.length || program.length === 0 || program.some(odd)) {
    throw new TypeError(`no program: ${JSON.stringify(text.slice(0, 100))}`)
  }
  return program
}
