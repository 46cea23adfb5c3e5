/** UDP between namespaces (udp(7); RFC 768): addresses, ports, what comes with a datagram, and what comes back instead of one. @module */
import { expect } from 'vitest'
import { aborts, eventually, fails, failure, present, refuses } from './expectation.js'
import { octets, opener, placeNeeds, received, socketPlace, textOf } from './socket-place.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function socketUdp(suite: Suite): void {
  const alone = ['packets', 'socket'] as const

  suite.test('to oneself: who sent it, to whom, by which link, with how many hops', alone, async ({ ns, defer }) => {
    const open = opener(defer)
    await ns.link.set('lo', { up: true })
    for (const [kind, address] of [
      ['udp4', '127.0.0.1'],
      ['udp6', '::1'],
    ] as const) {
      const [server, client] = [await open(ns, { kind }), await open(ns, { kind, hops: 9 })]
      server.bind({ address, port: 5300 })
      expect(server.address).toEqual({ address, port: 5300 })
      await client.send(octets('ask'), { address, port: 5300 })
      const asked = await received(server)
      expect(asked).toMatchObject({ to: address, link: 1, hops: 9 })
      expect(textOf(asked)).toBe('ask')
      const from = present(asked.from)
      expect(from).toEqual({ address, port: client.address.port })
      expect(from.port).toBeGreaterThanOrEqual(32_768)
      expect(from.port).toBeLessThanOrEqual(60_999)
      await server.send(octets('answer'), from)
      expect(await received(client)).toMatchObject({ from: { address, port: 5300 }, hops: 64 })
    }
  })

  suite.test('both ways over a cable, in order, in both versions of IP', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    for (const [kind, near, far] of [
      ['udp4', '10.0.0.1', '10.0.0.2'],
      ['udp6', '2001:db8::1', '2001:db8::2'],
    ] as const) {
      const [server, client] = [await open(there, { kind }), await open(here, { kind })]
      server.bind({ port: 5300 })
      client.connect({ address: far, port: 5300 })
      expect(client.address.address).toBe(near)
      expect(client.remote).toEqual({ address: far, port: 5300 })
      for (let i = 0; i < 40; i++) await client.send(octets(`${i}`))
      for (let i = 0; i < 40; i++) expect(textOf(await received(server))).toBe(`${i}`)
      await server.send(octets('back'), client.address)
      expect(await received(client)).toMatchObject({ to: near, from: { address: far, port: 5300 } })
      await server.close()
    }
  })

  suite.test('an empty datagram, and one in many fragments', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [server, client] = [await open(there, { kind: 'udp4' }), await open(here, { kind: 'udp4' })]
    server.bind({ port: 5300 })
    await client.send(new Uint8Array(0), { address: '10.0.0.2', port: 5300 })
    expect((await received(server)).data).toHaveLength(0)
    const large = Uint8Array.from({ length: 30_000 }, (_, i) => i * 7)
    await client.send(large, { address: '10.0.0.2', port: 5300 })
    expect((await received(server)).data).toEqual(large)
    expect(
      (await fails(client.send(new Uint8Array(65_508), { address: '10.0.0.2', port: 5300 }), 'EMSGSIZE')).hint,
    ).toBeTypeOf('string')
  })

  suite.test('ports: in use, shared, free again', alone, async ({ ns, defer }) => {
    const open = opener(defer)
    await ns.link.set('lo', { up: true })
    const first = await open(ns, { kind: 'udp4' })
    first.bind({ port: 5300 })
    const second = await open(ns, { kind: 'udp4' })
    const taken = await failure(Promise.resolve().then(() => second.bind({ address: '127.0.0.1', port: 5300 })))
    expect(taken).toMatchObject({ code: 'EADDRINUSE', operation: 'socket bind', subject: '127.0.0.1:5300' })
    expect(() => first.bind({ port: 5301 })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => second.bind({ address: '10.9.9.9' })).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }))
    // Any address of IPv6 is any of IPv4 too.
    const wide = await open(ns, { kind: 'udp6' })
    expect(() => wide.bind({ port: 5300 })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
    const narrow = await open(ns, { kind: 'udp6', ipv6Only: true })
    narrow.bind({ port: 5300 })
    await first.close()
    second.bind({ address: '127.0.0.1', port: 5300 })
    const [a, b] = [
      await open(ns, { kind: 'udp4', reuseAddress: true }),
      await open(ns, { kind: 'udp4', reuseAddress: true }),
    ]
    a.bind({ port: 5400 })
    b.bind({ port: 5400 })
    // Of sockets that share, the last one to come has it.
    await second.send(octets('x'), { address: '127.0.0.1', port: 5400 })
    expect(textOf(await received(b))).toBe('x')
    expect(a.take()).toBeUndefined()
  })

  suite.test('an address of its own goes before any', alone, async ({ ns, defer }) => {
    const open = opener(defer)
    await ns.link.set('lo', { up: true })
    const [own, any, client] = [
      await open(ns, { kind: 'udp4', reuseAddress: true }),
      await open(ns, { kind: 'udp4', reuseAddress: true }),
      await open(ns, { kind: 'udp4' }),
    ]
    own.bind({ address: '127.0.0.2', port: 5300 })
    any.bind({ port: 5300 })
    await client.send(octets('2'), { address: '127.0.0.2', port: 5300 })
    await client.send(octets('3'), { address: '127.0.0.3', port: 5300 })
    expect(textOf(await received(own))).toBe('2')
    expect(await received(any)).toMatchObject({ to: '127.0.0.3' })
  })

  suite.test('nobody listens: a connected socket is told, once; another is not', placeNeeds, async (context) => {
    const { here, open } = await socketPlace(context)
    for (const [kind, address] of [
      ['udp4', '10.0.0.2'],
      ['udp6', '2001:db8::2'],
    ] as const) {
      const socket = await open(here, { kind })
      socket.connect({ address, port: 5999 })
      await socket.send(octets('x'))
      const error = await fails(received(socket), 'ECONNREFUSED')
      expect(error).toMatchObject({ operation: 'socket receive', errno: 111 })
      expect(socket.take()).toBeUndefined()
      const other = await open(here, { kind })
      await other.send(octets('x'), { address, port: 5999 })
      const late = await open(here, { kind })
      late.connect({ address, port: 5999 })
      await late.send(octets('x'))
      // When it has come to this one, it has come to the other, or not.
      await fails(received(late), 'ECONNREFUSED')
      expect(other.take()).toBeUndefined()
    }
  })

  suite.test('a connected socket hears whom it is connected to, until that ends', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const socket = await open(here, { kind: 'udp4' })
    const [friend, stranger] = [await open(there, { kind: 'udp4' }), await open(there, { kind: 'udp4' })]
    friend.bind({ port: 5300 })
    socket.bind({ port: 5400 })
    socket.connect({ address: '10.0.0.2', port: 5300 })
    const to = { address: '10.0.0.1', port: 5400 }
    await stranger.send(octets('no'), to)
    await friend.send(octets('yes'), to)
    expect(textOf(await received(socket))).toBe('yes')
    socket.disconnect()
    expect(socket.remote).toBeUndefined()
    await fails(socket.send(octets('x')), 'EDESTADDRREQ')
    await stranger.send(octets('now'), to)
    expect(textOf(await received(socket))).toBe('now')
  })

  suite.test('what cannot be sent: no way, no port, to nobody', alone, async ({ ns, defer }) => {
    const socket = await opener(defer)(ns, { kind: 'udp4' })
    await ns.link.set('lo', { up: true })
    await fails(socket.send(octets('x'), { address: '10.77.0.1', port: 9 }), 'ENETUNREACH')
    await fails(socket.send(octets('x'), { address: '127.0.0.1', port: 0 }), 'EINVAL')
    await fails(socket.send(octets('x')), 'EDESTADDRREQ')
    const six = await opener(defer)(ns, { kind: 'udp6' })
    await fails(six.send(octets('x'), { address: '2001:db8::9', port: 9 }), 'ENETUNREACH')
    await fails(six.send(octets('x'), { address: 'fe80::1', port: 9 }), 'ENETUNREACH')
    expect(() => six.connect({ address: 'fe80::1', port: 9 })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  suite.test('broadcasts need permission, and reach all of the link', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [server, client] = [await open(there, { kind: 'udp4' }), await open(here, { kind: 'udp4' })]
    const own = await open(here, { kind: 'udp4' })
    server.bind({ port: 5300 })
    own.bind({ port: 5300 })
    for (const address of ['10.0.0.255', '255.255.255.255']) {
      const to = { address, port: 5300 }
      client.set({ broadcast: false })
      await fails(client.send(octets('x'), to), address === '10.0.0.255' ? 'EACCES' : ['EACCES', 'ENETUNREACH'])
    }
    client.set({ broadcast: true })
    await client.send(octets('all'), { address: '10.0.0.255', port: 5300 })
    expect(await received(server)).toMatchObject({ to: '10.0.0.255', from: { address: '10.0.0.1' } })
    // Who sends to all is one of them.
    expect(await received(own)).toMatchObject({ to: '10.0.0.255', link: (await here.link.get('v0'))?.index })
  })

  suite.test('one socket for both versions of IP, unless it leaves IPv4 alone', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [server, client] = [await open(there, { kind: 'udp6' }), await open(here, { kind: 'udp4' })]
    server.bind({ port: 5300 })
    await client.send(octets('x'), { address: '10.0.0.2', port: 5300 })
    const asked = await received(server)
    expect(asked).toMatchObject({ from: { address: '::ffff:10.0.0.1' }, to: '::ffff:10.0.0.2', hops: 64 })
    await server.send(octets('y'), present(asked.from))
    expect(await received(client)).toMatchObject({ from: { address: '10.0.0.2', port: 5300 } })
    const narrow = await open(there, { kind: 'udp6', ipv6Only: true })
    narrow.bind({ port: 5400 })
    client.connect({ address: '10.0.0.2', port: 5400 })
    await client.send(octets('x'))
    await fails(received(client), 'ECONNREFUSED')
    await fails(narrow.send(octets('x'), { address: '::ffff:10.0.0.1', port: 9 }), 'ENETUNREACH')
  })

  suite.test('link-local addresses are those of a link', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    for (const [ns, link, last] of [
      [here, 'v0', 1],
      [there, 'v1', 2],
    ] as const) {
      await ns.address.add({ link, address: `fe80::${last}/64`, noDad: true })
      // Linux takes an address into use a moment after it was asked to, also without detection.
      await eventually(async () => {
        const own = (await ns.address.list({ link, family: 6 })).filter(({ address }) => address === `fe80::${last}`)
        expect(own.map(({ flags }) => flags.includes('tentative'))).toEqual([false])
      })
    }
    const [server, client] = [await open(there, { kind: 'udp6' }), await open(here, { kind: 'udp6' })]
    expect(() => server.bind({ address: 'fe80::2', port: 5300 })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    server.bind({ address: 'fe80::2', port: 5300, link: 'v1' })
    const index = present(await there.link.get('v1')).index
    expect(server.address).toEqual({ address: 'fe80::2', port: 5300, link: index })
    const send = () => client.send(octets('x'), { address: 'fe80::2', port: 5300, link: 'v0' })
    await send()
    // What waits for a neighbour that does not answer in time is lost, so it is sent again.
    const again = setInterval(() => void send().catch(() => {}), 3000)
    const found = await received(server).finally(() => clearInterval(again))
    expect(found).toMatchObject({ link: index, from: { link: index } })
  })

  suite.test('only through one link', placeNeeds, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [bound, client] = [await open(there, { kind: 'udp4', link: 'lo' }), await open(here, { kind: 'udp4' })]
    bound.bind({ port: 5300 })
    client.connect({ address: '10.0.0.2', port: 5300 })
    await client.send(octets('by v1'))
    await fails(received(client), 'ECONNREFUSED')
    const inside = await open(there, { kind: 'udp4' })
    await inside.send(octets('by lo'), { address: '127.0.0.1', port: 5300 })
    expect(textOf(await received(bound))).toBe('by lo')
    // What a host sends to an address of its own goes by lo, and counts as come in by the link of the address.
    for (const [kind, address] of [
      ['udp4', '10.0.0.2'],
      ['udp6', '2001:db8::2'],
    ] as const) {
      const own = await open(there, { kind, link: 'v1' })
      own.bind({ port: 5400 })
      await (await open(there, { kind })).send(octets('x'), { address, port: 5400 })
      expect((await received(own)).link).toBe(present(await there.link.get('v1')).index)
      await own.close()
    }
    await fails(open(here, { kind: 'udp4', link: 'nowhere' }), 'ENODEV')
  })

  suite.test('waiting ends by closing, by a signal, and a loop by leaving it', alone, async ({ ns, defer }) => {
    const open = opener(defer)
    await ns.link.set('lo', { up: true })
    const socket = await open(ns, { kind: 'udp4' })
    socket.bind({ address: '127.0.0.1', port: 5300 })
    const control = new AbortController()
    const given = aborts(socket.receive({ signal: control.signal }))
    await fails(socket.receive(), 'EBUSY')
    control.abort()
    await given
    const to = { address: '127.0.0.1', port: 5300 }
    await socket.send(octets('1'), to)
    for await (const datagram of socket) {
      expect(textOf(datagram)).toBe('1')
      break
    }
    await socket.send(octets('2'), to)
    expect(textOf(await received(socket))).toBe('2')
    const waiting = fails(socket.receive(), 'VNET_CLOSED')
    await socket.close()
    await waiting
    await socket.close()
    await fails(socket.send(octets('x'), to), 'VNET_CLOSED')
  })

  suite.test('a socket outlives connection and name of its namespace', alone, async ({ host }) => {
    const ns = await host.namespace.add()
    await ns.link.set('lo', { up: true })
    const socket = await ns.openSocket({ kind: 'udp4' })
    await ns.close()
    await fails(ns.openSocket({ kind: 'udp4' }), 'VNET_CLOSED')
    await fails(ns.settled(), 'VNET_CLOSED')
    socket.bind({ address: '127.0.0.1', port: 5300 })
    await socket.send(octets('x'), socket.address)
    expect(textOf(await received(socket))).toBe('x')
    await socket.close()
  })

  suite.test('wrong arguments are refused before anything is asked', alone, async ({ ns, defer }) => {
    const socket = await opener(defer)(ns, { kind: 'udp4' })
    await refuses(ns.openSocket({ kind: 'tcp4' as 'udp4' }))
    await refuses(ns.openSocket({ kind: 'raw4' }))
    await refuses(ns.openSocket({ kind: 'udp4', ipv6Only: true }))
    await refuses(socket.send(octets('x'), { address: '::1', port: 9 }))
    await refuses(socket.send('text' as unknown as Uint8Array))
    expect(() => socket.bind({ port: 65_536 })).toThrow(RangeError)
    expect(() => socket.join('10.0.0.1')).toThrow(RangeError)
    expect(() => socket.set({ hops: 0 })).toThrow(RangeError)
  })
}
