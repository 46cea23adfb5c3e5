// What a package publishes beside its types: a file for each of its entries, and one for each part that is loaded later.
//
//   node ../../tools/bundle.mjs        in the folder of a package, after tsc has written the types into dist
//
// Node finds, reads and links each module of its own: a command of 700 small files takes twice as long to begin as the
// same in few (docs/decisions/0109). Other packages stay what they are.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { rolldown } from 'rolldown'

const { exports: named, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
/** Entries that no `exports` names: the program of the package loads them. */
const programs = manifest.bin === undefined ? [] : ['src/run.ts']
const entries = [...Object.values(named).map((way) => way['vnet-source']), ...programs]
/** The place in dist of a file of src, without its ending. */
const placeOf = (file) => relative('src', file).replace(/\.ts$/, '')

const declared = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((way) =>
  Object.keys(manifest[way] ?? {}),
)
/** What is left of `using` for older Nodes, which is a part of ours. */
const helpers = '@oxc-project/runtime/'
const isOther = (id) => {
  if (declared.some((name) => id === name || id.startsWith(`${name}/`))) return true
  if (/^[./\0]/.test(id) || isBuiltin(id) || id.startsWith(helpers) || entries.includes(id)) return false
  throw new Error(`${manifest.name} imports ${id}, which is not among its dependencies`)
}

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((file) => [placeOf(file), file])),
  platform: 'node',
  external: isOther,
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  // As tsconfig.base.json: `using` is newer than the oldest Node.
  transform: { target: 'es2022' },
  treeshake: { moduleSideEffects: false },
})
// Parts lie beside the entries, at the top: the code looks for what else is in the package from there.
const { output } = await bundle.write({
  dir: 'dist',
  format: 'es',
  sourcemap: true,
  keepNames: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'part-[name].js',
})
await bundle.close()

// What was there before and is no more; only now, for a program may be running.
const written = new Set(output.flatMap(({ fileName }) => [fileName, `${fileName}.map`]))
for (const name of readdirSync('dist', { recursive: true })) {
  if (/\.js(\.map)?$/.test(name) && !written.has(name)) rmSync(join('dist', name), { force: true })
}
