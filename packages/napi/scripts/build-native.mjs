// Compiles native/ for this machine into build/Release, where node-gyp-build looks first.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cleanNative, nodeGyp, nodeGypEnvironment } from './node-gyp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

execFileSync(process.execPath, [nodeGyp, 'rebuild'], {
  cwd: `${root}native`,
  env: nodeGypEnvironment(),
  stdio: 'inherit',
})
mkdirSync(`${root}build/Release`, { recursive: true })
cpSync(`${root}native/build/Release/vnet.node`, `${root}build/Release/vnet.node`)
cleanNative()
