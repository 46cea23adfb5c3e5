/** Runs a program on one backend and tells, in normalised form, what came of it. @module */
import type { Link, LooseRequest, Namespace, Result } from '@vnet/core'
import { within } from '../expectation.js'
import { type NormalisedObject, type NormalisedState, normalise, readState, Scrubber, sorted } from '../normalise.js'
import type { Ground } from './ground.js'
import { type Program, place } from './program.js'
import { type TrafficState, trafficState } from './traffic-state.js'
import { chosenMacs } from './universe.js'

/** How long an answer may take, milliseconds; the kernel waits for some hundredths of a second with each deletion. */
const patience = 10_000

/** What came of one request: `ok`, or the code; and the value of a question, normalised. */
export interface StepOutcome {
  /** `ok` or the code of the failure. */
  readonly code: string
  /** The kernel's sentence, for information. */
  readonly detail?: string
  /** The answer of `get` and `list`. */
  readonly answer?: unknown
}

/** Carries out the program: neighbouring steps in one namespace go as one batch. */
export async function runProgram(ground: Ground, program: Program): Promise<StepOutcome[]> {
  const refs = { a: ground.namespaces.a.ref, b: ground.namespaces.b.ref }
  const outcomes: StepOutcome[] = []
  for (let start = 0; start < program.length; ) {
    const where = (program[start] as Program[number]).in as 'a' | 'b'
    let end = start
    while (end < program.length && (program[end] as Program[number]).in === where) end++
    const requests = program.slice(start, end).map((step) => place(step.request, refs))
    const namespace = ground.namespaces[where]
    const results = await within(patience, namespace.execute(requests))
    // Nothing more can be asked on this connection.
    if (results === undefined) return [...outcomes, ...requests.map(() => ({ code: 'no answer' }))]
    const names = requests.some(namesLinks) ? await linkNames(namespace) : noNames
    for (const [i, result] of results.entries()) outcomes.push(outcomeOf(requests[i] as LooseRequest, result, names))
    start = end
  }
  return outcomes
}

/** What is looked at besides the rest. */
export interface Look {
  /** What follows the carrier, which takes the kernel up to a second. */
  readonly carrier: boolean
  /** Traffic control. */
  readonly traffic: boolean
}

/** The states of both namespaces. */
export async function stateOf(
  ground: Ground,
  { carrier, traffic }: Look,
): Promise<Readonly<Record<'a' | 'b', NormalisedState & Partial<TrafficState>>>> {
  const read = async (namespace: Namespace) => {
    const state = normalise(await readState(namespace), { macs: chosenMacs })
    const whole = carrier ? state : withoutCarrier(state)
    return traffic ? { ...whole, ...(await trafficState(namespace, { macs: chosenMacs })) } : whole
  }
  const [a, b] = await Promise.all([read(ground.namespaces.a), read(ground.namespaces.b)])
  return { a, b }
}

/** Whether the answer has indexes of links in it. */
const namesLinks = ({ operation }: LooseRequest): boolean => / get$/.test(operation) && operation !== 'link get'

const noNames: ReadonlyMap<number, string> = new Map()

async function linkNames(namespace: Namespace): Promise<ReadonlyMap<number, string>> {
  return new Map((await namespace.link.list()).map((link) => [link.index, link.name]))
}

function outcomeOf(request: LooseRequest, result: Result<unknown>, names: ReadonlyMap<number, string>): StepOutcome {
  if (!result.ok) {
    const { code, detail } = result.error as { code?: string; detail?: string }
    return { code: code ?? result.error.name, ...(detail === undefined ? {} : { detail }) }
  }
  if (!/ (get|list)$/.test(request.operation)) return { code: 'ok' }
  // What links are called when the batch has ended; an index of a link that is gone by then has no name.
  const scrub = new Scrubber(
    [...names].map(([index, name]) => ({ index, name })),
    { macs: chosenMacs },
  )
  const value = result.value
  // Lists that are asked for in the middle hold more that is under way: their names are compared, the end state in full.
  if (Array.isArray(value))
    return { code: 'ok', answer: request.operation.startsWith('link') ? namesIn(value as Link[]) : 'list' }
  if (value === undefined) return { code: 'ok', answer: 'none' }
  if (request.operation === 'link get') return { code: 'ok', answer: nameOf(value) }
  return { code: 'ok', answer: scrub.object(value as object) }
}

/** Those of the fallback links of tunnels are there where a module is loaded. */
const namesIn = (links: readonly Link[]) => links.filter(({ fallback }) => !fallback).map(nameOf)

const nameOf = (value: unknown) => (value as { name: string }).name

const carrierFlags = new Set(['NO-CARRIER', 'linkdown', 'dead'])

function withoutCarrier(state: NormalisedState): NormalisedState {
  const scrub = (object: NormalisedObject): NormalisedObject => {
    const { operationalState: _, nextHops, flags, ...rest } = object
    const out: Record<string, unknown> = { ...rest }
    if (Array.isArray(flags)) out.flags = flags.filter((flag) => !carrierFlags.has(flag as string))
    if (Array.isArray(nextHops)) out.nextHops = nextHops.map((hop) => scrub(hop as NormalisedObject))
    return out
  }
  return { ...state, link: state.link.map(scrub), route: sorted(state.route.map(scrub)) }
}
