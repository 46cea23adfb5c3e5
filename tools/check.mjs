// `npm run check`: everything that can be said without running the code. Each step is named; all run, also after a failure.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const steps = {
  types: ['tsc', '-p', 'tsconfig.test.json'],
  lint: ['biome', 'ci', '--colors=off', '--max-diagnostics=30', '.'],
  sources: ['node', 'tools/check-source.mjs'],
  imports: ['node', 'tools/check-imports.mjs'],
  'dead code': ['knip', '--no-config-hints'],
  'versions of dependencies': ['sherif', '-i', 'typescript', '-r', 'packages-without-package-json'],
  'code in the guides': ['node', 'apps/docs/check-code.mjs'],
}

const root = fileURLToPath(new URL('..', import.meta.url))
const environment = { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` }
const failed = []
for (const [name, [command, ...args]] of Object.entries(steps)) {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status !== 0) {
    failed.push(name)
    console.log(`${stdout}${stderr}`)
  }
}
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)
