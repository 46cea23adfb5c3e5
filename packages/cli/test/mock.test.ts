/** The command as a program, on the mock: state between calls, exit status, streams. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { vnet } from './sandbox.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, XDG_STATE_HOME: folder, VNET_DRIVER: 'mock', NO_COLOR: '1' }
}

function call(line: string, input: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vnet, ...line.split(' ')], {
    encoding: 'utf8',
    env: { ...environment(), ...input },
  })
  return { status, stdout, stderr }
}

function start(line: string): {
  readonly child: ChildProcess
  readonly ended: Promise<{ status: number | null; out: string; err: string }>
} {
  const child = spawn(process.execPath, [vnet, ...line.split(' ')], { env: environment() })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const ended = new Promise<{ status: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (status) => resolve({ status, out, err }))
  })
  return { child, ended }
}

/** Waits until the file of the state tells that the watcher has begun to watch. */
const settle = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('the mock between calls', () => {
  it('keeps its state', () => {
    expect(call('link add bridge br0 --stp --forward-delay 4 --up')).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(call('namespace add blue').status).toBe(0)
    expect(call('link add veth v0 --peer eth0 --peer-namespace blue').status).toBe(0)
    expect(call('link set v0 --up --master br0 --mtu 1400').status).toBe(0)
    expect(call('address add 172.10.1.10/24 --on br0 --label br0:1').status).toBe(0)
    expect(call('--namespace blue link set eth0 --up').status).toBe(0)
    expect(existsSync(join(folder, 'vnet', 'mock.json'))).toBe(true)

    const [bridge] = JSON.parse(call('link list --kind bridge --json --details').stdout)
    expect(bridge).toMatchObject({
      ifname: 'br0',
      linkinfo: { info_kind: 'bridge', info_data: { stp_state: 1, forward_delay: 400 } },
    })
    const [port] = JSON.parse(call('--json link list --master br0').stdout)
    expect(port).toMatchObject({ ifname: 'v0', mtu: 1400, master: 'br0', link_netnsid: 0 })
    const addresses = JSON.parse(call('--json addr show br0').stdout)
    expect(addresses).toMatchObject([
      { ifname: 'br0', addr_info: [{ local: '172.10.1.10', prefixlen: 24, label: 'br0:1' }] },
    ])
    expect(call('route add default --via 172.10.1.1')).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(JSON.parse(call('--json route').stdout)).toContainEqual(
      expect.objectContaining({ dst: 'default', gateway: '172.10.1.1', dev: 'br0' }),
    )
    const entries = JSON.parse(call('--json fdb list --on br0').stdout) as { ifname: string; state: string }[]
    expect(entries.length).toBeGreaterThan(0)
    expect(call('fdb list --on br0').stdout.trim().split('\n').length).toBeGreaterThan(entries.length - 1)
    // The bridge comes up, and gets its own IPv6 address, when STP lets its port forward: after eight seconds.
    const tree = call('tree')
      .stdout.replace(/(?:[\da-f]{2}:){5}[\da-f]{2}|fe80::\S+/g, 'X')
      .replace(/(br0 {2}bridge {2})up( {2}X)(?: {2}X)?$/m, '$1down$2')
    expect(tree).toMatchInlineSnapshot(`
      "this namespace
      ├─ lo  loopback  down
      └─ br0  bridge  down  X
         ├─ br0:1  alias  up  172.10.1.10/24
         └─ v0  veth  up  X  ↔ eth0 in blue  X
      blue
      ├─ lo  loopback  down
      └─ eth0  veth  up  X  ↔ v0 in this namespace  X
      "
    `)
  })

  it('makes, lists and deletes aliases', () => {
    call('link add bridge br0 --up')
    expect(call('alias add br0:1 172.10.1.10/24')).toEqual({ status: 0, stdout: '', stderr: '' })
    call('alias add br0:2 172.10.1.11/24')
    expect(call('alias').stdout).toBe(
      [
        'NAME   LINK  ADMIN  ADDRESS         SCOPE   FLAGS',
        'br0:1  br0   up     172.10.1.10/24  global',
        'br0:2  br0   up     172.10.1.11/24  global  secondary',
        '',
      ].join('\n'),
    )
    expect(JSON.parse(call('--json alias list br0').stdout)).toMatchObject([
      { ifname: 'br0:1', link: 'br0', up: true, family: 'inet', local: '172.10.1.10', prefixlen: 24, label: 'br0:1' },
      { ifname: 'br0:2', link: 'br0', local: '172.10.1.11', secondary: true },
    ])
    expect(call('alias delete br0:1').status).toBe(0)
    expect(JSON.parse(call('--json alias').stdout)).toMatchObject([{ ifname: 'br0:2' }])
    const { status, stderr } = call('alias delete br0:1')
    expect([status, stderr]).toEqual([
      1,
      'vnet: alias delete br0:1: Cannot assign requested address (EADDRNOTAVAIL)\n' +
        'hint: there is no such alias; `vnet alias list br0` shows those that are there\n',
    ])
  })

  it('loses nothing of calls at the same time', async () => {
    const calls = Array.from({ length: 8 }, (_, number) => start(`link add dummy d${number}`).ended)
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 0))
    const names = JSON.parse(call('--json link').stdout).map(({ ifname }: { ifname: string }) => ifname)
    expect(names.sort()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7', 'lo'])
  })

  it('keeps several states apart', () => {
    const other = join(folder, 'other.json')
    expect(call(`--state ${other} link add dummy d0`).status).toBe(0)
    expect(JSON.parse(call('--json link').stdout)).toHaveLength(1)
    expect(JSON.parse(call(`--json --state ${other} link`).stdout)).toHaveLength(2)
  })

  it.each(['{', '{"version":99}', '{"version":1,"namespaces":[{}]}'])(
    'refuses a file that is no state: %s',
    (contents) => {
      const file = join(folder, 'broken.json')
      writeFileSync(file, contents)
      for (const line of ['link list', 'link add dummy d0']) {
        const { status, stderr } = call(`--state ${file} ${line}`)
        expect(status).toBe(1)
        expect(stderr).toMatch(/^vnet: state read .*broken\.json: .*\(VNET_DECODE\)/)
        expect(stderr).toContain('hint: delete ')
      }
    },
  )

  it('is watched across calls', async () => {
    call('link add dummy d0')
    const watching = start('watch --json link address')
    await settle(1500)
    call('link set d0 --up --mtu 1400')
    call('address add 10.0.0.1/24 --on d0')
    call('link delete d0')
    await settle(700)
    watching.child.kill('SIGINT')
    const { status, out, err } = await watching.ended
    expect(err).toBe('')
    expect(status).toBe(0)
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const kinds = events.map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['link set', 'address add', 'link delete', 'address delete']))
    expect(events.find(({ kind }) => kind === 'link set')).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      group: 'link',
      object: { ifname: 'd0', mtu: 1400 },
      before: { ifname: 'd0', mtu: 1500 },
    })
    expect(events.find(({ kind }) => kind === 'address add').object).toMatchObject({
      dev: expect.any(String),
      prefixlen: expect.any(Number),
    })
  })
})

