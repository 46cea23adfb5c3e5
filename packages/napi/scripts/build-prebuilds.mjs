// Makes the binary that the package ships (prebuilds/PLATFORM-ARCH) and notes the sources it was made from.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanNative, nodeGyp, nodeGypEnvironment } from './node-gyp.mjs'
import { sourceDigests } from './sources.mjs'

const prebuildify = promisify(createRequire(import.meta.url)('prebuildify'))
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}prebuilds/${process.platform}-${process.arch}`

Object.assign(process.env, nodeGypEnvironment())
process.env.PREBUILD_NODE_GYP = nodeGyp
await prebuildify({
  name: '@vnet/napi',
  cwd: `${root}native`,
  out: root,
  napi: true,
  strip: true,
  tagLibc: true,
  targets: [{ runtime: 'node', target: process.versions.node }],
  nodeGyp,
})

// node-gyp-build prefers build/Release to prebuilds: a stale build there would hide what was just made.
cleanNative()
rmSync(`${root}build`, { recursive: true, force: true })

for (const name of readdirSync(folder)) {
  const binary = readFileSync(`${folder}/${name}`, 'latin1')
  const newest = Math.max(...[...binary.matchAll(/GLIBC_2\.(\d+)/g)].map((match) => Number(match[1])))
  if (newest > 28) throw new Error(`${name} needs glibc 2.${newest}; Node 20 itself needs only 2.28`)
  console.log(`${folder}/${name}: ${binary.length} octets, glibc 2.${newest}`)
}
mkdirSync(`${root}prebuilds`, { recursive: true })
writeFileSync(`${root}prebuilds/SOURCES.sha256`, sourceDigests())
