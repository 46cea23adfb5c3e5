/** Makes one plain JavaScript file of the package's sources, for child processes and worker threads. @module */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * Bundles the package with all that it imports, and returns the file's path. Node 20 reads no TypeScript, and tests
 * run without a build. The file lies as deep in the package as src/ and dist/, for the code looks for others from there.
 */
export async function bundle(name: string): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const conditions = ['vnet-source', 'node']
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: 'src/index.ts',
      outDir: 'build',
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: name, codeSplitting: false } },
    },
  })
  return `${root}build/${name}`
}
