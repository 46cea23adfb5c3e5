/** The same random network, with pings through it, on two backends: who answers, what else is said, and what was learned must agree. @module */
import { type Driver, type LooseRequest, openHost } from '@vnet/core'
import { isTaken } from './arbitrary.js'
import type { Mismatch } from './differential.js'
import { pingedProgram } from './pinged-program.js'
import { chanceOf } from './random/chance.js'
import { differences } from './random/difference.js'
import { networkProgram } from './random/network.js'
import { codeOf, type Program, type Step } from './random/program.js'
import { type NetworkOutcome, runNetwork } from './random/run-network.js'
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
  /** Packets that were seen to arrive on the left, of all networks together. */
  readonly packets: number
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
  let packets = 0
  const compare = async (program: Program, counts?: Record<string, number>): Promise<string[]> => {
    const [mine, yours] = await Promise.all(hosts.map((host) => runNetwork(host, program, closing)))
    if (counts !== undefined) {
      const last = Object.values(mine?.known ?? {}).at(-1) ?? {}
      learned += Object.values(last).reduce((sum, known) => sum + known.learned.length, 0)
      for (const row of Object.values(mine?.arrived ?? {}))
        packets += Object.values(row).reduce((sum, heard) => sum + (heard?.length ?? 0), 0)
      for (const [step, { code }] of Object.entries(mine?.outcomes ?? {}))
        if (step.endsWith(' ping')) counts[code] = (counts[code] ?? 0) + 1
    }
    return differences(...withoutCircles(mine as NetworkOutcome, yours as NetworkOutcome))
  }
  /** Every fourth is one of requests that know nothing of each other; in half of all nobody speaks by himself. */
  const drawn = (number: number) => {
    const chance = chanceOf(seed, number)
    const quiet = number % 8 < 4
    const program = number % 4 === 1 ? pingedProgram(chance, quiet) : networkProgram(chance, { vlans, quiet })
    return program.filter(({ request }) => isTaken(request))
  }
  const doubtful: number[] = []
  const work = async () => {
    // A backend that is wrong everywhere is known to be so early.
    while (next < programs && doubtful.length < 10 + limit) {
      const number = next++
      if ((await compare(drawn(number), pings)).length > 0) doubtful.push(number)
      done++
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  for (const number of doubtful.sort((one, other) => one - other)) {
    if (mismatches.length >= limit) break
    const program = patient(drawn(number))
    const found = await everyTime(program, compare)
    if (found.length > 0) mismatches.push({ number, ...(await shortened(program, found, compare)) })
  }
  await Promise.all(closing)
  return { programs: done, pings, learned, packets, mismatches }
}

type Compare = (program: Program) => Promise<string[]>

/**
 * What differs however often it is run, now that nothing else goes on: on a busy machine an answer comes after its time on one side,
 * and a timer fires between two requests.
 */
async function everyTime(program: Program, compare: Compare): Promise<string[]> {
  let found: string[] = []
  for (let tries = 0; tries < 3; tries++) {
    found = await compare(program)
    if (found.length === 0) return []
  }
  return found
}

/** The program with pings that wait for longer. */
function patient(program: Program): Program {
  return program.map((step) => {
    if (step.request.operation !== 'ping') return step
    return { ...step, request: { ...step.request, spec: { ...step.request.spec, timeout: 0.8 } } as LooseRequest }
  })
}

/** The program made shorter while the same is different. */
async function shortened(
  program: Program,
  drawn: readonly string[],
  compare: Compare,
): Promise<Omit<Mismatch, 'number'>> {
  const outcomes = drawn.filter((line) => line.startsWith('outcomes'))
  const sorts = new Set((outcomes.length > 0 ? outcomes : drawn).map(sortOf))
  const differs = async (shorter: Program): Promise<boolean> =>
    shorter.every(({ request }) => isTaken(request)) &&
    shorter.filter(hasRandomMac).length <= program.filter(hasRandomMac).length &&
    (await compare(shorter)).some((line) => sorts.has(sortOf(line)))
  const short = await shrink(program, differs, 150)
  const found = await compare(short)
  const differences = found.length > 0 ? found : ['(not every time)', ...drawn]
  return { program: short, code: codeOf(short), differences, drawn }
}

/** What a difference is about, wherever it is: a program that is shortened must go on to show the same one. */
function sortOf(line: string): string {
  return /^outcomes\.\d+ \w (.*)$/.exec(line)?.[1] ?? (/^\w+/.exec(line)?.[0] as string)
}

/** A link without a MAC of its own has one by chance, and what is known by it differs each time. */
function hasRandomMac({ request: { operation, spec } }: Step): boolean {
  const { kind, mac, peer } = spec as {
    readonly kind?: string
    readonly mac?: string
    readonly peer?: { mac?: string }
  }
  if (operation !== 'link add' || kind === 'tun') return false
  return mac === undefined || (kind === 'veth' && peer?.mac === undefined)
}

/** Both without what arrived from the row on in which packets went round in a circle, which ends in the mock alone. */
function withoutCircles(left: NetworkOutcome, right: NetworkOutcome): [NetworkOutcome, NetworkOutcome] {
  const isFlooded = ({ arrived }: NetworkOutcome, row: string) =>
    Object.values(arrived[row] ?? {}).some((packets) => packets === undefined)
  const rows = Object.keys(left.arrived)
  const first = rows.findIndex((row) => isFlooded(left, row) || isFlooded(right, row))
  if (first === -1) return [left, right]
  const cut = ({ arrived, ...rest }: NetworkOutcome): NetworkOutcome => ({
    ...rest,
    arrived: Object.fromEntries(Object.entries(arrived).filter(([row]) => rows.indexOf(row) < first)),
  })
  return [cut(left), cut(right)]
}
