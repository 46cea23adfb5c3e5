/** What a host does with a packet or a question that came in: whether it is its own, and whether it may come from there. @module */
import type { Link, Route } from '@vnet/core'
import type { Cause } from './explanation.js'
import type { Packet } from './frame.js'
import type { Spot, World } from './world.js'

/** Why a host takes no notice of what came in by a link. */
export type HostRefusal = readonly [cause: Cause, text: string, link: Link, hint?: string]

/** Why a host does not pass on what came in by a link. */
export async function forwardRefusal(
  world: World,
  place: number,
  packet: Packet,
  input: Link,
): Promise<HostRefusal | undefined> {
  const version = packet.to.includes(':') ? 'ipv6' : 'ipv4'
  // In IPv6 the host as a whole is a router or none (RFC 4861 § 6.2.1).
  const whose = version === 'ipv4' ? input.name : 'all'
  if ((await world.sysctl(place, `net/${version}/conf/${whose}/forwarding`)) === 0)
    return [
      'not-forwarding',
      `${packet.to} is no address of this host${vrfText(world, place, input)}, and it does not forward`,
      input,
      world.command(
        place,
        version === 'ipv4' ? 'sysctl set net.ipv4.ip_forward 1' : 'sysctl set net.ipv6.conf.all.forwarding 1',
      ),
    ]
  const foreign = await sourceRefusal(world, { place, link: input.index }, packet.from)
  if (foreign !== undefined) return foreign
  if (packet.hops <= 1) return ['ttl-exceeded', 'the hop limit is used up', input]
  return undefined
}

function vrfText(world: World, place: number, input: Link): string {
  const vrf = world.vrf(place, input)
  return vrf === undefined ? '' : ` in ${vrf.name}`
}

/** Why what a neighbour sends in IPv4 cannot come from there (`fib_validate_source`; RFC 3704). */
export async function sourceRefusal(world: World, spot: Spot, from: string): Promise<HostRefusal | undefined> {
  const { place } = spot
  const link = world.link(spot)
  if (from === '' || from.includes(':') || link === undefined || link.type === 'loopback') return undefined
  const vrf = world.vrf(place, link)
  if (world.holder(place, from, vrf) !== undefined)
    return Math.max(...(await conf4(world, place, link, 'accept_local'))) > 0
      ? undefined
      : ['own-source', `${from}, from which it comes, is an address of this host itself`, link]
  const filters = await conf4(world, place, link, 'rp_filter')
  const filter = Math.max(...filters)
  if (filter === 0) return undefined
  const back = await world.route(place, { to: from, ...(vrf === undefined ? {} : { outputLink: vrf.index }) })
  if ('route' in back && (filter === 2 || linksOf(back.route).includes(link.index))) return undefined
  return [
    'rp-filter',
    `answers to ${from} would not leave by it (rp_filter is ${filter})`,
    link,
    world.command(place, `sysctl set net/ipv4/conf/${filters[0] === filter ? 'all' : link.name}/rp_filter 0`),
  ]
}

/** A setting of IPv4 for all links, and for one. */
async function conf4(
  world: World,
  place: number,
  { name }: Link,
  setting: string,
): Promise<[all: number, own: number]> {
  const read = async (whose: string) => (await world.sysctl(place, `net/ipv4/conf/${whose}/${setting}`)) ?? 0
  return [await read('all'), await read(name)]
}

const linksOf = ({ link, nextHops }: Route): readonly (number | undefined)[] => [
  link,
  ...nextHops.map((hop) => hop.link),
]

/** Why nobody at a link tells the MAC of an address; `undefined`: it is told. */
export async function askedRefusal(
  world: World,
  spot: Spot,
  asks: string,
  sender: string,
): Promise<readonly [cause: Cause, text: string, hint?: string | undefined] | undefined> {
  const link = world.link(spot)
  if (link === undefined) return ['no-neighbour', 'is gone']
  // ARP is answered for every address of the host, or of the VRF; ND for those of the link.
  const isHere = world.has(spot, asks)
  const holds = asks.includes(':') ? isHere : world.holder(spot.place, asks, world.vrf(spot.place, link)) !== undefined
  if (!holds) return ['no-neighbour', `does not have ${asks}`]
  if (link.flags.includes('NOARP')) return ['no-neighbour', 'answers no ARP']
  if (asks.includes(':')) return undefined
  const ignore = Math.max(...(await conf4(world, spot.place, link, 'arp_ignore')))
  if (ignore === 8 || ((ignore === 1 || ignore === 2) && !isHere))
    return ['no-neighbour', `answers no ARP for ${asks} here (arp_ignore is ${ignore})`]
  const foreign = await sourceRefusal(world, spot, sender)
  return foreign && [foreign[0], foreign[1], foreign[3]]
}
