/** Sources that are translated: masquerade and snat between clients, a router and a server (RFC 3022, RFC 4787). @module */
import type { NatSpec, NetworkSocket } from '@vnet/core'
import { expect } from 'vitest'
import { fails, present } from './expectation.js'
import { exchange, type NatPlace, natNeeds, natNets, natPlace, ownPort } from './nat-place.js'
import { octets, received } from './socket-place.js'
import type { Suite } from './suite.js'

/** The server knows no way to the clients, so that it could not answer what is not translated. */
export function natSource(suite: Suite): void {
  suite.test('masquerade: the server sees the router, and its answers come back', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { family, udp, inside, router: its, server: far } of natNets) {
      await fails(clients[0].ping({ address: far, timeout: 0.1 }), ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
      const rule = await router.nat.add({ kind: 'masquerade', from: inside, outputLink: 'wan' })
      const listener = await open(server, udp)
      listener.bind({ port: 5300 })
      for (const client of clients) {
        const socket = await open(client, udp)
        // The port of a client is kept, where no other has it.
        const { from, to } = await exchange(socket, { address: far, port: 5300 }, listener)
        expect(from).toEqual({ address: its.outside, port: socket.address.port })
        expect(to).toBe(far)
        expect(await client.ping({ address: far, timeout: 5 })).toMatchObject({ address: far })
      }
      // The first packet of each connection is counted: a datagram of 8 octets and an echo request for each client.
      const [counted] = await router.nat.list({ family })
      expect(counted?.handle).toBe(rule.handle)
      expect(counted?.packets).toBe(4)
      expect(counted?.bytes).toBeGreaterThan(4 * 28)
    }
  })

  suite.test('two clients with the same port are told apart, and stay so', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { udp, inside, router: its, server: far } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside })
      const listener = await open(server, udp)
      listener.bind({ port: 5300 })
      const sockets = await Promise.all(clients.map((client) => open(client, udp)))
      for (const socket of sockets) socket.bind({ port: 4000 })
      const target = { address: far, port: 5300 }
      const ports: number[] = []
      for (const socket of [...sockets, ...sockets]) {
        const { from } = await exchange(socket, target, listener)
        expect(from.address).toBe(its.outside)
        ports.push(from.port)
      }
      expect(ports[0]).toBe(4000)
      expect(ports[1]).not.toBe(4000)
      expect(ports[1]).toBeGreaterThanOrEqual(1024)
      expect(ports.slice(2)).toEqual(ports.slice(0, 2))
    }
  })

  suite.test('errors about translated packets are understood by the client', natNeeds, async (context) => {
    const { router, clients, open } = await natPlace(context)
    for (const { udp, inside, server: far } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside })
      const socket = await open(clients[0], udp)
      socket.connect({ address: far, port: 5999 })
      await socket.send(octets('nobody listens'))
      await fails(received(socket), 'ECONNREFUSED')
    }
    for (const { server: far, router: its } of natNets) {
      const hops: (string | undefined)[] = []
      for await (const { probes } of clients[1].trace({ address: far, probes: 1, maxHops: 3, timeout: 5 }))
        hops.push(probes[0]?.from)
      expect(hops).toEqual([its.inside, far])
    }
  })

  suite.test('only what matches: prefixes, exceptions, links, protocols, ports', natNeeds, async (context) => {
    const place = await natPlace(context)
    const { router, server } = place
    for (const net of natNets) {
      const { family, inside, outside, clients: near, router: its, server: far } = net
      // Now the server knows the way, and answers what is not translated too.
      await server.route.add({ destination: inside, via: its.outside })
      const host = (address: string) => `${address}/${family === 4 ? 32 : 128}`
      const masquerade = { kind: 'masquerade', family } as const
      const cases: readonly (readonly [spec: NatSpec, translated: boolean])[] = [
        [{ ...masquerade }, true],
        [{ ...masquerade, from: inside }, true],
        [{ ...masquerade, from: host(near[0]) }, true],
        [{ ...masquerade, from: host(near[1]) }, false],
        [{ ...masquerade, to: outside }, true],
        [{ ...masquerade, to: inside }, false],
        [{ ...masquerade, except: [inside] }, true],
        [{ ...masquerade, except: [inside, host(far)] }, false],
        [{ ...masquerade, outputLink: 'wan' }, true],
        [{ ...masquerade, outputLink: 'br0' }, false],
        [{ ...masquerade, exceptOutputLink: 'br0' }, true],
        [{ ...masquerade, exceptOutputLink: 'wan' }, false],
        [{ ...masquerade, ipProtocol: 17, destinationPorts: [5000, 5999] }, true],
        [{ ...masquerade, ipProtocol: 17, destinationPorts: [5301, 5999] }, false],
        [{ ...masquerade, ipProtocol: 17, sourcePorts: [1, 1023] }, false],
        [{ ...masquerade, ipProtocol: 6 }, false],
      ]
      for (const [spec, translated] of cases) {
        await router.nat.add(spec)
        expect(await seen(place, family), JSON.stringify(spec)).toMatchObject({
          address: translated ? its.outside : near[0],
        })
        await router.nat.flush({ family })
      }
      expect(await seen(place, family), 'no rule').toMatchObject({ address: near[0] })
    }
  })

  suite.test(
    'snat: the address and the ports that the rule names; the first rule decides',
    natNeeds,
    async (context) => {
      const place = await natPlace(context)
      const { router, server } = place
      for (const { family, router: its } of natNets) {
        await router.nat.add({ kind: 'snat', address: its.second })
        expect((await seen(place, family)).address).toBe(its.second)
        await router.nat.add({ kind: 'snat', address: its.outside, ipProtocol: 17, ports: [7000, 7009], index: 0 })
        const from = await seen(place, family)
        expect(from.address).toBe(its.outside)
        expect(from.port).toBeGreaterThanOrEqual(7000)
        expect(from.port).toBeLessThanOrEqual(7009)
        await router.nat.flush({ family })
        await router.nat.add({ kind: 'snat', address: its.second, ipProtocol: 17, ports: 7777 })
        expect(await seen(place, family)).toEqual({ address: its.second, port: 7777 })
        await router.nat.flush({ family })
        // A range of two addresses, of which a connection has one.
        const [first, last] = family === 4 ? ['192.0.2.8', '192.0.2.9'] : ['2001:db8:2::8', '2001:db8:2::9']
        const noDad = family === 6 ? { noDad: true } : {}
        await router.address.add({ link: 'lo', address: first, ...noDad })
        await server.route.add({ destination: first, via: its.outside })
        await router.nat.add({ kind: 'snat', address: first, lastAddress: last })
        expect([first, last]).toContain((await seen(place, family)).address)
        await router.nat.flush({ family })
      }
    },
  )

  suite.test('a connection stays translated when its rule is gone; a new one is not', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { family, udp, inside, clients: near, router: its, server: far } of natNets) {
      await server.route.add({ destination: inside, via: its.outside })
      const listener = await open(server, udp)
      listener.bind({ port: 5300 })
      const [old, late] = [await open(clients[0], udp), await open(clients[0], udp)]
      const target = { address: far, port: 5300 }
      // While there is any rule, the kernel goes on with what was begun.
      await router.nat.add({ kind: 'redirect', family, inputLink: 'nope' })
      const rule = await router.nat.add({ kind: 'masquerade', from: inside })
      const seenFrom = async (socket: NetworkSocket) => (await exchange(socket, target, listener)).from.address
      expect(await seenFrom(old)).toBe(its.outside)
      await router.nat.delete(rule)
      expect(await seenFrom(old)).toBe(its.outside)
      expect(await seenFrom(late)).toBe(near[0])
      await router.nat.flush({ family })
      expect(await seenFrom(late)).toBe(near[0])
    }
  })
}

/** Whom the server takes a datagram of the first client to be from. */
async function seen({ clients, server, open }: NatPlace, family: 4 | 6) {
  const { udp, server: far } = present(natNets.find((net) => net.family === family))
  const [socket, listener] = [await open(clients[0], udp), await open(server, udp)]
  listener.bind({ address: far, port: 5300 })
  socket.bind({ port: ownPort() })
  const { from } = await exchange(socket, { address: far, port: 5300 }, listener)
  await socket.close()
  await listener.close()
  return from
}
