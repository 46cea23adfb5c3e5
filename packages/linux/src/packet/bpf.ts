/** Classic BPF programs of parts, with jumps by name. @module */
import { assemble, type Item } from '@vnet/bpf'
import { type BpfInstruction, encodeBpf, mostBpfInstructions } from '@vnet/core'
import { SKF_AD_OFF } from './constants.js'

const JMP = 0x05
const JA = 0x05
const JEQ = 0x15
const RET = 0x06
const LD_W_ABS = 0x20

/** A load of 32 bits of a frame's surroundings. */
export const ancillary = (field: number): BpfInstruction => ({
  code: LD_W_ABS,
  jt: 0,
  jf: 0,
  k: (SKF_AD_OFF + field) >>> 0,
})

/** Lays instructions down one after another. */
export class Builder {
  private readonly items: Item[] = []

  /** Instructions without jumps. */
  add(...instructions: readonly BpfInstruction[]): this {
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
    this.items.push({ goto: label })
    return this
  }

  /** Goes on there when the accumulator is `value`; else with what follows. */
  jumpIf(value: number, label: string): this {
    const next = {}
    this.items.push({ branch: { code: JEQ, k: value }, yes: label, no: next }, { label: next })
    return this
  }

  /** Goes on there unless the accumulator is `value`. */
  jumpUnless(value: number, label: string): this {
    const next = {}
    this.items.push({ branch: { code: JEQ, k: value }, yes: next, no: label }, { label: next })
    return this
  }

  /** Ends with so many octets of the frame; 0 drops it. */
  give(octets: number): this {
    return this.add({ code: RET, jt: 0, jf: 0, k: octets })
  }

  /** A whole program as a part, each of its instructions replaced by those that `translate` gives. */
  part(
    program: readonly BpfInstruction[],
    translate: (instruction: BpfInstruction) => readonly BpfInstruction[],
  ): this {
    const places = program.map(() => ({}))
    program.forEach((instruction, at) => {
      const { code, jt, jf, k } = instruction
      const by = (distance: number) => places[at + 1 + distance]
      this.items.push({ label: places[at] })
      if ((code & 7) !== JMP) this.add(...translate(instruction))
      else if (code === JA) this.items.push({ goto: by(k) })
      else this.items.push({ branch: { code, k }, yes: by(jt), no: by(jf) })
    })
    return this
  }

  /**
   * The instructions as octets.
   *
   * @throws RangeError they are more than the kernel takes
   */
  build(): Uint8Array {
    const program = assemble(this.items)
    if (program.length > mostBpfInstructions)
      throw new RangeError(`${program.length} instructions are more than the ${mostBpfInstructions} of the kernel`)
    return encodeBpf(program)
  }
}
