/** The programs that the benchmark compares: built or found, and installed where asked. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Where the repository is. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where what is built and written on the way lies. */
export const cache = `${root}node_modules/.cache/vnet-bench`

const packages = [
  'gcc',
  'libc6-dev',
  'iproute2',
  'python3-pyroute2',
  'golang-go',
  'golang-github-vishvananda-netlink-dev',
]

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

const newest = (folder) =>
  Math.max(0, ...readdirSync(folder, { recursive: true }).map((file) => statSync(`${folder}/${file}`).mtimeMs))

/** Whether a program is there and younger than the folder of its sources: in a guest kernel a compiler takes long. */
const current = (program, sources) => existsSync(program) && statSync(program).mtimeMs > newest(sources)

/** Compiles the limit; throws where there is no compiler, since every ratio needs it. */
export function buildLimit() {
  const program = `${cache}/limit`
  if (current(program, `${here}c`)) return program
  mkdirSync(cache, { recursive: true })
  const sources = readdirSync(`${here}c`).filter((file) => file.endsWith('.c'))
  execFileSync('gcc', ['-O2', '-o', program, ...sources.map((file) => `${here}c/${file}`)], {
    stdio: 'inherit',
  })
  return program
}

/** Compiles the Go peer; `undefined` where Go or the library is missing. */
function buildGo() {
  const program = `${cache}/vishvananda`
  if (current(program, `${here}go`)) return [program]
  if (!works('go', 'version') || !existsSync('/usr/share/gocode/src/github.com/vishvananda/netlink')) return undefined
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' }
  execFileSync('go', ['build', '-o', program, `${here}go/netlink.go`], { stdio: 'inherit', env })
  return [program]
}

/** Whether a package of ours is built; says so where a source is younger than what was built. */
function built(name) {
  const folders = ['core', 'linux', name].map((each) => `${root}packages/${each}`)
  if (!folders.every((folder) => existsSync(`${folder}/dist/index.js`))) return false
  const stale = folders.filter((folder) => newest(`${folder}/src`) > newest(`${folder}/dist`))
  for (const folder of stale) process.stderr.write(`note: ${folder}/dist is older than its sources\n`)
  return true
}

/** The command of every contender that is here and wanted, by name, and the names of those that are absent. */
export function findContenders(wanted = () => true) {
  const python = '/usr/bin/python3'
  const vnet = (driver) => (built(driver) ? [process.execPath, `${here}vnet/main.mjs`, driver] : undefined)
  const find = {
    ip: () => (works('ip', '-V') ? [] : undefined),
    pyroute2: () => (works(python, '-c', 'import pyroute2') ? [python, `${here}python/peer.py`] : undefined),
    vishvananda: buildGo,
    napi: () => vnet('napi'),
    ffi: () => vnet('ffi'),
  }
  const found = Object.keys(find)
    .filter(wanted)
    .map((name) => [name, find[name]()])
  return {
    commands: Object.fromEntries(found.filter(([, command]) => command)),
    absent: found.filter(([, command]) => !command).map(([name]) => name),
  }
}
