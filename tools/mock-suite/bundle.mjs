// The tests of the mock as one program, without vitest: for a page, and for Node without a grant.
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A tenth of the frames by chance that the tests send in vitest: what differs here is not the mock. */
export const environment = { VNET_FUZZ_FRAMES: '1200', ...(process.env.CI ? { CI: 'true' } : {}) }

/** A module of Node, as seen from a browser: whatever is called of it says that it is not there. */
const absent = (/** @type {string} */ id, /** @type {string[]} */ names) =>
  names.map((name) => `export const ${name} = () => { throw new Error('needs Node: ${id}') }`).join('\n')

/** Puts absent modules in the place of Node's. */
const nodeIsAbsent = {
  name: 'node-is-absent',
  /** @type {'pre'} */
  enforce: 'pre',
  resolveId: (/** @type {string} */ id) => (isBuiltin(id) ? `\0node:${id.replace('node:', '')}` : undefined),
  async load(/** @type {string} */ id) {
    if (!id.startsWith('\0node:')) return undefined
    const names = Object.keys(await import(id.slice(1))).filter(
      (name) => /^[a-zA-Z]+$/.test(name) && name !== 'default',
    )
    return absent(id.slice(1), names)
  },
}

/** A file of tests gives nothing, and its package says that loading a file does nothing; but that registers its tests. */
const testsAreKept = {
  name: 'tests-are-kept',
  transform: (/** @type {string} */ code, /** @type {string} */ id) =>
    id.endsWith('.test.ts') ? { code, map: null, moduleSideEffects: true } : undefined,
}

/**
 * Writes `suite.js`, and what it loads while it runs, into `folder`. With `node` its modules are Node's own, else there are none.
 *
 * @param {string} folder @param {{ node: boolean }} options
 */
export async function bundle(folder, { node }) {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: {
      conditions: ['vnet-source', ...(node ? ['node'] : ['browser']), 'module', 'import'],
      alias: { vitest: `${root}tools/mock-suite/vitest.ts` },
    },
    define: node ? {} : { 'process.env': JSON.stringify(environment), 'process.pid': '1' },
    build: {
      lib: {
        entry: `tools/mock-suite/${node ? 'program' : 'page'}.ts`,
        formats: ['es'],
        fileName: () => 'suite.js',
      },
      outDir: folder,
      minify: false,
      target: node ? 'node20' : 'esnext',
      rollupOptions: { external: (id) => node && isBuiltin(id) },
    },
    plugins: [testsAreKept, ...(node ? [] : [nodeIsAbsent])],
  })
}
