// `npm run test:permission`: the tests of the mock under Node's permission model, with no grant but to read its own files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { bundle, environment } from './mock-suite/bundle.mjs'
import { report } from './mock-suite/report.mjs'

if (process.argv.length > 2) throw new RangeError('usage: node tools/permission.mjs')

/** Node 20 has the flag under its first name. */
const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vnet-permission-')))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
await bundle(folder, { node: true })
const arguments_ = [flag, `--allow-fs-read=${folder}/*`, `${folder}/suite.js`]
const child = spawn(process.execPath, arguments_, {
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
})
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => child.kill())
const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
const lines = said.split('\n').filter((line) => line.startsWith('{'))
if (code !== 0) throw new Error(`ended with ${code} after ${lines.length} tests:\n${said.slice(-4000)}`)
report(
  lines.map((line) => JSON.parse(line)),
  {
    place: 'permission',
    lacking: (why) => {
      const denied = /(?:ERR_ACCESS_DENIED|Access to this API has been restricted)/.test(why)
      return denied ? 'a grant (in Node without one)' : undefined
    },
  },
)
