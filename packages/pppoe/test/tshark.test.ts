/** What tshark says of our frames: that none is malformed, and the same of what is in them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PcapngWriter, pppProtocols } from '@vnet/wire'
import { expect, test } from 'vitest'
import { decodeControl, decodeDiscovery, decodeSession } from '../src/index.js'
import { Line } from './line.js'

/** Each protocol has fields of its own for the same two octets. */
const protocols = ['ppp', 'pap', 'chap']
const fields = [
  ...['_ws.malformed', '_ws.expert.message', 'pppoe.code', 'pppoe.session_id', 'ppp.protocol'],
  ...protocols.flatMap((name) => [`${name}.code`, `${name}.identifier`]),
]

/** Sessions of all sorts, with refusals. */
function frames(): Uint8Array[] {
  const dns = ['192.0.2.53', '192.0.2.54']
  const lines = [
    new Line({ seed: 1, concentrator: { dns } }),
    new Line({ seed: 2, client: { methods: ['pap'], mru: 1500 }, concentrator: { mru: 1500, services: ['internet'] } }),
    new Line({ seed: 3, client: { password: 'wrong' } }),
    new Line({ seed: 4, client: { password: 'wrong', methods: ['pap'] }, concentrator: { methods: ['pap'] } }),
    new Line({ seed: 5, concentrator: { ipv6: false } }),
  ]
  return lines.flatMap((line) => {
    line.client.start(0)
    line.run(25)
    line.client.close(line.now)
    line.run(5)
    return line.frames.map(({ frame }) => frame)
  })
}

test('tshark has no complaint of any frame, and sees the same in them', (context) => {
  if (spawnSync('which', ['tshark']).status !== 0) context.skip('needs tshark (Debian package tshark)')
  const all = frames()
  const directory = mkdtempSync(join(tmpdir(), 'vnet-pppoe-'))
  try {
    const file = join(directory, 'frames.pcapng')
    const writer = new PcapngWriter({ application: 'test' })
    const start = writer.start()
    const link = writer.addInterface({ name: 'eth0' })
    const parts = [start, link.bytes, ...all.map((frame, at) => writer.packet(link.id, BigInt(at), frame))]
    writeFileSync(file, Buffer.concat(parts))
    const chosen = fields.flatMap((field) => ['-e', field])
    const { stdout, status } = spawnSync(
      'tshark',
      ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', ...chosen],
      { encoding: 'utf8' },
    )
    expect(status).toBe(0)
    const rows = stdout.split('\n').slice(0, -1)
    expect(rows).toEqual(all.map((frame) => ['', '', ...expected(frame)].join('\t')))
    expect(new Set(rows.map((row) => row.split('\t')[4])).size).toBeGreaterThanOrEqual(6)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`

function expected(frame: Uint8Array): string[] {
  const none = protocols.flatMap(() => ['', ''])
  if (frame[13] === 0x63) {
    const { value } = decodeDiscovery(frame)
    return [hex(frame[15] as number, 2), hex(value.session, 4), '', ...none]
  }
  const { session, protocol, information } = decodeSession(frame).value
  const { code, identifier } = decodeControl(information)
  const name = protocol === pppProtocols.pap ? 'pap' : protocol === pppProtocols.chap ? 'chap' : 'ppp'
  none.splice(protocols.indexOf(name) * 2, 2, String(code), String(identifier))
  return [hex(0, 2), hex(session, 4), hex(protocol, 4), ...none]
}
