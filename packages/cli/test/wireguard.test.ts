/** `vnet wireguard`: on the mock what it takes and hides; on a kernel that has WireGuard, what `wg` says of the same device. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, askAll } from './ask.js'
import { mockCommand } from './mock-command.js'
import { noSandbox } from './sandbox.js'

// Keys of RFC 7748 § 6.1.
const ownKey = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo='
const own = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo='
const far = '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08='
const third = 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8='
const shared = 'Sl2dW6TOLeFyjjv0gDUPJeB+IclH0Z4zdvCbPB4WF0I='

const mock = mockCommand()
const { call, program } = mock
let folder: string
beforeEach(() => {
  folder = mock.folder
  writeFileSync(join(folder, 'own.key'), `${ownKey}\n`)
  writeFileSync(join(folder, 'shared.key'), shared)
  writeFileSync(join(folder, 'none.key'), '\n')
})

describe('vnet wireguard on the mock', () => {
  it('sets a device and a peer, and hides what is secret', async () => {
    expect(await call('link add wireguard wg0')).toMatchObject({ status: 0 })
    const device = `--private-key ${folder}/own.key --listen-port 51820 --fwmark 0x7`
    const peer = `--peer ${far} --preshared-key ${folder}/shared.key --endpoint 192.0.2.1:51820`
    const more = '--persistent-keepalive 61 --allowed-ips 10.0.0.0/24,::/0'
    expect(await call(`wg set wg0 ${device} ${peer} ${more}`)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect((await call('wg')).stdout).toBe(
      `interface: wg0\n  public key: ${own}\n  private key: (hidden)\n  listening port: 51820\n  fwmark: 0x7\n\n` +
        `peer: ${far}\n  preshared key: (hidden)\n  endpoint: 192.0.2.1:51820\n  allowed ips: 10.0.0.0/24, ::/0\n` +
        '  persistent keepalive: every 1 minute, 1 second\n',
    )
    const { stdout } = await call('wireguard show wg0 --json')
    expect(stdout).not.toContain(shared)
    const told = { endpoint: '192.0.2.1:51820', persistentKeepalive: 61, allowedIps: ['10.0.0.0/24', '::/0'] }
    expect(JSON.parse(stdout)).toEqual({
      wg0: { publicKey: own, listenPort: 51820, fwmark: 7, peers: { [far]: told } },
    })
    expect(JSON.parse((await call('wg show --secrets --json')).stdout).wg0.peers[far].presharedKey).toBe(shared)
  })

  it('adds, replaces and takes away: addresses, keys, peers', async () => {
    await call('link add wireguard wg0')
    const allowed = async () => JSON.parse((await call('wg show --json')).stdout).wg0.peers[far]?.allowedIps
    await call(`wg set wg0 --peer ${far} --allowed-ips 10.0.0.0/24`)
    await call(`wg set wg0 --peer ${far} --add-allowed-ips 10.0.1.0/24`)
    expect(await allowed()).toEqual(['10.0.0.0/24', '10.0.1.0/24'])
    await call(`wg set wg0 --peer ${far} --allowed-ips 10.0.2.0/24`)
    expect(await allowed()).toEqual(['10.0.2.0/24'])
    await call(`wg set wg0 --peer ${far} --remove`)
    expect(await allowed()).toBeUndefined()
    expect(program('wg set wg0 --private-key -', ownKey).status).toBe(0)
    expect((await call('wg show')).stdout).toContain(own)
    await call(`wg set wg0 --private-key ${folder}/none.key`)
    expect((await call('wg show')).stdout).toBe('interface: wg0\n')
  })

  it('refuses, and repeats no key', async () => {
    await call('link add wireguard wg0')
    await call('link add dummy d0')
    writeFileSync(join(folder, 'bad.key'), 'SECRET')
    const bad = await call(`wg set wg0 --private-key ${folder}/bad.key`)
    expect(bad.status).toBe(2)
    expect(bad.stderr).toContain('spec.privateKey')
    expect(bad.stderr).not.toContain('SECRET')
    expect(await call(`wg set wg0 --private-key ${folder}/missing.key`)).toMatchObject({ status: 2 })
    const twice = program(`wg set wg0 --private-key - --peer ${far} --preshared-key -`, ownKey)
    expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining('one key only') })
    expect((await call('wg show')).stdout).toBe('interface: wg0\n')
    expect((await call('wg set wg0 --endpoint 192.0.2.1:5')).stderr).toContain('--peer')
    expect(await call(`wg set wg0 --peer ${far} --allowed-ips ::/0 --add-allowed-ips ::/0`)).toMatchObject({
      status: 2,
    })
    expect(await call('wg show nope')).toMatchObject({ status: 1, stdout: '' })
    expect((await call('wg show d0')).stderr).toContain('EOPNOTSUPP')
  })
})

/** The zone of an address is the name of a link to `wg`, and its index to us. */
const byIndex = (text: string) => text.replaceAll('%lo', '%1')
const toolLacks = spawnSync('wg', ['--version']).status === 0 ? undefined : 'needs wg: apt-get install wireguard-tools'

describe.each(['napi', 'ffi'])('vnet --driver %s wireguard', (driver) => {
  it('says what wg says, and sets what wg sets', ({ skip }) => {
    const [ownFile, sharedFile] = [`${folder}/own.key`, `${folder}/shared.key`]
    const peer = `peer ${far} preshared-key ${sharedFile} endpoint '[fe80::1%lo]:51820' persistent-keepalive 3661`
    const ground = `
ip link add wg0 type wireguard; ip link add wg1 type wireguard
wg set wg1 private-key ${ownFile} listen-port 5000 fwmark 7 ${peer} allowed-ips 10.0.0.0/24,::/0 peer ${third}
`
    const keys = `--private-key ${ownFile} --preshared-key ${sharedFile}`
    const more = '--endpoint [fe80::1%1]:51820 --persistent-keepalive 3661 --allowed-ips 10.0.0.0/24,::/0'
    const { supports, answers } = askAll(
      driver,
      ground,
      [
        { vnet: `wg set wg0 ${keys} --listen-port 5000 --fwmark 7 --peer ${far} ${more}` },
        { vnet: `wg set wg0 --peer ${third}` },
        { vnet: 'wg', text: true, peer: 'wg' },
        { vnet: 'wg show wg0 --secrets', text: true, peer: 'WG_HIDE_KEYS=never wg show wg0' },
        { vnet: 'wg show wg0', peer: 'wg showconf wg0; echo =====; wg showconf wg1' },
      ],
      noSandbox ?? toolLacks,
    )
    if (typeof supports === 'string') return skip(supports)
    if (supports['link wireguard'] !== true) return skip('lacks capability: link wireguard')
    expect(answers.map(({ error }) => error)).toEqual(answers.map(() => ''))
    const [hidden, open, files] = answers.slice(2) as [Answer, Answer, Answer]
    expect(hidden.mine).toContain('(hidden)')
    expect(hidden.mine).toBe(byIndex(hidden.after))
    expect(open.mine).toContain(shared)
    expect(open.mine).toBe(byIndex(open.after))
    const [first, second] = files.after.split('=====\n')
    expect(first).toContain('AllowedIPs')
    expect(first).toBe(second)
  })
})
