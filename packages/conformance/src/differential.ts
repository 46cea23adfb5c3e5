/** The same random program on two backends: what they answer, what they hold afterwards, and what they told must agree. @module */
import { type Driver, type Host, openHost } from '@vnet/core'
import * as fc from 'fast-check'
import { isTaken, programArbitrary } from './arbitrary.js'
import { sleep } from './expectation.js'
import { differences } from './random/difference.js'
import { sentinel } from './random/event-sequence.js'
import { codeOf, type Program } from './random/program.js'
import { type Ground, openGround, runProgram, type StepOutcome, stateOf } from './random/run-program.js'
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
  /** The program, shortened. */
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
  /** Programs that differed. */
  readonly mismatches: readonly Mismatch[]
}

/** Runs random programs on two backends and compares. Closes neither. */
export async function differential(options: DifferentialOptions): Promise<DifferentialReport> {
  const { programs = 1000, length = 20, limit = 1, concurrency = 4, seed } = options
  const pair = await Pair.open(options.left, options.right)
  const all = fc.sample(programArbitrary(length), { seed, numRuns: programs })
  const requests: Record<string, { ok: number; failed: number }> = {}
  const mismatches: Mismatch[] = []
  let next = 0
  let done = 0
  const work = async () => {
    while (next < all.length && mismatches.length < limit) {
      const number = next++
      const program = all[number] as Program
      // Carrier takes the kernel up to a second to tell everywhere: looked at in every fortieth program only.
      const patience = number % 40 === 0 ? patiently : usually
      const found = await pair.compare(program, patience, requests)
      done++
      if (found.length === 0) continue
      // An answer that never comes costs so much time with each try that the program is told as it is.
      const hangs = found.some((line) => line.includes('no answer'))
      const shortened = hangs ? program : await shorten(pair, program, patience)
      const again = hangs ? found : await pair.compare(shortened, patience)
      mismatches.push({
        number,
        program: shortened,
        code: codeOf(shortened),
        differences: again.length > 0 ? again : ['(not every time)', ...found],
        drawn: found,
      })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await pair.settle()
  return { seed, programs: done, requests, mismatches }
}

/** A mismatch in words: what differs, and the program. */
export function mismatchText(mismatch: Mismatch, seed: number): string {
  const lines = (differences: readonly string[]) => differences.map((line) => `  ${line}\n`).join('')
  return [
    `program ${mismatch.number} of seed ${seed} differs (left | right):\n${lines(mismatch.differences)}`,
    `before it was shortened:\n${lines(mismatch.drawn)}`,
    mismatch.code,
  ].join('\n')
}

/** How long states may take to agree. */
interface Patience {
  /** Compare what follows the carrier too. */
  readonly carrier: boolean
  /** The longest pause before the last look, milliseconds; the pauses double from 1. */
  readonly longest: number
}

const usually: Patience = { carrier: false, longest: 512 }
const patiently: Patience = { carrier: true, longest: 2048 }

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

type Counts = Record<string, { ok: number; failed: number }>

/** Two backends, and the clean-up that goes on behind. */
class Pair {
  readonly #hosts: readonly [Host, Host]
  readonly #closing = new Set<Promise<void>>()

  private constructor(left: Host, right: Host) {
    this.#hosts = [left, right]
  }

  static async open(left: Driver, right: Driver): Promise<Pair> {
    return new Pair(await openHost({ driver: left }), await openHost({ driver: right }))
  }

  /** What differs when both run the program. */
  async compare(program: Program, patience: Patience, counts?: Counts): Promise<string[]> {
    const grounds = await Promise.all(this.#hosts.map((host) => openGround(host, host.driver)))
    const [left, right] = grounds as [Ground, Ground]
    try {
      const [mine, yours] = await Promise.all([runProgram(left, program), runProgram(right, program)])
      if (counts !== undefined) count(program, mine, counts)
      const answers = program.flatMap((step, i) =>
        differences(told(mine[i]), told(yours[i])).map((line) => `${i} ${step.request.operation} ${line}`),
      )
      if (answers.length > 0) return answers
      const states = await this.#states(left, right, patience)
      if (states.length > 0) return states
      return await this.#events(left, right)
    } finally {
      // The kernel takes its time to remove a namespace: nobody waits for it.
      for (const ground of grounds) {
        const closing = ground.close().finally(() => this.#closing.delete(closing))
        this.#closing.add(closing)
      }
      if (this.#closing.size > 64) await Promise.all(this.#closing)
    }
  }

  /** Waits until everything is let go. */
  async settle(): Promise<void> {
    await Promise.all(this.#closing)
  }

  /** Compares the states, for some time until they agree: the kernel does part of its work behind. */
  async #states(left: Ground, right: Ground, patience: Patience): Promise<string[]> {
    for (let pause = 1; ; pause *= 2) {
      const { carrier, longest } = patience
      const [mine, yours] = await Promise.all([stateOf(left, carrier), stateOf(right, carrier)])
      const found = differences(mine, yours)
      if (found.length === 0 || pause > longest) return found
      await sleep(pause)
    }
  }

  async #events(left: Ground, right: Ground): Promise<string[]> {
    const read = async (ground: Ground) => {
      const sides = ['a', 'b'] as const
      return Promise.all(
        sides.map(async (side) => {
          await ground.namespaces[side].rule.add({ priority: sentinel, table: 'main' })
          return (await ground.events[side].upToSentinel()).map((line) => `${side} ${line}`)
        }),
      )
    }
    const [mine, yours] = (await Promise.all([read(left), read(right)])).map((sides) => sides.flat()) as [
      string[],
      string[],
    ]
    return [
      ...mine.filter((line) => !yours.includes(line)).map((line) => `event ${line} | (missing)`),
      ...yours.filter((line) => !mine.includes(line)).map((line) => `event (missing) | ${line}`),
    ]
  }
}

/** The kernel's sentence is for people: it may differ. */
function told(outcome: StepOutcome | undefined): object {
  if (outcome === undefined) return { code: 'nothing' }
  const { detail: _, ...rest } = outcome
  return rest
}

function count(program: Program, outcomes: readonly StepOutcome[], counts: Counts): void {
  for (const [i, step] of program.entries()) {
    const { operation } = step.request
    const row = counts[operation] ?? { ok: 0, failed: 0 }
    counts[operation] = row
    if (outcomes[i]?.code === 'ok') row.ok++
    else row.failed++
  }
}
