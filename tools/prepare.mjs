// Runs at the end of `npm ci` and `npm install`: builds what is out of date, so that `npx vnet` works at once.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const root = new URL('..', import.meta.url)
const at = (path) => new URL(path, root)
const run = (command, args) =>
  spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  }).status ?? 1

if (process.env.VNET_PREPARE === 'skip') process.exit(0)
if (!existsSync(at('node_modules/.bin/turbo'))) {
  console.log('vnet: nothing was built, because the development dependencies were left out')
  process.exit(0)
}
const status = run('node_modules/.bin/turbo', ['run', 'build', '--output-logs=errors-only', '--log-order=grouped'])
if (status !== 0) process.exit(status)
buildAddonWhereNoneFits()

/** The repository carries the addon for common machines. Elsewhere it is built if there is a compiler; the ffi backend needs none. */
function buildAddonWhereNoneFits() {
  if (process.platform !== 'linux' || !existsSync(at('packages/napi/native'))) return
  try {
    createRequire(at('packages/napi/package.json'))('node-gyp-build').resolve(at('packages/napi').pathname)
    return
  } catch {
    // None fits.
  }
  const { scripts } = JSON.parse(readFileSync(at('packages/napi/package.json'), 'utf8'))
  const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
  if (!works('c++') || !works('python3') || scripts['build:native'] === undefined) {
    console.log(
      `vnet: no prebuilt addon fits ${process.platform}-${process.arch}, and no compiler (c++, python3) is there to build one: use \`--driver ffi\``,
    )
    return
  }
  if (run('npm', ['run', '--silent', 'build:native', '--workspace', '@vnet/napi']) !== 0) {
    console.log('vnet: the addon could not be built: use `--driver ffi`')
  }
}
