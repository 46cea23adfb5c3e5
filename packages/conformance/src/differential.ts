/** The same random program on two backends: what they answer, what they hold afterwards, and what they told must agree. @module */
import { type Capability, type Driver, type Host, knownKinds, openHost } from '@vnet/core'
import * as fc from 'fast-check'
import { isTaken, type ProgramSubject, programArbitrary } from './arbitrary.js'
import { sleep } from './expectation.js'
import { sentinel } from './random/event-sequence.js'
import { type Ground, openGround } from './random/ground.js'
import { isOlderAnswer, unlike, unlikeEvents } from './random/older-kernel.js'
import { codeOf, type Program } from './random/program.js'
import { runProgram, type StepOutcome, stateOf } from './random/run-program.js'
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
  const { programs = 1000, length = 20, limit = 1, concurrency = 4, subject = 'network', seed } = options
  const pair = await Pair.open(options.left, options.right, subject === 'traffic')
  const kinds = knownKinds.filter((kind) => [options.left, options.right].every((driver) => has(driver, kind)))
  const all = fc.sample(programArbitrary(length, subject, kinds), { seed, numRuns: programs })
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
      const found = await pair.compareInTurn(program, patience, requests)
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
        // That may also be what an earlier program in the same namespaces has left behind.
        differences: again.length > 0 ? again : ['(not in new namespaces, or not every time)', ...found],
        drawn: found,
      })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await pair.settle()
  return { seed, programs: done, requests, mismatches }
}

const has = ({ supports }: Driver, kind: string): boolean => supports[`link ${kind}` as Capability] === true

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

type Grounds = readonly [left: Ground, right: Ground]
type Counts = Record<string, { ok: number; failed: number }>

/** Two backends, and the clean-up that goes on behind. */
class Pair {
  readonly #hosts: readonly [Host, Host]
  /** Traffic control is compared too. */
  readonly #traffic: boolean
  readonly #closing = new Set<Promise<void>>()
  readonly #free: Grounds[] = []

  private constructor(left: Host, right: Host, traffic: boolean) {
    this.#hosts = [left, right]
    this.#traffic = traffic
  }

  static async open(left: Driver, right: Driver, traffic: boolean): Promise<Pair> {
    return new Pair(await openHost({ driver: left }), await openHost({ driver: right }), traffic)
  }

  /** What differs when both run the program, in namespaces that other programs may have had before and left empty. */
  async compareInTurn(program: Program, patience: Patience, counts: Counts): Promise<string[]> {
    const grounds = this.#free.pop() ?? (await this.#open())
    const found = await this.#compareOn(grounds, program, patience, counts)
    const empty = found.length > 0 ? [false] : await Promise.all(grounds.map((ground) => ground.empty()))
    if (empty.every(Boolean)) this.#free.push(grounds)
    else await this.#close(grounds)
    return found
  }

  /** What differs when both run the program in new namespaces. */
  async compare(program: Program, patience: Patience): Promise<string[]> {
    const grounds = await this.#open()
    try {
      return await this.#compareOn(grounds, program, patience)
    } finally {
      await this.#close(grounds)
    }
  }

  async #compareOn([left, right]: Grounds, program: Program, patience: Patience, counts?: Counts): Promise<string[]> {
    const [mine, yours] = await Promise.all([runProgram(left, program), runProgram(right, program)])
    if (counts !== undefined) count(program, mine, counts)
    // What follows the answer of an older kernel cannot be compared.
    const older = program.findIndex(({ request }, i) => isOlderAnswer(request, mine[i]?.code, yours[i]?.code))
    const answers = (older === -1 ? program : program.slice(0, older)).flatMap((step, i) =>
      unlike(told(mine[i]), told(yours[i])).map((line) => `${i} ${step.request.operation} ${line}`),
    )
    if (answers.length > 0 || older !== -1) return answers
    const states = await this.#states(left, right, patience)
    if (states.length > 0) return states
    return await this.#events(left, right)
  }

  async #open(): Promise<Grounds> {
    const [left, right] = this.#hosts
    return Promise.all([openGround(left, left.driver), openGround(right, right.driver)])
  }

  /** The kernel takes its time to remove a namespace: nobody waits for it, unless there are very many. */
  async #close(grounds: Grounds): Promise<void> {
    for (const ground of grounds) {
      const closing = ground.close().finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    }
    if (this.#closing.size > 64) await Promise.all(this.#closing)
  }

  /** Waits until everything is let go. */
  async settle(): Promise<void> {
    for (const grounds of this.#free.splice(0)) await this.#close(grounds)
    await Promise.all(this.#closing)
  }

  /** Compares the states, for some time until they agree: the kernel does part of its work behind. */
  async #states(left: Ground, right: Ground, patience: Patience): Promise<string[]> {
    for (let pause = 1; ; pause *= 2) {
      const { carrier, longest } = patience
      const look = { carrier, traffic: this.#traffic }
      const [mine, yours] = await Promise.all([stateOf(left, look), stateOf(right, look)])
      const found = unlike(mine, yours)
      if (found.length === 0 || pause > longest) return found
      await sleep(pause)
    }
  }

  async #events(left: Ground, right: Ground): Promise<string[]> {
    const found: string[] = []
    for (const side of ['a', 'b'] as const) {
      const told = async ({ namespaces, events }: Ground) => {
        await namespaces[side].rule.add({ priority: sentinel, table: 'main' })
        return events[side].upToSentinel()
      }
      const [mine, yours] = await Promise.all([told(left), told(right)])
      found.push(...unlikeEvents(mine, yours).map((line) => `${side} ${line}`))
    }
    return found
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
