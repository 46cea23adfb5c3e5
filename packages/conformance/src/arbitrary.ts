/** Random programs of requests over a small universe of names and addresses (fast-check arbitraries). @module */
import { cleanRequest, doubtfulOptions, type KnownKind, knownKinds, type LooseRequest } from '@vnet/core'
import * as fc from 'fast-check'
import { ipRequests } from './random/ip-request.js'
import { kindRequests } from './random/kind-request.js'
import { l2Requests } from './random/l2-request.js'
import { linkRequests } from './random/link-request.js'
import type { Program, Step } from './random/program.js'
import { trafficRequests } from './random/traffic-request.js'

/** What random programs are about: bridges and what goes by them, every kind of link as well, or traffic control. */
export type ProgramSubject = 'network' | 'kinds' | 'traffic'

function requestsAbout(
  subject: ProgramSubject,
  kinds: readonly KnownKind[],
): readonly fc.WeightedArbitrary<LooseRequest>[] {
  switch (subject) {
    case 'network':
      return [...linkRequests, ...ipRequests, ...l2Requests]
    case 'kinds':
      return [...linkRequests, ...kindRequests(kinds)]
    case 'traffic':
      return [...linkRequests, ...trafficRequests]
  }
}

/** One random request that the client takes; it may well fail on the backend. */
const requestArbitrary = (subject: ProgramSubject, kinds: readonly KnownKind[]): fc.Arbitrary<LooseRequest> =>
  fc
    .oneof(...requestsAbout(subject, kinds))
    .filter((request) => isTaken(request) && (subject !== 'kinds' || isSure(request)))

/** Whether the client takes the request: wrong arguments are the same on all backends, so they tell nothing. */
export function isTaken(request: LooseRequest): boolean {
  try {
    cleanRequest(request)
    return true
  } catch {
    return false
  }
}

/** Whether all its options are older than the kernels that are compared may be. */
const isSure = (request: LooseRequest): boolean => doubtfulOptions(cleanRequest(request)).length === 0

/** One step: mostly in the first of the two namespaces. */
const stepArbitrary = (subject: ProgramSubject, kinds: readonly KnownKind[]): fc.Arbitrary<Step> =>
  fc.record({
    in: fc.oneof(
      { weight: 4, arbitrary: fc.constant('a' as const) },
      { weight: 1, arbitrary: fc.constant('b' as const) },
    ),
    request: requestArbitrary(subject, kinds),
  })

const inA = (operation: LooseRequest['operation'], spec: object): Step => ({
  in: 'a',
  request: { operation, spec } as unknown as LooseRequest,
})

/** A bridge with a port, addressed and up, so that most of what follows finds something. */
const bridged: Program = [
  inA('link set', { link: 'lo', up: true }),
  inA('link add', { kind: 'bridge', name: 'l0', mac: '02:00:00:00:01:01', up: true }),
  inA('link add', {
    ...{ kind: 'veth', name: 'l1', mac: '02:00:00:00:01:02', up: true, master: 'l0' },
    peer: { name: 'l2', mac: '02:00:00:00:01:03', up: true },
  }),
  inA('address add', { link: 'l0', address: '10.0.0.1/24' }),
]

/** Two ends of a cable, free for links that stand on them and for masters. */
const cabled: Program = [
  inA('link add', {
    ...{ kind: 'veth', name: 'l0', mac: '02:00:00:00:01:01', up: true },
    peer: { name: 'l1', mac: '02:00:00:00:01:02', up: true },
  }),
]

/** Links with something of traffic control. */
const shaped: Program = [
  inA('link add', { kind: 'bridge', name: 'l0', mac: '02:00:00:00:01:01' }),
  inA('link add', {
    ...{ kind: 'veth', name: 'l1', mac: '02:00:00:00:01:02', up: true },
    peer: { name: 'l2', mac: '02:00:00:00:01:03' },
  }),
  inA('qdisc add', { link: 'l1', kind: 'htb', handle: '1:' }),
  inA('class add', { link: 'l1', kind: 'htb', classId: '1:1', rate: 1_000_000 }),
  inA('qdisc add', { link: 'l1', kind: 'clsact' }),
  inA('filter add', {
    link: 'l1',
    parent: 'ingress',
    kind: 'u32',
    priority: 1,
    protocol: 'ip',
    handle: '2:',
    divisor: 4,
  }),
]

/** What programs begin with. */
const beginnings: { readonly [subject in ProgramSubject]: readonly Program[] } = {
  network: [[], bridged],
  kinds: [[], bridged, cabled, cabled],
  traffic: [shaped],
}

/** A program of `length` requests; of subject `kinds` with links of these kinds, besides the usual. */
export function programArbitrary(
  length: number,
  subject: ProgramSubject = 'network',
  kinds: readonly KnownKind[] = knownKinds,
): fc.Arbitrary<Program> {
  return fc
    .tuple(fc.constantFrom(...beginnings[subject]), stepsArbitrary(length, subject, kinds))
    .map(([beginning, rest]) => [...beginning, ...rest].slice(0, length))
}

/** A program that begins with nothing in particular: for namespaces in which there is something. */
export function stepsArbitrary(
  length: number,
  subject: ProgramSubject,
  kinds: readonly KnownKind[],
): fc.Arbitrary<Program> {
  return fc.array(stepArbitrary(subject, kinds), { minLength: length, maxLength: length })
}
