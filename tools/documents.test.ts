import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** Every quoted code in the sources of the packages. The table of all error numbers of the kernel is no use of them. */
function codesInSources(): Map<string, string> {
  const found = new Map<string, string>()
  const files = readdirSync(new URL('../packages', import.meta.url)).flatMap((name) =>
    readdirSync(new URL(`../packages/${name}/src`, import.meta.url), { recursive: true, encoding: 'utf8' }).map(
      (path) => `packages/${name}/src/${path}`,
    ),
  )
  for (const file of files) {
    if (!file.endsWith('.ts') || file === 'packages/linux/src/errno.ts' || file.includes('/testing/')) continue
    for (const [, code] of read(file).matchAll(/'(E[A-Z0-9]{3,}|VNET_[A-Z_]+|ABORT_ERR)'/g))
      found.set(code as string, file)
  }
  return found
}

/** Quoted words that look like codes. */
const noCodes = ['VNET_DEMO_ROOTLESS', 'ECHO', 'EN10MB', 'ELSEWHERE', 'ESTABLISHED']

describe('docs/errors.md', () => {
  const headings = new Set(
    [...read('docs/errors.md').matchAll(/^## ([A-Z0-9_]+)$/gm)].map((match) => match[1] as string),
  )
  const codes = codesInSources()
  for (const word of noCodes) codes.delete(word)
  const sentences = [...read('packages/core/src/error.ts').matchAll(/^ {2}(E[A-Z0-9]+|VNET_[A-Z_]+):/gm)]
  for (const [, code] of sentences) codes.set(code as string, 'packages/core/src/error.ts')

  it('has a heading for each code that a source names', () => {
    expect(codes.size).toBeGreaterThan(50)
    expect([...codes.keys()]).toEqual(
      expect.arrayContaining(['EEXIST', 'VNET_TYPE', 'VNET_RANGE', 'VNET_USAGE', 'VNET_INTERNAL', 'ABORT_ERR']),
    )
    expect([...codes].filter(([code]) => !headings.has(code))).toEqual([])
  })
  it('has no heading for a code that no source names', () => {
    expect([...headings].filter((heading) => !codes.has(heading))).toEqual([])
  })
  it('says what to do about each of our own', () => {
    const sections = read('docs/errors.md').split(/^## /m)
    const ours = sections.filter((section) => /^(VNET_|ABORT_ERR)/.test(section))
    expect(ours.length).toBeGreaterThan(10)
    expect(ours.filter((section) => !section.includes('**Remedy:**'))).toEqual([])
  })
})

describe('links between documents', () => {
  const documents = [
    ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/errors.md', 'docs/kernel.md'],
  ]
  it.each(documents)('%s leads only to files that exist', (document) => {
    const targets = [...read(document).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string)
    const base = new URL(`../${document}`, import.meta.url)
    const broken = targets.filter((target) => {
      try {
        readFileSync(new URL(target, base))
        return false
      } catch (error) {
        return (error as { code?: string }).code !== 'EISDIR'
      }
    })
    expect(broken).toEqual([])
  })
})
