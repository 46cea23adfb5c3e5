// Installs and builds what is missing, without any dependency: this runs before there are any.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const stale = staleness()
if (stale !== undefined) console.log(`${stale}: installing`)
// Installing builds too, by the script `prepare`.
const [command, ...words] =
  stale === undefined ? ['node', 'tools/prepare.mjs'] : ['npm', stale === 'node_modules is missing' ? 'ci' : 'install']
const { status, error } = spawnSync(command, words, { cwd: root, stdio: 'inherit' })
if (error) throw error
process.exitCode = status ?? 1

/**
 * Why dependencies must be installed, or `undefined` when all are there, as package-lock.json says.
 */
function staleness() {
  const read = (path) => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
  if (!existsSync(new URL('node_modules/.package-lock.json', root))) return 'node_modules is missing'
  const wanted = read('package-lock.json').packages
  const present = read('node_modules/.package-lock.json').packages
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional || entry.link) continue
    if (present[path] === undefined) return `${path} is missing`
    if (present[path].version !== entry.version) return `${path} is not ${entry.version}`
  }
  return undefined
}
