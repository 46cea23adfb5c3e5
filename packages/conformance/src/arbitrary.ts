/** Random programs of requests over a small universe of names and addresses (fast-check arbitraries). @module */
import { cleanRequest, type LooseRequest } from '@vnet/core'
import * as fc from 'fast-check'
import { ipRequests } from './random/ip-request.js'
import { l2Requests } from './random/l2-request.js'
import { linkRequests } from './random/link-request.js'
import type { Program, Step } from './random/program.js'

/** One random request that the client takes; it may well fail on the backend. */
export const requestArbitrary: fc.Arbitrary<LooseRequest> = fc
  .oneof(...linkRequests, ...ipRequests, ...l2Requests)
  .filter(isTaken)

/** Whether the client takes the request: wrong arguments are the same on all backends, so they tell nothing. */
export function isTaken(request: LooseRequest): boolean {
  try {
    cleanRequest(request)
    return true
  } catch {
    return false
  }
}

/** One step: mostly in the first of the two namespaces. */
export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  in: fc.oneof(
    { weight: 4, arbitrary: fc.constant('a' as const) },
    { weight: 1, arbitrary: fc.constant('b' as const) },
  ),
  request: requestArbitrary,
})

/** A network to begin with: a bridge with a port, addressed and up, so that most of what follows finds something. */
const beginnings: readonly Program[] = [
  [],
  [
    { in: 'a', request: { operation: 'link set', spec: { link: 'lo', up: true } } },
    {
      in: 'a',
      request: { operation: 'link add', spec: { kind: 'bridge', name: 'l0', mac: '02:00:00:00:01:01', up: true } },
    },
    {
      in: 'a',
      request: {
        operation: 'link add',
        spec: {
          kind: 'veth',
          name: 'l1',
          mac: '02:00:00:00:01:02',
          up: true,
          master: 'l0',
          peer: { name: 'l2', mac: '02:00:00:00:01:03', up: true },
        },
      },
    },
    { in: 'a', request: { operation: 'address add', spec: { link: 'l0', address: '10.0.0.1/24' } } },
  ],
]

/** A program of `length` requests. */
export function programArbitrary(length: number): fc.Arbitrary<Program> {
  return fc
    .tuple(fc.constantFrom(...beginnings), fc.array(stepArbitrary, { minLength: length, maxLength: length }))
    .map(([beginning, rest]) => [...beginning, ...rest].slice(0, length))
}
