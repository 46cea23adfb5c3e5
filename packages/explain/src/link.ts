/** Where a frame goes that leaves or comes in by a link, by the link's kind. @module */
import type { Link } from '@vnet/core'
import { bridged, bridgeOf } from './bridge.js'
import type { Cause, Stop } from './explanation.js'
import { type Elsewhere, filtered } from './filter.js'
import { type Frame, isForMany, isTooLong, type Next, type Refusal } from './frame.js'
import { askedRefusal } from './host.js'
import { sealOf, sealRefusal } from './macsec.js'
import { carries, portRefusal, sendingPorts } from './team.js'
import { isTunnel, tunnelled } from './tunnel.js'
import type { Spot, World } from './world.js'

type Nexts = Promise<(Next | Refusal)[]>

/** Where a frame goes that leaves by a link. */
export async function leaving(world: World, spot: Spot, frame: Frame): Nexts {
  const link = world.link(spot)
  if (link === undefined) return []
  const stop = stopper(world, spot, link)
  if (!frame.ghost) {
    if (!link.up) return stop('link-down', 'the link is down', world.command(spot.place, `link set ${link.name} --up`))
    if (!carries(link)) return stop('no-carrier', 'the link has no carrier', carrierHint(world, spot, link))
    const verdict = await filtered(world, spot, link, 'egress', frame)
    if (verdict.goes === 'stop') return [verdict.stop]
    if (verdict.goes === 'elsewhere') return redirected(world, spot, link, verdict, frame)
  }
  if (link.kind !== undefined && isTunnel(link.kind)) return tunnelled(world, spot, link, frame)
  const below = () => {
    const at = world.below(spot, link)
    return at ?? stop('outside', 'its other end is in a namespace that was not given')
  }
  switch (link.kind) {
    case 'veth': {
      const peer = below()
      if (Array.isArray(peer)) return peer
      const end = world.link(peer)
      if (end !== undefined && isTooLong(frame, end) && frame.ghost !== true)
        return stopper(world, peer, end)('too-big', `${frame.packet.size} octets are more than its MTU of ${end.mtu}`)
      return [{ go: 'in', at: peer, frame }]
    }
    case 'bridge':
      return bridged(world, spot.place, link, link, frame)
    case 'vlan':
      return through(below(), { ...frame, tags: [link.vlan?.id as number, ...frame.tags] })
    case 'macsec': {
      const seal = await sealOf(world, spot, link)
      if (!('refused' in seal)) return through(below(), { ...frame, sealed: seal })
      return frame.ghost ? through(below(), frame) : stop('no-key', seal.refused)
    }
    case 'macvlan':
    case 'macvtap':
    case 'ipvlan':
    case 'ipvtap':
      return beside(world, spot, link, frame, below())
    case 'bond':
    case 'team': {
      const ports = await sendingPorts(world, spot, link)
      if (ports.length === 0) return stop('no-carrier', 'no port of it works')
      return ports.map((port): Next => ({ go: 'out', at: { place: spot.place, link: port.index }, frame }))
    }
    case 'hsr':
      return [link.hsr?.slave1, link.hsr?.slave2].flatMap((slave): Next[] =>
        slave === undefined ? [] : [{ go: 'out', at: { place: spot.place, link: slave }, frame }],
      )
    case 'dummy':
    case 'ifb':
    case 'nlmon':
      return stop('swallowed', `a ${link.kind} carries packets nowhere`)
    case undefined:
      if (link.type === 'loopback') return [{ go: 'in', at: spot, frame }]
      return stop('outside', 'leaves by a physical link')
    default:
      return stop('outside', `leaves by a ${link.kind}: what is behind it cannot be seen`)
  }
}

/** Where a frame goes that comes in by a link. */
export async function arriving(world: World, spot: Spot, frame: Frame): Nexts {
  const link = world.link(spot)
  if (link === undefined) return []
  const stop = stopper(world, spot, link)
  if (!frame.ghost) {
    if (!link.up) return stop('link-down', 'the link is down', world.command(spot.place, `link set ${link.name} --up`))
    const verdict = await filtered(world, spot, link, 'ingress', frame)
    if (verdict.goes === 'stop') return [verdict.stop]
    if (verdict.goes === 'elsewhere') return redirected(world, spot, link, verdict, frame)
  }
  if (link.kind === 'macsec' && frame.sealed !== undefined) {
    const { sealed, ...opened } = frame
    const refusal = frame.ghost ? undefined : await sealRefusal(world, spot, sealed)
    if (refusal !== undefined) return stop('no-key', refusal)
    frame = opened
  }

  const above = [...world.above(spot)]
  const [tag, ...inner] = frame.tags
  if (tag !== undefined) {
    // A link of the VLAN comes before the bridge that the link may be a port of.
    const vlan = above.find(([, upper]) => upper.kind === 'vlan' && upper.vlan?.id === tag)
    if (vlan !== undefined) return [{ go: 'in', at: vlan[0], frame: { ...frame, tags: inner } }]
  }
  const bridge = bridgeOf(world, spot, link)
  if (bridge !== undefined) {
    if (!bridge.up && !frame.ghost)
      return [
        {
          ...world.step(spot.place, bridge, 'the bridge is down'),
          cause: 'link-down',
          hint: world.command(spot.place, `link set ${bridge.name} --up`),
        },
      ]
    return bridged(world, spot.place, bridge, link, frame)
  }
  const master = link.master === undefined ? undefined : world.link({ place: spot.place, link: link.master })
  if (master !== undefined && ['bond', 'team'].includes(master.kind ?? '')) {
    const refusal = frame.ghost ? undefined : await portRefusal(world, spot, link, master)
    if (refusal !== undefined) return stop('port-refuses', refusal)
    const misses = frame.to !== link.mac && !isForMany(frame.to)
    return [{ go: 'in', at: { place: spot.place, link: master.index }, frame: { ...frame, misses } }]
  }
  const { misses: _, ...unmissed } = frame
  const taken = above.flatMap(([at, upper]): Next[] =>
    takes(world, at, upper, frame) ? [{ go: 'in', at, frame: unmissed }] : [],
  )
  for (const upper of world.links(spot.place))
    if (upper.hsr?.slave1 === link.index || upper.hsr?.slave2 === link.index)
      taken.push({ go: 'in', at: { place: spot.place, link: upper.index }, frame })
  if (tag !== undefined)
    return taken.length > 0
      ? taken
      : stop(
          'no-vlan',
          `has no link for VLAN ${tag}`,
          world.command(spot.place, `link add vlan ${link.name}.${tag} --parent ${link.name} --id ${tag} --up`),
        )
  return [...taken, ...(await here(world, spot, link, frame))]
}

