/** The tests of the mock in Node, whose ends go to the standard output, a line each: it may read files, and nothing else. @module */
import { testMock } from './tests.js'

await testMock((end) => console.log(JSON.stringify(end)))
// What tests that failed left open must not keep it.
process.exit()
