// Installs what a guest kernel needs, by apt and as root; else says what is missing.
import { spawnSync } from 'node:child_process'
import { find } from './program.mjs'

/** Makes sure that all is there that the kernel needs. Throws an `Error` that says what is missing. */
export function install(/** @type {import('./guest.mjs').Kernel} */ kernel) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`guest kernels run on Linux with x86-64; this is ${process.platform} with ${process.arch}`)
  }
  const missing = () => kernel.needs.filter(({ file }) => find(file) === undefined)
  const packages = [
    ...new Set(missing().map(({ package: name, before }) => (before && !isKnown(name) ? before : name))),
  ]
  if (packages.length > 0) {
    if (process.getuid?.() !== 0 || find('apt-get') === undefined) {
      throw new Error(`needs ${packages.join(' ')}: as root on Debian, apt-get install ${packages.join(' ')}`)
    }
    console.error(`guest: installing ${packages.join(' ')}`)
    apt(['install', '-y', '--no-install-recommends', ...packages])
    const still = missing().map(({ file }) => file)
    if (still.length > 0) throw new Error(`${packages.join(' ')} installed, but there is no ${still.join(', ')}`)
  }
  kernel.prepare?.()
}

/** Whether apt knows a package of this name. */
const isKnown = (/** @type {string} */ name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0

/** Runs apt-get; when it fails, once more with a fresh list of packages. */
export function apt(/** @type {readonly string[]} */ words, cwd = '.') {
  if (attempt(words, cwd).status === 0) return
  attempt(['update'], cwd)
  const { status, output } = attempt(words, cwd)
  if (status !== 0)
    throw new Error(`apt-get ${words.join(' ')} failed:\n${output.trimEnd().split('\n').slice(-10).join('\n')}`)
}

function attempt(/** @type {readonly string[]} */ words, /** @type {string} */ cwd) {
  const options = ['-q', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120']
  const result = spawnSync('apt-get', [...options, ...words], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeout: 300_000,
  })
  return { status: result.status, output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}` }
}
