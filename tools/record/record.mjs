#!/usr/bin/env node
// Records what iproute2 and the kernel say to each other, as fixtures for the tests of @vnet/linux. See README.md.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fixtureOf, stablePart } from './fixture.mjs'
import { run } from './namespace.mjs'
import { recipes } from './recipes.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const fixtures = join(here, '../../packages/linux/test/fixtures')
const runner = join(here, '../guest/run.mjs')
const usage = `usage: record.mjs [--check] [--kernel uml|qemu] [--list] [NAME...]
  NAME     a recipe (link/add-bridge) or the beginning of several (link/); all of this kernel when none is given
  --kernel the recipes for a guest kernel, recorded there, instead of those for this machine's kernel:
           uml has every link kind, qemu is newer
  --check  writes nothing; exit status 1 when a request or an answer differs from the recorded one
  --list   names the recipes`

const { values: options, positionals: names } = readArguments()
const { kernel } = options
if (kernel !== undefined && kernel !== 'uml' && kernel !== 'qemu') fail(usage)

const chosen = recipes.filter(
  (recipe) => recipe.kernel === kernel && (names.length === 0 || names.some(matches(recipe.name))),
)
if (chosen.length === 0) fail(usage)
if (options.list) {
  for (const recipe of chosen) console.log(`${recipe.name}\t${recipe.command}`)
  process.exit()
}
if (process.getuid?.() !== 0) fail('record: needs root, to make network namespaces')
if (kernel !== undefined && process.env.VNET_GUEST !== kernel) {
  const guest = ['--kernel', kernel, '--timeout', '1800', '--write', fixtures, '--']
  const { status } = spawnSync('node', [runner, ...guest, 'node', ...process.argv.slice(1)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const tools = mkdtempSync(join(tmpdir(), 'vnet-record-tools-'))
let bad = 0
try {
  if (chosen.some((recipe) => recipe.command.startsWith('send '))) {
    execFileSync('cc', ['-O1', '-o', join(tools, 'send'), join(here, 'send.c')])
  }
  const iproute2 = execFileSync('ip', ['-V'], { encoding: 'utf8' }).match(/iproute2-([^,\s]+)/)?.[1] ?? 'unknown'
  // The machine's own suffix (6.18.44-fc-v782) says nothing about the protocol.
  const versions = { iproute2, kernel: release().replace(/-.*/, '') }
  for (const recipe of chosen) {
    try {
      record(recipe, versions)
    } catch (error) {
      bad++
      console.error(`${recipe.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
} finally {
  rmSync(tools, { recursive: true })
}
console.log(`record: ${chosen.length} recipes, ${bad} ${options.check ? 'different or failed' : 'failed'}`)
process.exitCode = bad === 0 ? 0 : 1

function record(
  /** @type {import('./recipes.mjs').Recipe} */ recipe,
  /** @type {{ kernel: string, iproute2: string }} */ versions,
) {
  const path = join(fixtures, `${recipe.name}.hex`)
  const text = fixtureOf(recipe, run(recipe, tools), versions)
  if (!options.check) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return
  }
  const before = existsSync(path) ? stablePart(readFileSync(path, 'utf8')) : []
  const after = stablePart(text)
  const at = after.findIndex((line, index) => line !== before[index])
  if (at >= 0 || before.length !== after.length) {
    throw new Error(`differs\n  recorded: ${before.at(at) ?? '(nothing)'}\n  now:      ${after.at(at) ?? '(nothing)'}`)
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        check: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        kernel: { type: 'string' },
      },
    })
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

function matches(/** @type {string} */ recipe) {
  return (/** @type {string} */ name) => (name.endsWith('/') ? recipe.startsWith(name) : recipe === name)
}

/** @returns {never} */
function fail(/** @type {string} */ message) {
  console.error(message)
  process.exit(2)
}
