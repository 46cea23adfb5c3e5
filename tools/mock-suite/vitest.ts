/** What the tests of the mock use of vitest, outside of it: tests one after another, and the same `expect`. @module */
import { customMatchers, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from '@vitest/expect'
import * as spies from '@vitest/spy'
import * as chai from 'chai'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

/** vitest's own assertions. */
export const expect = chai.expect as typeof chai.expect & { extend(expect: object, matchers: object): void }
expect.extend(expect, customMatchers)
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null }, expect as never)

/** How a test ended. */
export interface TestEnd {
  /** Headings and title, outermost first. */
  readonly name: string
  /** `passed`, `failed` or `skipped`. */
  readonly state: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped, or what failed: before it passed, at the first try. */
  readonly why?: string
}

type Task = { skip(reason?: string): never }
type Body = (task: Task) => unknown
type Options = { readonly timeout?: number }
interface Test {
  readonly name: string
  readonly limit: number
  readonly body: Body
}

/** Thrown where a test says that it cannot run. */
class Skipped extends Error {}

const tests: Test[] = []
const endings: (() => unknown)[] = []
let path: readonly string[] = []

/** Tests under a heading. */
export function describe(title: string, register: () => void): void {
  const outer = path
  path = [...path, title]
  register()
  path = outer
}

/** The tests of a file, which come while it is loaded. */
export async function file(title: string, load: () => Promise<unknown>): Promise<void> {
  path = [title]
  await load().finally(() => {
    path = []
  })
}

/** A test; the longest time that it may take stands before or after what it does. */
export function test(title: string, ...rest: readonly [Body, (number | undefined)?] | readonly [Options, Body]): void {
  const [body, limit] = typeof rest[0] === 'function' ? (rest as [Body, number?]) : [rest[1] as Body, rest[0].timeout]
  tests.push({ name: [...path, title].join(' > '), limit: limit ?? 60_000 * patience, body })
}

/** A test for each of the cases: lists are its arguments, anything else is the one argument. */
test.each =
  (cases: readonly unknown[]) =>
  (title: string, body: (...values: unknown[]) => unknown, limit?: number): void => {
    for (const value of cases) {
      const values = Array.isArray(value) ? value : [value]
      test(titled(title, values), () => body(...values), limit)
    }
  }

export { test as it }

/** `%s` are the arguments in turn, `$name` is a property of the only one. */
function titled(title: string, values: readonly unknown[]): string {
  let next = 0
  return title
    .replaceAll('%s', () => String(values[next++]))
    .replaceAll(/\$(\w+)/g, (_, name) => String((values[0] as Record<string, unknown>)[name]))
}

/** Spies, and what is tried until it holds. */
export const vi = {
  spyOn: spies.spyOn,
  async waitFor(check: () => void): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return check()
      } catch (error) {
        if (tries === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  },
}

/** What comes after all tests. */
export function afterAll(body: () => unknown): void {
  endings.push(body)
}

/** As in vitest.config.ts: a machine that is shared may starve a test, so that in CI it has a second try, which the report tells. */
const tries = process.env.CI ? 2 : 1
/** How many times longer a test may take. */
const patience = process.env.CI ? 3 : 1

/** Runs what was registered; tells each end. */
export async function runTests(told: (end: TestEnd) => void): Promise<void> {
  for (const { name, limit, body } of tests) {
    let end = await tried(name, limit, body)
    for (let left = tries - 1; left > 0 && end.state === 'failed'; left--) {
      const { why = '' } = end
      end = await tried(name, limit, body)
      if (end.state === 'passed') end = { ...end, why }
    }
    told(end)
  }
  for (const end of endings) await end()
}

async function tried(name: string, limit: number, body: Body): Promise<TestEnd> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${limit} ms`)), limit)
  })
  try {
    await Promise.race([Promise.resolve().then(() => body({ skip })), late])
    return { name, state: 'passed' }
  } catch (error) {
    if (error instanceof Skipped) return { name, state: 'skipped', why: error.message }
    return { name, state: 'failed', why: error instanceof Error ? `${error.stack}` : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

function skip(reason = ''): never {
  throw new Skipped(reason)
}
