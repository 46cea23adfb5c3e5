/** The same request twice: the second gives the kernel's code, or succeeds where the operation says so. @module */
import { expect } from 'vitest'
import { stateAtRest } from '../rest.js'
import type { Suite } from '../suite.js'
import { forEveryOperation, outcome } from './trait.js'

/** Registers the trait. */
export function duplicate(suite: Suite): void {
  suite.group('one after another', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const request = sample.request(place)
      const before = await stateAtRest(place.ns)
      const [first] = await place.ns.execute([request])
      expect(outcome(first)).toBe('ok')
      const between = await stateAtRest(place.ns)
      if (!sample.changes) expect(between).toEqual(before)
      const [second] = await place.ns.execute([request])
      expect(outcome(second)).toBe(sample.again)
      expect(await stateAtRest(place.ns)).toEqual(between)
    })
  })

  suite.group('in one batch', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const request = sample.request(place)
      const results = await place.ns.execute([request, request])
      expect(results.map(outcome)).toEqual(['ok', sample.again])
    })
  })
}