/** The link itself is the station that the frame is for. */
async function here(world: World, spot: Spot, link: Link, frame: Frame): Nexts {
  const { to, asks } = frame
  const stop = stopper(world, spot, link)
  if (frame.sealed !== undefined) return stop('no-key', 'is sealed by MACsec, and no MACsec link is here')
  if (asks !== undefined) {
    const refusal = await askedRefusal(world, spot, asks, frame.packet.from)
    if (refusal !== undefined) return stop(...refusal)
    if (frame.packet.from !== '') world.memory.meet(spot, frame.packet.from, frame.from)
    return [{ go: 'host', at: spot }]
  }
  if (frame.misses === true) return stop('wrong-mac', `the port that it came in by is not ${to}`)
  if (to === '' || to === link.mac || isForMany(to)) return [{ go: 'host', at: spot }]
  return stop('wrong-mac', `is not ${to}`)
}

/** Whether a link on top of another takes its frame. */
function takes(world: World, at: Spot, upper: Link, { to, tags, packet, asks, sealed, ghost }: Frame): boolean {
  if ((!upper.up && !ghost) || tags.length > 0) return false
  const { kind } = upper
  if (kind === 'macsec' || sealed !== undefined) return kind === 'macsec' && sealed !== undefined
  if (kind === 'macvlan' || kind === 'macvtap') return isForMany(to) || to === upper.mac
  if (kind === 'ipvlan' || kind === 'ipvtap') return world.has(at, asks ?? packet.to)
  return false
}

/** Leaves by the lower link, or goes to a link beside it on the same parent. */
function beside(world: World, spot: Spot, link: Link, frame: Frame, below: Spot | Stop[]): (Next | Stop)[] {
  if (Array.isArray(below)) return below
  const meets = link.kind?.startsWith('ipv')
    ? (link.ipvlan?.modeFlag ?? 'bridge') === 'bridge'
    : link.macvlan?.mode === 'bridge'
  const siblings = [...world.above(below)].flatMap(([at, other]): Next[] => {
    if (at.place === spot.place && at.link === spot.link) return []
    if (other.kind?.slice(0, 4) !== link.kind?.slice(0, 4) || !takes(world, at, other, frame)) return []
    return [{ go: 'in', at, frame }]
  })
  const known = meets && !isForMany(frame.to) && siblings.length > 0
  return known ? siblings : [...(meets ? siblings : []), { go: 'out', at: below, frame }]
}

function through(at: Spot | Stop[], frame: Frame): (Next | Stop)[] {
  return Array.isArray(at) ? at : [{ go: 'out', at, frame }]
}

/** To the link that a filter names, or to all others of a block of filters. */
async function redirected(world: World, spot: Spot, from: Link, verdict: Elsewhere, frame: Frame): Nexts {
  const { place } = spot
  const go = verdict.direction === 'egress' ? 'out' : 'in'
  const to = (link: number): Next => ({ go, at: { place, link }, frame, text: 'sent here by a filter' })
  if (verdict.block === undefined) return [to(verdict.link)]
  const others = (await world.linksOfBlock(place, verdict.block)).filter((link) => link !== spot.link)
  if (others.length > 0) return others.map(to)
  return stopper(world, spot, from)('filtered', `a filter sends it to block ${verdict.block}, which has no other link`)
}

function carrierHint(world: World, spot: Spot, link: Link): string {
  const below = world.below(spot, link)
  const peer = below && world.link(below)
  if (link.kind === 'veth')
    return below === undefined || peer === undefined
      ? 'set its peer up'
      : world.command(below.place, `link set ${peer.name} --up`)
  if (link.kind === 'bridge') return 'no port of it is up'
  if (link.kind === 'tun' || link.kind === 'tap') return 'no program has opened it'
  return 'the link beneath it is down or has no carrier'
}

function stopper(world: World, spot: Spot, link: Link) {
  return (cause: Cause, text: string, hint?: string): Stop[] => [
    { ...world.step(spot.place, link, text), cause, ...(hint === undefined ? {} : { hint }) },
  ]
}
