// Type-checks every TypeScript block of the guides and READMEs against the sources of the packages, and runs those that
// open the mock (`--run`; the packages must be built).
//
// A block is a module of its own. One that uses `host`, `blue` or `signal` without making it gets it declared, and the
// commonest names are imported where a block goes on from the one before. A block that says `// throws` is not run.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Milliseconds for a block, which takes one or two seconds: in CI it may stand behind all others for long. */
const timeout = 180_000

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('.code', import.meta.url))

/** What a block may use without making it. */
const given = {
  host: `declare const host: import('@vnet/core').Host`,
  blue: `declare const blue: import('@vnet/core').Namespace`,
  signal: 'declare const signal: AbortSignal',
}
const imported = {
  openHost: `import { openHost } from '@vnet/core'`,
  mockDriver: `import { mockDriver } from '@vnet/mock'`,
}

const markdownIn = (directory) =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(directory, name))

const documents = [
  ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
  ...markdownIn('docs'),
  ...markdownIn('apps/docs/guides'),
].filter((path) => existsSync(join(root, path)))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const toRun = []
let count = 0
for (const path of documents) {
  const text = readFileSync(join(root, path), 'utf8')
  for (const match of text.matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
    const code = match[1]
    const line = text.slice(0, match.index).split('\n').length
    const name = `${path.replace(/[/.]/g, '-')}-${line}`
    const lines = Object.entries(given)
      .filter(
        ([word]) => new RegExp(`\\b${word}\\b`).test(code) && !new RegExp(`(const|using|let) ${word}\\b`).test(code),
      )
      .map(([, declaration]) => declaration)
    const missing = Object.entries(imported)
      .filter(([word]) => code.includes(`${word}(`) && !new RegExp(`import [^\n]*\\b${word}\\b`).test(code))
      .map(([, statement]) => statement)
    writeFileSync(join(folder, `${name}.ts`), `${code}\n${missing.join('\n')}\n${lines.join('\n')}\nexport {}\n`)
    count++
    // The suite registers tests and runs only under vitest.
    if (!/conformance\(|\/\/ throws/.test(code) && /mockDriver\(|driver: 'mock'/.test(code) && lines.length === 0)
      toRun.push({ name, place: `${path}:${line}` })
  }
}
const shared = { composite: false, declaration: false, declarationMap: false, sourceMap: false, types: ['node'] }
const compile = (name, compilerOptions) => {
  const file = join(folder, name)
  const config = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
  writeFileSync(file, JSON.stringify(config))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { status, stdout } = spawnSync(tsc, ['-p', file, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
  if (status === 0) return
  console.error(stdout)
  process.exit(1)
}
compile('tsconfig.json', { ...shared, customConditions: ['vnet-source'], noEmit: true })

let failed = 0
if (process.argv.includes('--run') && toRun.length > 0) {
  // Against what was built, which is what runs.
  compile('tsconfig.run.json', { ...shared, outDir: 'out' })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const { name, place } of toRun) {
    const run = spawnSync(process.execPath, [join(folder, 'out', `${name}.js`)], { encoding: 'utf8', timeout })
    if (run.status === 0) continue
    failed++
    console.error(`${place} does not run${run.error === undefined ? '' : ` (${run.error.message})`}:\n${run.stderr}`)
  }
}
rmSync(folder, { recursive: true })
console.log(
  `${count} blocks in ${documents.length} documents are right; ran ${process.argv.includes('--run') ? toRun.length : 0}`,
)
process.exit(failed === 0 ? 0 : 1)
