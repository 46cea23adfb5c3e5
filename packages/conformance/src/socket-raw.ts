/** Raw sockets of IP and echo sockets (raw(7), icmp(7)): packets of one protocol, with and without their headers. @module */
import { expect } from 'vitest'
import { fails, refuses } from './expectation.js'
import { ip4, ipv4, joined, put16, sum, u16, udpHeader } from './frame.js'
import { octets, opener, placeNeeds, received, socketPlace, textOf } from './socket-place.js'
import type { Suite } from './suite.js'

const [ICMP, UDP, ICMPV6, NOBODY] = [1, 17, 58, 253]

/** Registers the tests. */
export function socketRaw(suite: Suite): void {
  const needs = [...placeNeeds, 'capture'] as const

  suite.test('an echo request of ICMP, and its answer with its IP header', needs, async (context) => {
    const { here, open } = await socketPlace(context)
    const socket = await open(here, { kind: 'raw4', protocol: ICMP, hops: 33 })
    expect(socket.address).toEqual({ address: '0.0.0.0', port: 0 })
    await refuses(socket.send(new Uint8Array(8), { address: '10.0.0.2', port: 7 }))
    const request = echo(8, 0x1234, 7)
    await socket.send(request, { address: '10.0.0.2' })
    const answer = await received(socket)
    expect(answer).toMatchObject({ from: { address: '10.0.0.2', port: 0 }, to: '10.0.0.1', hops: 64 })
    const { data } = answer
    expect([data[0], data[9], u16(data, 2), data.length]).toEqual([
      0x45,
      ICMP,
      20 + request.length,
      20 + request.length,
    ])
    expect([data[20], [...data.subarray(24)]]).toEqual([0, [...request.subarray(4)]])
    expect(sum(data.subarray(0, 20))).toBe(0xffff)
  })

  suite.test('of ICMPv6 without IP headers; the kernel fills in the checksum', needs, async (context) => {
    const { here, open } = await socketPlace(context)
    const socket = await open(here, { kind: 'raw6', protocol: ICMPV6 })
    expect(socket.address).toEqual({ address: '::', port: 0 })
    const request = echo(128, 0x1234, 7)
    request.fill(0, 2, 4)
    await socket.send(request, { address: '2001:db8::2' })
    let answer = await received(socket)
    // Neighbour Discovery is ICMPv6 too.
    while (answer.data[0] !== 129) answer = await received(socket)
    expect(answer).toMatchObject({ from: { address: '2001:db8::2' }, to: '2001:db8::1', hops: 64 })
    expect([...answer.data.subarray(4)]).toEqual([...request.subarray(4)])
  })

  suite.test(
    'a protocol that nobody has: the connected sender is told; a socket of it takes it',
    needs,
    async (context) => {
      const { here, there, open } = await socketPlace(context)
      const sender = await open(here, { kind: 'raw4', protocol: NOBODY })
      sender.connect({ address: '10.0.0.2' })
      await sender.send(octets('first one'))
      await fails(received(sender), 'ENOPROTOOPT')
      const receiver = await open(there, { kind: 'raw4', protocol: NOBODY })
      for (const text of ['second one', 'third one']) {
        await sender.send(octets(text))
        const heard = await received(receiver)
        expect(textOf({ ...heard, data: heard.data.subarray(20) })).toBe(text)
      }
      expect(sender.take()).toBeUndefined()
    },
  )

  suite.test('with an IP header of its own, which the kernel completes', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const server = await open(there, { kind: 'udp4' })
    server.bind({ port: 5300 })
    const socket = await open(here, { kind: 'raw4', protocol: UDP, header: true })
    const packet = ipv4('10.0.0.1', '10.0.0.2', UDP, joined(udpHeader(77, 5300, 12), octets('mine')))
    packet[8] = 44
    // Length, checksum and source are the kernel's business.
    packet.fill(0, 2, 4)
    packet.fill(0, 10, 16)
    await socket.send(packet, { address: '10.0.0.2' })
    const heard = await received(server)
    expect(textOf(heard)).toBe('mine')
    expect(heard).toMatchObject({ from: { address: '10.0.0.1', port: 77 }, hops: 44 })
    await fails(socket.send(new Uint8Array(19), { address: '10.0.0.2' }), 'EINVAL')
    await fails(
      socket.send(ipv4('10.0.0.1', '10.0.0.2', UDP, new Uint8Array(1500)), { address: '10.0.0.2' }),
      'EMSGSIZE',
    )
  })

  suite.test('a raw socket has what a UDP socket has, too', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [raw, server, client] = [
      await open(there, { kind: 'raw4', protocol: UDP }),
      await open(there, { kind: 'udp4' }),
      await open(here, { kind: 'udp4' }),
    ]
    raw.bind({ address: '10.0.0.2' })
    server.bind({ port: 5300 })
    await client.send(octets('x'), { address: '10.0.0.2', port: 5300 })
    expect(textOf(await received(server))).toBe('x')
    const { data } = await received(raw)
    expect([...data.subarray(12, 20)]).toEqual([...ip4('10.0.0.1'), ...ip4('10.0.0.2')])
    expect([u16(data, 22), data[28]]).toEqual([5300, 'x'.charCodeAt(0)])
  })

  suite.test('echo sockets are for groups that the namespace allows: at first none', needs, async ({ ns, defer }) => {
    const open = opener(defer)
    for (const kind of ['icmp4', 'icmp6'] as const) {
      const error = await fails(open(ns, { kind }), 'EACCES')
      expect(error).toMatchObject({ operation: 'socket open', subject: kind })
      expect(error.hint).toContain('ping_group_range')
    }
  })

  suite.test('an echo socket has its own answers, by its identifier', [...needs, 'sysctl'], async (context) => {
    const { here, open } = await socketPlace(context)
    // Nobody's: it ends before it begins. A namespace of a user does not know group 1, which is told as that of nobody.
    expect(await here.sysctl.get('net.ipv4.ping_group_range')).toMatch(/^(1|65534)\t0$/)
    await here.sysctl.set('net.ipv4.ping_group_range', '0 0')
    expect(await here.sysctl.get('net.ipv4.ping_group_range')).toBe('0\t0')
    for (const [kind, type, address] of [
      ['icmp4', 8, '10.0.0.2'],
      ['icmp6', 128, '2001:db8::2'],
    ] as const) {
      const [own, other] = [await open(here, { kind }), await open(here, { kind })]
      own.bind({ port: 4660 })
      expect(own.address.port).toBe(4660)
      await other.send(echo(type, 0, 1), { address })
      await own.send(echo(type, 0, 2), { address })
      const answer = await received(own)
      expect([answer.data[0], u16(answer.data, 4), u16(answer.data, 6)]).toEqual([kind === 'icmp4' ? 0 : 129, 4660, 2])
      expect(answer.from).toEqual({ address, port: 0 })
      expect(u16((await received(other)).data, 6)).toBe(1)
      await fails(own.send(echo(type + 1, 0, 3), { address }), 'EINVAL')
      await fails(own.send(new Uint8Array(7), { address }), 'EINVAL')
    }
  })
}

/** An echo message with eight octets of data. */
function echo(type: number, identifier: number, sequence: number): Uint8Array {
  const message = Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
  put16(message, 4, identifier)
  put16(message, 6, sequence)
  put16(message, 2, ~sum(message) & 0xffff)
  return message
}
