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
  const directory = install(project, ['core', 'wire', 'bpf', 'mock'])
  assert.ok(!existsSync(join(directory, 'node_modules/@vnet/linux')), 'the mock must not bring @vnet/linux')
  assert.equal(run(directory, [process.execPath, 'program.mjs', 'mock']), 'mock v0 ENODEV')
}

/** @param {Project} project */
export function checkTest(project) {
  const directory = install(project, ['core', 'wire', 'bpf', 'mock', 'test'])
  writeFileSync(
    join(directory, 'lab.test.mjs'),
    `import { test } from 'node:test'
import { assertNoReach, assertReach, withLab } from '@vnet/test'
const star = { hosts: ['a', 'b', 'c'], routers: ['r'], switches: ['s'], links: [['a', 's'], ['b', 's'], ['s', 'r'], ['r', 'c']] }
test('keeps apart and heals', withLab(star, async (lab) => {
  await lab.partition(['a', 'b'], ['r', 'c'])
  await assertReach(lab, 'a', 'b')
  await assertNoReach(lab, 'a', 'c')
  await lab.heal()
  await assertReach(lab, 'a', 'c', { within: 5 })
}))
test('tells why', { todo: 'fails on purpose' }, withLab({ ...star, artifacts: 'evidence' }, (lab) => assertNoReach(lab, 'a', 'b')))
`,
  )
  const output = run(directory, [process.execPath, '--test', '--test-reporter=tap', 'lab.test.mjs'])
  assert.match(output, /^ok 1 - keeps apart and heals$/m)
  assert.match(output, /expected a not to reach b: 10\.0\.0\.2 answered in /)
  assert.ok(existsSync(join(directory, 'evidence/lab.pcapng')), 'no evidence was written')
}

/** A runner that is no dependency of ours. */
const jest = 'jest@30.5.2'

/** @param {Project} project */
export function checkJest(project) {
  const directory = install(project, ['core', 'wire', 'bpf', 'mock', 'test', jest])
  const head = `import { expect, test } from '@jest/globals'
import { labMatchers, withLab } from '@vnet/test'
expect.extend(labMatchers)
const home = { hosts: ['a', 'b'], nats: { n: 'symmetric' }, links: [['a', 'n'], ['n', 'b']], artifacts: 'evidence' }
`
  writeFileSync(
    join(directory, 'lab.test.js'),
    `${head}
test('reaches, and not', withLab(home, async (lab) => {
  await expect(lab).toReach('a', 'b')
  await expect(lab).toReach('a', 'b', { udp: 7 })
  await expect(lab).not.toReach('b', 'a')
}))
test('waits without waiting', withLab(home, async (lab) => {
  const begun = lab.clock.now()
  await expect(lab).toReach('a', 'b')
  await lab.wait(3600)
  expect(lab.clock.now() - begun).toBeGreaterThanOrEqual(3600)
  expect(lab.nat('n').mappings).toEqual([])
}))
test('tells why', withLab(home, (lab) => expect(lab).not.toReach('a', 'b')))
`,
  )
  const script = join(directory, 'node_modules/jest/bin/jest.js')
  const argv = ['--experimental-vm-modules', script, '--ci', '--colors=false', 'lab.test.js']
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: directory, encoding: 'utf8' })
  // One of them fails on purpose.
  assert.equal(status, 1, stderr)
  assert.match(stderr, /^Tests: +1 failed, 2 passed, 3 total$/m, stderr)
  assert.match(stderr, /● tells why\n[^●]*expected a not to reach b: 10\.0\.1\.2 answered in [^●]*\n +Evidence \(/)
  assert.ok(existsSync(join(directory, 'evidence/lab.pcapng')), 'no evidence was written')
  writeFileSync(
    join(directory, 'lab.ts'),
    `import { expect } from '@jest/globals'
import { createLab, labMatchers, type LabMatchers } from '@vnet/test'
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends LabMatchers {}
}
expect.extend(labMatchers)
export async function first(): Promise<void> {
  const lab = await createLab({ hosts: ['a', 'b'], links: [['a', 'b']] })
  await expect(lab).toReach('a', 'b', { udp: 9 })
  // @ts-${'expect'}-error: a port is a number.
  await expect(lab).not.toReach('a', 'b', { udp: 'dns' })
}
`,
  )
  // The types of jest need those of Node, which it brings.
  compile(directory, 'lab.ts', 'NodeNext', 'NodeNext', 'node')
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
  const directory = install(project, ['core', 'bpf', 'wire', 'linux', backend])
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
  const directory = install(project, ['core', 'bpf', 'wire', 'linux', 'napi'])
  rmSync(join(directory, 'node_modules/@vnet/napi/prebuilds'), { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, ['program.mjs', 'napi'], { cwd: directory, encoding: 'utf8' })
  assert.notEqual(status, 0)
  const words = [`${process.platform}-${process.arch}`, 'Looked for', 'build:native', '@vnet/ffi']
  for (const word of words) assert.ok(stderr.includes(word), `the message does not say "${word}":\n${stderr}`)
}

/** @param {Project} project */
export function checkTypes(project) {
  const directory = install(project, ['core', 'wire', 'bpf', 'mock'])
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
    compile(directory, 'program.ts', module, resolution)
  }
}

/**
 * Checks the types of a file, as strictly as can be.
 *
 * @param {string} directory
 * @param {string} file
 * @param {string} module
 * @param {string} resolution
 * @param {string} types
 */
function compile(directory, file, module, resolution, types = '') {
  const flags = [
    '--noEmit',
    '--strict',
    '--target',
    'ES2022',
    '--lib',
    'ES2022,ESNext.Disposable,DOM',
    '--types',
    types,
  ]
  const tsc = join(root, 'node_modules/.bin/tsc')
  run(directory, [tsc, ...flags, '--module', module, '--moduleResolution', resolution, file])
}

/** @param {Project} project */
export function checkCli(project) {
  const directory = install(project, [
    'core',
    'wire',
    'switch',
    'bpf',
    'linux',
    'napi',
    'ffi',
    'mock',
    'dhcp',
    'explain',
    'pppoe',
    'cli',
  ])
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
