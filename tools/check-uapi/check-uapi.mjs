#!/usr/bin/env node
// Compares every number that @vnet/linux has of the kernel's interface with the headers of this system. See README.md.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { compareAttributes, compareConstants, compareStructs } from './compare.mjs'
import { compareCoverage } from './coverage.mjs'
import { ask } from './headers.mjs'
import { readPolicies } from './policies.mjs'
import { compareSpecs } from './specs.mjs'

const built = fileURLToPath(new URL('../../packages/linux/dist/uapi.js', import.meta.url))
const { values: options } = parseArgs({
  options: {
    module: { type: 'string', default: built },
    compiler: { type: 'string', default: process.env.CC || 'cc' },
  },
})

if (!existsSync(options.module)) {
  console.error(`check-uapi: no ${options.module}: build first (npm run build)`)
  process.exit(2)
}
/** @type {{ uapi: import('./compare.mjs').Uapi }} */
const { uapi } = await import(pathToFileURL(resolve(options.module)).href)
const headers = ask(uapi, options.compiler)
const notes = { differences: /** @type {string[]} */ ([]), newer: /** @type {string[]} */ ([]) }
compareConstants(uapi, headers, notes)
compareAttributes(uapi, headers, readPolicies(), notes)
compareStructs(uapi, headers, notes)
const coverage = compareCoverage(uapi, notes)
const opinion = compareSpecs(uapi, process.env.VNET_SPECS, notes)

for (const line of notes.newer) console.log(`not in these headers: ${line}`)
console.log(coverage)
console.log(opinion)
for (const line of notes.differences) console.error(`difference: ${line}`)
const attributes = uapi.attributes.reduce((sum, table) => sum + Object.keys(table.fields).length, 0)
console.log(
  `check-uapi: ${Object.keys(uapi.constants).length} constants, ${attributes} attributes, ` +
    `${uapi.structs.length} structs, ${notes.differences.length} differences`,
)
process.exitCode = notes.differences.length === 0 ? 0 : 1
