// Prints the last line of CI: the tests of all runs, added up. `node tools/count.mjs FOLDER FAILED_STEPS`
import { readdirSync, readFileSync } from 'node:fs'

const [folder = 'artifacts/reports', steps = '0'] = process.argv.slice(2)
const sum = { passed: 0, failed: 0, skipped: 0 }
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
  for (const field of Object.keys(sum)) sum[field] += report[field]
}
// A step that failed without a failing test still fails the run.
if (sum.failed === 0) sum.failed = Number(steps)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
