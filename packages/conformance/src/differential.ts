/** The same random program on two backends: what they answer, what they hold afterwards, and what they told must agree. @module */
import { type Capability, type Driver, knownKinds } from '@vnet/core'
import * as fc from 'fast-check'
import { isTaken, type ProgramSubject, programArbitrary, stepsArbitrary } from './arbitrary.js'
import { type Counts, Pair, type Patience, type Row } from './random/pair.js'
import { codeOf, type Program } from './random/program.js'
import { shrink } from './random/shrink.js'

/** What is compared, and how much of it. */
export interface DifferentialOptions {
  /** One backend. */
  readonly left: Driver
  /** The other. */
  readonly right: Driver
  /** Programs; default 1,000. */
  readonly programs?: number
  /** Requests a program; default 20. */
  readonly length?: number
  /**
   * Programs in a row: the first begins in empty namespaces, each other one where the one before has ended; default 1. After each all
   * is compared.
   */
  readonly row?: number
  /** What the programs are about; default `network`. Programs about `kinds` make links of the kinds that both backends have. */
  readonly subject?: ProgramSubject
  /** Where chance begins; the same seed gives the same programs. */
  readonly seed: number
  /** Ends after this many programs that differ; default 1. */
  readonly limit?: number
  /** Programs under way at once; default 4. */
  readonly concurrency?: number
}

/** A program on which the backends do not agree. */
export interface Mismatch {
  /** Its number in the run, from 0. */
  readonly number: number
  /** The program with those before it in its row, shortened. */
  readonly program: Program
  /** The program as TypeScript that can be run. */
  readonly code: string
  /** What differs, left | right. */
  readonly differences: readonly string[]
  /** What differed when the program was as it was drawn. */
  readonly drawn: readonly string[]
}

/** What a run came to. */
export interface DifferentialReport {
  /** Where chance began. */
  readonly seed: number
  /** Programs that were run on both sides. */
  readonly programs: number
  /** Requests that were compared, by operation: how many succeeded and how many failed, alike on both sides. */
  readonly requests: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>
  /** Programs that differed, and did so again. */
  readonly mismatches: readonly Mismatch[]
  /**
   * Programs that differed once, and never when all that their namespaces have had was done again: a machine that stood still, or what the
   * kernel does in its own time.
   */
  readonly notRepeated: readonly Mismatch[]
}

/** Runs random programs on two backends and compares. Closes neither. */
export async function differential(options: DifferentialOptions): Promise<DifferentialReport> {
  const {
    programs = 1000,
    length = 20,
    row: perRow = 1,
    limit = 1,
    concurrency = 4,
    subject = 'network',
    seed,
  } = options
  const pair = await Pair.open(options.left, options.right, subject === 'traffic')
  const kinds = knownKinds.filter((kind) => [options.left, options.right].every((driver) => has(driver, kind)))
  const rows = Math.ceil(programs / perRow)
  const firsts = fc.sample(programArbitrary(length, subject, kinds), { seed, numRuns: rows })
  const others = fc.sample(stepsArbitrary(length, subject, kinds), { seed: ~seed, numRuns: rows * (perRow - 1) })
  const requests: Counts = {}
  const mismatches: Mismatch[] = []
  const notRepeated: Mismatch[] = []
  let next = 0
  let done = 0
  const work = async () => {
    while (next < rows && mismatches.length < limit) {
      const place = next++
      const numbers = Array.from({ length: Math.min(perRow, programs - place * perRow) }, (_, i) => place * perRow + i)
      let row: Row | undefined
      for (const number of numbers) {
        row ??= await pair.begin()
        const program = number % perRow === 0 ? firsts[place] : others[number - place - 1]
        // Carrier takes the kernel up to a second to tell everywhere: looked at in few programs only.
        const patience = number % 41 === 0 ? patiently : usually
        const found = await row.compare(program as Program, patience, requests)
        done++
        if (found.length > 0) {
          const again = row
          const isRepeated = await inThree(() => pair.again(again))
          if (isRepeated) mismatches.push({ number, ...(await explained(pair, row.steps, found, patience)) })
          else notRepeated.push({ number, ...asDrawn(row.steps, found, '(not repeated)') })
        }
        if (row.goesOn) continue
        await pair.end(row)
        row = undefined
      }
      if (row !== undefined) await pair.end(row)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await pair.settle()
  return { seed, programs: done, requests, mismatches, notRepeated }
}

const has = ({ supports }: Driver, kind: string): boolean => supports[`link ${kind}` as Capability] === true

/** A mismatch in words: the program, and what differs; this last, for who sees the end of a long text alone. */
export function mismatchText(mismatch: Mismatch, seed: number): string {
  const lines = (differences: readonly string[]) => differences.map((line) => `  ${line}\n`).join('')
  return [
    `program ${mismatch.number} of seed ${seed}:\n`,
    mismatch.code,
    `before it was shortened it differed in (left | right):\n${lines(mismatch.drawn)}`,
    `it differs in (left | right):\n${lines(mismatch.differences)}`,
  ].join('\n')
}

const usually: Patience = { carrier: false, longest: 512 }
const patiently: Patience = { carrier: true, longest: 2048 }

/** Whether something differs in one of three tries. */
async function inThree(compare: () => Promise<readonly string[]>): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) if ((await compare()).length > 0) return true
  return false
}

type Explained = Omit<Mismatch, 'number'>

/** A program that cannot be shortened, and why. */
function asDrawn(program: Program, drawn: readonly string[], why: string): Explained {
  return { program, code: codeOf(program), differences: [why, ...drawn], drawn }
}

/** A program that differs, shortened. */
async function explained(
  pair: Pair,
  program: Program,
  found: readonly string[],
  patience: Patience,
): Promise<Explained> {
  const notAlways = '(not as one program in new namespaces, or not every time)'
  // An answer that never comes costs so much time with each try.
  if (found.some((line) => line.includes('no answer'))) return asDrawn(program, found, '(not shortened)')
  // That may be what an earlier row in the same namespaces has left behind.
  if (!(await inThree(() => pair.compare(program, patience)))) return asDrawn(program, found, notAlways)
  const shortened = await shorten(pair, program, patience)
  const again = await pair.compare(shortened, patience)
  const differences = again.length > 0 ? again : [notAlways, ...found]
  return { program: shortened, code: codeOf(shortened), differences, drawn: found }
}

/** Shortens a program that differs: quickly, and with more time where the quick way was misled by what came late. */
async function shorten(pair: Pair, program: Program, patience: Patience): Promise<Program> {
  const differs = (time: Patience) => async (candidate: Program) => {
    // A candidate that the client refuses differs in nothing.
    if (!candidate.every((step) => isTaken(step.request))) return false
    return (await pair.compare(candidate, time)).length > 0
  }
  const quick = await shrink(program, differs({ ...patience, longest: patience.carrier ? patience.longest : 32 }))
  if (await differs(patience)(quick)) return quick
  return shrink(program, differs(patience), 60)
}
