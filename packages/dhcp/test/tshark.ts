/** The other opinion: what tshark says of our frames, and whether it complains. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PcapngWriter } from '@vnet/wire'

/** Why tshark cannot be asked here. */
export const noTshark: string | undefined =
  spawnSync('tshark', ['--version']).status === 0 ? undefined : 'lacks capability: tshark (Debian package tshark)'

/** What tshark reads in frames: a list of values for each field, for each frame. */
export function tsharkFields(frames: readonly Uint8Array[], fields: readonly string[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-dhcp-'))
  try {
    const writer = new PcapngWriter()
    const chunks = [writer.start()]
    const { id, bytes } = writer.addInterface({ name: 'eth0' })
    chunks.push(bytes, ...frames.map((frame, i) => writer.packet(id, BigInt(i), frame)))
    const file = join(folder, 'frames.pcapng')
    writeFileSync(file, Buffer.concat(chunks))
    const chosen = fields.flatMap((field) => ['-e', field])
    const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=;']
    const checks = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE']
    const { stdout, stderr, status } = spawnSync('tshark', ['-n', '-r', file, ...checks, ...format, ...chosen], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`tshark: ${stderr}`)
    const lines = stdout.split('\n').slice(0, -1)
    return lines.map((line) => line.split('\t').map((cell) => (cell === '' ? [] : cell.split(';'))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Everything that tshark finds wrong in frames: what is malformed, and its warnings and errors. */
export function complaints(frames: readonly Uint8Array[]): string[] {
  const rows = tsharkFields(frames, [
    '_ws.malformed',
    '_ws.expert.message',
    '_ws.expert.severity',
    'udp.checksum.status',
  ])
  return rows.flatMap(([malformed = [], messages = [], severities = [], sums = []], i) => [
    ...malformed.map((what) => `frame ${i + 1} is malformed: ${what}`),
    // 0x400000 is a note: that options lie in the field of the file, such as.
    ...messages.filter((_, n) => Number(severities[n]) > 0x400000).map((what) => `frame ${i + 1}: ${what}`),
    ...(sums.join() === '1' ? [] : [`frame ${i + 1}: checksum of UDP ${sums}`]),
  ])
}
