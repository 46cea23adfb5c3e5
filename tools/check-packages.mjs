// Packs every package, installs the tarballs into empty projects as users would, and runs a small program against each.
//
//   node tools/check-packages.mjs            everything
//   node tools/check-packages.mjs --keep     leaves the temporary folder
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkBrowser } from './check-packages/browser.mjs'
import {
  checkCli,
  checkJest,
  checkKernel,
  checkMissingBinary,
  checkMock,
  checkSwitch,
  checkTest,
  checkTypes,
  checkWire,
} from './check-packages/projects.mjs'
import { checkTarball, pack } from './check-packages/tarballs.mjs'

const folder = mkdtempSync(join(tmpdir(), 'vnet-packages-'))
let failed = 0

async function step(name, body) {
  const start = performance.now()
  let outcome = 'ok    '
  let reason = ''
  try {
    const note = await body()
    if (typeof note === 'string') reason = `: ${note}`
  } catch (error) {
    failed++
    outcome = 'FAILED'
    reason = `\n${error.stack ?? error}`
  }
  console.log(`${outcome} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)${reason}`)
}

try {
  mkdirSync(join(folder, 'tarballs'))
  const tarballs = pack(join(folder, 'tarballs'))
  for (const tarball of tarballs.values()) await step(`tarball ${tarball.name}`, () => checkTarball(tarball))
  const project = { folder, tarballs }
  await step('core + mock', () => checkMock(project))
  await step('core + mock, types', () => checkTypes(project))
  await step('core + wire + mock + test, under node:test', () => checkTest(project))
  await step('core + wire + mock + test, under jest', () => checkJest(project))
  await step('core + wire', () => checkWire(project))
  await step('core + wire + switch', () => checkSwitch(project))
  await step('core + wire + switch + mock, in a browser', () => checkBrowser(project))
  await step('core + napi', () => checkKernel(project, 'napi'))
  await step('core + ffi', () => checkKernel(project, 'ffi'))
  await step('core + napi without a fitting binary', () => checkMissingBinary(project))
  await step('cli', () => checkCli(project))
} finally {
  if (process.argv.includes('--keep')) console.log(folder)
  else rmSync(folder, { recursive: true, force: true })
}
console.log(failed === 0 ? 'Packages: each can be installed and used alone' : `Packages: ${failed} steps failed`)
process.exit(failed === 0 ? 0 : 1)
