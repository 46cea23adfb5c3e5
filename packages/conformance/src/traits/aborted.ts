/** Abort: an `AbortError`, at once, with nothing done when it came before the request; the connection goes on. @module */
import { expect } from 'vitest'
import { aborts } from '../expectation.js'
import { stateAtRest } from '../rest.js'
import type { Suite } from '../suite.js'
import { forEveryOperation, outcome } from './trait.js'

/** Registers the trait. */
export function aborted(suite: Suite): void {
  suite.group('before', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const before = await stateAtRest(place.ns)
      await aborts(place.ns.execute([sample.request(place)], { signal: AbortSignal.abort() }))
      expect(await stateAtRest(place.ns)).toEqual(before)
    })
  })

  suite.group('the reason that was given', (inner) => {
    inner.test('is what the call rejects with', [], async ({ ns }) => {
      const reason = new Error('enough')
      await expect(ns.link.list({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const abort = new AbortController()
      const call = ns.execute([{ operation: 'link list', spec: {} }], { signal: abort.signal })
      abort.abort(reason)
      const [end] = await Promise.allSettled([call])
      if (end.status === 'rejected') expect(end.reason).toBe(reason)
    })
  })

  suite.group('during', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const request = sample.request(place)
      const abort = new AbortController()
      const call = place.ns.execute([request], { signal: abort.signal })
      abort.abort()
      const [end] = await Promise.allSettled([call])
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'AbortError' })
      else expect(end.value.map(outcome)).toEqual(['ok'])
      // The answer that nobody waits for any more must not be taken for that of the next request.
      const [next] = await place.ns.execute([{ operation: 'link get', spec: { link: 'lo' } }])
      expect(next).toMatchObject({ ok: true, value: { name: 'lo' } })
    })
  })
}
