import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('docs/errors.md', () => {
  const headings = new Set([...read('docs/errors.md').matchAll(/^## (.+)$/gm)].map((match) => match[1]))
  const source = read('packages/core/src/error.ts')
  const codes = [...source.matchAll(/^ {2}(E[A-Z0-9]+|VNET_[A-Z_]+):/gm)].map((match) => match[1])

  it('has a heading for each code that has a sentence', () => {
    expect(codes.length).toBeGreaterThan(40)
    expect(codes.filter((code) => !headings.has(code))).toEqual([])
  })
  it('has a heading for the codes of refused arguments', () => {
    expect(headings).toContain('VNET_TYPE')
    expect(headings).toContain('VNET_RANGE')
  })
  it('has no heading for a code that does not exist', () => {
    const known = new Set([...codes, 'VNET_TYPE', 'VNET_RANGE'])
    expect([...headings].filter((heading) => !known.has(heading))).toEqual([])
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
