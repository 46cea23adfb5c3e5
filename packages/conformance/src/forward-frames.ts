/** What a router does with single packets: it changes little of them, and tells their senders what is wrong with others. @module */
import type { Namespace, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import {
  arp,
  ethernet,
  everybody,
  hex,
  ip4,
  ip6,
  ipv4,
  ipv6,
  joined,
  macOctets,
  put16,
  sum,
  u16,
  udpHeader,
  unknownMac,
} from './frame.js'
import { readOf, write } from './port-frame.js'
import { isOwn } from './routed.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

const [IPV4, IPV6, ARP] = [0x0800, 0x86dd, 0x0806]
const [ICMP, UDP, ICMPV6] = [1, 17, 58]
/** The router's MACs, and those of the stations on its two links. */
const [ROUTER_A, ROUTER_B, STATION_A, STATION_B] = [mac(1), mac(2), mac(0x51), mac(0x52)]
/** The stations. */
const [A, B] = ['10.0.0.2', '10.0.1.2']
const [A6, B6] = [ip6('2001:db8:a0::2'), ip6('2001:db8:a1::2')]

/** Registers the tests. */
export function forwardFrames(suite: Suite): void {
  const needs = ['packets', 'sysctl', 'tun port', 'link tap'] as const

  suite.test('a packet is the same behind a router, but for its hops and MACs', needs, async (context) => {
    const { a, b } = await router(context)
    const packet = udp4(A, B, 7)
    await write(a, ethernet(ROUTER_A, STATION_A, IPV4, packet))
    const passed = await readOf(b, isUdp4)
    expect(hex(passed.subarray(0, 14))).toBe(hex(ethernet(STATION_B, ROUTER_B, IPV4)))
    expect([passed[22], sum(passed.subarray(14, 34))]).toEqual([6, 0xffff])
    expect(hex(passed.subarray(26))).toBe(hex(packet.subarray(12)))
    const packet6 = ipv6(A6, B6, UDP, udpHeader(5000, 6000, 8, 1), 9)
    await write(a, ethernet(ROUTER_A, STATION_A, IPV6, packet6))
    const passed6 = await readOf(b, isUdp6)
    const expected = packet6.slice()
    expected[7] = 8
    expect(hex(passed6)).toBe(hex(ethernet(STATION_B, ROUTER_B, IPV6, expected)))
  })

  suite.test('not passed on: what comes for all, from nowhere, or from this router', needs, async (context) => {
    const { a, b } = await router(context)
    const from = (source: string, to = B) => ethernet(ROUTER_A, STATION_A, IPV4, udp4(source, to, 7))
    for (const frame of [
      ethernet(everybody, STATION_A, IPV4, udp4(A, B, 7)),
      ethernet('01:00:5e:00:00:09', STATION_A, IPV4, udp4(A, B, 7)),
      ethernet(mac(0x77), STATION_A, IPV4, udp4(A, B, 7)),
      from('127.0.0.1'),
      from('224.0.0.5'),
      from('255.255.255.255'),
      from('0.0.0.0'),
      from('10.0.1.1'),
      from('10.0.0.1'),
      from(A, '10.0.1.255'),
      from(A, '255.255.255.255'),
      from(A, '127.0.0.1'),
      from(A, '0.0.0.0'),
      ethernet(ROUTER_A, STATION_A, IPV6, udp6(ip6('::1'), B6)),
      ethernet(ROUTER_A, STATION_A, IPV6, udp6(ip6('ff02::9'), B6)),
      ethernet(ROUTER_A, STATION_A, IPV6, udp6(ip6('::'), B6)),
      ethernet(everybody, STATION_A, IPV6, udp6(A6, B6)),
      ethernet(ROUTER_A, STATION_A, IPV4, udp4(A, B, 40, 1)),
    ]) {
      await write(a, frame)
    }
    await write(a, ethernet(ROUTER_A, STATION_A, IPV4, udp4(A, B, 40, 99)))
    const first = await readOf(b, (frame) => isUdp4(frame) || isUdp6(frame))
    expect([first[22], u16(first, 36)]).toEqual([39, 1])
    expect(u16(await readOf(b, (frame) => isUdp4(frame) || isUdp6(frame)), 36)).toBe(99)
  })

  suite.test(
    'an error quotes the packet, comes from the nearer address, and is marked as urgent',
    needs,
    async (context) => {
      const { a } = await router(context)
      const packet = udp4(A, B, 1)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV4, packet))
      const error = await readOf(a, (frame) => u16(frame, 12) === IPV4 && frame[23] === ICMP)
      expect([error[15], error[22], error[34], error[35]]).toEqual([0xc0, 64, 11, 0])
      expect(hex(error.subarray(26, 34))).toBe(hex(joined(ip4('10.0.0.1'), ip4(A))))
      expect(hex(error.subarray(42))).toBe(hex(packet))
      expect([sum(error.subarray(14, 34)), sum(error.subarray(34))]).toEqual([0xffff, 0xffff])
      const packet6 = ipv6(A6, B6, UDP, udpHeader(5000, 6000, 8, 1), 1)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV6, packet6))
      const error6 = await readOf(a, (frame) => isIcmp6(frame, 3))
      expect(hex(error6.subarray(22, 54))).toBe(hex(joined(ip6('2001:db8:a0::1'), A6)))
      expect(hex(error6.subarray(62))).toBe(hex(packet6))
      // Of errors there are none.
      const wrong = joined(Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0), packet)
      put16(wrong, 2, ~sum(wrong) & 0xffff)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV4, ipv4(A, B, ICMP, wrong, 1)))
      await write(a, ethernet(ROUTER_A, STATION_A, IPV4, udp4(A, B, 1, 77)))
      const next = await readOf(a, (frame) => u16(frame, 12) === IPV4 && frame[23] === ICMP)
      expect(u16(next, 42 + 22)).toBe(77)
    },
  )

  suite.test(
    'a neighbour for whom another router is nearer is told, and the packet goes on',
    needs,
    async (context) => {
      const { a, ns } = await router(context)
      await ns.neighbour.add({ link: 'tap0', address: '10.0.0.3', mac: mac(0x53) })
      await ns.route.add({ destination: '10.9.0.0/16', via: '10.0.0.3' })
      await ns.neighbour.add({ link: 'tap0', address: 'fe80::53', mac: mac(0x53) })
      await ns.route.add({ destination: '2001:db8:9::/48', via: 'fe80::53', link: 'tap0' })
      const packet = udp4(A, '10.9.0.1', 7)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV4, packet))
      const redirect = await readOf(a, (frame) => u16(frame, 12) === IPV4 && frame[23] === ICMP)
      expect([redirect[34], redirect[35], hex(redirect.subarray(38, 42))]).toEqual([5, 1, hex(ip4('10.0.0.3'))])
      expect(hex((await readOf(a, isUdp4)).subarray(0, 6))).toBe(hex(macOctets(mac(0x53))))
      const far = ip6('2001:db8:9::1')
      await write(a, ethernet(ROUTER_A, STATION_A, IPV6, udp6(A6, far)))
      const redirect6 = await readOf(a, (frame) => isIcmp6(frame, 137))
      expect([redirect6[21], hex(redirect6.subarray(62, 94))]).toEqual([255, hex(joined(ip6('fe80::53'), far))])
      // The MAC of the target, and the packet.
      expect(hex(redirect6.subarray(94, 102))).toBe(hex(joined(Uint8Array.of(2, 1), macOctets(mac(0x53)))))
      expect(redirect6[102]).toBe(4)
      expect(hex((await readOf(a, isUdp6)).subarray(0, 6))).toBe(hex(macOctets(mac(0x53))))
      // Who does not want to tell does not.
      await ns.sysctl.set('net.ipv4.conf.all.send_redirects', 0)
      await ns.sysctl.set('net.ipv4.conf.tap0.send_redirects', 0)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV4, udp4('10.0.0.4', '10.9.0.1', 7)))
      const next = await readOf(a, (frame) => u16(frame, 12) === IPV4)
      expect([next[23], hex(next.subarray(26, 30))]).toEqual([UDP, hex(ip4('10.0.0.4'))])
    },
  )

  suite.test(
    'fragments whose rest does not come: their sender is told when their time is over',
    needs,
    async (context) => {
      const { a, ns } = await router(context)
      await ns.sysctl.set('net.ipv4.ipfrag_time', 1)
      await ns.sysctl.set('net.ipv6.ip6frag_time', 1)
      const later = ipv4(A, '10.0.0.1', UDP, new Uint8Array(64), 64, 2)
      const first = ipv4(A, '10.0.0.1', UDP, joined(udpHeader(5000, 6000, 200), new Uint8Array(56)), 64, 1)
      for (const [packet, place] of [
        [later, 0x2008],
        [first, 0x2000],
      ] as const) {
        put16(packet, 6, place)
        put16(packet, 10, 0)
        put16(packet, 10, ~sum(packet.subarray(0, 20)) & 0xffff)
        await write(a, ethernet(ROUTER_A, STATION_A, IPV4, packet))
      }
      const piece = joined(Uint8Array.of(UDP, 0, 0, 1, 0, 0, 0, 1), udpHeader(5000, 6000, 200, 1), new Uint8Array(56))
      const first6 = ipv6(A6, ip6('2001:db8:a0::1'), 44, piece)
      await write(a, ethernet(ROUTER_A, STATION_A, IPV6, first6))
      const began = performance.now()
      // Which of the two comes first is the timers' matter.
      const isError = (frame: Uint8Array) => (u16(frame, 12) === IPV4 && frame[23] === ICMP) || isIcmp6(frame, 3)
      const errors = [await readOf(a, isError), await readOf(a, isError)]
      const [error, error6] = errors.sort((one, other) => u16(one, 12) - u16(other, 12)) as [Uint8Array, Uint8Array]
      expect([error[34], error[35], hex(error.subarray(42))]).toEqual([11, 1, hex(first)])
      expect([error6[55], hex(error6.subarray(62))]).toEqual([1, hex(first6)])
      expect(performance.now() - began).toBeGreaterThan(700)
    },
  )

  suite.test('extension headers: known ones are read, of others the sender is told', needs, async (context) => {
    const { a, ns } = await router(context)
    await ns.sysctl.set('net.ipv6.icmp.ratelimit', 0)
    const host = ip6('2001:db8:a0::1')
    const send = (protocol: number, payload: Uint8Array, to = host) =>
      write(a, ethernet(ROUTER_A, STATION_A, IPV6, ipv6(A6, to, protocol, payload)))
    const echo = (number: number) => echo6(A6, host, number)
    const option = (next: number, type: number) => Uint8Array.of(next, 0, type, 4, 0, 0, 0, 0)
    const problem = async () => {
      const frame = await readOf(a, (one) => isIcmp6(one, 4))
      return [frame[55], new DataView(frame.buffer, frame.byteOffset).getUint32(58)]
    }
    // Padding, an option to be passed over, a route that is at its end.
    const known = joined(option(60, 1), option(43, 0x1e), Uint8Array.of(ICMPV6, 0, 0, 0, 0, 0, 0, 0), echo(1))
    await send(0, known)
    const answer = await readOf(a, (frame) => isIcmp6(frame, 129))
    expect(u16(answer, 60)).toBe(1)
    await send(60, joined(option(ICMPV6, 0x9e), echo(2)))
    expect(await problem()).toEqual([2, 42])
    await send(0, joined(option(ICMPV6, 0xde), echo(3)))
    expect(await problem()).toEqual([2, 42])
    await send(43, joined(Uint8Array.of(ICMPV6, 0, 0, 1, 0, 0, 0, 0), echo(4)))
    expect(await problem()).toEqual([0, 42])
    await send(60, joined(option(253, 1), echo(5)))
    expect(await problem()).toEqual([1, 40])
    // Silence: an option that says so, and no next header.
    await send(60, joined(option(ICMPV6, 0x5e), echo(6)))
    await send(59, echo(7))
    await send(ICMPV6, echo(8))
    const next = await readOf(a, (frame) => isIcmp6(frame, 4) || isIcmp6(frame, 129))
    expect([next[54], u16(next, 60)]).toEqual([129, 8])
    // Every router looks at the first header, and at no other.
    await send(0, joined(option(UDP, 0x9e), udpHeader(5000, 6000, 8, 1)), B6)
    expect(await problem()).toEqual([2, 42])
  })

  suite.test('ARP: whose question is answered, for whom, and who is remembered', needs, async (context) => {
    const { a, ns } = await router(context)
    const ask = (target: string) => write(a, question(STATION_A, A, target))
    const answered = async () => {
      const frame = await readOf(a, (one) => u16(one, 12) === ARP && u16(one, 20) === 2)
      return [...frame.subarray(28, 32)].join('.')
    }
    await ask('10.0.1.1')
    expect(await answered(), 'an address of another link').toBe('10.0.1.1')
    await ns.sysctl.set('net.ipv4.conf.tap0.arp_ignore', 1)
    await ask('10.0.1.1')
    await ask('10.0.0.1')
    expect(await answered(), 'only of its own').toBe('10.0.0.1')
    await ask(B)
    await ns.sysctl.set('net.ipv4.conf.tap0.proxy_arp', 1)
    await ask('10.0.1.9')
    expect(await answered(), 'for those behind it').toBe('10.0.1.9')
    // A namespace that belongs to a user without rights does not have it.
    const delay = 'net.ipv4.neigh.tap0.proxy_delay'
    if ((await ns.sysctl.get(delay)) !== undefined) await ns.sysctl.set(delay, 0)
    await ns.sysctl.set('net.ipv4.conf.tap0.arp_ignore', 8)
    await ask('10.0.0.1')
    await ask('10.0.1.10')
    expect(await answered()).toBe('10.0.1.10')
    const known = async (address: string) => (await ns.neighbour.get({ link: 'tap0', address }))?.mac
    await write(a, question(mac(0x61), '10.0.0.61', '10.0.0.61'))
    await ns.sysctl.set('net.ipv4.conf.tap0.arp_accept', 1)
    await write(a, question(mac(0x62), '10.0.0.62', '10.0.0.62'))
    await ask('10.0.1.11')
    await answered()
    expect([await known('10.0.0.61'), await known('10.0.0.62')]).toEqual([undefined, mac(0x62)])
  })
}

