// Prints the last lines of CI: which tests failed, and the tests of all runs, added up. `node tools/count.mjs FOLDER FAILED_STEPS`
import { readdirSync, readFileSync } from 'node:fs'
import { added, failedIn } from './counts.mjs'

const [folder = 'artifacts/reports', steps = '0'] = process.argv.slice(2)
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))
const failed = reports.flatMap(failedIn)
if (failed.length > 0) console.log(['Failed tests:', ...failed].join('\n  '))
const sum = added(reports)
// A step that failed without a failing test still fails the run.
if (sum.failed === 0) sum.failed = Number(steps)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
