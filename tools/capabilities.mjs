// Joins the results of several test runs: backend × kernel × capability. Fails when something runs on none of them.
//
//   node tools/capabilities.mjs            reads artifacts/TIER/conformance-*.json and artifacts/reports/*.json
//   node tools/capabilities.mjs --write    also writes docs/capabilities.md
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { capabilities } from '@vnet/core'
import { columnsOf, document, nowhere, tableOf } from './capability-table.mjs'

const root = new URL('..', import.meta.url)
const tiers = ['none', 'root', 'rootless', 'uml', 'qemu']
const words = process.argv.slice(2)
if (words.some((word) => word !== '--write')) throw new RangeError('usage: capabilities.mjs [--write]')

const results = tiers.flatMap((tier) =>
  jsonFiles(new URL(`artifacts/${tier}/`, root))
    .filter(({ name }) => name.startsWith('conformance-'))
    .map(({ data }) => ({ tier, ...data })),
)
// The mock is the same wherever it runs: one tier is enough.
const tierOfMock = results.findLast(({ name }) => name === 'mock')?.tier
const reports = jsonFiles(new URL('artifacts/reports/', root)).map(({ data }) => data)
const columns = columnsOf(results.filter(({ name, tier }) => name !== 'mock' || tier === tierOfMock))
const table = tableOf(capabilities, columns)
console.log(table.join('\n'))
if (words.includes('--write')) writeFileSync(new URL('docs/capabilities.md', root), document(table, columns))

const unrun = nowhere(capabilities, columns, reports)
for (const line of unrun) console.log(line)
console.log(unrun.length === 0 ? 'Everything runs somewhere' : `${unrun.length} run nowhere`)
process.exitCode = unrun.length === 0 ? 0 : 1

function jsonFiles(/** @type {URL} */ folder) {
  let names
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return []
    throw error
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, data: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) }))
}
