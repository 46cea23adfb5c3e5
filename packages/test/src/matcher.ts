/** Matchers for `expect.extend`, of vitest as of jest. @module */
import { wrongArgument } from '@vnet/core'
import { Lab } from './lab.js'
import { type Reach, type ReachOptions, reachText } from './reach.js'

/** What a matcher is told by its runner. */
export interface MatcherContext {
  /** Behind `.not`. */
  readonly isNot?: boolean
}

/** What a matcher tells its runner. */
export interface MatcherResult {
  /** Whether it is so, whatever is wanted. */
  readonly pass: boolean
  /** What to say where it is not as wanted. */
  message(): string
}

/**
 * The matchers as methods of `expect(lab)`, to add to the types of a runner:
 * `declare module 'vitest' { interface Matchers<T> extends LabMatchers {} }`.
 */
export interface LabMatchers {
  /** Every address of the one answers the other; with `.not` none does. On failure evidence is written. */
  toReach(from: string, to: string, options?: ReachOptions): Promise<void>
}

/** What was found where it was not as wanted, and the evidence. */
export async function complaint(lab: Lab, reach: Reach, isNot: boolean): Promise<string> {
  const wanted = isNot ? 'not to reach' : 'to reach'
  return `expected ${reach.from} ${wanted} ${reach.to}: ${reachText(reach)}\n${await lab.evidenceText()}`
}

/**
 * For `expect.extend(labMatchers)`, once for each file of tests.
 *
 * @example
 * expect.extend(labMatchers)
 * await expect(lab).toReach('a', 'b')
 * await expect(lab).not.toReach('a', 'c', { within: 5 })
 */
export const labMatchers = {
  /** See {@link LabMatchers.toReach}. */
  async toReach(
    this: MatcherContext,
    received: unknown,
    from: string,
    to: string,
    options: ReachOptions = {},
  ): Promise<MatcherResult> {
    if (!(received instanceof Lab))
      throw wrongArgument('VNET_TYPE', 'expect toReach', 'received', 'a lab is needed', 'give what createLab returned')
    const isNot = this.isNot === true
    const reach = await received.reachAs(from, to, options, ({ all, some }) => (isNot ? !some : all))
    const pass = isNot ? reach.some : reach.all
    const text = pass === isNot ? await complaint(received, reach, isNot) : ''
    return { pass, message: () => text }
  },
}
