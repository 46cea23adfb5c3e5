/** The programs that the benchmark compares: built or found, and installed where asked. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Where the repository is. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where what is built and written on the way lies. */
export const cache = `${root}node_modules/.cache/vnet-bench`

const packages = ['gcc', 'libc6-dev', 'iproute2', 'python3-pyroute2', 'golang-go', 'golang-github-vishvananda-netlink-dev']

const works = (command, ...words) => {
  try {
    execFileSync(command, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Installs the peers with Debian's package manager. */
export function install() {
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const words = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  execFileSync('apt-get', words, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

/** Compiles the limit; throws where there is no compiler, since every ratio needs it. */
export function buildLimit() {
  mkdirSync(cache, { recursive: true })
  const sources = readdirSync(`${here}c`).filter((file) => file.endsWith('.c'))
  execFileSync('gcc', ['-O2', '-o', `${cache}/limit`, ...sources.map((file) => `${here}c/${file}`)], { stdio: 'inherit' })
  return `${cache}/limit`
}

/** Compiles the Go peer; `undefined` where Go or the library is missing. */
function buildGo() {
  if (!works('go', 'version') || !existsSync('/usr/share/gocode/src/github.com/vishvananda/netlink')) return undefined
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' }
  execFileSync('go', ['build', '-o', `${cache}/vishvananda`, `${here}go/netlink.go`], { stdio: 'inherit', env })
  return [`${cache}/vishvananda`]
}

/** Whether a package of ours is built as its sources are now. */
function built(name) {
  const file = `${root}packages/${name}/dist/index.js`
  if (!existsSync(file)) return false
  const newest = Math.max(...globSync(`${root}packages/{core,linux,${name}}/src/**/*.ts`).map((path) => statSync(path).mtimeMs))
  if (statSync(file).mtimeMs < newest) process.stderr.write(`note: ${name}/dist may be older than its sources; npx turbo run build\n`)
  return true
}

/** The command of every contender that is here, by name, and the names of those that are absent, with what is missing. */
export function findContenders() {
  const python = '/usr/bin/python3'
  const vnet = (driver) => (built(driver) ? [process.execPath, `${here}vnet/main.mjs`, driver] : undefined)
  const all = {
    ip: works('ip', '-V') ? [] : undefined,
    pyroute2: works(python, '-c', 'import pyroute2') ? [python, `${here}python/peer.py`] : undefined,
    vishvananda: buildGo(),
    napi: vnet('napi'),
    ffi: vnet('ffi'),
  }
  const names = Object.keys(all)
  return {
    commands: Object.fromEntries(names.filter((name) => all[name]).map((name) => [name, all[name]])),
    absent: names.filter((name) => !all[name]),
  }
}
