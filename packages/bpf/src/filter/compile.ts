/** Filter expressions of pcap-filter(7) as programs of classic BPF. @module */
import { type BpfInstruction, type CaptureFormat, mostBpfInstructions } from '@vnet/core'
import { sizeOf } from './condition.js'
import { emit } from './emit.js'
import { FilterError } from './error.js'
import { conditionOf } from './expression.js'
import { graphOf, shorten } from './graph.js'
import { Layout } from './layout.js'
import { parseFilter } from './parse.js'

/** Octets that programs of tcpdump take of a frame: all. */
const WHOLE = 262_144

/**
 * Compiles a filter expression, as `tcpdump -ddd -y TYPE -- EXPRESSION` does: the program decides the same for every frame,
 * by other instructions. It reads frames as they are recorded, a VLAN tag being part of them.
 *
 * @param expression pcap-filter(7); an empty one takes every frame.
 * @param format What frames begin with: `ethernet` (DLT_EN10MB), `ip` (DLT_RAW) or `cooked` (DLT_LINUX_SLL).
 * @returns At most 4,096 instructions that Linux takes. They give 0 for frames that are not wanted, 262,144 for others.
 * @throws FilterError it is no expression, or cannot be carried out on such frames
 */
export function compileFilter(expression: string, format: CaptureFormat): BpfInstruction[] {
  const parsed = parseFilter(expression)
  if (parsed === undefined) return emit(true, WHOLE, 0)
  const layout = new Layout(format)
  const condition = conditionOf(layout, parsed)
  // Far more than can be left out.
  if (sizeOf(condition) > 4 * mostBpfInstructions) throw tooLong(sizeOf(condition))
  const root = graphOf(condition, true, false)
  shorten(root)
  const program = emit(root, WHOLE, layout.words)
  if (program.length <= mostBpfInstructions) return program
  throw tooLong(program.length)
}

const tooLong = (instructions: number) =>
  new FilterError(
    `it needs ${instructions} instructions, more than the ${mostBpfInstructions} of the kernel`,
    0,
    'several captures, or networks instead of single addresses',
  )
