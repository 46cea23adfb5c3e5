/** Which calls a fault is for. @module */
import { type NamespaceInput, namespaceRef, type Operation, operations, wrongArgument } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'

/** What a driver is asked beside requests. */
const calls = ['connect', 'namespace open', 'watch', 'capture open', 'tap open', 'tun open', 'socket open'] as const

/**
 * What can fail: every request (`link add`), and what a driver is asked beside requests. `host.namespace.add()` without a
 * name is a `namespace add` too.
 */
export type FaultOperation = Operation | (typeof calls)[number]

const known: ReadonlySet<string> = new Set([...operations, ...calls])

/** What a driver was asked, as {@link FaultMatch.where} sees it. */
export interface FaultCall {
  /** The operation. */
  readonly operation: FaultOperation
  /** What it is about, as errors tell it: `br0`, `10.0.0.1/24`. */
  readonly subject: string | undefined
  /** The specification as drivers receive it: addresses are octets. */
  readonly spec: Readonly<Record<string, unknown>>
}

/** Which calls a fault is for; what is absent does not matter. */
export interface FaultMatch {
  /** The operation, or several. */
  readonly operation?: FaultOperation | readonly FaultOperation[]
  /** What it is about, as errors tell it: `br0`, `10.0.0.1/24`. */
  readonly subject?: string
  /** The namespace that it is carried out in, as everywhere a name, a reference or an object of the client. */
  readonly namespace?: NamespaceInput
  /** Whether this one is meant. */
  readonly where?: (call: FaultCall) => boolean
  /** The first that is meant among those that fit, counted from 1; 1 when absent. */
  readonly nth?: number
  /** How many are meant from there on; `Infinity` for all. 1 when absent. */
  readonly times?: number
}

/** A call and where it is carried out; the namespace is unknown where it is yet to be made. */
export interface PlacedCall extends FaultCall {
  readonly place: Namespace | undefined
}

/** Finds the namespace that a user named. A name that is not there yet fits once it is. */
export function placeOf(kernel: Kernel, input: NamespaceInput | undefined): (place: Namespace | undefined) => boolean {
  if (input === undefined) return () => true
  if (typeof input === 'object' && 'ref' in input && input.ref === undefined) {
    return (place) => place === kernel.namespaces.initial
  }
  const ref = namespaceRef(input)
  return (place) => place !== undefined && place === kernel.namespaces.find(ref)
}

/** Checks a match; the function that it returns tells which calls fit, nth and times left aside. */
export function fits(kernel: Kernel, operation: string, match: FaultMatch): (call: PlacedCall) => boolean {
  checkCounts(operation, match)
  const wanted = match.operation === undefined ? undefined : new Set([match.operation].flat())
  for (const name of wanted ?? []) {
    if (known.has(name)) continue
    const hint = `one of ${[...known].join(', ')}`
    throw wrongArgument('VNET_RANGE', operation, 'operation', `there is no operation ${JSON.stringify(name)}`, hint)
  }
  const inPlace = placeOf(kernel, match.namespace)
  return (call) =>
    (wanted === undefined || wanted.has(call.operation)) &&
    (match.subject === undefined || match.subject === call.subject) &&
    inPlace(call.place) &&
    (match.where === undefined || match.where(call))
}

/** Checks which of those that fit are meant. */
export function checkCounts(operation: string, { nth = 1, times = 1 }: Pick<FaultMatch, 'nth' | 'times'>): void {
  if (!Number.isSafeInteger(nth) || nth < 1)
    throw wrongArgument('VNET_RANGE', operation, 'nth', `${nth} is no whole number from 1`, 'the first is 1')
  if (times !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(times) || times < 1))
    throw wrongArgument('VNET_RANGE', operation, 'times', `${times} is no whole number from 1`, 'Infinity for all')
}
