/** A program for comparisons that lead to others; what is in the registers already is not loaded again. @module */
import type { BpfInstruction } from '@vnet/core'
import { assemble, type Item } from '../assemble.js'
import { comparisons, give, headerLength, number, store } from '../instruction.js'
import { orderOf, type Target } from './graph.js'

/** What was done last on every way to a place: the code after which A is as it is, and what X was loaded by. */
interface State {
  readonly done: readonly BpfInstruction[]
  readonly index?: BpfInstruction
}

/** A place that no frame has. */
const beyond = 0x7fff0000

/**
 * The program.
 *
 * @param words Words of memory, counted from the 13th down, that keep where a tunnel's inside is. Where there is no tunnel,
 * it is beyond the end of the frame.
 */
export function emit(root: Target, octets: number, words: number): BpfInstruction[] {
  const items: Item[] = []
  const add = (...code: readonly BpfInstruction[]) => items.push(...code.map((instruction) => ({ instruction })))
  if (words > 0) add(number(beyond), ...Array.from({ length: words }, (_, i) => store(13 - i)))
  const states = new Map<Target, State>()
  const reach = (target: Target, state: State) => {
    const other = states.get(target)
    states.set(target, other === undefined ? state : common(other, state))
  }
  for (const node of orderOf(root)) {
    const state = states.get(node) ?? { done: [] }
    items.push({ label: node })
    const code = missing(node.code, state)
    add(...code)
    const { comparison, operand } = node
    const by =
      operand === 'x' ? { code: comparisons[comparison] | 0x08, k: 0 } : { code: comparisons[comparison], k: operand }
    items.push({ branch: by, yes: node.yes, no: node.no })
    const after = { done: node.code, ...indexAfter(code, state) }
    reach(node.yes, after)
    reach(node.no, after)
  }
  if (typeof root === 'boolean') return [give(root ? octets : 0)]
  items.push({ label: true }, { instruction: give(octets) }, { label: false }, { instruction: give(0) })
  return assemble(items)
}

const isSame = (one: BpfInstruction | undefined, other: BpfInstruction | undefined) =>
  one !== undefined && one.code === other?.code && one.k === other.k

/** Code without what was done already. */
function missing(code: readonly BpfInstruction[], { done, index }: State): readonly BpfInstruction[] {
  if (done.length > 0 && done.length <= code.length && done.every((one, at) => isSame(one, code[at])))
    return code.slice(done.length)
  return isSame(code[0], index) ? code.slice(1) : code
}

/** Whether X is the length of a header still. */
function indexAfter(code: readonly BpfInstruction[], { index }: State): Pick<State, 'index'> {
  let last = index
  for (const instruction of code) {
    if (instruction.code === headerLength(0).code) last = instruction
    else if (instruction.code === 0x07 || (instruction.code & 7) === 1) last = undefined
  }
  return last === undefined ? {} : { index: last }
}

function common(one: State, other: State): State {
  const isDone = one.done.length === other.done.length && one.done.every((each, at) => isSame(each, other.done[at]))
  return {
    done: isDone ? one.done : [],
    ...(isSame(one.index, other.index) ? { index: one.index as BpfInstruction } : {}),
  }
}
