/** Follows a packet from host to host, and its frames from link to link. @module */
import type { Link, Route, RouteQuery } from '@vnet/core'
import { between, endsOf, endText, isSame } from './end.js'
import type { Cause, Step, Stop } from './explanation.js'
import { type Frame, type Next, type Packet, type Refusal, reply, request } from './frame.js'
import { forwardRefusal, sourceRefusal } from './host.js'
import { arriving, leaving } from './link.js'
import { askedOf, destinationOf, type Flow, flowOf, sourceOf } from './nat.js'
import type { Spot, World } from './world.js'

/** How a walk ended. */
export type Outcome =
  | {
      readonly reached: true
      readonly at: Spot
      readonly steps: readonly Step[]
      /** The packet as it was delivered; address translation may have changed it. */
      readonly packet?: Packet
    }
  | {
      readonly reached: false
      readonly stop: Stop
      readonly steps: readonly Step[]
      /** Whom the frame is for is not there anyway. */
      readonly besides?: boolean
    }

/** Links that one frame may pass; tunnels in tunnels and circles of bridges end there. */
const mostLinks = 100

/** Follows a packet from a host, or from the link that it came in by, to the host that has its destination. */
export async function walkPacket(
  world: World,
  place: number,
  packet: Packet,
  input?: Link,
  depth = 0,
): Promise<Outcome> {
  const flow = await flowOf(world, place, packet)
  if (flow === undefined) return routed(world, place, packet, input, depth)
  const ends = endsOf(packet)
  const to = await destinationOf(world, place, packet, input, flow)
  // Who sends finds a way first, and is given another destination then: without that way nothing leaves.
  const isLost = input === undefined && 'refused' in (await world.route(place, queryOf(world, place, packet, input)))
  if (isSame(to, ends.to) || isLost) return routed(world, place, packet, input, depth, flow)
  const step = world.step(place, input, `translated: for ${endText(to)} instead of ${endText(ends.to)}`)
  return joined([step], await routed(world, place, between(packet, ends.from, to), input, depth, flow))
}

/** Finds the way of a packet whose destination is settled. */
async function routed(
  world: World,
  place: number,
  packet: Packet,
  input: Link | undefined,
  depth: number,
  flow?: Flow,
): Promise<Outcome> {
  const stop = (cause: Cause, text: string, link?: Link, hint?: string): Outcome => ({
    reached: false,
    stop: { ...world.step(place, link, text), cause, ...(hint === undefined ? {} : { hint }) },
    steps: [],
  })
  if (depth > mostLinks) return stop('loop', 'goes round in circles', input)
  const vrf = vrfOf(world, place, packet, input)
  const way = await world.route(place, queryOf(world, place, packet, input))
  // The table of local addresses comes before that of a VRF; where the source is refused, the route does not tell.
  const isOwn =
    'route' in way
      ? way.route.type === 'local'
      : input !== undefined && world.holder(place, packet.to, vrf) !== undefined
  if (isOwn) {
    const lo = world.links(place).find(({ type }) => type === 'loopback')
    if (input === undefined && vrf === undefined && lo?.up !== true)
      return stop('link-down', 'lo is down', lo, world.command(place, 'link set lo --up'))
    const foreign =
      input && packet.from !== '' && (await sourceRefusal(world, { place, link: input.index }, packet.from))
    if (foreign) return stop(...foreign)
    const at = input?.index ?? world.holder(place, packet.to, vrf) ?? lo?.index ?? 0
    const ends = endsOf(packet)
    let { from } = ends
    // What a host sends to itself leaves by `lo` and comes in again.
    if (flow !== undefined && input === undefined && lo !== undefined)
      from = (await sourceOf(world, place, packet, input, { output: lo, next: packet.to }, flow)) ?? from
    if (flow !== undefined) from = askedOf(between(packet, from, ends.to), flow)
    return { reached: true, at: { place, link: at }, steps: [], packet: between(packet, from, ends.to) }
  }
  if (input !== undefined) {
    const refused = await forwardRefusal(world, place, packet, input)
    if (refused !== undefined) return stop(...refused)
  }
  if ('refused' in way) {
    const refusing = await world.refusing(place, packet.to)
    if (refusing !== undefined)
      return stop('route-refuses', `the route to ${refusing.destination} is of type ${refusing.type}`)
    return stop(
      'no-route',
      `no route to ${packet.to}${vrf === undefined ? '' : ` in ${vrf.name}`} (${way.refused})`,
      undefined,
      world.command(place, `route add ${packet.to} --via …`),
    )
  }
  const { route } = way
  if (route.type !== 'unicast' && route.type !== 'local')
    return route.type === 'broadcast' || route.type === 'multicast'
      ? stop('not-followed', `${packet.to} is for many`)
      : stop('route-refuses', `the route to ${packet.to} is of type ${route.type}`)
  const { link, via } = hopOf(route)
  const out = link === undefined ? undefined : world.link({ place, link })
  if (out === undefined) return stop('no-route', `the route to ${packet.to} leads to no link`)
  const most = Math.min(out.mtu, route.metrics?.mtu ?? out.mtu)
  const six = packet.to.includes(':')
  const cut = packet.size > most && (input === undefined || !(packet.whole || six))
  if (packet.size > most && !cut)
    return stop(
      'too-big',
      `${packet.size} octets are more than its MTU of ${most}; the sender is told`,
      out,
      'the next packets are smaller',
    )
  if (out.kind === 'vrf' && packet.bound !== out.index) {
    const step = world.step(place, out, `route to ${packet.to}: by the table of the VRF`)
    return joined([step], await walkPacket(world, place, { ...packet, bound: out.index }, undefined, depth + 1))
  }
  const steps = [
    world.step(
      place,
      out,
      `route to ${packet.to}: ${via === undefined ? 'on the link' : `via ${via}`}${cut ? `, in fragments of ${most}` : ''}`,
    ),
  ]
  const own: Packet = { ...packet, from: packet.from || (route.source ?? '') }
  const { from, to } = endsOf(own)
  const leaving = { output: out, next: via ?? packet.to }
  const source = flow === undefined ? from : await sourceOf(world, place, own, input, leaving, flow)
  if (source === undefined)
    return joined(steps, stop('not-translated', `has no address that ${own.from} could be translated to`, out))
  if (!isSame(source, from))
    steps.push(world.step(place, out, `translated: from ${endText(source)} instead of ${endText(from)}`))
  const sent: Packet = {
    ...between(own, source, to),
    size: cut ? fragmentOf(most, six) : packet.size,
    whole: packet.whole && !cut,
  }
  const arrived = joined(
    steps,
    await toNeighbour(world, { place, link: out.index }, out, via ?? packet.to, sent, depth),
  )
  if (!arrived.reached) return arrived
  const there = world.link(arrived.at)
  const { bound: _, ...free } = sent
  const next = { ...free, hops: input === undefined ? packet.hops : packet.hops - 1 }
  return joined(arrived.steps, await walkPacket(world, arrived.at.place, next, there, depth + 1))
}

