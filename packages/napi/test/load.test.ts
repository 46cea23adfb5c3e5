/** What is said when the native binary cannot be loaded, and why. @module */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from './bundle.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'vnet-napi-'))
let script: string

beforeAll(async () => {
  script = await bundle('test-load.js')
}, 60_000)

afterAll(() => rmSync(copy, { recursive: true }))

/** The reason and message with which `napiSyscalls` of the module fails in a process of its own. */
function failure(module: string, ...flags: string[]): { reason: string; message: string; cause: string } {
  const source = `import { napiSyscalls } from ${JSON.stringify(module)}
    try { napiSyscalls() } catch ({ reason, message, cause }) {
      console.log(JSON.stringify({ reason, message, cause: String(cause) })) }`
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', source], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return JSON.parse(output)
}

/** An installation of the package with nothing native in it. */
function install(): string {
  mkdirSync(join(copy, 'build/Release'), { recursive: true })
  mkdirSync(join(copy, 'node_modules'), { recursive: true })
  cpSync(script, join(copy, 'build/index.mjs'))
  const nodeGypBuild = dirname(createRequire(join(root, 'package.json')).resolve('node-gyp-build/package.json'))
  rmSync(join(copy, 'node_modules/node-gyp-build'), { force: true })
  symlinkSync(nodeGypBuild, join(copy, 'node_modules/node-gyp-build'))
  return join(copy, 'build/index.mjs')
}

describe('napiSyscalls', () => {
  it('tells that Node may not load addons', () => {
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission'
    for (const flags of [['--no-addons'], [permission, '--allow-fs-read=*']]) {
      const { reason, message } = failure(script, ...flags)
      expect(reason).toBe('forbidden')
      expect(message).toMatch(/may not load native addons.*vnet\+napi.*was not loaded/)
    }
  })

  it('tells what it looked for, what there is, and how to get it', () => {
    const module = install()
    mkdirSync(join(copy, 'prebuilds/sunos-m68k'), { recursive: true })
    writeFileSync(join(copy, 'prebuilds/sunos-m68k/vnet.node'), '')
    const { reason, message } = failure(module)
    expect(reason).toBe('missing')
    expect(message).toContain(`no native binary for ${process.platform}-${process.arch} with `)
    expect(message).toContain(join(copy, 'build/Release/*.node'))
    expect(message).toContain(join(copy, `prebuilds/${process.platform}-${process.arch}/*.`))
    expect(message).toContain('it comes with sunos-m68k/vnet.node')
    expect(message).toContain('npm run build:native')
    expect(message).toContain('@vnet/ffi')
  })

  it('tells which binary is broken', () => {
    const module = install()
    writeFileSync(join(copy, 'build/Release/vnet.node'), 'not a library')
    const { reason, message, cause } = failure(module)
    expect(reason).toBe('broken')
    expect(message).toContain(`${join(copy, 'build/Release/vnet.node')} was found but does not load`)
    expect(cause).toContain('vnet.node')
  })
})
