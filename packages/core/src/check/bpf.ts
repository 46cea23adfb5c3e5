/** Checks of classic BPF programs. @module */
import { rangeFault } from '../argument.js'
import { type BpfInstruction, mostBpfInstructions } from '../bpf.js'
import { listOf, objectOf } from './object.js'
import { type Check, wholeNumber } from './scalar.js'

const octet = wholeNumber(0, 0xff)
const instruction = objectOf({ code: wholeNumber(0, 0xffff), jt: octet, jf: octet, k: wholeNumber(0, 0xffffffff) }, [
  'code',
  'jt',
  'jf',
  'k',
])

/** A program; whether it makes sense, the kernel finds out. */
export const bpfProgram: Check<readonly BpfInstruction[]> = (value, path) => {
  const program = listOf(instruction)(value, path)
  if (program.length > mostBpfInstructions)
    throw rangeFault(path, `${program.length} instructions`, `at most ${mostBpfInstructions}`)
  return program as unknown as readonly BpfInstruction[]
}
