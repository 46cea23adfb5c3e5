/** Tunnels: who the outer packet is for, and which link takes what is inside at the far end. @module */
import { isMulticastIp, type Link, parseIp, type WireguardDevice } from '@vnet/core'
import type { Stop } from './explanation.js'
import { type Frame, isForMany, type Next, type Packet } from './frame.js'
import { isIn, lengthOf } from './net.js'
import type { Spot, World } from './world.js'

/** Kinds whose ends are addresses, with what IP carries and the octets that they put around a packet (GRE: without key). */
const pointToPoint: Readonly<Record<string, { readonly protocol: number; readonly overhead: number }>> = {
  gre: { protocol: 47, overhead: 24 },
  gretap: { protocol: 47, overhead: 38 },
  erspan: { protocol: 47, overhead: 50 },
  ip6gre: { protocol: 47, overhead: 44 },
  ip6gretap: { protocol: 47, overhead: 58 },
  ip6erspan: { protocol: 47, overhead: 70 },
  ipip: { protocol: 4, overhead: 20 },
  sit: { protocol: 41, overhead: 20 },
  ip6tnl: { protocol: 41, overhead: 40 },
}

/** Kinds that leave in packets of their own. */
export function isTunnel(kind: string): boolean {
  return kind in pointToPoint || kind === 'vxlan' || kind === 'geneve' || kind === 'wireguard'
}

interface Ends {
  readonly local?: string | null
  readonly remote?: string | null
  readonly ikey?: number | null
  readonly okey?: number | null
}

/** Where what leaves by a tunnel goes. */
export async function tunnelled(world: World, spot: Spot, link: Link, frame: Frame): Promise<(Next | Stop)[]> {
  const from = world.ground(spot.place, link)
  const stop = (text: string): Stop[] => [{ ...world.step(spot.place, link, text), cause: 'no-tunnel' }]
  if (from === undefined)
    return [
      {
        ...world.step(spot.place, link, 'its outer packets leave in a namespace that was not given'),
        cause: 'outside',
      },
    ]
  const send = (remote: string, local: string | undefined, protocol: number, overhead: number, end: Far): Next => ({
    go: 'tunnel',
    by: spot,
    from,
    outer: { from: local ?? '', to: remote, size: frame.packet.size + overhead, hops: 64, whole: true, protocol },
    frame,
    text: `wrapped in a packet for ${remote}`,
    end: (place, outer) => farEnd(world, place, (far) => end(far, outer)),
  })
  if (link.kind === 'wireguard') {
    const device = await world.wireguard(spot)
    const peer = device?.peers
      .flatMap((each) => each.allowedIps.filter((net) => isIn(frame.packet.to, net)).map((net) => ({ each, net })))
      .sort((a, b) => lengthOf(b.net) - lengthOf(a.net))[0]?.each
    if (peer === undefined) return stop(`no peer is allowed ${frame.packet.to}`)
    if (peer.endpoint === undefined) return stop(`where peer ${peer.publicKey} is reached is not known`)
    const [, host = '', port = ''] = /^\[?([^\]%]*?)(?:%\d+)?\]?:(\d+)$/.exec(peer.endpoint) ?? []
    const devices = await wireguardsOf(world)
    const overhead = host.includes(':') ? 80 : 60
    return [
      send(host, undefined, 17, overhead, (far) => {
        const there = devices.get(far)
        if (there?.publicKey !== peer.publicKey || there.listenPort !== Number(port)) return false
        // What comes out must come from an address that the far end allows its peer.
        const us = there.peers.find(({ publicKey }) => publicKey === device?.publicKey)
        return us?.allowedIps.some((net) => isIn(frame.packet.from, net)) === true
      }),
    ]
  }
  if (link.kind === 'vxlan') return vxlan(world, spot, link, frame, send, stop)
  if (link.kind === 'geneve') {
    const { id, remote, port, external } = link.geneve ?? {}
    if (external === true || remote === undefined) return stop('its far end comes with each packet')
    const overhead = remote.includes(':') ? 70 : 50
    return [send(remote, undefined, 17, overhead, (far) => far.geneve?.id === id && far.geneve?.port === port)]
  }
  const { protocol, overhead } = pointToPoint[link.kind as string] as { protocol: number; overhead: number }
  const ends = endsOf(link)
  if (ends.remote === undefined || ends.remote === null) return stop('it has no far end')
  const key = ends.okey === undefined || ends.okey === null ? 0 : 4
  return [
    send(ends.remote, ends.local ?? undefined, protocol, overhead + key, (far, outer) => {
      if (far.kind !== link.kind) return false
      const theirs = endsOf(far)
      const meets = (end: string | null | undefined, address: string) =>
        end === undefined || end === null || end === address
      return (
        meets(theirs.local, outer.to) &&
        meets(theirs.remote, outer.from) &&
        (theirs.ikey ?? null) === (ends.okey ?? null)
      )
    }),
  ]
}

