// Packs the published packages and looks at what is inside.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * @typedef {{ name: string, file: string, contents: string[], manifest: Record<string, any> }} Tarball
 */

/**
 * One tarball for each package, by short name.
 *
 * @param {string} folder
 * @returns {Map<string, Tarball>}
 */
export function pack(folder) {
  const names = readdirSync(join(root, 'packages')).filter((name) => name !== 'node_modules')
  const workspaces = names.flatMap((name) => ['--workspace', `packages/${name}`])
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder, ...workspaces], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const list = Object.values(JSON.parse(output))
  return new Map(
    names.map((name) => {
      const packed = list.find((entry) => entry.name === `@vnet/${name}`)
      const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
      const contents = packed.files.map((file) => file.path)
      return [name, { name, file: join(folder, packed.filename), contents, manifest }]
    }),
  )
}

/**
 * Fails on files that are missing or do not belong there, on install scripts, and on what publint and attw find.
 *
 * @param {Tarball} tarball
 */
export function checkTarball({ name, file, contents, manifest }) {
  for (const wanted of ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts']) {
    if (!contents.includes(wanted)) throw new Error(`${wanted} is missing`)
  }
  const stray = contents.filter((path) => /^test\/|\.tsbuildinfo$|\.test\.|^build\//.test(path))
  if (stray.length > 0) throw new Error(`does not belong there: ${stray.join(', ')}`)
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    if (manifest.scripts?.[script] !== undefined) throw new Error(`has the script ${script}`)
  }
  // A binding.gyp at the top makes npm compile on installation.
  if (contents.includes('binding.gyp')) throw new Error('has a binding.gyp at the top')
  if (name === 'napi' && !contents.some((path) => /^prebuilds\/linux-x64\/.*glibc\.node$/.test(path))) {
    throw new Error('has no binary for linux-x64 with glibc')
  }
  tool('publint', ['run', file, '--strict'])
  tool('attw', [file, '--profile', 'esm-only', '--no-emoji', '--no-color'])
  return `${contents.length} files`
}

function tool(command, args) {
  const result = spawnSync(join(root, 'node_modules/.bin', command), args, { cwd: root, encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${command}:\n${result.stdout}${result.stderr}`)
}
