/** One vitest process for all packages; tests see the TypeScript sources of every package, so they need no build. */
import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

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

const inGuest = process.env.VNET_TIER === 'uml' || process.env.VNET_TIER === 'qemu'

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['vnet-source', 'node'] } },
}

export default defineConfig({
  ...shared,
  test: {
    // A process for each file: tests change the state of their process (descriptors, environment, signals).
    pool: 'forks',
    // Tests of a network wait more than they work.
    maxWorkers: inGuest ? 1 : 4,
    // A guest kernel finds the sources compiled, as the host left them.
    experimental: { fsModuleCache: inGuest },
    ...patience,
    reporters: [process.env.CI ? 'dot' : 'default', './tools/reporter.ts'],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reportsDirectory: 'artifacts/coverage' },
    projects: [
      ...packages.map((name) => ({
        ...shared,
        test: { name, root: `packages/${name}`, include: ['test/**/*.test.ts'], ...patience },
      })),
      { test: { name: 'tools', root: 'tools', include: ['**/*.test.ts'], ...patience } },
    ],
  },
})
