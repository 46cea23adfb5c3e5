#!/usr/bin/env node
// The `vnet` command. The version is told without loading anything, the rest comes when it is needed.
import { readFileSync } from 'node:fs'

const [first] = process.argv.slice(2)
if (first === '--version' || first === '-V') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  const { run } = await import('../dist/run.js')
  await run()
}
