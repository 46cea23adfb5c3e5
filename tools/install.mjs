// Whether node_modules is what package-lock.json says, without any dependency: this runs before there are any.
import { existsSync, readFileSync } from 'node:fs'

/**
 * Why dependencies must be installed, or `undefined` when all are there.
 *
 * @param {URL} root
 */
export function staleness(root) {
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
