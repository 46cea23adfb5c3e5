/** A network as docker makes it: two clients at a bridge of a router, and a server beyond that knows no way to them. @module */
import type { Datagram, NetworkSocket, SocketOptions } from '@vnet/core'
import { expect } from 'vitest'
import type { Context, PlacedNamespace } from './context.js'
import { eventually, present } from './expectation.js'
import { isOwn, plain } from './routed.js'
import { type Opener, octets, opener, received, textOf } from './socket-place.js'

/** What such a place needs. */
export const natNeeds = ['nat', 'packets', 'sysctl', 'link bridge', 'link veth', 'socket'] as const

/** One version of IP in this network. */
export interface NatNet {
  readonly family: 4 | 6
  /** How a socket of UDP is opened. */
  readonly udp: SocketOptions
  /** The network of the clients. */
  readonly inside: string
  /** The network of the server. */
  readonly outside: string
  /** Addresses of the two clients. */
  readonly clients: readonly [string, string]
  /** Addresses of the router: inside, outside, and one of itself that the server knows the way to. */
  readonly router: { readonly inside: string; readonly outside: string; readonly second: string }
  readonly server: string
}

/** Both versions. */
export const natNets: readonly [NatNet, NatNet] = [
  {
    family: 4,
    udp: { kind: 'udp4' },
    inside: '172.17.0.0/16',
    outside: '10.9.0.0/24',
    clients: ['172.17.0.2', '172.17.0.3'],
    router: { inside: '172.17.0.1', outside: '10.9.0.1', second: '192.0.2.9' },
    server: '10.9.0.2',
  },
  {
    family: 6,
    udp: { kind: 'udp6', ipv6Only: true },
    inside: '2001:db8:17::/64',
    outside: '2001:db8:9::/64',
    clients: ['2001:db8:17::2', '2001:db8:17::3'],
    router: { inside: '2001:db8:17::1', outside: '2001:db8:9::1', second: '2001:db8:2::9' },
    server: '2001:db8:9::2',
  },
]

/** The hosts. */
export interface NatPlace {
  /** Links `br0` inside, with the ports `p0` and `p1`, and `wan` outside. */
  readonly router: PlacedNamespace
  /** Their link is `eth0`. */
  readonly clients: readonly [PlacedNamespace, PlacedNamespace]
  /** Its link is `eth0`. */
  readonly server: PlacedNamespace
  readonly open: Opener
}

/** Makes it, and waits until everybody reaches the router. */
export async function natPlace({ ns: router, another, defer }: Context): Promise<NatPlace> {
  const [first, second, server] = [await another(), await another(), await another()]
  for (const ns of [router, first, second, server]) await plain(ns, ns === router)
  // Kernels with br_netfilter translate what a bridge passes on already in the bridge, which a host cannot do to itself.
  for (const whose of ['iptables', 'ip6tables']) {
    const name = `net.bridge.bridge-nf-call-${whose}`
    if ((await router.sysctl.get(name)) !== undefined) await router.sysctl.set(name, 0)
  }
  await router.link.add({ kind: 'bridge', name: 'br0', mac: '02:00:00:00:00:b0', up: true })
  const cable = (name: string, namespace: PlacedNamespace, master?: string) =>
    router.link.add({
      kind: 'veth',
      name,
      up: true,
      ...(master === undefined ? {} : { master }),
      peer: { name: 'eth0', namespace, up: true },
    })
  await cable('p0', first, 'br0')
  await cable('p1', second, 'br0')
  await cable('wan', server)
  for (const net of natNets) {
    const bits = (prefix: string) => prefix.slice(prefix.indexOf('/'))
    const [inner, outer] = [bits(net.inside), bits(net.outside)]
    const noDad = net.family === 6 ? { noDad: true } : {}
    await router.address.add({ link: 'br0', address: net.router.inside + inner, ...noDad })
    await router.address.add({ link: 'wan', address: net.router.outside + outer, ...noDad })
    await router.address.add({ link: 'lo', address: net.router.second, ...noDad })
    await server.address.add({ link: 'eth0', address: net.server + outer, ...noDad })
    await server.route.add({ destination: net.router.second, via: net.router.outside })
    for (const [at, client] of [first, second].entries()) {
      await client.address.add({ link: 'eth0', address: present(net.clients[at]) + inner, ...noDad })
      await client.route.add({ destination: net.outside, via: net.router.inside })
    }
  }
  for (const { router: to } of natNets) {
    if (to.second.includes(':')) await isOwn(router, to.second)
    for (const client of [first, second]) await eventually(() => client.ping({ address: to.inside, timeout: 2 }))
    await eventually(() => server.ping({ address: to.outside, timeout: 2 }))
  }
  return { router, clients: [first, second], server, open: opener(defer) }
}

/** What a host hears of a datagram that another one sends, and the answer to it. */
export interface Exchange {
  /** Who seems to have sent it. */
  readonly from: { readonly address: string; readonly port: number }
  /** Whom it seems to have been sent to. */
  readonly to: string | undefined
}

/** Below those that a socket gets by itself. */
let port = 20_000

/**
 * A port that no other question of this run has: two from one port to the same place are one connection, which keeps what it
 * was translated to when the rules are others.
 */
export const ownPort = (): number => port++

/**
 * Sends a datagram to an address, which `listener` hears, and an answer back, which comes from where the question was sent to.
 */
export async function exchange(
  socket: NetworkSocket,
  target: { readonly address: string; readonly port: number },
  listener: NetworkSocket,
): Promise<Exchange> {
  await socket.send(octets('question'), target)
  const asked: Datagram = await received(listener)
  expect(textOf(asked)).toBe('question')
  const from = present(asked.from)
  await listener.send(octets('answer'), from)
  const answer = await received(socket)
  expect(textOf(answer)).toBe('answer')
  expect(answer.from).toEqual(target)
  return { from, to: asked.to }
}