describe('exit status', () => {
  it.each([
    ['link', 0],
    ['link get nosuch', 1],
    ['link delete nosuch', 1],
    ['link add bridge lo', 1],
    ['namespace delete nosuch', 1],
    ['--namespace nosuch link', 1],
    ['namespace exec blue -- true', 1],
    ['link add brigde x', 2],
    ['link set lo --mtu 67', 2],
  ] as const)('%s', (line, status) => {
    expect(call(line).status).toBe(status)
  })

  it('says which backends there are where the name of one is wrong', () => {
    const { status, stderr } = call('link', { VNET_DRIVER: 'mokc' })
    expect(status).toBe(1)
    expect(stderr).toContain('choose one of auto, napi, ffi, mock')
  })

  it('comes with the parts of the error as JSON', () => {
    const { stderr } = call('link add bridge lo --json')
    expect(JSON.parse(stderr)).toMatchObject({ code: 'EEXIST', operation: 'link add', subject: 'lo' })
  })

  it('is quiet when the reader goes', () => {
    for (let number = 0; number < 3; number++) call(`link add dummy d${number}`)
    const script = `"${process.execPath}" "${vnet}" --help | true; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: environment() })
    expect(stderr).toBe('')
    expect(stdout).toBe('0\n')
  })
})

describe('start', () => {
  it.each(['--version', '-V', '--json --version', 'link --version'])('%s tells the version', (line) => {
    const { status, stdout } = call(line)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('vnet demo on the mock', () => {
  it('does everything, the packets too, and keeps nothing', () => {
    const { status, stdout, stderr } = call('demo')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.replaceAll(/[\d.]+ ms/g, 'T ms').replaceAll(/ +T ms/g, ' T ms')).toMatchInlineSnapshot(`
      "vnet demo on the mock backend, in network namespaces of its own

      Built
        bridge docker0 with 172.17.0.1/16
        container1: eth0 with 172.17.0.2/16, default route via 172.17.0.1, port veth1
        container2: eth0 with 172.17.0.3/16, default route via 172.17.0.1, port veth2

      Packets
        container1 → container2 (172.17.0.3) T ms T ms T ms
        container1 → gateway (172.17.0.1) T ms T ms T ms
        container2 → container1 (172.17.0.2) T ms T ms T ms
        container2 → gateway (172.17.0.1) T ms T ms T ms

      Namespaces, links, addresses
        host
        ├─ lo  loopback  unknown  127.0.0.1/8  ::1/128
        └─ docker0  bridge  up  02:42:ac:11:00:01  172.17.0.1/16  fe80::42:acff:fe11:1/64
           ├─ veth1  veth  up  02:43:ac:11:00:02  ↔ eth0 in container1  fe80::43:acff:fe11:2/64
           └─ veth2  veth  up  02:43:ac:11:00:03  ↔ eth0 in container2  fe80::43:acff:fe11:3/64
        container1
        ├─ lo  loopback  unknown  127.0.0.1/8  ::1/128
        └─ eth0  veth  up  02:42:ac:11:00:02  ↔ veth1 in host  172.17.0.2/16  fe80::42:acff:fe11:2/64
        container2
        ├─ lo  loopback  unknown  127.0.0.1/8  ::1/128
        └─ eth0  veth  up  02:42:ac:11:00:03  ↔ veth2 in host  172.17.0.3/16  fe80::42:acff:fe11:3/64

      MACs that docker0 has learned
        PORT   MAC
        veth1  02:42:ac:11:00:02
        veth2  02:42:ac:11:00:03

      Removed
        veth veth2
        namespace container2
        veth veth1
        namespace container1
        bridge docker0
        namespace of the host
        nothing is left
      "
    `)
    expect(existsSync(join(folder, 'vnet'))).toBe(false)
  })

  it('works in the kept state with --here, and leaves it as it was', () => {
    call('link add dummy d0')
    expect(call('demo --here').status).toBe(0)
    expect(JSON.parse(call('--json link').stdout).map(({ ifname }: { ifname: string }) => ifname)).toEqual(['lo', 'd0'])
  })

  it.each(['docker0', 'veth2'])('touches nothing where the name %s is taken', (name) => {
    call(`link add dummy ${name}`)
    const before = call('--json link').stdout
    const { status, stdout, stderr } = call('demo --here')
    expect(status).toBe(1)
    expect(stdout).not.toContain('Built')
    expect(stderr).toContain(
      `vnet: demo ${name}: File exists (EEXIST): a link of this name is there already; nothing was touched`,
    )
    expect(call('--json link').stdout).toBe(before)
  })

  it('is one JSON object a line', () => {
    const { stdout } = call('demo --json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map(({ event }) => event)).toEqual([
      'start',
      ...['made', 'made', 'made'],
      ...Array.from({ length: 12 }, () => 'ping'),
      'tree',
      'learned',
      ...['removed', 'removed', 'removed', 'removed', 'removed', 'removed'],
      'end',
    ])
    expect(events[0]).toEqual({ event: 'start', driver: 'mock', place: 'own' })
    expect(events.at(-1)).toEqual({ event: 'end', left: 0 })
  })
})
