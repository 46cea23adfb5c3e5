// The test tiers in guest kernels: which tests, how long they may take, and what is done on the host before.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { added } from './counts.mjs'
import { sideBySide } from './side-by-side.mjs'

const files = ['conformance.test', 'switch.test']
const both = ['--project', 'napi', '--project', 'ffi']
const vitest = 'node_modules/.bin/vitest'

/** Seconds for the whole run, and how many times longer each test may take. */
const limits = { uml: { seconds: 1500, patience: 8 }, qemu: { seconds: 3600, patience: 30 } }

/** @param {string | undefined} tier @returns {tier is 'uml' | 'qemu'} */
export const isGuest = (tier) => tier === 'uml' || tier === 'qemu'

/**
 * Runs vitest in guest kernels, after the sources have been compiled on the host: a guest runs JavaScript several times
 * slower. Each package's tests have a guest of their own, as many at once as there are processors: a guest is hardly
 * faster than one. Without arguments of the caller's, the tests of the kernel by both bindings. Returns the exit status.
 *
 * @param {'uml' | 'qemu'} tier
 * @param {readonly string[]} args
 */
export async function runGuestTests(tier, args) {
  const { seconds, patience } = limits[tier]
  process.env.VNET_PATIENCE ??= String(patience)
  const chosen = args.length === 0 ? [...both, ...files] : args
  const projects = compile(chosen)
  const runner = fileURLToPath(new URL('guest/run.mjs', import.meta.url))
  const guest = [runner, '--kernel', tier, '--timeout', String(seconds), '--write', 'artifacts', '--']
  const report = process.env.VNET_REPORT ?? `${process.env.VNET_ARTIFACTS}/tests.json`
  const runs = projects.map((project) => ({
    project,
    argv: ['node', ...guest, 'node', vitest, 'run', '--project', project, ...withoutProjects(chosen)],
    report: report.replace(/(\.json)?$/, `-${project}.json`),
  }))
  for (const run of runs) rmSync(run.report, { force: true })
  const statuses = await sideBySide(
    runs.map(({ argv, report }) => ({ argv, env: { ...process.env, VNET_REPORT: report } })),
    availableParallelism(),
  )
  for (const [i, { project }] of runs.entries()) {
    if (statuses[i] !== 0) console.log(`Failed in the guest of ${project}: exit status ${statuses[i]}`)
  }
  // A guest that was cut off has written none.
  const reports = runs.map(({ report }) => report).filter((report) => existsSync(report))
  const sum = added(reports.map((report) => JSON.parse(readFileSync(report, 'utf8'))))
  if (runs.length > 1) {
    console.log(`In ${reports.length} guests: ${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
  }
  return statuses.find((status) => status !== 0) ?? 0
}

/**
 * Compiles what the chosen tests read, and returns the packages that have such tests. `list` takes the filters of `run`,
 * reads the same files, and leaves them compiled (fsModuleCache in vitest.config.ts).
 */
function compile(/** @type {readonly string[]} */ chosen) {
  const { status, stdout } = spawnSync(vitest, ['list', ...chosen], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) process.exit(status ?? 1)
  const projects = new Set([...stdout.matchAll(/^\[(\S+)\] /gm)].map(([, project]) => project))
  if (projects.size > 0) return [...projects]
  console.error('no test is chosen')
  process.exit(1)
}

/** The arguments but for `--project NAME`. */
function withoutProjects(/** @type {readonly string[]} */ args) {
  return args.filter((arg, i) => !arg.startsWith('--project') && args[i - 1] !== '--project')
}
