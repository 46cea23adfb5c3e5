// The test tiers in guest kernels: which tests, how long they may take, and what is done on the host before.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { added, unpassedIn } from './counts.mjs'
import { bundleTests } from './guest-bundle.mjs'
import { sideBySide } from './side-by-side.mjs'

const vitest = 'node_modules/.bin/vitest'

/**
 * What QEMU's newer kernel has and User-Mode Linux has not, with its neighbours in the suite: kinds of links, and options
 * that came with Linux 6.2 to 6.11; and its network cards. All tests would take hours there.
 */
const newer = `any kind|behind a VRF|other kind|ignored option|wireguard|netkit|encap|tunnel frames|neighbourVlanSuppress:|rapid deployment|bridge vlan|flower(, by)? .*(flags of a tunnel|may fragment|index of|fault management|continuity|bridge knows|zone|PFCP)|option (${[
  'backupNexthop',
  'broadcastCutoff',
  'fdbMaxLearned',
  'localBypass',
  'macAuthenticationBypass',
  'multicastMaxGroups',
  'neighbourVlanSuppress',
  'seed',
].join('|')})|as ethtool tells|drivers tell|by the same seed`

const newest = ['conformance.test', '-t', newer]
const onBinding = "on '(napi|ffi)'"
/** Tests on a kernel, by their headings; those of the same files on the mock have run on the host. */
const onKernel = ['-t', `driver (napi|ffi)|${onBinding}`]
/** What of the command, and of what is explained: WireGuard; and what udev calls a card. */
const command = [
  ...['--project=explain', 'wireguard.test', 'kind-json.test', 'nic-udev.test', 'explain.test'],
  ...['-t', 'says what wg says|wireguard: all|rapid deployment|in UDP|named by udev|napi.*WireGuard'],
]

/**
 * Seconds for the whole run, how many times longer each test may take, and what of each package is tested without arguments
 * of the caller's: the kernel by both bindings, and what of the command needs more than most hosts have.
 *
 * @typedef {readonly [project: string, ...words: string[]]} Guest the tests that a guest of its own runs; more packages
 *   are words
 * @type {Record<'uml' | 'qemu', { seconds: number, patience: number, guests: readonly Guest[] }>}
 */
const tiers = {
  uml: {
    seconds: 1500,
    patience: 8,
    guests: [
      // The longest first, so that none is left alone at the end.
      ['napi', 'first.conformance.test', 'teql.test', 'nic-ethtool.test'],
      ['napi', 'second.conformance.test', 'switch.test', 'kind-differential.test', 'traffic-differential.test'],
      ['cli', 'bridge.test', 'kind-json.test', 'traffic-json.test', 'macsec.test', 'team.test', ...onKernel],
      ['pppoe', 'test/interop.test'],
      // In CI little, so that one guest will do.
      ['ffi', 'first.conformance.test', 'second.conformance.test', 'teql.test'],
      // Few: guests of their own would begin for as long as they test.
      [
        ...['explain', '--project=test', 'explain.test', 'lab.test'],
        ...['-t', `^${onBinding}|${onBinding} a line that is bad`],
      ],
    ],
  },
  qemu: {
    seconds: 3600,
    patience: 30,
    guests: [
      ['napi', 'wireguard-join.test', 'nic-ethtool.test', ...newest],
      ['cli', ...command],
      ['ffi', ...newest],
    ],
  },
}

/** @param {string | undefined} tier @returns {tier is 'uml' | 'qemu'} */
export const isGuest = (tier) => tier === 'uml' || tier === 'qemu'

/**
 * Runs vitest in guest kernels, after the sources have been compiled on the host: a guest runs JavaScript several times
 * slower. Tests are shared out among guests, one more at once than there are processors: a guest is hardly faster than one,
 * and at times it waits for a clock. Returns the exit status.
 *
 * @param {'uml' | 'qemu'} tier
 * @param {readonly string[]} args
 */
