// `npm run test:programs`: random programs on the mock and on the kernel in numbers, in several processes side by side.
//
//   npm run test:programs                   10,000: half of them the same at every run, half of the day
//   npm run test:programs -- 50000          as many as that
//
// What differs is told last, shortened, with the command that runs the same programs again; as `not repeated` what did so once and never
// when it was run again, of which a run may have few (packages/napi/test/agreement.ts).
//
// One process stands still for most of the time, for with each deletion the kernel waits for a grace period of RCU; in two
// the waits overlap. More would stand in line for the lock of rtnetlink, which the deletion of a bridge holds all the while.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sideBySide } from './side-by-side.mjs'

const wanted = Number(process.argv[2] ?? 10_000)
if (process.argv.length > 3 || !Number.isSafeInteger(wanted) || wanted < 1)
  throw new RangeError('usage: programs.mjs [PROGRAMS]')

/** What each process is about; its place in the list is its share of the seeds. */
const subjects = ['traffic', 'network', 'network', 'network']
/** Seeds of a process: one that stays and that of the day. */
const seeds = 2
const each = Math.ceil(wanted / (subjects.length * seeds))
// A test may run in another folder.
const report = resolve(process.env.VNET_REPORT ?? 'artifacts/programs.json')
const kept = resolve(process.env.VNET_ARTIFACTS ?? 'artifacts/programs')
const began = performance.now()

const processes = subjects.map((subject, i) => ({
  subject,
  share: String(i + 1),
  report: report.replace(/(\.json)?$/, `-${i + 1}.json`),
  mismatches: join(kept, `mismatches-${i + 1}.txt`),
}))
mkdirSync(kept, { recursive: true })
for (const { report, mismatches } of processes) for (const file of [report, mismatches]) rmSync(file, { force: true })

const statuses = await sideBySide(
  processes.map(({ subject, share, report, mismatches }) => ({
    argv: ['node', 'tools/test.mjs', '--project', 'napi', 'packages/napi/test/differential.test.ts'],
    env: {
      ...process.env,
      VNET_SUBJECT: subject,
      VNET_ROW: '4',
      VNET_PROGRAMS: String(each),
      VNET_SHARE: share,
      VNET_REPORT: report,
      VNET_MISMATCHES: mismatches,
    },
  })),
  2,
)
const told = processes
  .map(({ mismatches }) => (existsSync(mismatches) ? readFileSync(mismatches, 'utf8') : ''))
  .join('')
if (told !== '') console.log(told)
const once = told.match(/^not repeated: /gm)?.length ?? 0
const seconds = ((performance.now() - began) / 1000).toFixed(0)
const failed = statuses.filter((status) => status !== 0).length
const total = each * seeds * subjects.length
console.log(
  `${total} random programs on mock and kernel, ${seconds} s; not repeated: ${once}; processes that failed: ${failed}`,
)
process.exitCode = failed === 0 ? 0 : 1
