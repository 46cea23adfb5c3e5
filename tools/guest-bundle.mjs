// The tests of a guest kernel as few files: a guest loads a module many times slower than the host, whatever is in it.
import { rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What a test starts as a program of its own, which would load the packages again. */
const programs = ['packages/cli/test/ask.mjs']

/** A module finds what lies beside it where it was written. */
const placesAreKept = {
  name: 'places-are-kept',
  transform(/** @type {string} */ code, /** @type {string} */ id) {
    if (!code.includes('import.meta.url')) return undefined
    return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null }
  },
}

/** The backends, which `openHost` imports by a name that no bundler sees; else there would be a second core behind them. */
const backendsAreSeen = {
  name: 'backends-are-seen',
  /** @type {'pre'} */
  enforce: 'pre',
  transform(/** @type {string} */ code, /** @type {string} */ id) {
    if (!id.endsWith('/packages/core/src/open.ts')) return undefined
    const calls = /await load<.*?>\(('@vnet\/(?:napi|ffi|mock)')\)/g
    if (code.match(calls)?.length !== 3) throw new Error(`${id} imports its backends in a way that is not known here`)
    return { code: code.replaceAll(calls, '(await import($1))'), map: null }
  },
}

/**
 * Writes test files, each under its package's name and its path there, and what they load into `folder`, which is emptied
 * before. All that they say of themselves stays: names of tests, and of places, which are those of the sources.
 *
 * @param {readonly string[]} files paths from the root, `packages/NAME/test/…`
 * @param {string} folder
 */
export async function bundleTests(files, folder) {
  rmSync(folder, { recursive: true, force: true })
  // As vitest says; else Vite says `production`, to all that this process starts, too.
  process.env.NODE_ENV ??= 'test'
  const entries = [...files, ...programs].map((file) => [
    file.replace(/^packages\//, '').replace(/\.m?[jt]s$/, ''),
    file,
  ])
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { conditions: ['vnet-source', 'node', 'module', 'import'] },
    ssr: { noExternal: true, resolve: { conditions: ['vnet-source', 'node', 'module', 'import'] } },
    build: {
      ssr: true,
      outDir: folder,
      minify: false,
      target: 'node20',
      rollupOptions: {
        input: Object.fromEntries(entries),
        external: (id) => isBuiltin(id) || /^vitest(\/|$)/.test(id),
        // Packages say that loading a file of theirs does nothing; a file of tests may.
        treeshake: false,
        output: { entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
      },
    },
    plugins: [placesAreKept, backendsAreSeen],
  })
}
