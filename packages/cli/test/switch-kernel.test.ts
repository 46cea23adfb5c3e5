/** `vnet switch` on the kernel: TAPs in namespaces, real pings through it, and what is left afterwards. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { inSandbox, noDriver, vnet } from './sandbox.js'

const noTshark = spawnSync('tshark', ['--version']).error === undefined ? undefined : 'lacks capability: tshark'

/**
 * `start PATTERN OPTIONS…` runs the switch until its output has the pattern; `finish` stops it and tells its status.
 * Three namespaces are there, and a folder.
 */
const setup = `
folder=$(mktemp -d); trap 'rm -r $folder' EXIT; cd $folder
for one in red blue green; do ip netns add $one; done
waitfor() { for try in $(seq 600); do grep -q "$1" out err && return; sleep 0.05; done; echo "nothing has $1"; cat out err; }
start() { pattern=$1; shift; "${process.execPath}" "${vnet}" switch "$@" >out 2>err & switch=$!; waitfor "$pattern"; }
finish() { kill -$1 $switch; wait $switch; echo "status $?"; }
address() { ip -n $1 address add 10.0.0.$2/24 dev \${3-tap0}; }
ask() { ip netns exec $1 ping -q -c 1 -W 1 10.0.0.$2 >/dev/null 2>&1; }
from() { for try in $(seq 20); do ask $1 $2 && echo "$1 reaches $2" && return; done; echo "$1 does not reach $2"; }
apart() { ask $1 $2 && echo "$1 reaches $2" || echo "$1 and $2 are apart"; }
taps() { for one in red blue green; do ip -n $one -br link show type tun; done; ip -br link show type tun; }
`

/** The JSON lines of an output. */
const told = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Scripts on a backend, where it can be used. */
function on(driver: string) {
  const reason = noDriver(driver)
  return {
    reason,
    run: (script: string) => inSandbox(`${setup}${script}`, { VNET_DRIVER: driver }),
    test: (name: string, body: (skip: (reason: string) => void) => void) =>
      it(name, ({ skip }) => (reason === undefined ? body(skip) : skip(`lacks capability: ${reason}`)), 200_000),
  }
}

const [napi, ffi] = [on('napi'), on('ffi')]

describe.each([
  ['napi', napi],
  ['ffi', ffi],
] as const)('vnet switch --driver %s', (_, { test, run }) => {
  test('joins namespaces, tells of stations, and leaves no TAP', () => {
    const { stdout, stderr } = run(`
start '"ready"' --json --port tap:tap0@red --port tap:tap0@blue --port tap:tap0@green
address red 1; address blue 2; address green 3
from red 2; from blue 3; from green 1
taps | grep -c UP
finish INT
taps | grep -c tap
cat err out`)
    const json = stdout.indexOf('{')
    expect(stdout.slice(0, json)).toBe('red reaches 2\nblue reaches 3\ngreen reaches 1\n3\nstatus 0\n0\n')
    expect(stderr).toBe('')
    const news = told(stdout.slice(json))
    const ready = news.find(({ kind }) => kind === 'ready')
    expect(ready.ports).toMatchObject([
      { number: 1, port: 'tap0@red', link: 'tap0', namespace: 'red', mtu: 1500, made: true, up: true },
      { number: 2, port: 'tap0@blue' },
      { number: 3, port: 'tap0@green' },
    ])
    const learned = news.filter(({ kind }) => kind === 'learned').map(({ port }) => port)
    expect(new Set(learned)).toEqual(new Set(['tap0@red', 'tap0@blue', 'tap0@green']))
    const end = news.at(-1)
    expect([end.kind, end.stations]).toEqual(['end', 3])
    for (const port of end.ports) {
      expect(port).toMatchObject({
        stations: 1,
        dropped: { queueFull: 0, blocked: 0 },
        link: { dropped: { linkDown: 0 } },
      })
      expect(port.inFrames).toBeGreaterThan(3)
      expect(port.link.readFrames).toBe(port.inFrames)
    }
  })
})

