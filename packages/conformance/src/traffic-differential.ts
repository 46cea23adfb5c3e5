/** The same random network, with pings through it, on two backends: who answers, what else is said, and what was learned must agree. @module */
import { type Driver, openHost } from '@vnet/core'
import { isTaken } from './arbitrary.js'
import type { Mismatch } from './differential.js'
import { pingedProgram } from './pinged-program.js'
import { chanceOf } from './random/chance.js'
import { differences } from './random/difference.js'
import { networkProgram } from './random/network.js'
import { codeOf, type Program } from './random/program.js'
import { runNetwork } from './random/run-network.js'
import { shrink } from './random/shrink.js'

/** What is compared, and how much of it. */
export interface TrafficDifferentialOptions {
  /** One backend. */
  readonly left: Driver
  /** The other. */
  readonly right: Driver
  /** Networks; default 100. */
  readonly programs?: number
  /** Where chance begins; the same seed gives the same networks. */
  readonly seed: number
  /** Ends after this many that differ; default 1. */
  readonly limit?: number
  /** Networks under way at once; default 8: most of the time is waiting for answers that do not come. */
  readonly concurrency?: number
}

/** What a run came to. */
export interface TrafficReport {
  /** Networks that were run on both sides. */
  readonly programs: number
  /** Pings, by what came of them on the left: `ok`, or the code of the error. */
  readonly pings: Readonly<Record<string, number>>
  /** MACs that bridges had learned at the end on the left, of all networks together. */
  readonly learned: number
  /** Networks that differed. */
  readonly mismatches: readonly Mismatch[]
}

/** Runs random networks on two backends and compares. Closes neither. */
export async function trafficDifferential(options: TrafficDifferentialOptions): Promise<TrafficReport> {
  const { left, right, programs = 100, seed, limit = 1, concurrency = 8 } = options
  const hosts = await Promise.all([openHost({ driver: left }), openHost({ driver: right })])
  const vlans = hosts.every((host) => host.supports['bridge vlan-filtering'] === true)
  const pings: Record<string, number> = {}
  const mismatches: Mismatch[] = []
  const closing = new Set<Promise<void>>()
  let next = 0
  let done = 0
  let learned = 0
  const compare = async (program: Program, counts?: Record<string, number>): Promise<string[]> => {
    const [mine, yours] = await Promise.all(hosts.map((host) => runNetwork(host, program, closing)))
    if (counts !== undefined) {
      const last = Object.values(mine?.known ?? {}).at(-1) ?? {}
      learned += Object.values(last).reduce((sum, known) => sum + known.learned.length, 0)
      for (const [step, { code }] of Object.entries(mine?.outcomes ?? {}))
        if (step.endsWith(' ping')) counts[code] = (counts[code] ?? 0) + 1
    }
    return differences(mine, yours)
  }
  /** Every fourth is one of requests that know nothing of each other. */
  const drawn = (number: number) => {
    const chance = chanceOf(seed, number)
    return number % 4 === 1 ? pingedProgram(chance) : networkProgram(chance, { vlans })
  }
  /** What a busy machine made late is right the second time, or the third. */
  const agreesLater = async (program: Program) =>
    (await compare(program)).length === 0 || (await compare(program)).length === 0
  const work = async () => {
    while (next < programs && mismatches.length < limit) {
      const number = next++
      const program = drawn(number).filter(({ request }) => isTaken(request))
      const differing = await compare(program, pings)
      done++
      if (differing.length === 0 || (await agreesLater(program))) continue
      // A shorter program may have random MACs, so what is known by them is looked at only where nothing else differs.
      const outcomes = differing.filter((line) => line.startsWith('outcomes'))
      const sorts = new Set((outcomes.length > 0 ? outcomes : differing).map(sortOf))
      const differs = async (shorter: Program): Promise<boolean> =>
        shorter.every(({ request }) => isTaken(request)) &&
        (await compare(shorter)).some((line) => sorts.has(sortOf(line)))
      const shortened = await shrink(program, differs, 150)
      const found = await compare(shortened)
      if (found.length === 0 && (await agreesLater(program))) continue
      mismatches.push({
        number,
        program: shortened,
        code: codeOf(shortened),
        differences: found.length > 0 ? found : ['(not every time)', ...differing],
        drawn: differing,
      })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  await Promise.all(closing)
  return { programs: done, pings, learned, mismatches }
}

/** What a difference is about, wherever it is: a program that is shortened must go on to show the same one. */
function sortOf(line: string): string {
  return /^outcomes\.\d+ \w (.*)$/.exec(line)?.[1] ?? (/^\w+/.exec(line)?.[0] as string)
}
