// The test tiers in guest kernels: which tests, how long they may take, and what is done on the host before.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const files = ['conformance.test', 'switch.test']
const both = ['--project', 'napi', '--project', 'ffi']
const vitest = 'node_modules/.bin/vitest'

/** Seconds for the whole run, and how many times longer each test may take. */
const limits = { uml: { seconds: 1500, patience: 8 }, qemu: { seconds: 3600, patience: 30 } }

/** @param {string | undefined} tier @returns {tier is 'uml' | 'qemu'} */
export const isGuest = (tier) => tier === 'uml' || tier === 'qemu'

/**
 * The command line that runs vitest in a guest kernel, after the sources have been compiled on the host: a guest runs
 * JavaScript several times slower. Without arguments of the caller's, the tests of the kernel by both bindings.
 *
 * @param {'uml' | 'qemu'} tier
 * @param {readonly string[]} args
 */
export function guestTests(tier, args) {
  const { seconds, patience } = limits[tier]
  process.env.VNET_TIER = tier
  process.env.VNET_PATIENCE ??= String(patience)
  const chosen = args.length === 0 ? [...both, ...files] : args
  // `list` takes the filters of `run`, reads the same files, and leaves them compiled (fsModuleCache in vitest.config.ts).
  const compiled = spawnSync(vitest, ['list', ...chosen], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (compiled.status !== 0) process.exit(compiled.status ?? 1)
  const runner = fileURLToPath(new URL('guest/run.mjs', import.meta.url))
  const guest = ['--kernel', tier, '--timeout', String(seconds), '--write', 'artifacts', '--']
  return ['node', runner, ...guest, 'node', vitest, 'run', ...chosen]
}
