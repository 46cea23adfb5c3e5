/** What the conformance suite uses of vitest, in a page: tests one after another, and the same `expect`. @module */
import { customMatchers, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from '@vitest/expect'
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
  /** Why it was skipped, or what failed. */
  readonly why?: string
}

type Body = (task: { skip(reason?: string): never }) => unknown
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

/** A test. */
export function it(title: string, options: { readonly timeout?: number }, body: Body): void {
  tests.push({ name: [...path, title].join(' > '), limit: options.timeout ?? 30_000, body })
}

/** What comes after all tests. */
export function afterAll(body: () => unknown): void {
  endings.push(body)
}

/** Runs what was registered; tells each end. */
export async function runTests(told: (end: TestEnd) => void): Promise<void> {
  for (const { name, limit, body } of tests) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`did not end within ${limit} ms`)), limit)
    })
    try {
      await Promise.race([Promise.resolve().then(() => body({ skip })), late])
      told({ name, state: 'passed' })
    } catch (error) {
      if (error instanceof Skipped) told({ name, state: 'skipped', why: error.message })
      else told({ name, state: 'failed', why: error instanceof Error ? `${error.stack}` : String(error) })
    } finally {
      clearTimeout(timer)
    }
  }
  for (const end of endings) await end()
}

function skip(reason = ''): never {
  throw new Skipped(reason)
}
