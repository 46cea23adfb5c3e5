/** After close, and while closing: every operation rejects with `VNET_CLOSED`, and nothing hangs. @module */
import { expect } from 'vitest'
import { fails } from '../expectation.js'
import type { Suite } from '../suite.js'
import { forEveryOperation } from './trait.js'

/** Registers the trait. */
export function closed(suite: Suite): void {
  suite.group('after close', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const request = sample.request(place)
      await place.ns.close()
      const error = await fails(place.ns.execute([request]), 'VNET_CLOSED')
      expect(error.operation).toMatch(/\S/)
    })
  })

  suite.group('during close', (inner) => {
    forEveryOperation(inner, async (_context, sample, place) => {
      const call = place.ns.execute([sample.request(place)])
      const closing = place.ns.close()
      const [end] = await Promise.allSettled([call])
      await closing
      // It was either done before the connection closed, or it says that it was closed.
      if (end.status === 'fulfilled') expect(end.value[0]).toMatchObject({ ok: true })
      else expect(end.reason).toMatchObject({ code: 'VNET_CLOSED' })
    })
  })
}
