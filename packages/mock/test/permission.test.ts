/** The mock needs no grant of Node's permission model but to read its own files. @module */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Node 20 has the flag under its first name. */
const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'

const program = `
import { readFileSync } from 'node:fs'
import { openHost } from '@vnet/core'
import { diffStates, manualClock, mockDriver } from '@vnet/mock'
const clock = manualClock()
const driver = mockDriver({ clock, seed: 1 })
await using_(await openHost({ driver }), async (host) => {
  const before = driver.save()
  const blue = await host.namespace.add('blue')
  await host.link.add({ kind: 'bridge', name: 'br0', up: true, bridge: { stp: true } })
  await host.link.add({ kind: 'veth', name: 'v0', master: 'br0', up: true, peer: { name: 'eth0', namespace: 'blue', up: true } })
  await blue.address.add({ link: 'eth0', address: '10.0.0.2/24', validLifetime: 60 })
  clock.advance(61)
  const refused = (open) => { try { open(); return 'allowed' } catch (error) { return error.code } }
  console.log(JSON.stringify({
    state: (await host.link.get('v0')).port.state,
    addresses: await blue.address.list({ family: 4 }),
    changes: (await diffStates(before, driver.save())).length,
    again: mockDriver({ state: JSON.parse(JSON.stringify(driver.save())) }).name,
    files: refused(() => readFileSync('/etc/hostname')),
    programs: process.permission.has('child'),
    writes: process.permission.has('fs.write'),
  }))
  await blue.close()
})
async function using_(host, body) { try { await body(host) } finally { await host.close() } }
`

test('works with nothing else allowed', () => {
  const readable = ['node_modules', 'packages'].map((folder) => `--allow-fs-read=${root}${folder}/`)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [flag, ...readable, `--allow-fs-read=${root}package.json`, '--input-type=module', '--eval', program],
    { cwd: root, encoding: 'utf8', env: {} },
  )
  expect(status, stderr).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    state: 'forwarding',
    addresses: [],
    changes: expect.any(Number),
    again: 'mock',
    files: 'ERR_ACCESS_DENIED',
    programs: false,
    writes: false,
  })
  expect(JSON.parse(stdout).changes).toBeGreaterThan(3)
})
