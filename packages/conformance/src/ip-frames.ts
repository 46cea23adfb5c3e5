/** How a host answers frames that a test writes to its TAP: ARP, ping, errors, fragments, and what it learns of neighbours. @module */
import type { Namespace, TunPort } from '@vnet/core'
import { expect } from 'vitest'
import type { Context } from './context.js'
import { eventually, fails } from './expectation.js'
import { arp, ethernet, everybody, hex, ip4, ipv4, joined, put16, sum, u16, udpHeader, unknownMac } from './frame.js'
import { readOf, write } from './port-frame.js'
import type { Suite } from './suite.js'
import { mac } from './surroundings.js'

/** MACs and addresses of the host and of the test's station. */
const [HOST, STATION] = [mac(1), mac(0x51)]
const [HOST_IP, STATION_IP] = ['10.0.0.1', '10.0.0.2']
const [ARP, IPV4] = [0x0806, 0x0800]
const [REQUEST, REPLY] = [1, 2] as const
const [ICMP, UDP] = [1, 17]

/** Registers the tests. */
export function ipFrames(suite: Suite): void {
  const needs = ['tun port', 'link tap', 'packets'] as const

  suite.test('ARP: its own address is answered for, another is not', needs, async (context) => {
    const { port } = await hostOn(context)
    await write(port, arp(REQUEST, everybody, STATION, STATION_IP, unknownMac, '10.0.0.9'))
    await write(port, arp(REQUEST, everybody, STATION, STATION_IP, unknownMac, HOST_IP))
    const answer = await readOf(port, (frame) => u16(frame, 12) === ARP && u16(frame, 20) === REPLY)
    expect(hex(answer)).toBe(hex(arp(REPLY, STATION, HOST, HOST_IP, STATION, STATION_IP)))
  })

  suite.test('who asks is known from then on; who answers is reachable', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    await write(port, arp(REQUEST, everybody, STATION, STATION_IP, unknownMac, HOST_IP))
    await eventually(async () =>
      expect(await neighbour(ns, STATION_IP)).toMatchObject({ mac: STATION, state: 'stale' }),
    )
    // Another MAC for it, by one who announces it to all.
    await write(port, arp(REPLY, everybody, mac(0x52), STATION_IP, mac(0x52), STATION_IP))
    await eventually(async () => expect(await neighbour(ns, STATION_IP)).toMatchObject({ mac: mac(0x52) }))
    // Who is only heard of and was never needed is not kept.
    await write(port, arp(REPLY, everybody, mac(0x53), '10.0.0.3', mac(0x53), '10.0.0.3'))
    const pinging = ns.ping({ address: '10.0.0.4', timeout: 5 })
    const asked = await readOf(
      port,
      (frame) => u16(frame, 12) === ARP && hex(frame.subarray(38, 42)) === hex(ip4('10.0.0.4')),
    )
    expect(hex(asked)).toBe(hex(arp(REQUEST, everybody, HOST, HOST_IP, unknownMac, '10.0.0.4')))
    expect(await neighbour(ns, '10.0.0.4')).toMatchObject({ state: 'incomplete' })
    await write(port, arp(REPLY, HOST, mac(0x54), '10.0.0.4', HOST, HOST_IP))
    const request = await readOf(port, (frame) => isEcho(frame, 8))
    expect(hex(request.subarray(0, 14))).toBe(hex(ethernet(mac(0x54), HOST, IPV4)))
    await write(port, turned(request))
    expect(await pinging).toMatchObject({ address: '10.0.0.4', ttl: 64 })
    expect(await neighbour(ns, '10.0.0.4')).toMatchObject({ mac: mac(0x54), state: 'reachable' })
    expect(await neighbour(ns, '10.0.0.3')).toBeUndefined()
  })

  suite.test('nobody answers: three questions, a second apart, then EHOSTUNREACH', needs, async (context) => {
    const { port, ns } = await hostOn(context)
    // The error is a packet of the host to itself.
    await ns.link.set('lo', { up: true })
    const pinging = fails(ns.ping({ address: '10.0.0.4', timeout: 20 }), 'EHOSTUNREACH')
    const wanted = hex(ip4('10.0.0.4'))
    const times: number[] = []
    while (times.length < 3) {
      await readOf(port, (frame) => u16(frame, 12) === ARP && hex(frame.subarray(38, 42)) === wanted)
      times.push(performance.now())
    }
    await pinging
    expect(performance.now() - (times[0] as number)).toBeGreaterThan(2500)
    expect(await neighbour(ns, '10.0.0.4')).toMatchObject({ state: 'failed' })
  })

  suite.test('a ping is answered as it was sent, with a TTL of its own', needs, async (context) => {
    const { port } = await hostOn(context)
    await write(port, echo(HOST, HOST_IP, 7, 56))
    await answerArp(port)
    const answer = await readOf(port, (frame) => isEcho(frame, 0))
    const asked = echo(HOST, HOST_IP, 7, 56)
    expect(hex(answer.subarray(0, 14))).toBe(hex(ethernet(STATION, HOST, IPV4)))
    expect([answer[22], hex(answer.subarray(26, 34))]).toEqual([64, hex(joined(ip4(HOST_IP), ip4(STATION_IP)))])
    expect(hex(answer.subarray(38))).toBe(hex(asked.subarray(38)))
    expect([sum(answer.subarray(14, 34)), sum(answer.subarray(34))]).toEqual([0xffff, 0xffff])
  })

  suite.test('not answered: pings to all, to others, and with sums that are wrong', needs, async (context) => {
    const { port } = await hostOn(context)
    const wrong = (at: number) => {
      const frame = echo(HOST, HOST_IP, 1, 20)
      frame[at] = (frame[at] as number) ^ 0x40
      return frame
    }
    for (const frame of [
      echo(everybody, '10.0.0.255', 1, 20),
      echo('01:00:5e:00:00:01', '224.0.0.1', 1, 20),
      echo(mac(0x77), HOST_IP, 1, 20),
      echo(HOST, '10.0.0.77', 1, 20),
      wrong(22),
      wrong(45),
      echo(HOST, HOST_IP, 1, 20).subarray(0, 40),
    ]) {
      await write(port, frame)
    }
    await write(port, echo(HOST, HOST_IP, 99, 20))
    await answerArp(port)
    const first = await readOf(port, (frame) => isEcho(frame, 0))
    expect(u16(first, 40)).toBe(99)
  })

  suite.test('a packet for a port where nobody is: ICMP tells, with its beginning', needs, async (context) => {
    const { port } = await hostOn(context)
    const packet = ipv4(STATION_IP, HOST_IP, UDP, joined(udpHeader(5000, 6000, 12), Uint8Array.of(1, 2, 3, 4)))
    await write(port, ethernet(HOST, STATION, IPV4, packet))
    await answerArp(port)
    const error = await readOf(port, (frame) => u16(frame, 12) === IPV4 && frame[23] === ICMP)
    expect([error[34], error[35]]).toEqual([3, 3])
    expect(hex(error.subarray(42, 42 + packet.length))).toBe(hex(packet))
    expect(sum(error.subarray(34))).toBe(0xffff)
  })

  suite.test('fragments are put together, and what is too long is cut', needs, async (context) => {
    const { port } = await hostOn(context)
    const whole = echo(HOST, HOST_IP, 5, 3000)
    const data = whole.subarray(34)
    const piece = (offset: number, end: number, more: boolean) => {
      const packet = ipv4(STATION_IP, HOST_IP, ICMP, data.subarray(offset, end))
      put16(packet, 6, (offset >> 3) | (more ? 0x2000 : 0))
      put16(packet, 10, 0)
      put16(packet, 10, ~sum(packet.subarray(0, 20)) & 0xffff)
      return ethernet(HOST, STATION, IPV4, packet)
    }
    // The last one first, and one twice.
    for (const frame of [
      piece(2400, data.length, false),
      piece(0, 1200, true),
      piece(0, 1200, true),
      piece(1200, 2400, true),
    ]) {
      await write(port, frame)
    }
    await answerArp(port)
    const parts: Uint8Array[] = []
    const got = () => parts.reduce((octets, part) => octets + u16(part, 16) - 20, 0)
    while (got() < data.length) {
      parts.push(await readOf(port, (frame) => u16(frame, 12) === IPV4 && frame[23] === ICMP))
    }
    const back = new Uint8Array(data.length)
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(1514)
      back.set(part.subarray(34, 14 + u16(part, 16)), (u16(part, 20) & 0x1fff) * 8)
    }
    expect(sum(back)).toBe(0xffff)
    expect([back[0], hex(back.subarray(4))]).toEqual([0, hex(data.subarray(4))])
  })
}

