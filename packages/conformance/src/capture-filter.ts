/** Filters of captures: expressions of libpcap, on frames as they are recorded. @module */
import { FrameBatch } from '@vnet/core'
import { expect } from 'vitest'
import { basis, flood, openedCapture } from './capture.js'
import { fails, sleep } from './expectation.js'
import { hex, ipv4, joined, numberedFrame, turnEcho } from './frame.js'
import { twoTaps, writeAll } from './port.js'
import type { Suite } from './suite.js'

/** Registers the tests of filters. */
export function captureFilter(suite: Suite): void {
  const needs = [...basis, 'capture filter'] as const
  const plain = (type: number, number: number) => {
    const frame = numberedFrame(number, 100, 0x22, 0x11)
    frame.set([type >> 8, type & 0xff], 12)
    return frame
  }
  const tagged = (vlan: number, frame: Uint8Array) =>
    joined(frame.subarray(0, 12), Uint8Array.of(0x81, 0, vlan >> 8, vlan & 0xff), frame.subarray(12))
  const packet = (protocol: number, ...ports: number[]) =>
    joined(
      numberedFrame(0, 18, 0x22, 0x11).subarray(0, 12),
      Uint8Array.of(0x08, 0x00),
      ipv4(
        '10.1.0.1',
        '10.1.0.2',
        protocol,
        joined(...ports.map((port) => Uint8Array.of(port >> 8, port & 0xff)), new Uint8Array(40)),
      ),
    )
  const frames: Readonly<Record<string, Uint8Array>> = {
    arp: plain(0x0806, 1),
    icmp: packet(1, 0x0800),
    udp: packet(17, 5000, 53),
    tcp: packet(6, 80, 5000),
    'arp in VLAN 5': tagged(5, plain(0x0806, 2)),
    'udp in VLAN 42': tagged(42, packet(17, 53, 6000)),
    test: plain(0x88b5, 3),
    'PPPoE session 3': plain(0x8864, 0x11000003),
  }
  const cases: readonly (readonly [expression: string, ...expected: string[]])[] = [
    ['arp', 'arp'],
    ['icmp or arp', 'arp', 'icmp'],
    ['udp port 53', 'udp'],
    ['port 5000', 'udp', 'tcp'],
    ['src host 10.1.0.1 and not tcp', 'icmp', 'udp'],
    ['vlan', 'arp in VLAN 5', 'udp in VLAN 42'],
    ['vlan 5', 'arp in VLAN 5'],
    ['vlan and arp', 'arp in VLAN 5'],
    ['vlan and udp port 53', 'udp in VLAN 42'],
    ['arp or (vlan and arp)', 'arp', 'arp in VLAN 5'],
    ['ether proto 0x88b5', 'test'],
    // Octets of which a tag has only some.
    ['pppoes 3', 'PPPoE session 3'],
    ['ether[14:4] = 0x00050806', 'arp in VLAN 5'],
    ['ether[10:4] & 0xffff = 0x8100', 'arp in VLAN 5', 'udp in VLAN 42'],
    ['ether[13:2] = 0', 'arp in VLAN 5', 'udp in VLAN 42'],
    ['ether src 02:00:00:00:00:11 and greater 104', 'arp in VLAN 5'],
    ['tcp[0:2] = 80', 'tcp'],
  ]
  const own = (frame: Uint8Array) => hex(frame.subarray(0, 12)) === '020000000022020000000011'

  for (const [expression, ...expected] of cases) {
    suite.test(expression, needs, async ({ ns, defer }) => {
      const [from] = await twoTaps(ns, defer)
      const captured = await openedCapture(ns, defer, { link: 'tap0', filter: `ether proto 0x88b6 or (${expression})` })
      const batch = new FrameBatch()
      for (const frame of Object.values(frames)) batch.add(frame)
      // What ends it. Its term comes first: behind `vlan` all others would look behind a tag.
      batch.add(plain(0x88b6, 9))
      await writeAll(from, batch)
      const into = captured.createBatch()
      const seen: string[] = []
      while (seen.at(-1) !== 'end') {
        await captured.read(into)
        for (const frame of into) {
          if (!own(frame)) continue
          const found = Object.entries(frames).find(([, one]) => hex(one) === hex(frame))
          seen.push(found?.[0] ?? 'end')
        }
      }
      expect(seen.slice(0, -1)).toEqual(expected)
    })
  }

  suite.test('on a TUN', ['capture', 'capture filter', 'tun port', 'link tun', 'packets'], async ({ ns, defer }) => {
    const port = await ns.openTun({ name: 'tun0', up: true })
    defer(() => port.close())
    await ns.address.add({ link: 'tun0', address: '10.0.0.1/24' })
    const captured = await openedCapture(ns, defer, { link: 'tun0', filter: 'icmp[0] == 0 and src host 10.0.0.2' })
    const all = await openedCapture(ns, defer, { filter: 'icmp[0] == 0 and src host 10.0.0.2' })
    void (async () => {
      for await (const packets of port) {
        for (const one of packets) turnEcho(one)
        port.write(packets)
      }
    })()
    await ns.ping('10.0.0.2')
    for (const one of [captured, all]) {
      const batch = one.createBatch()
      expect(await one.read(batch)).toBe(1)
      expect([...batch.frame(0).subarray(12, 16), batch.frame(0)[20]]).toEqual([10, 0, 0, 2, 0])
    }
  })

  suite.test('nothing slips in before it is attached', needs, async ({ ns, defer }) => {
    const [from] = await twoTaps(ns, defer)
    flood(from, defer)
    for (let round = 0; round < 10; round++) {
      await using captured = await ns.openCapture({ link: 'tap0', filter: 'ether proto 0x88b6', buffer: 524_288 })
      await sleep(20)
      expect(captured.counters.received).toBe(0)
    }
  })

  for (const [expression, sentence] of [
    ['icmp and', /syntax error/],
    ['port 99999', /illegal port number/],
    ['-w /tmp/file', /syntax error/],
    ['nonsense words', /syntax error|unknown/],
  ] as const) {
    suite.test(`${expression}: refused, with libpcap’s sentence`, needs, async ({ ns, defer }) => {
      await twoTaps(ns, defer)
      const error = await fails(ns.openCapture({ link: 'tap0', filter: expression }), 'EINVAL')
      expect(error).toMatchObject({
        subject: 'tap0',
        attribute: 'options.filter',
        hint: expect.stringContaining('pcap-filter'),
      })
      expect(error.detail).toMatch(sentence)
    })
  }
}
