/** `vnet snapshot` on the mock: states are kept, restored and compared; what is none is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { main } from '../src/main.js'
import { testTerminal } from './recorder.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
async function run(line: string) {
  const terminal = testTerminal()
  const status = await main(line.split(' '), terminal)
  return { status, ...terminal.printed }
}
const call = (line: string) => run(`--driver mock --state ${at('state.json')} ${line}`)

it('saves, compares and restores', async () => {
  await call('link add bridge br0 --mtu 1500')
  expect(await call(`snapshot save ${at('before.json')}`)).toMatchObject({ status: 0, out: '', err: '' })
  expect((await call(`snapshot diff ${at('before.json')}`)).out).toBe('')
  await call('link set br0 --mtu 1400')
  await call('link add dummy d0')
  expect((await call(`snapshot diff ${at('before.json')}`)).out).toBe(
    'link br0 changed: mtu 1500 → 1400\nlink d0 added\nfdb entry 33:33:00:00:00:01 on d0 added\n',
  )
  const [first] = JSON.parse((await call(`--json snapshot diff ${at('before.json')}`)).out)
  expect(first).toMatchObject({ kind: 'link set', before: { mtu: 1500 }, object: { mtu: 1400 } })
  await call(`snapshot save ${at('after.json')}`)
  expect((await call(`snapshot diff ${at('after.json')} ${at('before.json')}`)).out).toContain('link d0 deleted\n')
  expect(await call(`snapshot load ${at('before.json')}`)).toMatchObject({ status: 0 })
  expect(JSON.parse((await call('--json link get br0')).out)).toMatchObject([{ mtu: 1500 }])
  expect((await call('link get d0')).status).toBe(1)
})

it('refuses what is no state, and loads nothing of it', async () => {
  await call('link add bridge br0')
  const kept = readFileSync(at('state.json'), 'utf8')
  const text = JSON.stringify({ ...JSON.parse(kept), version: 1 })
  for (const [bad, told] of [
    [kept.slice(0, 200), 'not a state of the mock'],
    [text, 'state.version'],
    [kept.replace('"index":2', '"index":1'), 'state.namespaces[0].links[1].index: there are two links 1'],
  ] as const) {
    writeFileSync(at('bad.json'), bad)
    const { status, err } = await call(`snapshot load ${at('bad.json')}`)
    expect(status).toBe(1)
    expect(err).toContain(told)
    expect(err).toContain('or name another file')
    expect(readFileSync(at('state.json'), 'utf8')).toBe(kept)
  }
  expect(await call(`snapshot diff ${at('none.json')}`)).toMatchObject({
    status: 1,
    err: expect.stringContaining('ENOENT'),
  })
  expect(await run('--driver napi snapshot save x')).toMatchObject({
    status: 2,
    err: expect.stringContaining('--driver mock'),
  })
})