/** A router between two TAPs, whose stations it knows. */
async function router({ ns, defer }: Context): Promise<{ a: TunPort; b: TunPort; ns: Namespace }> {
  await ns.link.set('lo', { up: true })
  for (const whose of ['all', 'default']) {
    await ns.sysctl.set(`net.ipv4.conf.${whose}.rp_filter`, 0)
    await ns.sysctl.set(`net.ipv4.conf.${whose}.send_redirects`, 1)
  }
  await ns.sysctl.set('net.ipv4.ip_forward', 1)
  await ns.sysctl.set('net.ipv6.conf.all.forwarding', 1)
  const ports: TunPort[] = []
  for (const [at, [own, station]] of [
    [ROUTER_A, STATION_A],
    [ROUTER_B, STATION_B],
  ].entries()) {
    const link = `tap${at}`
    const port = await ns.openTap({ name: link, mac: own as string, up: true })
    defer(() => port.close())
    await ns.address.add({ link, address: `10.0.${at}.1/24` })
    await ns.address.add({ link, address: `2001:db8:a${at}::1/64`, noDad: true })
    await ns.address.add({ link, address: `fe80::a${at}/64`, noDad: true })
    for (const address of [`10.0.${at}.2`, `2001:db8:a${at}::2`]) {
      await ns.neighbour.add({ link, address, mac: station as string })
    }
    for (const address of [`2001:db8:a${at}::1`, `fe80::a${at}`]) await isOwn(ns, address)
    ports.push(port)
  }
  return { a: ports[0] as TunPort, b: ports[1] as TunPort, ns }
}

