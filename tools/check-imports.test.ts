import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { check } from './check-imports.mjs'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-imports-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function workspace(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return check(root)
}

const manifest = (name: string, fields: object = {}) => JSON.stringify({ name: `@vnet/${name}`, ...fields })

describe('check-imports', () => {
  it('takes allowed arrows', () => {
    expect(
      workspace({
        'packages/core/package.json': manifest('core'),
        'packages/core/src/index.ts': `import { readFileSync } from 'node:fs'\nexport { readFileSync }`,
        'packages/linux/package.json': manifest('linux', { dependencies: { '@vnet/core': '0.1.0' } }),
        'packages/linux/src/index.ts': `export * from '@vnet/core'`,
      }),
    ).toEqual([])
  })

  it.each([
    ['a static import', `import { a } from '@vnet/linux'\nexport { a }`],
    ['a type', `export type A = import('@vnet/linux').A`],
    ['an import of types', `import type { A } from '@vnet/linux'\nexport type { A }`],
    ['a re-export', `export * from '@vnet/linux'`],
    ['a dynamic import', `export const a = () => import('@vnet/linux')`],
  ])('catches an arrow that points backwards: %s', (_, text) => {
    const problems = workspace({ 'packages/core/package.json': manifest('core'), 'packages/core/src/index.ts': text })
    expect(problems).toContain('packages/core/src/index.ts: must not import @vnet/linux')
  })

  it('keeps linux out of the mock', () => {
    expect(
      workspace({ 'packages/mock/package.json': manifest('mock', { dependencies: { '@vnet/linux': '0.1.0' } }) }),
    ).toEqual(['packages/mock: @vnet/linux is forbidden in dependencies'])
  })

  it('catches what is not declared, and reaching into sources', () => {
    const problems = workspace({
      'packages/napi/package.json': manifest('napi', { dependencies: { '@vnet/linux': '0.1.0' } }),
      'packages/napi/src/index.ts': `import 'left-pad'\nimport '@vnet/linux/src/a.js'\nimport '../../linux/src/b.js'`,
    })
    expect(problems).toEqual([
      'packages/napi/src/index.ts: left-pad is not declared in package.json',
      'packages/napi/src/index.ts: reaches into @vnet/linux/src/a.js',
      'packages/napi/src/index.ts: ../../linux/src/b.js leads out of the package',
    ])
  })

  it('lets only open.ts of core load what only the run time knows', () => {
    const text = 'export const load = (name: string) => import(name)'
    const problems = workspace({
      'packages/core/package.json': manifest('core'),
      'packages/core/src/open.ts': text,
      'packages/core/src/other.ts': text,
    })
    expect(problems).toEqual(['packages/core/src/other.ts: imports what only the run time knows'])
  })

  it('wants exact versions and optional peers', () => {
    const problems = workspace({
      'packages/core/package.json': manifest('core', { peerDependencies: { '@vnet/mock': '*' } }),
      'packages/linux/package.json': manifest('linux', { dependencies: { '@vnet/core': '^0.1.0' } }),
    })
    expect(problems).toEqual([
      'packages/core: the peer @vnet/mock must be optional',
      'packages/linux: @vnet/core must be an exact version, not ^0.1.0',
    ])
  })

  it('finds cycles of files, but none of types', () => {
    const problems = workspace({
      'packages/core/package.json': manifest('core'),
      'packages/core/src/a.ts': `import { b } from './b.js'\nexport const a = b`,
      'packages/core/src/b.ts': `import { a } from './a.js'\nexport const b = a`,
      'packages/core/src/c.ts': `import type { D } from './d.js'\nexport type C = D`,
      'packages/core/src/d.ts': `import type { C } from './c.js'\nexport type D = C | 1`,
    })
    expect(problems).toEqual(['packages/core: files form a cycle: src/a.ts → src/b.ts → src/a.ts'])
  })

  it('finds a forbidden arrow put into this very workspace', () => {
    const here = new URL('..', import.meta.url).pathname
    for (const name of ['core', 'mock']) {
      cpSync(join(here, `packages/${name}/src`), join(root, `packages/${name}/src`), { recursive: true })
      cpSync(join(here, `packages/${name}/package.json`), join(root, `packages/${name}/package.json`))
    }
    const problems = workspace({ 'packages/mock/src/bad.ts': `export * from '@vnet/linux'` })
    expect(problems).toContain('packages/mock/src/bad.ts: must not import @vnet/linux')
  })
})