/** An echo request of the station. */
function echo(to: string, address: string, sequence: number, size: number): Uint8Array {
  const message = new Uint8Array(8 + size).map((_, i) => i)
  message.set([8, 0, 0, 0, 0x12, 0x34])
  put16(message, 6, sequence)
  put16(message, 2, ~sum(message) & 0xffff)
  return ethernet(to, STATION, IPV4, ipv4(STATION_IP, address, ICMP, message))
}

const isEcho = (frame: Uint8Array, type: number): boolean =>
  u16(frame, 12) === IPV4 && frame[23] === ICMP && frame[34] === type

/** The answer to an echo request in a frame. */
function turned(request: Uint8Array): Uint8Array {
  const frame = request.slice()
  frame.set(request.subarray(6, 12), 0)
  frame.set(request.subarray(0, 6), 6)
  frame.set(request.subarray(26, 30), 30)
  frame.set(request.subarray(30, 34), 26)
  frame[34] = 0
  put16(frame, 36, 0)
  put16(frame, 36, ~sum(frame.subarray(34)) & 0xffff)
  return frame
}

/** A host of one address on a TAP of the test's. */
async function hostOn({ ns, defer }: Context): Promise<{ port: TunPort; ns: Namespace }> {
  const port = await ns.openTap({ name: 'tap0', mac: HOST, up: true })
  defer(() => port.close())
  await ns.address.add({ link: 'tap0', address: `${HOST_IP}/24` })
  return { port, ns }
}

/** The host asks for the station, which answers. */
async function answerArp(port: TunPort): Promise<void> {
  await readOf(port, (frame) => u16(frame, 12) === ARP && hex(frame.subarray(38, 42)) === hex(ip4(STATION_IP)))
  await write(port, arp(REPLY, HOST, STATION, STATION_IP, HOST, HOST_IP))
}

const neighbour = (ns: Namespace, address: string) => ns.neighbour.get({ link: 'tap0', address })
