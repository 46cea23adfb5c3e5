/** The built-in steering program: spreads flows over queues by addresses and ports (`linux/bpf.h`, socket filter). @module */
import { littleEndian } from '../netlink/octets.js'

const [R0, R1, R6, R7, R8] = [0, 1, 6, 7, 8] as const
const MOV64_X = 0xbf
const MOV64_K = 0xb7
const AND64_K = 0x57
const XOR64_X = 0xaf
const MUL32_K = 0x24
const RSH32_K = 0x74
const LSH64_K = 0x67
const LD_ABS_W = 0x20
const LD_ABS_H = 0x28
const LD_ABS_B = 0x30
const LD_IND_W = 0x40
const JA = 0x05
const JEQ_K = 0x15
const JNE_K = 0x55
const EXIT = 0x95

/** An instruction, its jump still by label. */
interface Step {
  readonly label?: string
  readonly code: number
  readonly target?: number
  readonly source?: number
  readonly to?: string
  readonly value?: number
}

/**
 * The program's instructions, 8 octets each, for frames that start with an Ethernet header (TAP) or with IP (TUN). TCP and
 * UDP by addresses and ports, other IP and fragments by addresses, everything else to queue 0. The queue is the result
 * modulo the number of queues. A load outside of the frame ends a program of this type with 0.
 */
export function flowHash(kind: 'tun' | 'tap'): Uint8Array {
  const network = kind === 'tap' ? 14 : 0
  const absolute = (code: number, at: number, label?: string): Step => ({
    code,
    value: at,
    ...(label === undefined ? {} : { label }),
  })
  // The checks for a version: by EtherType on a TAP, by the first octet on a TUN.
  const version: Step[] =
    kind === 'tap'
      ? [
          absolute(LD_ABS_H, 12),
          { code: JEQ_K, target: R0, value: 0x0800, to: 'four' },
          { code: JEQ_K, target: R0, value: 0x86dd, to: 'six' },
          { code: JA, to: 'none' },
        ]
      : [
          absolute(LD_ABS_B, 0),
          { code: AND64_K, target: R0, value: 0xf0 },
          { code: JEQ_K, target: R0, value: 0x40, to: 'four' },
          { code: JEQ_K, target: R0, value: 0x60, to: 'six' },
          { code: JA, to: 'none' },
        ]
  const mix: Step = { code: XOR64_X, target: R7, source: R0 }
  const program: Step[] = [
    { code: MOV64_X, target: R6, source: R1 },
    { code: MOV64_K, target: R7, value: 0 },
    ...version,
    absolute(LD_ABS_W, network + 12, 'four'),
    mix,
    absolute(LD_ABS_W, network + 16),
    mix,
    // A fragment that is not the first has no ports, so none of them may count.
    absolute(LD_ABS_H, network + 6),
    { code: AND64_K, target: R0, value: 0x3fff },
    { code: JNE_K, target: R0, value: 0, to: 'done' },
    absolute(LD_ABS_B, network),
    { code: AND64_K, target: R0, value: 0x0f },
    { code: LSH64_K, target: R0, value: 2 },
    { code: MOV64_X, target: R8, source: R0 },
    absolute(LD_ABS_B, network + 9),
    { code: JEQ_K, target: R0, value: 6, to: 'ports' },
    { code: JEQ_K, target: R0, value: 17, to: 'ports' },
    { code: JA, to: 'done' },
    ...[8, 12, 16, 20, 24, 28, 32, 36].flatMap((at, i) => [
      absolute(LD_ABS_W, network + at, i === 0 ? 'six' : undefined),
      mix,
    ]),
    { code: MOV64_K, target: R8, value: 40 },
    absolute(LD_ABS_B, network + 6),
    { code: JEQ_K, target: R0, value: 6, to: 'ports' },
    { code: JEQ_K, target: R0, value: 17, to: 'ports' },
    { code: JA, to: 'done' },
    { label: 'ports', code: LD_IND_W, source: R8, value: network },
    mix,
    // Multiplying spreads neighbouring addresses and ports apart.
    { label: 'done', code: MUL32_K, target: R7, value: 0x9e3779b1 | 0 },
    { code: MOV64_X, target: R0, source: R7 },
    { code: RSH32_K, target: R0, value: 16 },
    { code: EXIT },
    { label: 'none', code: MOV64_K, target: R0, value: 0 },
    { code: EXIT },
  ]
  return assemble(program)
}

function assemble(program: readonly Step[]): Uint8Array {
  const octets = new Uint8Array(program.length * 8)
  const view = new DataView(octets.buffer)
  program.forEach(({ code, target = 0, source = 0, value = 0, to }, index) => {
    const at = index * 8
    octets[at] = code
    octets[at + 1] = littleEndian ? target | (source << 4) : (target << 4) | source
    const jump = to === undefined ? 0 : program.findIndex((step) => step.label === to) - index - 1
    view.setInt16(at + 2, jump, littleEndian)
    view.setInt32(at + 4, value, littleEndian)
  })
  return octets
}
