/** The same as plain functions, for `node:test` and any other runner. @module */
import { AssertionError } from 'node:assert'
import type { Lab } from './lab.js'
import { complaint } from './matcher.js'
import type { ReachOptions } from './reach.js'

/**
 * Every address of `to` answers `from`. On failure evidence is written.
 *
 * @throws AssertionError with the answers, and where the evidence is
 */
export const assertReach = (lab: Lab, from: string, to: string, options: ReachOptions = {}): Promise<void> =>
  check(lab, from, to, options, false)

/**
 * No address of `to` answers `from`. On failure evidence is written.
 *
 * @throws AssertionError with the answers, and where the evidence is
 */
export const assertNoReach = (lab: Lab, from: string, to: string, options: ReachOptions = {}): Promise<void> =>
  check(lab, from, to, options, true)

async function check(lab: Lab, from: string, to: string, options: ReachOptions, isNot: boolean): Promise<void> {
  const reach = await lab.reachAs(from, to, options, ({ all, some }) => (isNot ? !some : all))
  if (isNot ? !reach.some : reach.all) return
  throw new AssertionError({
    message: await complaint(lab, reach, isNot),
    actual: reach.answers.map(({ address, error }) => `${address} ${error ?? 'answered'}`),
    expected: reach.answers.map(({ address }) => `${address} ${isNot ? 'silent' : 'answered'}`),
    operator: isNot ? 'assertNoReach' : 'assertReach',
  })
}
