/** Who takes what arrives at a port: the sockets of the host (`ss --listening`; `udp4_lib_lookup2`, `__inet_lookup_listener`). @module */
import { isListening, type SocketState } from '@vnet/core'
import { type End, endsOf, endText } from './end.js'
import type { Step } from './explanation.js'
import type { Packet } from './frame.js'
import type { Talk } from './talk.js'
import type { Spot, World } from './world.js'

/** What is known of who listens. */
export interface Listening {
  readonly listens: boolean
  /** The same in a few words. */
  readonly text: string
  readonly step: Step
}

/** Whether somebody listens where a packet has arrived; `undefined` where there are no ports, or the kernel does not tell. */
export async function listening(world: World, at: Spot, packet: Packet, talk: Talk): Promise<Listening | undefined> {
  if (packet.ports === undefined) return undefined
  const protocol = talk.isConnection ? 'tcp' : 'udp'
  const sockets = await world.sockets(at.place, protocol)
  if (sockets === undefined) return undefined
  const { from, to } = endsOf(packet)
  const bound = boundTo(world, at)
  // What comes by a VRF is for sockets that are bound to it, unless others may have it, too (`inet_bound_dev_eq`).
  const isForAll = bound.length === 1 || (await world.sysctl(at.place, `net/ipv4/${protocol}_l3mdev_accept`)) === 1
  const atPort = sockets.filter((socket) => socket.local.port === to.port && isOf(socket, to.address))
  const [taker] = atPort
    .filter(
      (socket) =>
        isAt(socket, to.address) &&
        (socket.link === undefined ? isForAll : bound.includes(socket.link)) &&
        (isListening(socket) || isConnectedTo(socket, from)),
    )
    .sort((one, other) => nearness(other) - nearness(one))
  const step = (text: string): Step => ({ place: world.name(at.place), text, aside: true })
  if (taker !== undefined)
    return { listens: true, text: 'somebody listens', step: step(`somebody listens at ${textOf(taker)}`) }
  const others = atPort.map((socket) => othersText(world, at.place, socket))
  const but = others.length === 0 ? '' : ` (but ${others.join(', ')})`
  return { listens: false, text: `nobody listens${but}`, step: step(`nobody listens at ${endText(to)}${but}`) }
}

/** The link that it came in by, and the VRF of that: what a socket may be bound to. */
function boundTo(world: World, at: Spot): readonly number[] {
  const link = world.link(at)
  const vrf = link && world.vrf(at.place, link)
  return vrf === undefined ? [at.link] : [at.link, vrf.index]
}

/** Whether a socket takes packets of the address's version of IP at all. */
const isOf = ({ family, ipv6Only, local }: SocketState, address: string): boolean =>
  address.includes(':')
    ? family === 6
    : family === 4 || (ipv6Only !== true && ['::', mapped(local.address)].includes(local.address))

const mapped = (address: string): string => (address.startsWith('::ffff:') ? address : '')

/** Whether a socket is at an address: its own, or any. */
const isAt = ({ local }: SocketState, address: string): boolean =>
  ['0.0.0.0', '::', address, `::ffff:${address}`].includes(local.address)

/** Of several the most particular takes it (`compute_score`): whose address it is, who is connected, who is bound to the link. */
const nearness = ({ local, remote, link }: SocketState): number =>
  (['0.0.0.0', '::'].includes(local.address) ? 0 : 4) + (remote === undefined ? 0 : 2) + (link === undefined ? 0 : 1)

/** A connected one hears the other end of its connection. */
const isConnectedTo = ({ remote }: SocketState, { address, port }: End): boolean =>
  remote !== undefined && remote.port === port && [address, `::ffff:${address}`].includes(remote.address)

const textOf = ({ local }: SocketState): string => endText({ address: local.address, port: local.port })

function othersText(world: World, place: number, { local, link, remote }: SocketState): string {
  const words = [`one at ${local.address}`]
  if (link !== undefined) words.push(`of ${world.link({ place, link })?.name ?? `#${link}`}`)
  if (remote !== undefined) words.push(`for ${endText({ address: remote.address, port: remote.port })}`)
  return words.join(' ')
}