type Far = (far: Link, outer: Packet) => boolean
type Send = (remote: string, local: string | undefined, protocol: number, overhead: number, end: Far) => Next

async function vxlan(
  world: World,
  spot: Spot,
  link: Link,
  frame: Frame,
  send: Send,
  stop: (text: string) => Stop[],
): Promise<(Next | Stop)[]> {
  const { id, remote, local, port, external } = link.vxlan ?? {}
  if (external === true) return stop('its far ends come with each packet')
  const own = (await world.fdb(spot.place)).filter((entry) => entry.link === spot.link && entry.remote !== undefined)
  const heard = world.memory.remote(spot, frame.to)
  const listed = isForMany(frame.to) ? [] : own.filter(({ mac }) => mac === frame.to)
  const known = listed.length > 0 || heard === undefined ? listed : [{ remote: heard }]
  const others = own.filter(({ mac }) => mac === '00:00:00:00:00:00')
  const entries = known.length > 0 ? known : others
  const remotes = [...new Set(entries.map((entry) => entry.remote as string))]
  if (remotes.length === 0 && remote !== undefined) remotes.push(remote)
  if (remotes.length === 0) return stop(`knows no far end for ${frame.to}`)
  return remotes.flatMap((address): Next[] => {
    const overhead = address.includes(':') ? 70 : 50
    const takes = (far: Link) => far.vxlan?.id === id && far.vxlan?.port === port
    if (!isMulticastIp(parseIp(address) as Uint8Array)) return [send(address, local, 17, overhead, takes)]
    // Everybody who listens to the group.
    return world.readings.flatMap((_, place) =>
      world
        .links(place)
        .filter(
          (far) => takes(far) && far.vxlan?.remote === address && !(place === spot.place && far.index === spot.link),
        )
        .map(
          (far): Next => ({ go: 'in', at: { place, link: far.index }, frame, text: `sent to the group ${address}` }),
        ),
    )
  })
}

function endsOf(link: Link): Ends {
  return (link[link.kind as 'gre'] ?? {}) as Ends
}

/** The link at the far end: one whose outer packets arrive in this namespace. */
function farEnd(world: World, place: number, takes: (link: Link) => boolean): Spot | undefined {
  for (const [at, { links }] of world.readings.entries())
    for (const link of links)
      if (link.up && takes(link) && world.ground(at, link) === place) return { place: at, link: link.index }
  return undefined
}

/** What all WireGuard links are set to. */
async function wireguardsOf(world: World): Promise<ReadonlyMap<Link, WireguardDevice>> {
  const devices = new Map<Link, WireguardDevice>()
  for (const [place, { links }] of world.readings.entries())
    for (const link of links) {
      if (link.kind !== 'wireguard') continue
      const device = await world.wireguard({ place, link: link.index })
      if (device !== undefined) devices.set(link, device)
    }
  return devices
}
