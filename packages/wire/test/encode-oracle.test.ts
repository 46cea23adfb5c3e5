/** tshark and tcpdump on every frame that our encoders make. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decodeFrame, encodeFrame, formatFrame, type LayerSpec, PcapngWriter } from '../src/index.js'
import { samples } from './samples.js'
import { differences, missing, noTcpdump, run, tsharkFields } from './tshark.js'

const names = Object.keys(samples)
const frames = Object.values(samples).map((layers) => encodeFrame(layers as LayerSpec[]))
const folder = mkdtempSync(join(tmpdir(), 'vnet-wire-'))
const file = join(folder, 'samples.pcapng')
const writer = new PcapngWriter()
const chunks = [writer.start(), writer.addInterface({ name: 'samples' }).bytes]
frames.forEach((frame, i) => {
  chunks.push(writer.packet(0, 1_700_000_000_000_000_000n + BigInt(i), frame, { comments: [names[i] as string] }))
})
writeFileSync(file, Buffer.concat(chunks))
afterAll(() => rmSync(folder, { recursive: true }))

const noTshark = missing(['tshark', 'tshark'])

test('tshark finds none malformed, and every checksum good', ({ skip }) => {
  if (noTshark !== undefined) return skip(noTshark)
  expect(run('tshark', '-n', '-r', file, '-Y', '_ws.malformed')).toBe('')
  const statuses = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6', 'igmp'].map((name) => `${name}.checksum.status`)
  const rows = tsharkFields(file, ['frame.comment', ...statuses])
  expect(rows.map(([comment]) => comment?.[0])).toEqual(names)
  // What an error quotes is made up, and has no right checksum: only the first of each kind is ours.
  const bad = rows.filter((row) => row.slice(1).some(([first]) => first === '0' || first === 'Bad'))
  expect(bad.map(([comment]) => comment?.[0])).toEqual([])
  const good = rows.flatMap((row) => row.slice(1).flat()).filter((status) => status === '1' || status === 'Good')
  expect(good.length).toBeGreaterThan(60)
})

test('tshark reads the same fields', ({ skip }) => {
  if (noTshark !== undefined) return skip(noTshark)
  expect(
    differences(
      file,
      frames.map((frame) => decodeFrame(frame)),
    ),
  ).toEqual([])
})

test('tshark reads tags as they were encoded', ({ skip }) => {
  if (noTshark !== undefined) return skip(noTshark)
  const tags = ['vlan.id', 'vlan.priority', 'ieee8021ad.id', 'ieee8021ad.dei']
  const rows = tsharkFields(file, tags)
  expect(rows[names.indexOf('ping, tagged')]?.slice(0, 2)).toEqual([['10'], ['3']])
  expect(rows[names.indexOf('ping, tagged twice')]?.flat()).toEqual(expect.arrayContaining(['100', '4094']))
})

/** Where our lines say something else on purpose, and what they say. */
const own: Readonly<Record<string, RegExp>> = {
  // tcpdump reads what we leave as octets.
  'ping6 behind every extension header':
    /^IP6 fe80::1 > fe80::3: HBH DSTOPT RT6 \(.*\) frag \(0\|88\) AH\(.*\): ICMP6, echo/,
  'pppoe session with lcp': /^PPPoE {2}\[ses 0x11\] LCP \(0xc021\), length 10$/,
  // It leaves a space out.
  'mld query, version 1': /multicast listener query max resp delay: 10000 addr: ::, length 24$/,
  'mld report, version 1': /multicast listener report max resp delay: 0 addr: ff05::1:3, length 24$/,
  'mld done': /multicast listener done max resp delay: 0 addr: ff05::1:3, length 24$/,
  // It takes a second line, or many.
  vxlan: /VXLAN, flags \[I\] \(0x08\), vni 42: .*10\.0\.0\.1 > 10\.0\.0\.2: ICMP echo request, id 9, seq 1, length 64$/,
  'unknown ethertype': /^02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown \(0x88b5\), length 27$/,
}

test.for([
  ['packets', ['-n', '-S', '-t'], {}],
  ['link-level headers', ['-n', '-S', '-t', '-e'], { linkLevel: true }],
] as const)('tcpdump prints the same lines: %s', ([, flags, options], { skip }) => {
  const reason = noTcpdump(file)
  if (reason !== undefined) return skip(reason)
  const compared = names.filter((name) => own[name] === undefined)
  const lineOf = (name: string) => formatFrame(frames[names.indexOf(name)] as Uint8Array, options)
  const path = join(folder, 'compared.pcapng')
  const single = new PcapngWriter()
  const port = [single.start(), single.addInterface().bytes]
  const packets = compared.map((name) => single.packet(0, 0n, frames[names.indexOf(name)] as Uint8Array))
  writeFileSync(path, Buffer.concat([...port, ...packets]))
  const lines = run('tcpdump', ...flags, '-r', path)
    .trimEnd()
    .split('\n')
  expect(compared.map((name) => [name, lineOf(name)])).toEqual(compared.map((name, i) => [name, lines[i]]))
  if ('linkLevel' in options) return
  for (const [name, line] of Object.entries(own)) expect(lineOf(name), name).toMatch(line)
})

test.for([
  ['packets', ['-n', '-S', '-t'], {}],
  ['link-level headers', ['-n', '-S', '-t', '-e'], { linkLevel: true }],
] as const)('tcpdump prints the same lines of beginnings: %s', ([, flags, options], { skip }) => {
  const reason = noTcpdump(file)
  if (reason !== undefined) return skip(reason)
  const path = join(folder, 'beginnings.pcapng')
  const snapped = new PcapngWriter()
  const blocks = [snapped.start(), snapped.addInterface().bytes]
  const ours: string[] = []
  const titles: string[] = []
  for (const [i, frame] of frames.entries()) {
    if (own[names[i] as string] !== undefined) continue
    for (let kept = 14; kept < Math.min(frame.length, 160); kept++) {
      const originalLength = frame.length
      blocks.push(snapped.packet(0, 0n, frame.subarray(0, kept), { originalLength }))
      ours.push(formatFrame(frame.subarray(0, kept), { ...options, originalLength }))
      titles.push(`${names[i]}, ${kept} octets`)
    }
  }
  writeFileSync(path, Buffer.concat(blocks))
  // Numbered, since tcpdump takes a second line for octets that it does not know.
  const theirs = run('tcpdump', '-#', ...flags, '-r', path)
    .split(/^ *\d+ {2}/m)
    .slice(1)
    .map((line) => line.split('\n')[0] as string)
  expect(ours.length).toBeGreaterThan(3000)
  const pairs = (lines: readonly string[]) => lines.map((line, i) => `${titles[i]}: ${line.trimEnd()}`)
  expect(pairs(ours)).toEqual(pairs(theirs))
})
