/** A lab for the time of a function; a failure of whatever kind leaves evidence. @module */
import { createLab } from './create.js'
import type { Lab } from './lab.js'
import type { LabOptions } from './spec.js'

/** What evidence was written for: a failure is told of it once. */
const told = new WeakSet<object>()

/**
 * A function for a test: it makes a lab, runs the body, and closes the lab. Where the body fails, by an assertion or anything
 * else, what the lab recorded is written, and where it is stands in the error's message.
 *
 * @example
 * test('a hears b', withLab({ hosts: ['a', 'b'], links: [['a', 'b']] }, async (lab) => {
 *   await assertReach(lab, 'a', 'b')
 * }))
 */
export const withLab =
  <T>(options: LabOptions, body: (lab: Lab) => T | Promise<T>): (() => Promise<T>) =>
  async () => {
    const lab = await createLab(options)
    try {
      return await body(lab)
    } catch (error) {
      if (error instanceof Error && !told.has(error)) {
        told.add(error)
        await tell(lab, error)
      }
      throw error
    } finally {
      await lab.close()
    }
  }

/** Adds the evidence to the message; where the runner has made the stack already, to that too. */
async function tell(lab: Lab, error: Error): Promise<void> {
  if (/^Evidence/m.test(error.message)) return
  const { message, stack } = error
  error.message = `${message}\n${await lab.evidenceText()}`
  if (stack?.includes(message) && message !== '') error.stack = stack.replace(message, () => error.message)
}
