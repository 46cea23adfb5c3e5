// `npm test`: installs and builds what is missing, then runs every test; those of the kernel in namespaces of their own.
//
//   npm test                        as root where we are, else rootless, else without a kernel
//   npm test -- --tier rootless     `root`, `rootless` or `none`; `uml` or `qemu` for a guest kernel with every kind of link
//   npm test -- --project mock      anything else goes to vitest
import { spawnSync } from 'node:child_process'
import { isGuest, runGuestTests } from './guest-tests.mjs'
import { bestSandbox, sandboxed } from './sandbox.mjs'

const root = new URL('..', import.meta.url)
process.chdir(root.pathname)

function run(command, ...args) {
  const result = spawnSync(command, args, { stdio: 'inherit' })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

const args = process.argv.slice(2)
const option = args.indexOf('--tier')
const asked = option === -1 ? undefined : args.splice(option, 2)[1]

run('node', 'tools/install.mjs')

const vitest = ['node_modules/.bin/vitest', 'run', ...args]
const choice = isGuest(asked) ? { tier: asked } : asked === undefined ? bestSandbox(vitest) : explicit(asked)
console.log(
  isGuest(choice.tier)
    ? `Testing in a guest kernel: ${choice.tier}`
    : choice.tier === 'none'
      ? `Testing without a kernel${choice.reason ? `: ${choice.reason}` : ''}`
      : `Testing on this kernel, ${choice.tier === 'root' ? 'as root' : 'rootless'}, in namespaces of our own`,
)
process.env.VNET_TIER = choice.tier
// One folder a tier: tools/capabilities.mjs joins them.
process.env.VNET_ARTIFACTS ??= `${root.pathname}artifacts/${choice.tier}`
if (isGuest(choice.tier)) process.exitCode = await runGuestTests(choice.tier, args)
else run(...choice.argv)

function explicit(tier) {
  if (tier === 'none') return { tier, argv: vitest }
  if (tier !== 'root' && tier !== 'rootless')
    throw new RangeError(`--tier takes root, rootless, none, uml or qemu, not ${tier}`)
  const result = sandboxed(tier, vitest)
  if ('argv' in result) return { tier, argv: result.argv }
  console.error(`--tier ${tier}: ${result.reason}`)
  process.exit(1)
}
