/** Two clients do the same at once: one of them wins, the other is told what a second request is told. @module */
import { expect } from 'vitest'
import type { Suite } from '../suite.js'
import { forEveryOperation, outcome } from './trait.js'

/** Registers the trait. */
export function concurrent(suite: Suite): void {
  forEveryOperation(suite, async (context, sample, place) => {
    const ref = place.ns.ref
    if (ref === undefined) throw new Error('the namespace has no reference')
    const second = await context.host.namespace.open(ref)
    context.defer(() => second.close())
    const request = sample.request(place)
    const [a, b] = await Promise.all([place.ns.execute([request]), second.execute([request])])
    expect([outcome(a[0]), outcome(b[0])].sort()).toEqual(['ok', sample.again].sort())
  })
}
