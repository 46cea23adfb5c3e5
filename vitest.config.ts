/** One vitest process for all packages; tests see the TypeScript sources of every package, so they need no build. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import type { Vite } from 'vitest/node'
import LongestFirst from './tools/sequencer.js'

const packages = readdirSync(new URL('packages/', import.meta.url)).filter((name) =>
  existsSync(new URL(`packages/${name}/test`, import.meta.url)),
)

// The first condition of each `exports` in the workspace. Vite resolves for Node with those of `ssr.resolve`.
const conditions = ['vnet-source', 'module', 'node', 'development|production']

// The kernel's slow calls (RCU grace periods) and a busy machine: a test that hangs should fail, a slow one should not.
// Projects do not take these from the root.
// In a guest kernel all of it takes longer (tools/guest), and on the shared machines of CI a program may start for seconds.
const times = Number(process.env.VNET_PATIENCE ?? (process.env.CI ? 3 : 1))
// A machine that is shared may starve a test for half a minute: in CI it has a second try, which the report tells.
const patience = {
  retry: process.env.CI ? 1 : 0,
  testTimeout: 60_000 * times,
  hookTimeout: 60_000 * times,
  teardownTimeout: 5_000 * times,
}

// A process loads the modules once for several files of these, whose tests leave their process as it was: loading took longer
// than most of the tests. The files of the others have a process each, for they change descriptors, environment or signals.
const sharing = ['bpf', 'conformance', 'core', 'linux', 'mock', 'switch', 'wire']

const inGuest = process.env.VNET_TIER === 'uml' || process.env.VNET_TIER === 'qemu'

/** What is compiled names the files that it imports: it is compiled anew when the packages say that those are others. */
const manifests = packages
  .map((name) => readFileSync(new URL(`packages/${name}/package.json`, import.meta.url), 'utf8'))
  .join('')
const manifestsOf = () => manifests
const compiledByManifests: Vite.Plugin = {
  name: 'compiled-by-manifests',
  configureVitest: ({ experimental_defineCacheKeyGenerator: define }) => define(manifestsOf),
}

/** Where tools/guest-tests.mjs has put the tests of a guest, each with all that it loads in few files. */
const bundles = process.env.VNET_BUNDLES

const shared = {
  plugins: [compiledByManifests],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['vnet-source', 'node'] } },
}

export default defineConfig({
  ...shared,
  test: {
    // Processes, not threads: tests ask for descriptors and processor time of their own.
    pool: 'forks',
    // Tests of a network wait more than they work.
    maxWorkers: inGuest ? 1 : 4,
    // Other projects, later runs and guest kernels find the sources compiled, by their contents and those of this file.
    experimental: { fsModuleCache: true },
    ...patience,
    sequence: { sequencer: LongestFirst },
    reporters: [process.env.CI ? 'dot' : 'default', './tools/reporter.ts'],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reportsDirectory: 'artifacts/coverage' },
    projects: [
      ...packages.map((name) => ({
        ...shared,
        test: {
          name,
          // Of one root, projects share what is compiled.
          ...(bundles
            ? { root: `${bundles}/${name}`, include: ['test/**/*.test.js'] }
            : { root: '.', include: [`packages/${name}/test/**/*.test.ts`] }),
          isolate: !sharing.includes(name),
          ...patience,
        },
      })),
      { test: { name: 'tools', root: '.', include: ['tools/**/*.test.ts'], isolate: false, ...patience } },
    ],
  },
})
