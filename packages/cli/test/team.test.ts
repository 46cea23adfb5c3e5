/** `vnet team` on the mock: what it takes, shows and refuses. */
import { describe, expect, it } from 'vitest'
import { mockCommand } from './mock-command.js'
import { type Abilities, abilitiesIn, inSandbox, noSandbox } from './sandbox.js'

const { call } = mockCommand()

describe('vnet team on the mock', () => {
  it('sets a team and a port, and shows both', async () => {
    await call('link add team t0 --index 20')
    await call('link add veth v0 --index 21 --peer v1')
    expect(await call('team set t0 --mode activebackup --notify-peers-count 2')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
    await call('link set v0 --master t0')
    await call('link set v1 --up')
    const port = '--port v0 --no-enabled --priority=-5 --queue-id 3 --user-linkup --user-linkup-enabled'
    expect(await call(`team set t0 --active-port v0 ${port}`)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect((await call('team show')).stdout).toBe(
      't0: activebackup\n 21: v0: up 10000Mbit FD\n notify_peers_count 2\n notify_peers_interval 0\n' +
        ' mcast_rejoin_count 0\n mcast_rejoin_interval 0\n activeport v0\n enabled (port:v0) false\n' +
        ' user_linkup (port:v0) true\n user_linkup_enabled (port:v0) true\n priority (port:v0) -5\n queue_id (port:v0) 3\n',
    )
    const [told] = JSON.parse((await call('team show t0 --json')).stdout)
    expect(told).toMatchObject({
      link: 20,
      mode: 'activebackup',
      activePort: 21,
      ports: [{ link: 21, enabled: false }],
    })
  })

  it('sets and shows what mode loadbalance has', async () => {
    await call('link add team t0')
    await call('link add veth v0 --peer v1')
    await call('team set t0 --mode loadbalance')
    await call('link set v0 --master t0')
    const table = '--method hash_to_port_mapping --hash-ports 3:v0,255:v0 --statistics-interval 0.5'
    expect(
      (await call(`team set t0 ${table} --hash-program 2,48\u00a00\u00a00\u00a011,22\u00a00\u00a00\u00a00`)).status,
    ).toBe(0)
    const shown = (await call('team show t0')).stdout
    expect(shown).toContain(' lb_tx_method hash_to_port_mapping\n')
    expect(shown).toContain(' lb_tx_hash_to_port_mapping[3] v0\n lb_tx_hash_to_port_mapping[255] v0\n')
    const [{ balancing }] = JSON.parse((await call('team show t0 --json')).stdout)
    expect(balancing).toMatchObject({ statisticsInterval: 0.5, hashPorts: { 3: expect.any(Number) } })
    expect(balancing.hashProgram).toEqual([
      { code: 48, jt: 0, jf: 0, k: 11 },
      { code: 22, jt: 0, jf: 0, k: 0 },
    ])
    await call('team set t0 --hash-program 0')
    expect(JSON.parse((await call('team show t0 --json')).stdout)[0].balancing.hashProgram).toEqual([])
    expect(await call('team set t0 --hash-program 3,6')).toMatchObject({ status: 2 })
    expect(await call('team set t0 --hash-ports v0')).toMatchObject({ status: 2 })
  })

  it('refuses, and says what to do', async () => {
    await call('link add team t0')
    await call('link add dummy d0')
    await call('team set t0 --mode random')
    await call('link set d0 --master t0')
    const busy = await call('team set t0 --mode broadcast')
    expect(busy.status).toBe(1)
    expect(busy.stderr).toContain('EBUSY')
    expect(busy.stderr).toContain('no ports')
    expect((await call('team set t0 --priority 1')).stderr).toContain('--port')
    expect(await call('team set t0 --mode lacp')).toMatchObject({ status: 2 })
    expect(await call('team set t0')).toMatchObject({ status: 2 })
    expect(await call('team show nope')).toMatchObject({ status: 1, stdout: '' })
    expect((await call('team show d0')).stderr).toContain('not of kind team')
  })
})

describe.each(['napi', 'ffi'])('vnet --driver %s team in a user namespace', (driver) => {
  it('is refused, and told before', ({ skip }) => {
    if (noSandbox !== undefined) return skip(noSandbox)
    const ask = `vnet --driver ${driver}`
    const lines = ['link add team t0', 'team show t0', 'team set t0 --mode random']
    const script = lines.map((line) => `${ask} ${line}; echo $?`).join('\n')
    const { stdout, stderr } = inSandbox(
      `vnet doctor --json --driver ${driver} | tr -d '\\n'; echo\n${script}`,
      {},
      true,
    )
    const [doctor = '', ...statuses] = stdout.trim().split('\n')
    if (doctor === '') return skip('lacks capability: user namespace')
    const found = abilitiesIn(driver, doctor)
    if (typeof found === 'string') return skip(found)
    if ((found as Abilities)['link team'] !== true) return skip('lacks capability: link team')
    expect((found as Abilities)['team options']).toContain('outside of all user namespaces')
    expect(statuses).toEqual(['0', '1', '1'])
    expect(stderr.match(/EPERM/g)).toHaveLength(2)
    expect(stderr).toContain('run as root')
  })
})
