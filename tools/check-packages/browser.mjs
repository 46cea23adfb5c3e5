// Bundles core, wire, switch and mock for browsers, without anything of Node, and runs the bundle where there is no Node.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'vite'
import { install } from './projects.mjs'

const program = `
(async () => {
  const host = await vnet.openHost({ driver: vnet.mockDriver() })
  await host.link.add({ kind: 'bridge', name: 'br0', up: true })
  await host.address.add({ link: 'br0', address: '172.17.0.1/16' })
  const [address] = await host.address.list({ link: 'br0' })
  await host.link.set('lo', { up: true })
  const reply = await host.ping('127.0.0.1')
  await host.close()
  const writer = new vnet.PcapngWriter({ application: 'browser' })
  const file = vnet.readCapture(writer.start())
  return address.address + '/' + address.prefixLength + ' ' + reply.address + ' ' + file[0].application + ' ' + vnet.formatFrame(new Uint8Array(3)) + ' ' +
    new vnet.Switch({ mac: '02:00:00:00:00:01', stp: true }).tree.root.mac
})()
`

/** What browsers have beyond the language itself, of what a library without a page may use. */
const globals = ['AbortController', 'AbortSignal', 'DOMException', 'Event', 'EventTarget', 'TextDecoder', 'TextEncoder']
const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask', 'structuredClone']
const others = ['URL', 'console', 'crypto', 'performance']

/** @param {import('./projects.mjs').Project} project */
export async function checkBrowser(project) {
  const directory = install(project, ['core', 'wire', 'switch', 'bpf', 'mock'])
  writeFileSync(
    join(directory, 'browser.js'),
    `export { openHost } from '@vnet/core'\nexport { mockDriver } from '@vnet/mock'\nexport * from '@vnet/wire'\nexport { Switch } from '@vnet/switch'\n`,
  )
  await build({
    configFile: false,
    root: directory,
    logLevel: 'error',
    build: {
      lib: { entry: 'browser.js', formats: ['iife'], name: 'vnet', fileName: () => 'browser.bundle.js' },
      outDir: 'browser',
      minify: false,
    },
    plugins: [
      {
        name: 'nothing-of-node',
        enforce: 'pre',
        resolveId(id, importer) {
          if (id.startsWith('node:') || builtinModules.includes(id)) throw new Error(`${importer} imports ${id}`)
        },
      },
    ],
  })
  const bundle = readFileSync(join(directory, 'browser/browser.bundle.js'), 'utf8')
  const context = createContext(
    Object.fromEntries([...globals, ...timers, ...others].map((name) => [name, Reflect.get(globalThis, name)])),
  )
  runInContext(bundle, context)
  assert.equal(runInContext('typeof process + typeof require + typeof Buffer', context), 'undefined'.repeat(3))
  assert.equal(await runInContext(program, context), '172.17.0.1/16 127.0.0.1 browser [|ethernet] 02:00:00:00:00:01')
  return `${Math.round(bundle.length / 1024)} KiB before minification`
}
