import { expect, it } from 'vitest'
import { mostOnce } from './agreement.js'

it('of few programs one may differ once, of many two of 10,000', () => {
  expect([60, 2500, 10_000, 14_999, 50_000].map(mostOnce)).toEqual([1, 1, 2, 2, 10])
})
