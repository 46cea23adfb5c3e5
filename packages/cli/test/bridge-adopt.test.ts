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
})
