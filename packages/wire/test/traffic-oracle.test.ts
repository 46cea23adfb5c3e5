/** Real traffic of the kernel and of common programs: our decoders against tshark, our lines against tcpdump's. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodeFrame,
  encodeFrame,
  formatFrame,
  type Layer,
  type LayerName,
  PcapngWriter,
  readCapture,
} from '../src/index.js'
import { differences, missing, noTcpdump, run } from './tshark.js'

const folder = mkdtempSync(join(tmpdir(), 'vnet-wire-'))
afterAll(() => rmSync(folder, { recursive: true }))

const flags = process.getuid?.() === 0 ? ['--net', '--mount'] : ['--user', '--map-root-user', '--net', '--mount']
const reason =
  missing(
    ['unshare', 'util-linux'],
    ['ip', 'iproute2'],
    ['tshark', 'tshark'],
    ['dumpcap', 'wireshark-common'],
    ['dnsmasq', 'dnsmasq-base'],
    ['busybox', 'busybox'],
    ['iperf3', 'iperf3'],
    ['ping', 'iputils-ping'],
    ['python3', 'python3'],
  ) ?? noNamespaces()

function noNamespaces(): string | undefined {
  if (process.env.VNET_TIER === 'none') return 'needs a kernel to make traffic on: --tier none was asked for'
  const { status, stderr } = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `needs CAP_SYS_ADMIN or user namespaces (${stderr.trim()})`
}

/** Frames of a capture file. */
function framesOf(name: string): Uint8Array[] {
  const blocks = readCapture(readFileSync(join(folder, name)))
  return blocks.flatMap((block) => (block.block === 'packet' ? [block.bytes] : []))
}

beforeAll(() => {
  if (reason !== undefined) return
  const script = fileURLToPath(new URL('traffic.sh', import.meta.url))
  const argv = ['-k', '1', '100', 'unshare', ...flags, 'bash', script, folder]
  const { status, stderr } = spawnSync('timeout', argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`traffic.sh ended with ${status}: ${stderr}`)
}, 120_000)

/** What must be in a capture, so that an empty one proves nothing. */
const expected: Readonly<Record<string, readonly LayerName[]>> = {
  'v0.pcap': [
    'arp',
    'ipv4',
    'ipv6',
    'ipv6-options',
    'ipv6-fragment',
    'vlan',
    'icmp',
    'icmpv6',
    'igmp',
    'udp',
    'tcp',
    'dhcp',
  ],
  'v2.pcapng': ['llc', 'bpdu', 'icmpv6', 'igmp'],
}

describe.each(Object.entries(expected))('%s', (name, layerNames) => {
  const file = join(folder, name)

  test('all frames are decoded, and are the same encoded again', ({ skip }) => {
    if (reason !== undefined) return skip(reason)
    const frames = framesOf(name)
    const seen = new Set(frames.flatMap((frame) => decodeFrame(frame).map(({ layer }) => layer)))
    expect([...seen]).toEqual(expect.arrayContaining([...layerNames]))
    for (const frame of frames) expect(encodeFrame(decodeFrame(frame))).toEqual(frame)
  })

  test('tshark finds the same in every field', ({ skip }) => {
    if (reason !== undefined) return skip(reason)
    const layers: Layer[][] = framesOf(name).map((frame) => decodeFrame(frame))
    const found = differences(file, layers)
    expect(found.slice(0, 20)).toEqual([])
    console.log(`wire: ${layers.length} frames of ${name} agree with tshark`)
  })

  test('tcpdump prints the same lines of beginnings', ({ skip }) => {
    const absent = reason ?? noTcpdump(file)
    if (absent !== undefined) return skip(absent)
    const path = join(folder, 'snapped.pcapng')
    for (const kept of [48, 64, 96, 128]) {
      const frames = framesOf(name)
      const writer = new PcapngWriter()
      const blocks = [writer.start(), writer.addInterface().bytes]
      for (const frame of frames) {
        blocks.push(writer.packet(0, 0n, frame.subarray(0, kept), { originalLength: frame.length }))
      }
      writeFileSync(path, Buffer.concat(blocks))
      const theirs = run('tcpdump', '-n', '-S', '-t', '-e', '-r', path).trimEnd().split('\n')
      const ours = frames.map((frame) => {
        return formatFrame(frame.subarray(0, kept), { linkLevel: true, originalLength: frame.length })
      })
      expect(theirs).toHaveLength(ours.length)
      const same = (lines: readonly string[]) => lines.filter((_, i) => !deeper.test(theirs[i] as string))
      expect(same(ours).map((line) => line.trimEnd())).toEqual(same(theirs).map((line) => line.trimEnd()))
    }
  })

  test('tcpdump prints the same lines', ({ skip }) => {
    const absent = reason ?? noTcpdump(file)
    if (absent !== undefined) return skip(absent)
    for (const [options, linkLevel] of [
      [[], false],
      [['-e'], true],
    ] as const) {
      const theirs = run('tcpdump', '-n', '-S', '-t', ...options, '-r', file)
        .trimEnd()
        .split('\n')
      const ours = framesOf(name).map((frame) => formatFrame(frame, { linkLevel }))
      expect(theirs).toHaveLength(ours.length)
      const different = ours.filter((line, i) => line !== theirs[i] && !deeper.test(theirs[i] as string))
      expect(different.slice(0, 10)).toEqual(
        theirs.filter((line, i) => line !== ours[i] && !deeper.test(line)).slice(0, 10),
      )
    }
  })
})

/** MLD of version 1, where tcpdump leaves a space out. */
const deeper = /multicast listener (query|report|done)max/
