// Empty projects with some packages in them, and the programs that prove them.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bestSandbox } from '../sandbox.mjs'
import { root } from './tarballs.mjs'

/** @typedef {{ folder: string, tarballs: Map<string, import('./tarballs.mjs').Tarball> }} Project */

/** What a first program does; the same for every backend. Its last line tells what it saw. */
const program = `
import { openHost } from '@vnet/core'
const host = await openHost({ driver: process.argv[2] })
await host.link.add({ kind: 'bridge', name: 'br0', up: true })
await host.address.add({ link: 'br0', address: '172.17.0.1/16' })
await host.link.add({ kind: 'veth', name: 'v0', master: 'br0', up: true, peer: { name: 'v1' } })
const ports = await host.link.list({ master: 'br0' })
const code = await host.link.delete('nothing').catch((error) => error.code)
console.log(host.driver.name, ports.map((link) => link.name).join(), code)
await host.close()
`

/**
 * Installs into an empty project, once for each set of packages.
 *
 * @param {Project} project
 * @param {string[]} names
 */
export function install({ folder, tarballs }, names) {
  const directory = join(folder, names.join('-'))
  if (existsSync(directory)) return directory
  mkdirSync(directory)
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  writeFileSync(join(directory, 'program.mjs'), program)
  const files = names.map((name) => tarballs.get(name)?.file ?? name)
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...files], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return directory
}

/** @param {Project} project */
export function checkMock(project) {
  const directory = install(project, ['core', 'wire', 'mock'])
  assert.ok(!existsSync(join(directory, 'node_modules/@vnet/linux')), 'the mock must not bring @vnet/linux')
  assert.equal(run(directory, [process.execPath, 'program.mjs', 'mock']), 'mock v0 ENODEV')
}

/** @param {Project} project */
export function checkWire(project) {
  const directory = install(project, ['core', 'wire'])
  writeFileSync(
    join(directory, 'frame.mjs'),
    `import { decodeFrame, encodeFrame, formatFrame } from '@vnet/wire'
const frame = encodeFrame([
  { layer: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' },
  { layer: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2' },
  { layer: 'udp', sourcePort: 7, destinationPort: 9 },
])
console.log(decodeFrame(frame).map(({ layer }) => layer).join(), formatFrame(frame))
`,
  )
  const line = 'ethernet,ipv4,udp IP 10.0.0.1.7 > 10.0.0.2.9: UDP, length 0'
  assert.equal(run(directory, [process.execPath, 'frame.mjs']), line)
}

/** @param {Project} project */
export function checkSwitch(project) {
  const directory = install(project, ['core', 'wire', 'switch'])
  writeFileSync(
    join(directory, 'switch.mjs'),
    `import { FrameBatch } from '@vnet/core'
import { memoryPorts, Switch, SwitchRunner } from '@vnet/switch'
const runner = new SwitchRunner(new Switch({ mac: '02:00:00:00:00:01' }))
const [a, b] = [memoryPorts(), memoryPorts()].map(([inside, outside]) => (runner.addPort(inside), outside))
const batch = new FrameBatch()
batch.add(Uint8Array.of(255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 0))
a.write(batch)
console.log(await b.read(batch), runner.bridge.macs[0].mac)
await runner.close()
`,
  )
  assert.equal(run(directory, [process.execPath, 'switch.mjs']), '1 02:00:00:00:00:02')
}

/**
 * @param {Project} project
 * @param {'napi' | 'ffi'} backend
 */
export function checkKernel(project, backend) {
  const directory = install(project, ['core', 'linux', backend])
  const { tier, argv, reason } = bestSandbox([process.execPath, 'program.mjs', backend])
  if (tier === 'none') {
    if (process.env.VNET_KERNEL === 'required') throw new Error(`VNET_KERNEL=required, but the sandbox ${reason}`)
    return `not run: ${reason}`
  }
  assert.equal(run(directory, argv), `${backend} v0 ENODEV`)
  return tier
}

/** @param {Project} project */
export function checkMissingBinary(project) {
  const directory = install(project, ['core', 'linux', 'napi'])
  rmSync(join(directory, 'node_modules/@vnet/napi/prebuilds'), { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, ['program.mjs', 'napi'], { cwd: directory, encoding: 'utf8' })
  assert.notEqual(status, 0)
  const words = [`${process.platform}-${process.arch}`, 'Looked for', 'build:native', '@vnet/ffi']
  for (const word of words) assert.ok(stderr.includes(word), `the message does not say "${word}":\n${stderr}`)
}

/** @param {Project} project */
export function checkTypes(project) {
  const directory = install(project, ['core', 'wire', 'mock'])
  writeFileSync(
    join(directory, 'program.ts'),
    `import { openHost, type Host, type Link } from '@vnet/core'
import { mockDriver } from '@vnet/mock'
export async function first(): Promise<Link | undefined> {
  await using host: Host = await openHost({ driver: mockDriver() })
  const made = await host.link.add({ kind: 'veth', name: 'v0', peer: { name: 'v1' } })
  // @ts-${'expect'}-error: a bridge has no peer.
  await host.link.add({ kind: 'bridge', name: 'br0', bridge: { nonsense: 1 } })
  return host.link.get(made.index)
}
`,
  )
  for (const [module, resolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ]) {
    const flags = ['--noEmit', '--strict', '--target', 'ES2022', '--lib', 'ES2022,ESNext.Disposable,DOM', '--types', '']
    const tsc = join(root, 'node_modules/.bin/tsc')
    run(directory, [tsc, ...flags, '--module', module, '--moduleResolution', resolution, 'program.ts'])
  }
}

/** @param {Project} project */
export function checkCli(project) {
  const directory = install(project, ['core', 'wire', 'switch', 'linux', 'napi', 'ffi', 'mock', 'cli'])
  const vnet = (...args) => run(directory, [join(directory, 'node_modules/.bin/vnet'), ...args])
  assert.equal(vnet('--version'), project.tarballs.get('cli')?.manifest.version)
  const onMock = ['--driver', 'mock', '--state', join(directory, 'state.json')]
  vnet(...onMock, 'link', 'add', 'bridge', 'br0')
  const links = JSON.parse(vnet(...onMock, '--json', 'link', 'list'))
  assert.ok(
    links.some((link) => link.ifname === 'br0'),
    'br0 is not listed',
  )
  const wrong = spawnSync(join(directory, 'node_modules/.bin/vnet'), ['lnik', 'list'], { encoding: 'utf8' })
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /link/)
}

/**
 * @param {string} cwd
 * @param {string[]} argv
 */
function run(cwd, argv) {
  const [command, ...args] = argv
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout.trim()
}
