/** Which ports of a bridge a frame leaves by (`net/bridge`; IEEE 802.1Q § 8). @module */
import type { BridgeVlan, FdbEntry, Link, MacFilter } from '@vnet/core'
import type { Cause } from './explanation.js'
import { everybody, type Frame, isForMany, isTooLong, type Next, type Refusal } from './frame.js'
import type { Spot, World } from './world.js'

/** What a bridge does with a frame that came by a port, or from the bridge's own host. */
export async function bridged(
  world: World,
  place: number,
  bridge: Link,
  from: Link,
  frame: Frame,
): Promise<(Next | Refusal)[]> {
  const own = from.index === bridge.index
  const others = world.ports(place, bridge.index).filter((port) => port.index !== from.index)
  const ghost: Frame = { ...frame, tags: [], ghost: true }
  const itself: Next = { go: 'in', at: { place, link: bridge.index }, frame: ghost }
  const by = (port: Link): Next => ({ go: 'out', at: { place, link: port.index }, frame: ghost })
  if (frame.ghost) return own ? others.map(by) : [...others.map(by), itself]
  const vlans = bridge.bridge?.vlanFiltering === true ? await world.vlans(place) : undefined
  const stop = (link: Link, cause: Cause, text: string, hint?: string): Refusal => ({
    ...world.step(place, link, text),
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
  const state = from.port?.state
  if (!own && state !== 'forwarding')
    return [stop(from, 'port-blocked', `the port is ${state}: what comes in is dropped`)]
  const filter = own ? undefined : await world.macFilter(place, from.name)
  const unwelcome = filter && macRefusal(filter, frame.from)
  if (unwelcome !== undefined) {
    const hint = world.command(place, `mac-filter set ${from.name} …`)
    return [stop(from, 'filtered', unwelcome, hint)]
  }
  const vlan = vlans === undefined ? undefined : (frame.tags[0] ?? pvidOf(vlans, from))
  if (vlans !== undefined && vlan === undefined)
    return [
      stop(
        from,
        'vlan-filtered',
        'has no VLAN for frames without a tag',
        world.command(place, `${addVlan(from, bridge, 1)} --pvid --untagged`),
      ),
    ]
  if (vlans !== undefined && memberOf(vlans, from, vlan) === undefined)
    return [stop(from, 'vlan-filtered', `is not in VLAN ${vlan}`, world.command(place, addVlan(from, bridge, vlan)))]
  const inner: Frame = vlans === undefined ? frame : { ...frame, tags: frame.tags.slice(1) }

  const fdb = (await world.fdb(place)).filter((entry) => entry.master === bridge.index && fits(entry, vlan))
  if (!own && from.port?.locked === true && !fdb.some(({ mac, link }) => mac === frame.from && link === from.index))
    return [stop(from, 'port-refuses', `is locked, and no entry lets ${frame.from} in`)]

  if (!own && learns(from.port) && !fdb.some((entry) => entry.mac === frame.from && isFixed(entry)))
    world.memory.hear({ place, link: bridge.index }, vlan, frame.from, from.index)

  const toBridge = (): Next | Refusal => {
    const member = vlans === undefined ? undefined : memberOf(vlans, bridge, vlan)
    if (vlans !== undefined && member === undefined)
      return {
        ...stop(
          bridge,
          'vlan-filtered',
          `the bridge itself is not in VLAN ${vlan}`,
          world.command(place, addVlan(bridge, bridge, vlan)),
        ),
        beyond: itself,
      }
    return { go: 'in', at: { place, link: bridge.index }, frame: tagged(inner, member, vlan) }
  }
  const toPort = (port: Link, text: string): Next | Refusal => {
    const refused = refusal(from, port, own)
    if (refused !== undefined) return { ...stop(port, ...refused), beyond: by(port) }
    const member = vlans === undefined ? undefined : memberOf(vlans, port, vlan)
    if (vlans !== undefined && member === undefined)
      return {
        ...stop(port, 'vlan-filtered', `is not in VLAN ${vlan}`, world.command(place, addVlan(port, bridge, vlan))),
        beyond: by(port),
      }
    const out = tagged(inner, member, vlan)
    if (isTooLong(out, port))
      return {
        ...stop(port, 'too-big', `${out.packet.size} octets are more than its MTU of ${port.mtu}`),
        beyond: by(port),
      }
    return { go: 'out', at: { place, link: port.index }, frame: out, text }
  }

  const ports = from.port?.hairpin === true ? [...others, from] : others
  const listed = isForMany(frame.to) ? undefined : fdb.find(({ mac }) => mac === frame.to)
  const heard = isForMany(frame.to) ? undefined : world.memory.port({ place, link: bridge.index }, vlan, frame.to)
  const known = heard === undefined ? listed : { link: heard, state: 'reachable' }
  const within = vlan === undefined ? '' : ` in VLAN ${vlan}`
  if (known !== undefined && known.state === 'permanent') return own ? [] : [toBridge()]
  if (known !== undefined) {
    const port = world.link({ place, link: known.link })
    return port === undefined ? [] : [toPort(port, `${bridge.name}: ${frame.to} is known here${within}`)]
  }
  const floods = ports.map((port): Next | Refusal => {
    const word = floodOf(frame.to)
    // What the bridge's own host sends to many goes to all.
    if (port.port?.[word] === false && !(own && isForMany(frame.to)))
      return { ...stop(port, 'port-refuses', `is not flooded (${word} is off)`), beyond: by(port) }
    return toPort(port, `${bridge.name}: flooded${within}`)
  })
  return isForMany(frame.to) && !own ? [...floods, toBridge()] : floods
}

/** Why a MAC filter does not let a station send; `undefined` where it does. */
function macRefusal({ allow, deny }: MacFilter, mac: string): string | undefined {
  if (deny?.includes(mac) === true) return `the MAC filter denies ${mac}`
  if (allow !== undefined && !allow.includes(mac)) return `the MAC filter does not allow ${mac}`
  return undefined
}

/** A port that is locked lets nobody new in, whatever it learns. */
const learns = (port: Link['port']): boolean => port?.learning === true && port.locked !== true

/** Entries that no frame moves: those of the bridge itself, and those that are to stay. */
const isFixed = ({ state, flags }: FdbEntry): boolean => state === 'permanent' || flags.includes('sticky')

/** How a port, or the bridge itself, gets into a VLAN. */
function addVlan(link: Link, bridge: Link, vlan: number | undefined): string {
  return `bridge vlan add ${vlan} --on ${link.name}${link.index === bridge.index ? ' --self' : ''}`
}

/** Which flag of a port decides whether it gets the frame unasked. */
function floodOf(mac: string): 'flood' | 'multicastFlood' | 'broadcastFlood' {
  if (mac === everybody) return 'broadcastFlood'
  return isForMany(mac) ? 'multicastFlood' : 'flood'
}

/** Why a port does not send the frame. */
function refusal(from: Link, port: Link, own: boolean): [Cause, string] | undefined {
  const { state } = port.port ?? {}
  if (state !== 'forwarding') return ['port-blocked', `the port is ${state}: nothing leaves by it`]
  if (!own && from.index === port.index && port.port?.hairpin !== true)
    return ['port-refuses', 'the frame came by this port, and does not go back']
  if (!own && from.port?.isolated === true && port.port?.isolated === true)
    return ['port-refuses', `is isolated, as ${from.name} is`]
  return undefined
}

function tagged(frame: Frame, member: BridgeVlan | undefined, vlan: number | undefined): Frame {
  return member === undefined || member.untagged ? frame : { ...frame, tags: [vlan as number, ...frame.tags] }
}

function pvidOf(vlans: readonly BridgeVlan[], link: Link): number | undefined {
  return vlans.find((each) => each.link === link.index && each.pvid)?.vlan
}

function memberOf(vlans: readonly BridgeVlan[], link: Link, vlan: number | undefined): BridgeVlan | undefined {
  return vlans.find((each) => each.link === link.index && each.vlan === vlan)
}

/** Entries of a VLAN count there; without filtering those without one. */
function fits(entry: FdbEntry, vlan: number | undefined): boolean {
  return vlan === undefined ? entry.vlan === undefined : entry.vlan === vlan
}

/** The bridge that a link is a port of. */
export function bridgeOf(world: World, { place }: Spot, link: Link): Link | undefined {
  if (link.master === undefined) return undefined
  const master = world.link({ place, link: link.master })
  return master?.kind === 'bridge' ? master : undefined
}
