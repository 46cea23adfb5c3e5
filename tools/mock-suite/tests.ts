/** Every test of the mock: its own files, the conformance suite among them. @module */
/// <reference types="vite/client" />
import { file, runTests, type TestEnd } from './vitest.js'

// Two look at the sources, and at a process.
const files = import.meta.glob([
  '../../packages/mock/test/*.test.ts',
  '!../../packages/mock/test/{browser,permission}.test.ts',
])

/** Runs them, one after another, and tells each end. */
export async function testMock(told: (end: TestEnd) => void): Promise<void> {
  const fail = (name: string, why: string) => told({ name, state: 'failed', why })
  for (const [path, load] of Object.entries(files)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    await file(name, load).catch((error: Error) => fail(name, `it does not load: ${error.stack}`))
  }
  await runTests(told).catch((error: Error) => fail('after all tests', String(error.stack)))
}
