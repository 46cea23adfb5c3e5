/** The page: the tests of the mock, whose results go to who opened it. @module */
import { testMock } from './tests.js'

await fetch('/results', { method: 'POST', body: JSON.stringify(await testMock()) })