/** The longest fragment that fits: its payload is a multiple of eight octets, behind the header and, in IPv6, one more. */
function fragmentOf(mtu: number, six: boolean): number {
  const header = six ? 48 : 20
  return header + Math.floor((mtu - header) / 8) * 8
}

/** The VRF by whose table a packet goes. */
function vrfOf(world: World, place: number, { bound }: Packet, input: Link | undefined): Link | undefined {
  const link = input ?? (bound === undefined ? undefined : world.link({ place, link: bound }))
  return link && world.vrf(place, link)
}

function queryOf(world: World, place: number, packet: Packet, input: Link | undefined): RouteQuery {
  const { to, from, bound } = packet
  if (input !== undefined) return { to, from, inputLink: input.index }
  const vrf = vrfOf(world, place, packet, undefined)
  // An address that the host does not have is told by the route, not asked with it.
  return {
    to,
    ...(world.holder(place, from, vrf) === undefined ? {} : { from }),
    ...(bound === undefined ? {} : { outputLink: bound }),
  }
}

/** The way of a route; of several the first. */
function hopOf(route: Route): { readonly link?: number; readonly via?: string } {
  return route.link === undefined ? (route.nextHops[0] ?? {}) : route
}

/** Finds the MAC of the next host, and sends the frame there. */
async function toNeighbour(
  world: World,
  spot: Spot,
  link: Link,
  next: string,
  packet: Packet,
  depth: number,
): Promise<Outcome> {
  const bare: Frame = { to: '', from: '', tags: [], packet }
  if (link.mac === undefined || link.type !== 'ether' || link.flags.includes('NOARP'))
    return walk(world, { go: 'out', at: spot, frame: bare }, depth)
  const send = (to: string) =>
    walk(world, { go: 'out', at: spot, frame: { ...bare, to, from: link.mac as string } }, depth)
  const known = await world.neighbour(spot, next)
  if (known !== undefined)
    return joined([world.step(spot.place, link, `${next} is ${known.mac} (${known.state})`)], await send(known.mac))
  const asked = await ask(world, spot, link, next, packet, depth)
  return asked.reached ? joined(asked.steps, await send(asked.mac)) : asked
}

