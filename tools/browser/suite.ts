/** The page: the conformance suite on the mock, whose results go to who opened it. @module */
import { conformance } from '@vnet/conformance'
import { mockDriver } from '@vnet/mock'
import { runTests, type TestEnd } from './vitest.js'

const ends: TestEnd[] = []
conformance({ name: 'mock in a browser', createDriver: () => mockDriver() })
await runTests((end) => void ends.push(end)).catch((error: Error) => {
  ends.push({ name: 'after all tests', state: 'failed', why: String(error.stack) })
})
await fetch('/results', { method: 'POST', body: JSON.stringify(ends) })
