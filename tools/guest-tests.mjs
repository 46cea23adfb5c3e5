// The test tiers in guest kernels: which tests, how long they may take, and what is done on the host before.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { added } from './counts.mjs'
import { sideBySide } from './side-by-side.mjs'

const vitest = 'node_modules/.bin/vitest'

/**
 * What QEMU's newer kernel has and User-Mode Linux has not, with its neighbours in the suite: kinds of links, and options
 * that came with Linux 6.2 to 6.7. All tests would take hours there.
 */
const newer = `any kind|other kind|ignored option|wireguard|netkit|encap|rapid deployment|bridge vlan|option (${[
  'backupNexthop',
  'broadcastCutoff',
  'fdbMaxLearned',
  'localBypass',
  'macAuthenticationBypass',
  'multicastMaxGroups',
  'neighbourVlanSuppress',
].join('|')})`

const newest = ['conformance.test', '-t', newer]
const wireguard = ['wireguard.test', 'kind-json.test', '-t', 'says what wg says|wireguard: all|rapid deployment|in UDP']

/**
 * Seconds for the whole run, how many times longer each test may take, and what of each package is tested without arguments
 * of the caller's: the kernel by both bindings, and what of the command needs more than most hosts have.
 *
 * @type {Record<'uml' | 'qemu', { seconds: number, patience: number, tests: Record<string, string[]> }>}
 */
const tiers = {
  uml: {
    seconds: 1500,
    patience: 8,
    tests: {
      napi: ['conformance.test', 'switch.test', 'teql.test'],
      ffi: ['conformance.test'],
      cli: ['bridge.test', 'kind-json.test', 'traffic-json.test', 'macsec.test'],
    },
  },
  qemu: { seconds: 3600, patience: 30, tests: { napi: newest, ffi: newest, cli: wireguard } },
}

/** @param {string | undefined} tier @returns {tier is 'uml' | 'qemu'} */
export const isGuest = (tier) => tier === 'uml' || tier === 'qemu'

/**
 * Runs vitest in guest kernels, after the sources have been compiled on the host: a guest runs JavaScript several times
 * slower. Each package's tests have a guest of their own, as many at once as there are processors: a guest is hardly
 * faster than one. Returns the exit status.
 *
 * @param {'uml' | 'qemu'} tier
 * @param {readonly string[]} args
 */
export async function runGuestTests(tier, args) {
  const { seconds, patience, tests } = tiers[tier]
  process.env.VNET_PATIENCE ??= String(patience)
  const chosen = args.length === 0 ? own(tests) : ofCaller(args)
  const runner = fileURLToPath(new URL('guest/run.mjs', import.meta.url))
  // Here once, for the guests would do it at the same time.
  const installed = spawnSync('node', [runner, '--kernel', tier, '--install'], { stdio: 'inherit' })
  if (installed.status !== 0) process.exit(installed.status ?? 1)
  const guest = [runner, '--kernel', tier, '--timeout', String(seconds), '--write', 'artifacts', '--']
  const report = process.env.VNET_REPORT ?? `${process.env.VNET_ARTIFACTS}/tests.json`
  const runs = Object.entries(chosen).map(([project, words]) => ({
    project,
    argv: ['node', ...guest, 'node', vitest, 'run', '--project', project, ...words],
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

/** The tests of the tier, compiled; all at once, which may be a few more. */
function own(/** @type {Record<string, string[]>} */ tests) {
  const packages = Object.keys(tests).flatMap((project) => ['--project', project])
  compiled([...packages, ...new Set(Object.values(tests).flat())])
  return tests
}

/** The tests that the caller has chosen, compiled: for each package that has such, the arguments but for the package. */
function ofCaller(/** @type {readonly string[]} */ args) {
  const words = args.filter((arg, i) => !arg.startsWith('--project') && args[i - 1] !== '--project')
  const listed = compiled(args).matchAll(/^\[(\S+)\] /gm)
  const tests = Object.fromEntries([...listed].map(([, project]) => [project, words]))
  if (Object.keys(tests).length > 0) return tests
  console.error('no test is chosen')
  process.exit(1)
}

/**
 * Compiles what tests read, and lists them: `list` takes the filters of `run`, reads the same files, and leaves them
 * compiled (fsModuleCache in vitest.config.ts).
 */
function compiled(/** @type {readonly string[]} */ words) {
  const { status, stdout } = spawnSync(vitest, ['list', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) process.exit(status ?? 1)
  return stdout
}