/** Asks for the MAC of the next host, which has to tell it. */
async function ask(
  world: World,
  spot: Spot,
  link: Link,
  next: string,
  packet: Packet,
  depth: number,
): Promise<(Outcome & { readonly reached: false }) | { readonly reached: true; mac: string; steps: readonly Step[] }> {
  const step = world.step(spot.place, link, `asks who has ${next}`)
  const isOwn = world.holder(spot.place, packet.from, world.vrf(spot.place, link)) !== undefined
  const sender = isOwn ? packet.from : (world.asker(spot, next) ?? '')
  const question = request(next, link.mac as string, sender)
  const asked = await walk(world, { go: 'out', at: spot, frame: question }, depth)
  if (!asked.reached) return { ...asked, steps: [step, ...asked.steps] }
  const end = world.link(asked.at)
  const mac = end?.mac ?? ''
  const told = await walk(world, { go: 'out', at: asked.at, frame: reply(question, mac) }, depth)
  const answer: Step = { ...world.step(asked.at.place, end, `has ${next}: ${mac}`), aside: true }
  if (told.reached) return { reached: true, mac, steps: [step, answer] }
  return { ...told, steps: [step, answer, ...told.steps.map((each): Step => ({ ...each, aside: true }))] }
}

/** Follows a frame; where it goes several ways, to the one that arrives, or else to what says most. */
async function walk(
  world: World,
  next: Next,
  depth: number,
  passed: ReadonlySet<string> = new Set(),
): Promise<Outcome> {
  if (next.go === 'host') return { reached: true, at: next.at, steps: [] }
  if (next.go === 'tunnel') return through(world, next, depth, passed)
  const link = world.link(next.at)
  const step = world.step(next.at.place, link, next.text ?? (next.go === 'in' ? 'comes in' : 'leaves'))
  const key = `${next.go} ${next.at.place} ${next.at.link} ${next.frame.tags.join('.')}`
  if (passed.has(key) || passed.size > mostLinks)
    return { reached: false, stop: { ...step, text: 'goes round in circles', cause: 'loop' }, steps: [] }
  const seen = new Set(passed).add(key)
  const ways = await (next.go === 'in' ? arriving : leaving)(world, next.at, next.frame)
  const ended: Outcome[] = []
  for (const way of ways) {
    const outcome = 'cause' in way ? await stopped(world, way, depth, seen) : await walk(world, way, depth, seen)
    if (outcome.reached) return joined([step], outcome)
    ended.push(outcome)
  }
  const none: Outcome = {
    reached: false,
    stop: { ...step, text: 'nobody else is here', cause: 'no-neighbour' },
    steps: [],
  }
  return joined([step], ended.sort(byWeight)[0] ?? none)
}

/** What a stop amounts to: nothing, where whom the frame is for would not be met beyond it either. */
async function stopped(
  world: World,
  { beyond, ...stop }: Refusal,
  depth: number,
  passed: ReadonlySet<string>,
): Promise<Outcome> {
  if (beyond === undefined) return { reached: false, stop, steps: [] }
  const { reached } = await walk(world, beyond, depth, passed)
  return { reached: false, stop, steps: [], besides: !reached }
}

/** Through a tunnel: the outer packet to its host, and from the link there that takes it. */
async function through(
  world: World,
  next: Extract<Next, { go: 'tunnel' }>,
  depth: number,
  passed: ReadonlySet<string>,
): Promise<Outcome> {
  const { place, link } = next.by
  const way = await world.route(next.from, { to: next.outer.to })
  if (place === next.from && 'route' in way && way.route.link === link) {
    const text = `the route to ${next.outer.to}, its far end, leads through itself`
    return { reached: false, stop: { ...world.step(place, world.link(next.by), text), cause: 'loop' }, steps: [] }
  }
  const outer = await walkPacket(world, next.from, next.outer, undefined, depth + 1)
  const step = { place: world.name(next.from), text: next.text }
  if (!outer.reached) return joined([step], outer)
  const from = next.outer.from || ('route' in way && way.route.source) || ''
  const end = next.end(outer.at.place, { ...next.outer, from, ...outer.packet })
  if (end === undefined) {
    const stop: Stop = {
      place: world.name(outer.at.place),
      text: 'no tunnel here takes what arrives',
      cause: 'no-tunnel',
    }
    return joined([step, ...outer.steps], { reached: false, stop, steps: [] })
  }
  if (world.link(end)?.vxlan?.learning !== false && next.frame.ghost !== true)
    world.memory.hearFrom(end, next.frame.from, from)
  return joined(
    [step, ...outer.steps],
    await walk(world, { go: 'in', at: end, frame: next.frame, text: 'comes out of the tunnel' }, depth, passed),
  )
}

/** Stops that only say that somebody else was meant say least; of the others the longest way says most. */
function byWeight(a: Outcome, b: Outcome): number {
  return weight(b) - weight(a)
}

function weight(outcome: Outcome): number {
  if (outcome.reached) return Number.POSITIVE_INFINITY
  const idle: readonly Cause[] = ['no-neighbour', 'wrong-mac', 'loop']
  return outcome.steps.length + (outcome.besides || idle.includes(outcome.stop.cause) ? 0 : 1000)
}

function joined(steps: readonly Step[], outcome: Outcome): Outcome {
  return { ...outcome, steps: [...steps, ...outcome.steps] }
}
