// Type-checks every TypeScript block of the guides and READMEs against the sources of the packages, and runs those that
// open the mock (`--run`; the packages must be built).
//
// A block is a module of its own. One that uses `host`, `blue` or `signal` without making it gets it declared.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('.code', import.meta.url))

/** What a block may use without making it. */
const given = {
  host: `declare const host: import('@vnet/core').Host`,
  blue: `declare const blue: import('@vnet/core').Namespace`,
  signal: 'declare const signal: AbortSignal',
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
      .filter(([word]) => new RegExp(`\\b${word}\\b`).test(code) && !new RegExp(`(const|using|let) ${word}\\b`).test(code))
      .map(([, declaration]) => declaration)
    writeFileSync(join(folder, `${name}.ts`), `${code}\n${lines.join('\n')}\nexport {}\n`)
    count++
    if (/mockDriver\(|driver: 'mock'/.test(code) && lines.length === 0) toRun.push({ name, place: `${path}:${line}` })
  }
}
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      sourceMap: false,
      customConditions: ['vnet-source'],
      types: ['node'],
      noEmit: true,
    },
    include: ['*.ts'],
  }),
)
const tsc = join(root, 'node_modules/.bin/tsc')
const checked = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
if (checked.status !== 0) {
  console.error(checked.stdout)
  process.exit(1)
}

let failed = 0
if (process.argv.includes('--run') && toRun.length > 0) {
  const { transformWithOxc } = await import('vite')
  for (const { name, place } of toRun) {
    const source = readFileSync(join(folder, `${name}.ts`), 'utf8')
    const { code } = await transformWithOxc(source, `${name}.ts`, { target: 'es2022' })
    writeFileSync(join(folder, `${name}.mjs`), code)
    const run = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], { encoding: 'utf8', timeout: 20_000 })
    if (run.status === 0) continue
    failed++
    console.error(`${place} does not run:\n${run.stderr}`)
  }
}
rmSync(folder, { recursive: true })
console.log(`${count} blocks in ${documents.length} documents are right; ran ${process.argv.includes('--run') ? toRun.length : 0}`)
process.exit(failed === 0 ? 0 : 1)
