/** What is said when koffi cannot be loaded, and what importing the package costs. @module */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from './bundle.js'

const copy = mkdtempSync(join(tmpdir(), 'vnet-ffi-'))
let script: string

beforeAll(async () => {
  script = await bundle('test-load.js')
  cpSync(script, join(copy, 'index.mjs'))
}, 60_000)

afterAll(() => rmSync(copy, { recursive: true }))

/** Runs a script in a process of its own that has the package's exports of `module` in scope. */
function run(module: string, source: string, ...flags: string[]): string {
  const imported = `import * as ffi from ${JSON.stringify(module)};${source}`
  return execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', imported], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}

const report = `try { ffi.ffiSyscalls() } catch ({ reason, message }) { console.log(JSON.stringify({ reason, message })) }`

/** Puts a module named koffi where the copy finds it. */
function pretendKoffi(source: string): void {
  mkdirSync(join(copy, 'node_modules/koffi'), { recursive: true })
  writeFileSync(join(copy, 'node_modules/koffi/index.js'), source)
}

describe('ffiSyscalls', () => {
  it('loads koffi when it is first called, not before', () => {
    const loaded = `process.report.getReport().sharedObjects.some((path) => path.includes('koffi'))`
    expect(run(script, `const a = ${loaded}; ffi.ffiSyscalls(); console.log(a, ${loaded})`)).toBe('false true')
  })

  it('tells that Node may not load addons', () => {
    const { reason, message } = JSON.parse(run(script, report, '--no-addons'))
    expect(reason).toBe('forbidden')
    expect(message).toContain('--no-addons')
  })

  it('tells that koffi, or its binary, is missing', () => {
    rmSync(join(copy, 'node_modules'), { recursive: true, force: true })
    const absent = JSON.parse(run(join(copy, 'index.mjs'), report))
    expect(absent.reason).toBe('missing')
    expect(absent.message).toMatch(/^@vnet\/ffi: koffi does not load on \S+, Node v\d+.*: Cannot find module 'koffi'/)
    pretendKoffi(`throw new Error('Cannot find the native Koffi module; did you bundle it correctly?')`)
    expect(JSON.parse(run(join(copy, 'index.mjs'), report)).reason).toBe('missing')
  })

  it('tells that koffi is broken', () => {
    pretendKoffi(`throw new Error('Mismatched native Koffi modules')`)
    expect(JSON.parse(run(join(copy, 'index.mjs'), report)).reason).toBe('broken')
    pretendKoffi(`exports.load = () => { throw new Error('no C library') }`)
    const { reason, message } = JSON.parse(run(join(copy, 'index.mjs'), report))
    expect(reason).toBe('broken')
    expect(message).toContain('no C library')
  })
})