export async function runGuestTests(tier, args) {
  const { seconds, patience, guests } = tiers[tier]
  process.env.VNET_PATIENCE ??= String(patience)
  const chosen = args.length === 0 ? await own(withoutRun(guests)) : await ofCaller(args)
  const runner = fileURLToPath(new URL('guest/run.mjs', import.meta.url))
  // Here once, for the guests would do it at the same time.
  const installed = spawnSync('node', [runner, '--kernel', tier, '--install'], { stdio: 'inherit' })
  if (installed.status !== 0) process.exit(installed.status ?? 1)
  const guest = [runner, '--kernel', tier, '--timeout', String(seconds), '--write', 'artifacts', '--']
  const report = process.env.VNET_REPORT ?? `${process.env.VNET_ARTIFACTS}/tests.json`
  const runs = chosen.map(([project, ...words], number) => ({
    project,
    argv: ['node', ...guest, 'node', vitest, 'run', '--project', project, ...words],
    report: report.replace(/(\.json)?$/, `-${number + 1}-${project}.json`),
  }))
  for (const run of runs) rmSync(run.report, { force: true })
  const statuses = await sideBySide(
    runs.map(({ argv, report }) => ({ argv, env: { ...process.env, VNET_REPORT: report } })),
    availableParallelism() + 1,
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
 * The suite through the second binding is the first one's over again: where runs came before (`VNET_RAN`, their reports
 * joined by colons), a guest takes only what has passed in none of them. By hand everything runs.
 */
function withoutRun(/** @type {readonly Guest[]} */ guests) {
  const files = (process.env.VNET_RAN ?? '').split(':').filter((file) => existsSync(file))
  if (files.length === 0) return guests
  const left = unpassedIn(
    files.map((file) => JSON.parse(readFileSync(file, 'utf8'))),
    'ffi',
  )
  return guests.map((guest) => {
    if (guest[0] !== 'ffi') return guest
    const option = guest.indexOf('-t')
    const [words, chosen] = option === -1 ? [guest, ''] : [guest.slice(0, option), guest[option + 1]]
    const names = left.filter((name) => new RegExp(chosen ?? '').test(name))
    const pattern = `^(${names.map((name) => name.replaceAll(/[$()*+.?[\\\]^{|}]/g, '.')).join('|')})$`
    return /** @type {Guest} */ ([...words, '-t', pattern])
  })
}

/** The tests of the tier, compiled; all at once, which may be a few more. */
async function own(/** @type {readonly Guest[]} */ guests) {
  const packages = [...new Set(guests.map(([project]) => project))].flatMap((project) => ['--project', project])
  const words = guests.flatMap(([, ...all]) => (all.includes('-t') ? all.slice(0, all.indexOf('-t')) : all))
  await compiled([...packages, ...new Set(words)])
  return guests
}

/** The tests that the caller has chosen, compiled: for each package that has such, the arguments but for the package. */
async function ofCaller(/** @type {readonly string[]} */ args) {
  const words = args.filter((arg, i) => !arg.startsWith('--project') && args[i - 1] !== '--project')
  const listed = (await compiled(args)).matchAll(/^\[(\S+)\] /gm)
  /** @type {readonly Guest[]} */
  const guests = [...new Set([...listed].map(([, project = '']) => project))].map((project) => [project, ...words])
  if (guests.length > 0) return guests
  console.error('no test is chosen')
  process.exit(1)
}

/**
 * Bundles and compiles the tests that the words choose, and lists them: `list` takes the filters of `run`, reads the same files,
 * and leaves them compiled (fsModuleCache in vitest.config.ts).
 */
async function compiled(/** @type {readonly string[]} */ words) {
  const files = list('--filesOnly', ...words).matchAll(/^\[\S+\] (.*)$/gm)
  const folder = `${process.env.VNET_ARTIFACTS}/bundles`
  await bundleTests([...new Set([...files].map(([, file = '']) => file))], folder)
  process.env.VNET_BUNDLES = folder
  return list(...words)
}

function list(/** @type {readonly string[]} */ ...words) {
  const { status, stdout } = spawnSync(vitest, ['list', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) process.exit(status ?? 1)
  return stdout
}
