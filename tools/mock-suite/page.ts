/** The page: the tests of the mock, whose results go to who opened it. @module */
import { testMock } from './tests.js'
import type { TestEnd } from './vitest.js'

const ends: TestEnd[] = []
await testMock((end) => void ends.push(end))
await fetch('/results', { method: 'POST', body: JSON.stringify(ends) })