describe('vnet switch', () => {
  const { test, run } = napi.reason === undefined ? napi : ffi

  test('keeps VLANs apart, and takes them over a trunk to another switch', () => {
    const { stdout } = run(`
start ready --port tap:tap0@red --port tap:tap0@blue,name=office --port tap:trunk1 \
  --vlan tap0@red:10 --vlan office:20 --vlan trunk1:trunk=10,20
first=$switch; mv out first
start ready --port tap:trunk2 --port tap:tap0@green --vlan trunk2:trunk --vlan tap0@green:10
ip link add br0 type bridge; ip link set br0 up; ip link set trunk1 master br0; ip link set trunk2 master br0
address red 1; address blue 2; address green 3
from red 3; apart red 2; apart blue 3
finish TERM; switch=$first; finish TERM; cat first`)
    expect(stdout).toMatch(/^red reaches 3\nred and 2 are apart\nblue and 3 are apart\nstatus 0\nstatus 0\n/)
    expect(stdout).toMatch(/\nPORT +STATE +VLAN +IN +OUT +STATIONS +DROPPED\ntap0@red +forwarding +10 /)
    expect(stdout).toMatch(/\noffice +forwarding +20 +\d+/)
    // The bridge of the kernel and its ports speak without a tag, which this trunk does not take.
    expect(stdout).toMatch(/\ntrunk1 +forwarding +trunk 10,20 +\d+ +\d+ +\d+ +vlan \d+/)
    expect(stdout).toMatch(/[\da-f:]{17} vlan 10 learned at tap0@red\n/)
    expect(stdout).toMatch(/[\da-f:]{17} vlan 10 learned at trunk1\n/)
  })

  test('ends loops with a bridge of the kernel, which it takes for root', () => {
    const { stdout } = run(`
ip link add br0 address 02:00:00:00:00:b0 type bridge stp_state 1 priority 4096 forward_delay 400; ip link set br0 up
start '"ready"' --json --stp --forward-delay 4 --max-age 6 --port tap:tap0 --port tap:tap1
ip link set tap0 master br0; ip link set tap1 master br0
waitfor '"role":"alternate"'
finish INT; cat out; taps`)
    const [status, ...lines] = stdout.trim().split('\n')
    expect(status).toBe('status 0')
    const news = told(lines.join('\n'))
    const roots = news.filter(({ kind }) => kind === 'root')
    expect(roots[0].port).toBeUndefined()
    const root = { priority: 4096, mac: '02:00:00:00:00:b0' }
    expect(roots.at(-1)).toMatchObject({ root, cost: 20000, port: 'tap0' })
    const last = (port: string) => news.filter((one) => one.kind === 'port' && one.port === port).at(-1)
    expect(last('tap0').role).toBe('root')
    expect(last('tap1')).toMatchObject({ role: 'alternate', state: 'discarding' })
    const end = news.at(-1)
    expect(end.ports[0].inBpdus).toBeGreaterThan(0)
  })

  test('captures all ports into one file, and into a pipe', (skip) => {
    if (noTshark !== undefined) return skip(noTshark)
    const { stdout } = run(`
start ready --port tap:tap0@red --port tap:tap0@blue --capture frames.pcapng
address red 1; address blue 2
from red 2; finish INT
tshark -r frames.pcapng -Y 'icmp.type == 8' -T fields -e frame.interface_name -e frame.packet_flags_direction 2>/dev/null | sort -u
rm out; mkfifo pipe; cat pipe >piped.pcapng & reader=$!
"${process.execPath}" "${vnet}" switch --port tap:tap0@red --port tap:tap0@blue --capture - >pipe 2>err & switch=$!
waitfor ready 2>/dev/null; address red 1; address blue 2; from red 2; finish INT; wait $reader
tshark -r piped.pcapng -Y icmp -T fields -e icmp.type -e frame.interface_name 2>/dev/null | sort -u
capinfos -I frames.pcapng | grep -c 'Interface #\\|Number of stat entries = 1'; cat err`)
    expect(stdout).toMatch(
      /^red reaches 2\nstatus 0\ntap0@blue\t0x0*2\ntap0@red\t0x0*1\nred reaches 2\nstatus 0\n0\ttap0@blue\n0\ttap0@red\n8\ttap0@blue\n8\ttap0@red\n/,
    )
    expect(stdout).toContain('\n4\n')
    // What is told goes to the error output, as the output is the capture's.
    expect(stdout).toMatch(/ready: switch [^\n]*\n(?:.*\n)*PORT /)
  })

  test('attaches to a TAP that is there, and leaves it as it was', () => {
    const { stdout } = run(`
ip -n red tuntap add tap0 mode tap; ip -n red link set tap0 up
ip tuntap add tap9 mode tap
start ready --port tap:tap0@red --port tap:tap0@blue,mtu=1400 --port tap:tap9
address red 1; address blue 2; from red 2
grep -v learned out | head -6 | tail -3
finish HUP; ip -n red -br link show tap0 | cut -d' ' -f1; taps | grep -c tap`)
    expect(stdout).toBe(
      `red reaches 2
tap0@red: attached (mtu 1500)
tap0@blue: made and set up; it goes away with the switch (mtu 1400)
tap9: attached, and down: vnet link set tap9 --up (mtu 1500)
status 0
tap0
2
`,
    )
  })

  test('goes on without a port that is deleted, and ends as a failure without any', () => {
    const { stdout } = run(`
start ready --port tap:tap0@red --port tap:tap0@blue --port tap:tap0@green
ip -n green link delete tap0; waitfor 'tap0@green has ended'
address red 1; address blue 2; from red 2
ip -n red link delete tap0; ip -n blue link delete tap0
wait $switch; echo "status $?"; tail -3 out | cut -d' ' -f1; cat err`)
    expect(stdout).toMatch(
      /^red reaches 2\nstatus 1\ntap0@red\ntap0@blue\ntap0@green\nvnet: port read tap0: .* \(EBADFD\)/,
    )
  })

  test('leaves nothing behind when it cannot begin', () => {
    const { stdout } = run(`
vnet switch --port tap:a --port tap:b@red --port tap:lo; echo $?
vnet switch --port tap:a --port tap:b@nosuch; echo $?
vnet switch --port tap:a --port tap:b --vlan b:4095; echo $?
vnet switch --port tap:a --capture /no/such/file; echo $?
vnet switch --json --port tap:a@/no/such/file; echo $?
taps`)
    expect(stdout).toBe('1\n1\n2\n1\n1\n')
  })

  test('ends in good order when nobody reads any more', (skip) => {
    if (noTshark !== undefined) return skip(noTshark)
    const { stdout } = run(`
set -o pipefail
# News after the reader has left.
mac() { ip -n red link set tap0 address 02:00:00:00:00:$1 && ip -n red address add 10.0.0.$1/24 dev tap0 && ask red 99; }
(for one in $(seq 10 60); do sleep 0.5; mac $one; done) 2>/dev/null & changer=$!
"${process.execPath}" "${vnet}" switch --json --port tap:tap0@red --port tap:tap0@blue --capture x.pcapng | grep -m 1 -o '"ready"'
echo "status $?"; kill $changer; taps; capinfos -I x.pcapng | grep -c 'Number of stat entries = 1'`)
    expect(stdout).toBe('"ready"\nstatus 0\n2\n')
  })
})
