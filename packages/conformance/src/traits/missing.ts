/** The subject is not there: the kernel's code, or `undefined` from `get`; and nothing has changed. @module */
import { expect } from 'vitest'
import { stateAtRest } from '../rest.js'
import type { Suite } from '../suite.js'
import { forEveryOperation, outcome } from './trait.js'

/** Registers the trait. */
export function missing(suite: Suite): void {
  forEveryOperation(suite, async (_context, sample, place) => {
    const before = await stateAtRest(place.ns)
    const request = sample.missing(place)
    const [result] = await place.ns.execute([request])
    if ('code' in sample.missingGives) {
      expect(outcome(result)).toBe(sample.missingGives.code)
      expect(result).toMatchObject({ error: { operation: request.operation } })
      expect(await stateAtRest(place.ns)).toEqual(before)
    } else {
      expect(outcome(result)).toBe('ok')
      if (sample.missingGives.value !== 'anything')
        expect(result).toEqual({ ok: true, value: sample.missingGives.value })
    }
  })
}
