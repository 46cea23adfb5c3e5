/** What connection tracking knows of translated packets: fragments, errors of the router, ports that are taken, addresses that go (RFC 3022, RFC 4787). @module */
import { expect } from 'vitest'
import { eventually, present } from './expectation.js'
import { exchange, natNeeds, natNets, natPlace } from './nat-place.js'
import { octets, received } from './socket-place.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function natConnection(suite: Suite): void {
  suite.test('fragments are put together, counted as one packet, and cut again', natNeeds, async (context) => {
    const { router, clients, server: host, open } = await natPlace(context)
    for (const { family, udp, inside, server: far, router: its } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside, outputLink: 'wan' })
      expect(await clients[0].ping({ address: far, size: 4000, timeout: 5 })).toMatchObject({ size: 4008 })
      const [counted] = await router.nat.list({ family })
      expect(counted).toMatchObject({ packets: 1, bytes: 4008 + (family === 4 ? 20 : 40) })
      const [socket, listener] = [await open(clients[0], udp), await open(host, udp)]
      listener.bind({ port: 5300 })
      await socket.send(new Uint8Array(5000).fill(7), { address: far, port: 5300 })
      const { data, from } = await received(listener)
      expect(data).toEqual(new Uint8Array(5000).fill(7))
      expect(from).toEqual({ address: its.outside, port: socket.address.port })
    }
  })

  suite.test('a port that is taken becomes one of the same standing', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { udp, inside, server: far } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside })
      const listener = await open(server, udp)
      listener.bind({ address: far, port: 5300 })
      for (const [port, least, most] of [
        [300, 1, 511],
        [700, 600, 1023],
        [1024, 1024, 65_535],
      ] as const) {
        const ports: number[] = []
        for (const client of clients) {
          const socket = await open(client, udp)
          socket.bind({ port })
          ports.push((await exchange(socket, { address: far, port: 5300 }, listener)).from.port)
          await socket.close()
        }
        expect(ports[0]).toBe(port)
        expect(ports[1]).not.toBe(port)
        expect(ports[1]).toBeGreaterThanOrEqual(least)
        expect(ports[1]).toBeLessThanOrEqual(most)
      }
    }
  })

  suite.test('all whom a client speaks with from one port see one port', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { udp, inside, server: far } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside })
      const listeners = [await open(server, udp), await open(server, udp)] as const
      for (const [at, listener] of listeners.entries()) listener.bind({ address: far, port: 5300 + at })
      const [first, second] = [await open(clients[0], udp), await open(clients[1], udp)]
      for (const socket of [first, second]) socket.bind({ port: 4000 })
      await exchange(first, { address: far, port: 5300 }, listeners[0])
      const { from } = await exchange(second, { address: far, port: 5300 }, listeners[0])
      expect(from.port).not.toBe(4000)
      // Its own port would be free for this one.
      expect((await exchange(second, { address: far, port: 5301 }, listeners[1])).from).toEqual(from)
    }
  })

  suite.test(
    'a router that ends the way of a translated packet tells as if it had not been',
    natNeeds,
    async (context) => {
      const { router, server } = await natPlace(context)
      for (const { family, clients: near, router: its } of natNets) {
        await router.nat.add({ kind: 'dnat', address: near[0], to: its.second, ipProtocol: family === 4 ? 1 : 58 })
        const hops: (string | undefined)[] = []
        for await (const { probes } of server.trace({ address: its.second, probes: 1, maxHops: 3, timeout: 5 }))
          hops.push(probes[0]?.from)
        expect(hops).toEqual([its.second, its.second])
      }
    },
  )

  suite.test('a connection ends with the address that masquerades it', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { family, udp, inside, server: far } of natNets) {
      await router.nat.add({ kind: 'masquerade', from: inside })
      const [socket, listener] = [await open(clients[0], udp), await open(server, udp)]
      listener.bind({ port: 5300 })
      const { from } = await exchange(socket, { address: far, port: 5300 }, listener)
      const address = { link: 'wan', address: `${from.address}/${family === 4 ? 24 : 64}` }
      await router.address.delete(address)
      await router.address.add({ ...address, ...(family === 6 ? { noDad: true } : {}) })
      // Now it is a packet for the router itself, where somebody listens. The kernel forgets in its own time.
      const own = await open(router, udp)
      own.bind({ address: from.address, port: from.port })
      const heard = await eventually(async () => {
        await listener.send(octets('late'), from)
        return present(own.take())
      })
      expect(heard.from).toEqual({ address: far, port: 5300 })
    }
  })
}
