/** Random expressions, compiled here and by libpcap: both programs decide the same for random frames. */
import { type BpfInstruction, type CaptureFormat, captureFormats } from '@vnet/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, FilterError, isBpf, runBpf } from '../src/index.js'
import { number, store } from '../src/instruction.js'
import { expressionOf } from './expressions.js'
import { frameOf } from './frames.js'
import { type Compiled, openLibpcap } from './libpcap.js'

const libpcap = openLibpcap()
/** How many; more of them by hand, and those of a run that failed. */
const runs = Number(process.env.VNET_FILTERS ?? 1000)
const seed = Number(process.env.VNET_SEED ?? 8)

/** What libpcap says where it takes the index of an operand for the operand, or has fewer words of memory; and we where a number is known only when computed. */
const degenerate = /division by zero|modulus by zero|shift by more|out of registers/

const takes = (program: readonly BpfInstruction[], octets: Uint8Array) =>
  runBpf(program, { octets, link: 3, random: () => 0 }) !== 0

/** A program that begins with other memory: libpcap reads words that it has not written where a tunnel is not there. */
const withMemory = (program: readonly BpfInstruction[], value: number): readonly BpfInstruction[] => [
  number(value),
  ...Array.from({ length: 16 }, (_, word) => store(word)),
  number(0),
  ...program,
]

/** What libpcap makes of frames: by its own interpreter and as Linux would; `undefined` where it is left to chance. */
function verdicts({ program, takes: native }: Compiled, isOnlyLinux: boolean) {
  const other = withMemory(program, 77)
  return (octets: Uint8Array): readonly boolean[] | undefined => {
    const asLinux = takes(program, octets)
    if (takes(other, octets) !== asLinux) return undefined
    // They differ where an index goes round, and where bits are shifted by more than 31.
    return isOnlyLinux ? [asLinux] : [asLinux, native(octets)]
  }
}

function ours(expression: string, format: CaptureFormat): readonly BpfInstruction[] | string {
  try {
    return compileFilter(expression, format)
  } catch (error) {
    if (error instanceof FilterError) return error.message
    throw error
  }
}

describe.each(captureFormats)('random expressions on %s', (format) => {
  const frames = fc.sample(frameOf[format], { numRuns: 400, seed })

  it('decide as those of libpcap', { timeout: 1_800_000 }, (context) => {
    if (libpcap === undefined) return context.skip('lacks capability: libpcap (Debian package tcpdump)')
    const seen = { compiled: 0, decided: 0, taken: 0 }
    fc.assert(
      fc.property(expressionOf(format), (expression) => {
        const theirs = libpcap.compile(expression, format, false)
        const program = ours(expression, format)
        if (typeof theirs === 'string' || typeof program === 'string') {
          if (degenerate.test(`${theirs} ${program}`)) return
          expect({ expression, theirs: typeof theirs, ours: program }).toEqual({
            expression,
            theirs: typeof program,
            ours: program,
          })
          return
        }
        expect(isBpf(program), expression).toBe(true)
        const decide = verdicts(theirs, /inbound|outbound|ifindex/.test(expression))
        const odd: string[] = []
        for (const octets of frames) {
          const wanted = decide(octets)
          if (wanted === undefined) continue
          const taken = takes(program, octets)
          seen.decided++
          if (taken) seen.taken++
          if (!wanted.includes(taken)) odd.push(Buffer.from(octets).toString('hex'))
        }
        theirs.free()
        seen.compiled++
        expect({ expression, odd: odd.slice(0, 3) }).toEqual({ expression, odd: [] })
      }),
      { numRuns: runs, seed },
    )
    // Most of them mean something, and say yes and no.
    expect(seen.compiled).toBeGreaterThan(0.8 * runs)
    expect(seen.decided).toBeGreaterThan(0.9 * seen.compiled * frames.length)
    expect(seen.taken / seen.decided).toBeGreaterThan(0.1)
  })
})
