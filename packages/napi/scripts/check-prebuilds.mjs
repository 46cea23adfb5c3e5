// Fails when the committed binaries were made from other sources than those in native/.
import { readdirSync, readFileSync } from 'node:fs'
import { sourceDigests } from './sources.mjs'

const prebuilds = new URL('../prebuilds/', import.meta.url)
const recorded = readFileSync(new URL('SOURCES.sha256', prebuilds), 'utf8')

if (recorded !== sourceDigests()) {
  console.error('prebuilds/ is stale: native/ has changed since. Run: npm run build:prebuilds -w @vnet/napi')
  process.exit(1)
}
const binaries = readdirSync(prebuilds, { recursive: true }).filter((name) => name.endsWith('.node'))
if (!binaries.includes('linux-x64/@vnet+napi.glibc.node')) {
  console.error('prebuilds/linux-x64/@vnet+napi.glibc.node is missing. Run: npm run build:prebuilds -w @vnet/napi')
  process.exit(1)
}
console.log(`${binaries.join(', ')}: made from the sources in native/`)
