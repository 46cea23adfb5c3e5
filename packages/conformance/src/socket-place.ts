/** Two namespaces with a cable between them, and the sockets of a test in them. @module */
import type { Datagram, Namespace, NetworkSocket, SocketOptions } from '@vnet/core'
import type { Context, PlacedNamespace } from './context.js'
import { eventually } from './expectation.js'
import { mac } from './surroundings.js'

/** Opens sockets that go away with the test. */
export type Opener = (ns: Namespace, options: SocketOptions) => Promise<NetworkSocket>

/** What a test of sockets works with. */
export interface SocketPlace {
  /** `v0`: 10.0.0.1/24, 2001:db8::1/64. */
  readonly here: PlacedNamespace
  /** `v1`: 10.0.0.2/24, 2001:db8::2/64. */
  readonly there: PlacedNamespace
  readonly open: Opener
}

/** What such a place needs. */
export const placeNeeds = ['packets', 'link veth', 'socket'] as const

/** Lays the cable, and waits until it carries. */
export async function socketPlace({ ns, another, defer }: Context): Promise<SocketPlace> {
  const there = await another()
  await ns.link.add({
    kind: 'veth',
    name: 'v0',
    mac: mac(1),
    up: true,
    peer: { name: 'v1', mac: mac(2), up: true, namespace: there },
  })
  for (const [space, link, last] of [
    [ns, 'v0', 1],
    [there, 'v1', 2],
  ] as const) {
    await space.link.set('lo', { up: true })
    await space.address.add({ link, address: `10.0.0.${last}/24`, broadcast: '10.0.0.255' })
    await space.address.add({ link, address: `2001:db8::${last}/64`, noDad: true })
  }
  for (const to of ['10.0.0.2', '2001:db8::2']) await eventually(() => ns.ping({ address: to, timeout: 2 }))
  return { here: ns, there, open: opener(defer) }
}

/** Sockets that go away with the test. */
export function opener(defer: Context['defer']): Opener {
  return async (ns, options) => {
    const socket = await ns.openSocket(options)
    defer(() => socket.close())
    return socket
  }
}

/** Text as octets, and back. */
export const octets = (text: string): Uint8Array => new TextEncoder().encode(text)
/** The text of a datagram. */
export const textOf = ({ data }: Datagram): string => new TextDecoder().decode(data)

/** The next datagram, for which a test waits 20 seconds at most. */
export const received = (socket: NetworkSocket): Promise<Datagram> =>
  socket.receive({ signal: AbortSignal.timeout(20_000) })
