/** The sockets of a namespace, listed (`ss --tcp --udp --all`; sock_diag(7)). @module */
import { isListening, type SocketState } from '@vnet/core'
import { expect } from 'vitest'
import { echoClient, echoServer } from './echo-program.js'
import { eventually } from './expectation.js'
import { octets, placeNeeds, received, socketPlace } from './socket-place.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function socketList(suite: Suite): void {
  const needs = [...placeNeeds, 'socket list'] as const

  suite.test('nobody listens, then who is bound does, until it is closed', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    expect(await here.socket.list()).toEqual([])
    const any = await open(here, { kind: 'udp4' })
    any.bind({ port: 5300 })
    const own = await open(here, { kind: 'udp4', link: 'v0', reuseAddress: true })
    own.bind({ address: '10.0.0.1', port: 5301 })
    const six = await open(here, { kind: 'udp6' })
    six.bind({ port: 5302 })
    const only = await open(here, { kind: 'udp6', ipv6Only: true })
    only.bind({ address: '2001:db8::1', port: 5300 })
    const link = (await here.link.get('v0'))?.index
    const udp = { protocol: 'udp', state: 'unconnected', sendQueue: 0, receiveQueue: 0 }
    const expected = [
      { ...udp, family: 4, local: { address: '0.0.0.0', port: 5300 } },
      { ...udp, family: 4, local: { address: '10.0.0.1', port: 5301 }, link },
      { ...udp, family: 6, local: { address: '2001:db8::1', port: 5300 }, ipv6Only: true },
      { ...udp, family: 6, local: { address: '::', port: 5302 }, ipv6Only: false },
    ]
    const bare = ({ uid: _, inode: __, ...one }: SocketState) => one
    expect((await here.socket.list()).map(bare)).toEqual(expected)
    expect((await here.socket.list()).every(isListening)).toBe(true)
    expect((await here.socket.list({ port: 5300, family: 6 })).map(bare)).toEqual([expected[2]])
    expect(await here.socket.list({ protocol: 'tcp' })).toEqual([])
    // Each namespace has its own.
    expect(await there.socket.list()).toEqual([])
    await any.close()
    await six.close()
    expect((await here.socket.list()).map(({ local }) => local.port)).toEqual([5301, 5300])
  })

  suite.test('who is connected has another end; what waits to be read is counted', needs, async (context) => {
    const { here, there, open } = await socketPlace(context)
    const [client, server] = [await open(here, { kind: 'udp4' }), await open(there, { kind: 'udp4' })]
    server.bind({ address: '10.0.0.2', port: 5300 })
    client.connect({ address: '10.0.0.2', port: 5300 })
    const listed = await here.socket.list({ listening: false })
    expect(listed).toMatchObject([
      {
        family: 4,
        state: 'established',
        local: { address: '10.0.0.1', port: client.address.port },
        remote: { address: '10.0.0.2', port: 5300 },
      },
    ])
    expect(await here.socket.list({ listening: true })).toEqual([])
    await client.send(octets('unread'))
    await eventually(async () => {
      expect((await there.socket.list({ port: 5300 }))[0]?.receiveQueue).toBeGreaterThan(5)
    })
    await received(server)
    expect((await there.socket.list({ port: 5300 }))[0]?.receiveQueue).toBe(0)
    client.disconnect()
    // Connected to an address of IPv4, a socket of IPv6 has one that is mapped.
    const mapped = await open(here, { kind: 'udp6' })
    mapped.connect({ address: '::ffff:10.0.0.2', port: 5300 })
    expect(await here.socket.list({ family: 6 })).toMatchObject([
      { local: { address: '::ffff:10.0.0.1' }, remote: { address: '::ffff:10.0.0.2', port: 5300 } },
    ])
  })

  suite.test('TCP: who listens, and both ends of a connection', [...needs, 'namespace exec'], async (context) => {
    const { here, there } = await socketPlace(context)
    const server = await there.run(echoServer('10.0.0.2', 7000))
    context.defer(() => server.kill('SIGKILL'))
    await eventually(async () => {
      expect(await there.socket.list({ protocol: 'tcp', listening: true })).toMatchObject([
        { protocol: 'tcp', state: 'listening', local: { address: '10.0.0.2', port: 7000 }, receiveQueue: 0 },
      ])
    })
    const client = await here.run(echoClient('10.0.0.2', 7000))
    context.defer(() => client.kill('SIGKILL'))
    await eventually(async () => {
      const [near] = await here.socket.list({ protocol: 'tcp' })
      expect(near).toMatchObject({ state: 'established', remote: { address: '10.0.0.2', port: 7000 } })
      expect(near?.inode).toBeGreaterThan(0)
      expect(await there.socket.list({ listening: false })).toMatchObject([
        { state: 'established', local: { address: '10.0.0.2', port: 7000 }, remote: near?.local },
      ])
    })
  })
}