/** A packet of UDP; the number stands in the source port. */
function udp4(from: string, to: string, ttl: number, number = 5000): Uint8Array {
  return ipv4(from, to, UDP, joined(udpHeader(5000, number, 12), Uint8Array.of(1, 2, 3, 4)), ttl)
}

const udp6 = (from: Uint8Array, to: Uint8Array): Uint8Array => ipv6(from, to, UDP, udpHeader(5000, 6000, 8, 1))
const isUdp4 = (frame: Uint8Array): boolean => u16(frame, 12) === IPV4 && frame[23] === UDP
const isUdp6 = (frame: Uint8Array): boolean => u16(frame, 12) === IPV6 && frame[20] === UDP
const isIcmp6 = (frame: Uint8Array, type: number): boolean =>
  u16(frame, 12) === IPV6 && frame[20] === ICMPV6 && frame[54] === type

/** An echo request of ICMPv6. */
function echo6(from: Uint8Array, to: Uint8Array, sequence: number): Uint8Array {
  const message = Uint8Array.of(128, 0, 0, 0, 0x12, 0x34, 0, sequence, 1, 2, 3, 4)
  const pseudo = joined(from, to, Uint8Array.of(0, 0, 0, message.length, 0, 0, 0, ICMPV6))
  put16(message, 2, ~sum(joined(pseudo, message)) & 0xffff)
  return message
}

/** A question of ARP to everybody. */
const question = (sender: string, senderIp: string, target: string): Uint8Array =>
  arp(1, everybody, sender, senderIp, unknownMac, target)
