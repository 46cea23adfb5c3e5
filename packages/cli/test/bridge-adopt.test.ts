/** `vnet bridge adopt` and `release` on a kernel: what moves, and that nobody cuts off his own session. */
import { describe, expect, it } from 'vitest'
import { abilitiesIn, inSandbox, noSandbox } from './sandbox.js'

/** Why the kernel cannot be used; `undefined` where it has what is needed. */
const lacking = (() => {
  if (noSandbox !== undefined) return noSandbox
  const abilities = abilitiesIn('napi', inSandbox('vnet doctor --json --driver napi').stdout)
  if (typeof abilities === 'string') return abilities
  const missing = (['link bridge', 'link veth'] as const).find((name) => abilities[name] !== true)
  return missing === undefined ? undefined : `lacks capability: ${missing} (${abilities[missing]})`
})()

describe('vnet bridge adopt', () => {
  it('moves a NIC into its bridge and back; the way of the session only by force', (context) => {
    if (lacking !== undefined) context.skip(lacking)
    const { stdout, stderr, status } = inSandbox(
      `set -e
ip link add eth0 type veth peer name far
ip link set eth0 up; ip link set far up
ip address add 10.0.0.5/24 dev eth0
ip route add default via 10.0.0.1
vnet bridge adopt eth0 --json 2>&1 || true
vnet bridge adopt lo --json 2>&1 || true
vnet bridge adopt eth0 --bridge lan --force
ip -4 -br address show dev lan | cut -d' ' -f1
ip -4 route
vnet bridge release eth0 --delete-bridge --json 2>&1 || true
SSH_CONNECTION='UNKNOWN 65535 UNKNOWN 65535' vnet bridge release eth0 --delete-bridge --json
ip -4 route
ip link show type bridge`,
      { VNET_DRIVER: 'napi', SSH_CONNECTION: '198.51.100.7 50000 10.0.0.5 22' },
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    const session = { code: 'EBUSY', subject: 'eth0', hint: expect.stringContaining('198.51.100.7') }
    expect(JSON.parse(String(lines[0]))).toMatchObject({ ...session, operation: 'bridge adopt' })
    expect(JSON.parse(String(lines[1]))).toMatchObject({ code: 'EINVAL', subject: 'lo' })
    expect(lines[2]).toBe('lan')
    expect(lines.slice(3, 5).map((line) => line.trimEnd())).toEqual([
      'default via 10.0.0.1 dev lan',
      '10.0.0.0/24 dev lan proto kernel scope link src 10.0.0.5',
    ])
    expect(JSON.parse(String(lines[5]))).toMatchObject({ ...session, operation: 'bridge release' })
    const moved = { link: 'eth0', bridge: 'lan', changed: true, addresses: ['10.0.0.5/24'], routes: 1 }
    expect(JSON.parse(String(lines[6]))).toEqual([{ ...moved, neighbours: 0, rules: 0 }])
    expect(lines.slice(7).map((line) => line.trimEnd())).toEqual([
      'default via 10.0.0.1 dev eth0',
      '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5',
    ])
  })

  it('finds the session behind sudo, but not that of a process in another namespace', (context) => {
    if (lacking !== undefined) context.skip(lacking)
    const { stdout, status } = inSandbox(
      `ip link add eth0 type veth peer name far
ip link set eth0 up; ip link set far up
ip address add 10.0.0.5/24 dev eth0
unset SSH_CONNECTION
export -f vnet
session() { SSH_CONNECTION='10.0.0.9 50000 10.0.0.5 22' bash -c "$1; true" 2>&1; }
session "env -u SSH_CONNECTION bash -c 'vnet bridge adopt eth0 --json; true'"
session "unshare --net env -u SSH_CONNECTION bash -c 'ip link add eth0 type veth peer name far; ip address add 10.0.0.5/24 dev eth0; \
  ip link set eth0 up; ip link set far up; vnet bridge adopt eth0 --json'"
session "env SSH_CONNECTION='UNKNOWN 65535 UNKNOWN 65535' bash -c 'vnet bridge adopt eth0 --json'"`,
      { VNET_DRIVER: 'napi' },
    )
    const lines = stdout.trimEnd().split('\n')
    const hint = expect.stringContaining('10.0.0.9')
    expect(JSON.parse(String(lines[0]))).toMatchObject({ code: 'EBUSY', operation: 'bridge adopt', hint })
    for (const line of lines.slice(1)) expect(JSON.parse(line)).toMatchObject([{ link: 'eth0', bridge: 'br0' }])
    expect(lines).toHaveLength(3)
    expect(status).toBe(0)
  })

  it('leaves a NIC alone whose routes lead by nexthop objects; by force they become plain', (context) => {
    if (lacking !== undefined) context.skip(lacking)
    const objects = inSandbox('ip link set lo up; ip nexthop add id 7 dev lo')
    if (objects.status !== 0) context.skip(`lacks capability: nexthop objects (${objects.stderr.trim()})`)
    const { stdout, stderr, status } = inSandbox(
      `ip link add eth0 type veth peer name far
ip link add eth1 type veth peer name off
for link in eth0 far eth1 off; do ip link set $link up; done
ip address add 10.0.0.5/24 dev eth0
ip nexthop add id 7 via 10.0.0.1 dev eth0
ip nexthop add id 8 dev eth1
ip nexthop add id 9 group 7/8
ip route add 10.8.0.0/16 nhid 8
vnet bridge adopt eth0 --bridge lan --json && vnet bridge release eth0 --delete-bridge
for way in 7 9; do
  ip route add 10.9.0.0/16 nhid $way
  vnet bridge adopt eth0 --json 2>&1
  ip route del 10.9.0.0/16
done
ip route add 10.9.0.0/16 nhid 7
sysctl -qw net.ipv4.nexthop_compat_mode=0
vnet bridge adopt eth0 --json 2>&1
sysctl -qw net.ipv4.nexthop_compat_mode=1
ip link show type bridge
vnet bridge adopt eth0 --force --json
ip route show 10.9.0.0/16
ip nexthop show id 7`,
      { VNET_DRIVER: 'napi', SSH_CONNECTION: 'UNKNOWN' },
    )
    expect(stderr).toBe('')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd())
    const refused = (id: number) => ({
      code: 'EBUSY',
      subject: 'eth0',
      hint: expect.stringContaining(`nexthop object ${id}`),
    })
    expect(JSON.parse(String(lines[0]))).toMatchObject([{ link: 'eth0', bridge: 'lan', routes: 0 }])
    for (const [at, id] of [7, 9].entries()) expect(JSON.parse(String(lines[at + 1]))).toMatchObject(refused(id))
    // Without its way the kernel does not tell whose it is; the one that is listed first is told.
    expect(JSON.parse(String(lines[3]))).toMatchObject(refused(8))
    expect(JSON.parse(String(lines[4]))).toMatchObject([{ link: 'eth0', bridge: 'br0', routes: 1 }])
    expect(lines.slice(5)).toEqual([
      '10.9.0.0/16 via 10.0.0.1 dev br0',
      expect.stringMatching(/^id 7 via 10\.0\.0\.1 dev eth0/),
    ])
    expect(status).toBe(0)
  })
})
