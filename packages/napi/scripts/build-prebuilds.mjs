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

// Not newer than what Node 20's own binaries need, or the addon would not load where Node runs.
for (const name of readdirSync(folder)) {
  const binary = readFileSync(`${folder}/${name}`, 'latin1')
  const newest = (pattern) => Math.max(...[...binary.matchAll(pattern)].map((match) => Number(match[1])))
  const glibc = newest(/GLIBC_2\.(\d+)/g)
  const glibcxx = newest(/GLIBCXX_3\.4\.(\d+)/g)
  console.log(`${folder}/${name}: ${binary.length} octets, GLIBC_2.${glibc}, GLIBCXX_3.4.${glibcxx}`)
  if (glibc > 28 || glibcxx > 25) throw new Error(`${name} needs newer libraries than GLIBC_2.28 and GLIBCXX_3.4.25`)
}
mkdirSync(`${root}prebuilds`, { recursive: true })
writeFileSync(`${root}prebuilds/SOURCES.sha256`, sourceDigests())
