/** Instructions with jumps by name, put in their place; jumps that are too long go by way of another. @module */
import type { BpfInstruction } from '@vnet/core'
import { ALWAYS } from './instruction.js'

/** Something to lay down. Labels are any values; jumps only lead forward. */
export type Item =
  /** An instruction that is no jump. */
  | { readonly instruction: BpfInstruction }
  /** Names the place of what follows. */
  | { readonly label: unknown }
  /** Goes on at a label. */
  | { readonly goto: unknown }
  /** Goes on at one label where it holds, and at another where it does not. */
  | { readonly branch: Pick<BpfInstruction, 'code' | 'k'>; readonly yes: unknown; readonly no: unknown }

/** Farthest that a jump with a condition reaches. */
const REACH = 255

/**
 * The program.
 *
 * @throws RangeError a jump leads to no later label
 */
export function assemble(items: readonly Item[]): BpfInstruction[] {
  // From the end, so that it is known how far each target is. Places are counted from the end, too.
  const reversed: BpfInstruction[] = []
  const places = new Map<unknown, number>()
  const distance = (label: unknown): number => {
    const place = places.get(label)
    if (place === undefined) throw new RangeError(`a jump leads to no later label: ${String(label)}`)
    return reversed.length - place
  }
  /** How far a target is, with a jump of its own where that is too far; `room`: jumps that may yet come before it. */
  const within = (label: unknown, room: number): number => {
    if (distance(label) + room <= REACH) return distance(label)
    reversed.push({ code: ALWAYS, jt: 0, jf: 0, k: distance(label) })
    places.set(label, reversed.length)
    return 0
  }
  for (const item of [...items].reverse()) {
    if ('instruction' in item) reversed.push(item.instruction)
    else if ('label' in item) places.set(item.label, reversed.length)
    else if ('goto' in item) {
      const k = distance(item.goto)
      if (k > 0) reversed.push({ code: ALWAYS, jt: 0, jf: 0, k })
    } else {
      within(item.no, 1)
      const jt = within(item.yes, 0)
      reversed.push({ ...item.branch, jt, jf: distance(item.no) })
    }
  }
  return reversed.reverse()
}
