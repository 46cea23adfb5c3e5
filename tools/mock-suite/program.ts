/** The tests of the mock in Node, whose results go to the standard output: it may read files, and nothing else. @module */
import { testMock } from './tests.js'

console.log(JSON.stringify(await testMock()))
