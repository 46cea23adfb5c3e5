/** `vnet team` on the mock: what it takes, shows and refuses. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { vnet } from './sandbox.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-team-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function call(line: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vnet, ...line.split(' ')], {
    encoding: 'utf8',
    env: { ...process.env, XDG_STATE_HOME: folder, VNET_DRIVER: 'mock', NO_COLOR: '1' },
  })
  return { status, stdout, stderr }
}

describe('vnet team on the mock', () => {
  it('sets a team and a port, and shows both', () => {
    call('link add team t0 --index 20')
    call('link add veth v0 --index 21 --peer v1')
    expect(call('team set t0 --mode activebackup --notify-peers-count 2')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
    call('link set v0 --master t0')
    call('link set v1 --up')
    const port = '--port v0 --no-enabled --priority=-5 --queue-id 3 --user-linkup --user-linkup-enabled'
    expect(call(`team set t0 --active-port v0 ${port}`)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(call('team show').stdout).toBe(
      't0: activebackup\n 21: v0: up 10000Mbit FD\n notify_peers_count 2\n notify_peers_interval 0\n' +
        ' mcast_rejoin_count 0\n mcast_rejoin_interval 0\n activeport v0\n enabled (port:v0) false\n' +
        ' user_linkup (port:v0) true\n user_linkup_enabled (port:v0) true\n priority (port:v0) -5\n queue_id (port:v0) 3\n',
    )
    const [told] = JSON.parse(call('team show t0 --json').stdout)
    expect(told).toMatchObject({
      link: 20,
      mode: 'activebackup',
      activePort: 21,
      ports: [{ link: 21, enabled: false }],
    })
  })

  it('refuses, and says what to do', () => {
    call('link add team t0')
    call('link add dummy d0')
    call('team set t0 --mode random')
    call('link set d0 --master t0')
    const busy = call('team set t0 --mode broadcast')
    expect(busy.status).toBe(1)
    expect(busy.stderr).toContain('EBUSY')
    expect(busy.stderr).toContain('no ports')
    expect(call('team set t0 --priority 1').stderr).toContain('--port')
    expect(call('team set t0 --mode lacp')).toMatchObject({ status: 2 })
    expect(call('team set t0')).toMatchObject({ status: 2 })
    expect(call('team show nope')).toMatchObject({ status: 1, stdout: '' })
    expect(call('team show d0').stderr).toContain('not of kind team')
  })
})
