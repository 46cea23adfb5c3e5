/** Destinations that are translated: published ports, redirects, and a host that reaches itself from inside (RFC 3022, RFC 4787 § 6). @module */
import type { NatSpec } from '@vnet/core'
import { expect } from 'vitest'
import { fails } from './expectation.js'
import { exchange, natNeeds, natNets, natPlace, ownPort } from './nat-place.js'
import { octets, received } from './socket-place.js'
import type { Suite } from './suite.js'

/** Registers the tests. */
export function natDestination(suite: Suite): void {
  suite.test('dnat from outside: with a port, with another one, without', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { family, udp, clients: near, router: its, server: far } of natNets) {
      // The client answers by way of the router.
      const listener = await open(clients[0], udp)
      listener.bind({ port: 80 })
      const published = { kind: 'dnat', ipProtocol: 17, address: near[0] } as const
      const cases: readonly (readonly [spec: NatSpec, port: number])[] = [
        [{ ...published, toLocal: true, destinationPorts: 8080, ports: 80 }, 8080],
        [{ ...published, to: its.outside, destinationPorts: [8000, 8100], ports: 80 }, 8081],
        [{ ...published, inputLink: 'wan', destinationPorts: 80 }, 80],
        [{ kind: 'dnat', address: near[0], exceptInputLink: 'br0' }, 80],
      ]
      for (const [spec, port] of cases) {
        const rule = await router.nat.add(spec)
        const socket = await open(server, udp)
        socket.bind({ port: ownPort() })
        const { from, to } = await exchange(socket, { address: its.outside, port }, listener)
        expect(from, JSON.stringify(spec)).toEqual({ address: far, port: socket.address.port })
        expect(to).toBe(near[0])
        expect((await router.nat.list({ family }))[0]?.packets).toBe(1)
        await socket.close()
        await router.nat.delete(rule)
      }
    }
  })

  suite.test('dnat: what does not match stays with the router', natNeeds, async (context) => {
    const { router, clients, server, open } = await natPlace(context)
    for (const { family, udp, clients: near, router: its } of natNets) {
      const own = await open(router, udp)
      own.bind({ address: its.outside, port: 8080 })
      const published = { kind: 'dnat', ipProtocol: 17, address: near[0], destinationPorts: 8080, ports: 80 } as const
      const cases: readonly NatSpec[] = [
        { ...published, destinationPorts: [8081, 8082] },
        { ...published, ipProtocol: 6 },
        { ...published, inputLink: 'br0' },
        { ...published, exceptInputLink: 'wan' },
        { ...published, to: its.second },
        { ...published, except: [its.outside] },
        { ...published, hook: 'output' },
      ]
      for (const spec of cases) {
        await router.nat.add(spec)
        const socket = await open(server, udp)
        socket.bind({ port: ownPort() })
        const { to } = await exchange(socket, { address: its.outside, port: 8080 }, own)
        expect(to, JSON.stringify(spec)).toBe(its.outside)
        await socket.close()
        await router.nat.flush({ family })
      }
      await router.nat.add({ ...published, toLocal: true })
      // To the second address too, for both are of the router; and to nobody else's.
      const listener = await open(clients[0], udp)
      listener.bind({ port: 80 })
      const socket = await open(server, udp)
      expect((await exchange(socket, { address: its.second, port: 8080 }, listener)).to).toBe(near[0])
      const other = await open(clients[1], udp)
      other.bind({ port: 8080 })
      await server.route.add({ destination: near[1], via: its.outside })
      expect((await exchange(socket, { address: near[1], port: 8080 }, other)).to).toBe(near[1])
      for (const one of [own, listener, other, socket]) await one.close()
    }
  })

  suite.test('dnat of what the router makes itself: hook output', natNeeds, async (context) => {
    const { router, clients, open } = await natPlace(context)
    for (const { udp, clients: near, router: its } of natNets) {
      const published = {
        kind: 'dnat',
        toLocal: true,
        ipProtocol: 17,
        destinationPorts: 8080,
        address: near[0],
        ports: 80,
      } as const
      await router.nat.add({ ...published, hook: 'output' })
      const listener = await open(clients[0], udp)
      listener.bind({ port: 80 })
      const socket = await open(router, udp)
      const { to } = await exchange(socket, { address: its.outside, port: 8080 }, listener)
      expect(to).toBe(near[0])
      // Nobody listens at the router itself.
      const rest = await open(router, udp)
      rest.connect({ address: its.outside, port: 8081 })
      await rest.send(octets('nobody'))
      await fails(received(rest), 'ECONNREFUSED')
    }
  })

  suite.test(
    'hairpin: a client reaches another one, and itself, by the address of the router',
    natNeeds,
    async (context) => {
      const { router, clients, open } = await natPlace(context)
      for (const { udp, inside, clients: near, router: its } of natNets) {
        await router.nat.add({
          kind: 'dnat',
          toLocal: true,
          ipProtocol: 17,
          destinationPorts: 8080,
          address: near[0],
          ports: 80,
        })
        // Without it the answer would go to the client at once, which asked somebody else.
        await router.nat.add({ kind: 'masquerade', from: inside, to: near[0], ipProtocol: 17, destinationPorts: 80 })
        const listener = await open(clients[0], udp)
        listener.bind({ port: 80 })
        const target = { address: its.outside, port: 8080 }
        for (const client of [clients[1], clients[0]]) {
          const socket = await open(client, udp)
          const { from, to } = await exchange(socket, target, listener)
          expect([from, to]).toEqual([{ address: its.inside, port: socket.address.port }, near[0]])
        }
      }
    },
  )

  suite.test('redirect: to the router itself, at another port', natNeeds, async (context) => {
    const { router, clients, open } = await natPlace(context)
    for (const { family, udp, router: its, server: far } of natNets) {
      await router.nat.add({
        kind: 'redirect',
        inputLink: 'br0',
        ipProtocol: 17,
        destinationPorts: 53,
        ports: 5353,
        to: far,
      })
      const own = await open(router, udp)
      own.bind({ address: its.inside, port: 5353 })
      const socket = await open(clients[0], udp)
      const { to } = await exchange(socket, { address: far, port: 53 }, own)
      expect(to).toBe(its.inside)
      await router.nat.add({
        kind: 'redirect',
        hook: 'output',
        ipProtocol: 17,
        destinationPorts: 54,
        ports: 5353,
        to: far,
      })
      const loopback = family === 4 ? '127.0.0.1' : '::1'
      const [local, looped] = [await open(router, udp), await open(router, udp)]
      looped.bind({ address: loopback, port: 5353 })
      expect((await exchange(local, { address: far, port: 54 }, looped)).to).toBe(loopback)
    }
  })

  suite.test('errors about a published port name the address that was asked', natNeeds, async (context) => {
    const { router, server, open } = await natPlace(context)
    for (const { udp, clients: near, router: its } of natNets) {
      await router.nat.add({ kind: 'dnat', ipProtocol: 17, destinationPorts: 8080, address: near[0], ports: 80 })
      const socket = await open(server, udp)
      socket.connect({ address: its.outside, port: 8080 })
      await socket.send(octets('nobody listens'))
      await fails(received(socket), 'ECONNREFUSED')
    }
  })
}
