/** The suite of the second seam, on this binding. @module */
import { fileURLToPath } from 'node:url'
import { syscallsSuite } from '@vnet/linux/testing'
import { build } from 'vite'
import { beforeAll, describe, it, vi } from 'vitest'
import { ffiSyscalls } from '../src/index.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const root = fileURLToPath(new URL('..', import.meta.url))

// Child processes and worker threads are plain Node, and Node 20 reads no TypeScript. The bundle lies as deep in the
// package as src/ and dist/ do, because the code looks for its own files from there.
beforeAll(async () => {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { conditions: ['vnet-source', 'node'] },
    ssr: { noExternal: [/^@vnet\//], resolve: { conditions: ['vnet-source', 'node'] } },
    build: { ssr: 'src/index.ts', outDir: 'build', emptyOutDir: false, rollupOptions: { output: { entryFileNames: 'test-ffi.js' } } },
  })
})

syscallsSuite(
  { name: 'ffi', create: ffiSyscalls, module: new URL('../build/test-ffi.js', import.meta.url).href, factory: 'ffiSyscalls' },
  { describe, it },
)
