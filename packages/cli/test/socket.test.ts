/** `vnet socket`: what a list looks like, and on a kernel the same sockets as `ss` tells of. */
import type { SocketPhase, SocketState } from '@vnet/core'
import { describe, expect, it } from 'vitest'
import { namesOf } from '../src/names.js'
import { socketColumns, socketJson } from '../src/render/columns/socket.js'
import { inSandbox, noSandbox } from './sandbox.js'

const names = namesOf([{ index: 3, name: 'v0', up: true }])
const base: SocketState = {
  protocol: 'udp',
  family: 4,
  state: 'unconnected',
  local: { address: '0.0.0.0', port: 53 },
  receiveQueue: 0,
  sendQueue: 0,
  uid: 0,
  inode: 0,
}

describe('a row of the list', () => {
  it.each<[Partial<SocketState>, readonly string[]]>([
    [{}, ['udp', 'unconnected', '0', '0', '0.0.0.0:53', '', '', 'root', '']],
    [
      { protocol: 'tcp', state: 'established', remote: { address: '10.0.0.2', port: 80 }, inode: 77, sendQueue: 5 },
      ['tcp', 'established', '0', '5', '0.0.0.0:53', '10.0.0.2:80', '', 'root', '77'],
    ],
    [
      { family: 6, local: { address: 'fe80::1', port: 0 }, link: 3 },
      ['udp', 'unconnected', '0', '0', '[fe80::1]:*', '', 'v0', 'root', ''],
    ],
  ])('%o', (own, wanted) => {
    expect(socketColumns(names).map((column) => column.text({ ...base, ...own }))).toEqual(wanted)
  })

  it('names its link as data, too', () => {
    expect(socketJson({ ...base, link: 3 }, names)).toEqual({ ...base, link: 'v0' })
  })
})

/** Opens sockets of both protocols and versions of IP, bound, connected and bound to a link, then says so and waits. */
const program = [
  "const dgram = require('node:dgram')",
  "const net = require('node:net')",
  'let open = 6',
  "const done = () => --open || console.log('open')",
  "dgram.createSocket('udp4').bind(5300, '127.0.0.1', done)",
  "dgram.createSocket('udp6').bind(5301, done)",
  "dgram.createSocket({ type: 'udp6', ipv6Only: true }).bind(5302, '::1', done)",
  "const near = dgram.createSocket('udp4').bind(5303, '127.0.0.1', () => near.connect(5300, '127.0.0.1', done))",
  "const connect = () => net.connect({ port: 8000, host: '127.0.0.1', localPort: 9000 }, done)",
  "net.createServer(done).listen(8000, '::', connect)",
].join(';')

describe('vnet socket on a kernel', () => {
  it('tells of the sockets that ss tells of', (context) => {
    if (noSandbox !== undefined) context.skip(noSandbox)
    const { stdout, stderr, status } = inSandbox(
      `set -e
command -v ss >/dev/null || { echo 'needs ss'; exit 0; }
vnet link set lo --up
exec 3< <(node -e "${program}")
trap "kill $!" EXIT
read -r _ <&3
ss --tcp --udp --all --numeric --no-header --oneline --extended 2>/dev/null
echo ---
vnet --driver napi socket list --json
echo ---
vnet --driver napi socket list --listening --port 5300`,
    )
    if (stdout.startsWith('needs')) context.skip(stdout.trim())
    expect([stderr, status]).toEqual(['', 0])
    const [theirs = '', ours = '[]', table = ''] = stdout.split('---\n')
    const told = (JSON.parse(ours) as SocketState[]).map(({ protocol, state, local, remote, inode }) => [
      protocol,
      words[state as SocketPhase] ?? state,
      textOf(local),
      remote === undefined ? '*' : textOf(remote),
      inode,
    ])
    expect(told.length).toBe(7)
    const listed = theirs
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map(([protocol, state, , , local = '', remote = '', ...more]) => [
        protocol,
        state,
        local.replace('*:', '[::]:'),
        remote.endsWith(':*') ? '*' : remote,
        Number(more.find((word) => word.startsWith('ino:'))?.slice(4) ?? 0),
      ])
    const inOrder = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).sort()
    expect(inOrder(told)).toEqual(inOrder(listed))
    expect(table).toMatch(
      /^PROTOCOL +STATE +UNREAD +UNSENT +LOCAL +USER +INODE\nudp +unconnected +0 +0 +127\.0\.0\.1:5300 +root +\d+\n$/,
    )
  })
})

/** Words of `ss` for the states. */
const words: Partial<Record<SocketPhase, string>> = {
  established: 'ESTAB',
  listening: 'LISTEN',
  unconnected: 'UNCONN',
}

const textOf = ({ address, port }: SocketState['local']): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
