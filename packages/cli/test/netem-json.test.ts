/** What no `tc` of the tests' machines can be asked for: a seed of `netem`, which iproute2 has from 6.6 on. */
import type { Qdisc } from '@vnet/core'
import { expect, it } from 'vitest'
import { netem } from '../src/render/tc-json/kind/netem.js'

it.for([
  ['42', 42],
  ['9007199254740991', 9_007_199_254_740_991],
  // JSON of JavaScript would round it.
  ['18446744073709551615', '18446744073709551615'],
] as const)('seed %s', ([seed, told]) => {
  expect(netem({ kind: 'netem', limit: 1000, seed } as Qdisc)).toEqual({ limit: 1000, seed: told, ecn: false, gap: 0 })
})
