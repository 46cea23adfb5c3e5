/** Sockets of a namespace in the shape of `node:dgram`, used as programs use that. @module */
import { type DatagramSender, type DatagramSocket, datagramModule } from '@vnet/core'
import { expect } from 'vitest'
import { octets, placeNeeds, socketPlace } from './socket-place.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function socketDgram(suite: Suite): void {
  const alone = ['packets', 'socket'] as const

  suite.test('a program that is given the module: an echo and who asks it', placeNeeds, async (context) => {
    const { here, there } = await socketPlace(context)
    for (const [type, address, family] of [
      ['udp4', '10.0.0.2', 'IPv4'],
      ['udp6', '2001:db8::2', 'IPv6'],
    ] as const) {
      const server = datagramModule(there).createSocket(type)
      server.on('message', (message, { address, port }) => server.send(['<', message, '>'], port, address))
      await happens(server, () => server.bind(7), 'listening')
      expect(server.address()).toEqual({ address: type === 'udp4' ? '0.0.0.0' : '::', family, port: 7 })
      const client = datagramModule(here).createSocket({ type })
      const answer = heard(client)
      const sent = await new Promise((resolve, reject) =>
        client.send('hello', 7, address, (error, count) => (error === null ? resolve(count) : reject(error))),
      )
      expect(sent).toBe(5)
      const [message, sender] = await answer
      expect(new TextDecoder().decode(message)).toBe('<hello>')
      expect(sender).toEqual({ address, family, port: 7, size: 7 })
      await closed(client)
      await closed(server)
    }
  })

  suite.test('connected: sends without an address, hears of who is not there, and ends', alone, async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    const dgram = datagramModule(ns)
    const client = dgram.createSocket('udp4')
    await happens(client, () => client.connect(7777), 'connect')
    expect(client.remoteAddress()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: 7777 })
    expect(() => client.connect(7777)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' }))
    expect(() => client.send('x', 7777, '127.0.0.1')).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' }),
    )
    const refused = new Promise((resolve) => client.once('error', resolve))
    client.send(octets('x'))
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED' })
    const server = dgram.createSocket('udp4')
    const asked = heard(server)
    await happens(server, () => server.bind(7777, '127.0.0.1'), 'listening')
    client.send('abcdef', 2, 3)
    expect(new TextDecoder().decode((await asked)[0])).toBe('cde')
    client.disconnect()
    expect(() => client.remoteAddress()).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' }))
    await closed(client)
    await closed(server)
    expect(() => client.send('x', 1)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' }))
  })

  suite.test('errors go to the callback, or are events', alone, async ({ ns }) => {
    await ns.link.set('lo', { up: true })
    const dgram = datagramModule(ns)
    const [first, second] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')]
    await happens(first, () => first.bind({ port: 7777 }), 'listening')
    expect(() => first.bind(7778)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_ALREADY_BOUND' }))
    const taken = new Promise((resolve) => second.once('error', resolve))
    second.bind(7777)
    expect(await taken).toMatchObject({ code: 'EADDRINUSE' })
    expect(() => second.address()).toThrow(expect.objectContaining({ code: 'EBADF' }))
    const unknown = new Promise((resolve) => second.once('error', resolve))
    second.bind(0, 'no.such.host')
    expect(await unknown).toMatchObject({ code: 'ENOTFOUND' })
    await happens(second, () => second.bind(0, '127.0.0.1'), 'listening')
    const send = (address: string) => new Promise((resolve) => first.send('x', 9, address, (error) => resolve(error)))
    expect(await send('10.77.0.1')).toMatchObject({ code: 'ENETUNREACH' })
    expect(await send('255.255.255.255')).toMatchObject({ code: expect.stringMatching('EACCES|ENETUNREACH') })
    expect(await send('no.such.host')).toMatchObject({ code: 'ENOTFOUND' })
    const own = dgram.createSocket({ type: 'udp4', lookup: (_name, _options, found) => found(null, '127.0.0.1', 4) })
    const asked = heard(first)
    own.send('x', 7777, 'any.host')
    expect((await asked)[1]).toMatchObject({ address: '127.0.0.1', size: 1 })
    for (const port of [-1, 65_536, 0.5]) {
      expect(() => own.send('x', port)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_BAD_PORT' }))
    }
    for (const socket of [own, first, second]) await closed(socket)
  })

  suite.test('groups by an address of their link, or its name', placeNeeds, async (context) => {
    const { here, there } = await socketPlace(context)
    for (const [type, group, far, near] of [
      ['udp4', '239.1.2.3', '10.0.0.2', '10.0.0.1'],
      ['udp6', 'ff05::1:3', '::%v1', '::%v0'],
    ] as const) {
      const member = datagramModule(there).createSocket({ type, reuseAddr: true })
      await happens(member, () => member.bind(7777), 'listening')
      member.addMembership(group, far)
      const sender = datagramModule(here).createSocket(type)
      await happens(sender, () => sender.bind(), 'listening')
      sender.setMulticastInterface(near)
      expect(sender.setMulticastTTL(3)).toBe(3)
      expect(sender.setMulticastLoopback(false)).toBe(false)
      const asked = heard(member)
      sender.send('all', 7777, group)
      expect((await asked)[1].size).toBe(3)
      member.dropMembership(group, far)
      expect(() => member.dropMembership(group, far)).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }))
      await closed(member)
      await closed(sender)
    }
  })

  suite.test('closing: by a signal, before it is bound, and once', alone, async ({ ns }) => {
    const control = new AbortController()
    const dgram = datagramModule(ns)
    const socket = dgram.createSocket({ type: 'udp4', signal: control.signal })
    await happens(socket, () => socket.bind(), 'listening')
    await happens(socket, () => control.abort(), 'close')
    expect(() => socket.close()).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' }))
    const early = dgram.createSocket('udp4')
    const told: unknown[] = []
    early.on('error', (error) => told.push(error))
    early.connect(7777)
    await closed(early)
    // A turn later, for what was under way.
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(told).toEqual([])
    await using last = dgram.createSocket('udp4')
    last.unref().ref()
  })
}

/** Waits for an event that follows what is done. */
function happens(socket: DatagramSocket, action: () => unknown, event: 'listening' | 'connect' | 'close') {
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once(event, () => {
      socket.off('error', reject)
      resolve()
    })
    action()
  })
}

const heard = (socket: DatagramSocket) =>
  new Promise<[message: Uint8Array, sender: DatagramSender]>((resolve) =>
    socket.once('message', (...values) => resolve(values as [Uint8Array, DatagramSender])),
  )

const closed = (socket: DatagramSocket): Promise<void> => new Promise((resolve) => socket.close(resolve))
