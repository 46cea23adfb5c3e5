/** Every test of the mock: its own files, the conformance suite among them. @module */
/// <reference types="vite/client" />
import { file, runTests, type TestEnd } from './vitest.js'

const files = import.meta.glob('../../packages/mock/test/*.test.ts')

/** Runs them, one after another. */
export async function testMock(): Promise<readonly TestEnd[]> {
  const ends: TestEnd[] = []
  for (const [path, load] of Object.entries(files)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    await file(name, load).catch((error: Error) => {
      ends.push({ name, state: 'failed', why: `it does not load: ${error.stack}` })
    })
  }
  await runTests((end) => void ends.push(end)).catch((error: Error) => {
    ends.push({ name: 'after all tests', state: 'failed', why: String(error.stack) })
  })
  return ends
}
