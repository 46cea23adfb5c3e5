/** From multicast messages to events. @module */
import type { BridgePortState, DriverEvent } from '@vnet/core'
import { DecodeError } from '@vnet/core'
import { forEachAttribute } from '../netlink/attribute-run.js'
import { NLM_F_REPLACE, NLMSG_OVERRUN } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import { decodeAddress } from './address.js'
import { decodeBridgeVlans } from './bridge-vlan.js'
import { decodeBridgeVnis } from './bridge-vni.js'
import { RTM_DELMDB, RTM_DELTUNNEL, RTM_DELVLAN, RTM_NEWMDB, RTM_NEWTUNNEL, RTM_NEWVLAN } from './constants-bridge.js'
import * as k from './constants-ip.js'
import { decodeFdbEntry } from './fdb.js'
import { bridgePort } from './kind/bridge-port.js'
import { decodeLinkMessage } from './link-decode.js'
import { decodeMdbEntries, decodeMdbRouters } from './mdb.js'
import { decodeNeighbour } from './neighbour.js'
import { decodeRoute } from './route-decode.js'
import { decodeRule } from './rule.js'
import { decodeActionEvents } from './traffic/action-message.js'
import { decodeClass } from './traffic/class.js'
import {
  RTM_DELACTION,
  RTM_DELQDISC,
  RTM_DELTCLASS,
  RTM_DELTFILTER,
  RTM_NEWACTION,
  RTM_NEWQDISC,
  RTM_NEWTCLASS,
  RTM_NEWTFILTER,
} from './traffic/constants.js'
import { decodeFilter } from './traffic/filter.js'
import { decodeQdisc } from './traffic/qdisc.js'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const IFLA_PROTINFO = 12

const none: readonly DriverEvent[] = []

/** The events that a message means: one for almost all, several for a range of VLANs; none for one that is none of ours. */
export function decodeEvents(
  from: Octets,
  start: number,
  end: number,
  type: number,
  flags: number,
): readonly DriverEvent[] {
  if (type === RTM_NEWVLAN || type === RTM_DELVLAN) {
    return decodeBridgeVlans(from, start, end).map(
      (vlan) => event('bridgeVlan', type === RTM_NEWVLAN, vlan) as DriverEvent,
    )
  }
  if (type === RTM_NEWTUNNEL || type === RTM_DELTUNNEL) {
    return decodeBridgeVnis(from, start, end).map(
      (vni) => event('bridgeVni', type === RTM_NEWTUNNEL, vni) as DriverEvent,
    )
  }
  if (type === RTM_NEWMDB || type === RTM_DELMDB) {
    const set = type === RTM_NEWMDB
    return [
      ...decodeMdbEntries(from, start, end).map((entry) => event('mdb', set, entry) as DriverEvent),
      ...decodeMdbRouters(from, start, end).map((router) => event('mdbRouter', set, router) as DriverEvent),
    ]
  }
  if (type === RTM_NEWACTION || type === RTM_DELACTION) return decodeActionEvents(from, start, end, type)
  const one = decodeEvent(from, start, end, type, flags)
  return one === undefined ? none : [one]
}

function decodeEvent(from: Octets, start: number, end: number, type: number, flags: number): DriverEvent | undefined {
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (from.bytes[start] === k.AF_BRIDGE) return type === RTM_NEWLINK ? portEvent(from, start, end) : undefined
      // Wireless events are none. Nobody asked for counters.
      return event('link', type === RTM_NEWLINK, decodeLinkMessage(from, start, end, type, false))
    case k.RTM_NEWADDR:
    case k.RTM_DELADDR:
      return event('address', type === k.RTM_NEWADDR, decodeAddress(from, start, end))
    case k.RTM_NEWROUTE:
    case k.RTM_DELROUTE:
      return routeEvent(from, start, end, type, flags)
    case k.RTM_NEWRULE:
    case k.RTM_DELRULE:
      return event('rule', type === k.RTM_NEWRULE, decodeRule(from, start, end))
    case k.RTM_NEWNEIGH:
    case k.RTM_DELNEIGH:
      return from.bytes[start] === k.AF_BRIDGE
        ? event('fdb', type === k.RTM_NEWNEIGH, decodeFdbEntry(from, start, end))
        : event('neighbour', type === k.RTM_NEWNEIGH, decodeNeighbour(from, start, end))
    case RTM_NEWQDISC:
    case RTM_DELQDISC:
      return event('qdisc', type === RTM_NEWQDISC, decodeQdisc(from, start, end))
    case RTM_NEWTCLASS:
    case RTM_DELTCLASS:
      return event('class', type === RTM_NEWTCLASS, decodeClass(from, start, end))
    case RTM_NEWTFILTER:
    case RTM_DELTFILTER:
      return event('filter', type === RTM_NEWTFILTER, decodeFilter(from, start, end))
    case NLMSG_OVERRUN:
      return { kind: 'lost' }
    default:
      return undefined
  }
}

/**
 * What a bridge tells of a port by itself (`br_ifinfo_notify`): STP moves it on, or a program does by RTM_SETLINK. No
 * message of the link comes with it.
 */
function portEvent(from: Octets, start: number, end: number): DriverEvent | undefined {
  if (end - start < 16) throw new DecodeError('port', start, `a header of ${end - start} octets, needs 16`)
  let port: BridgePortState | undefined
  forEachAttribute(from, start + 16, end, 'port', (type, at, stop) => {
    if (type === IFLA_PROTINFO) port = bridgePort.decode(from, at, stop)
  })
  return port === undefined ? undefined : { kind: 'port set', group: 'link', link: from.s32(start + 4), port }
}

function routeEvent(from: Octets, start: number, end: number, type: number, flags: number): DriverEvent | undefined {
  // Cached results of look-ups are no routes.
  if (end - start >= 12 && from.u32(start + 8) & k.RTM_F_CLONED) return undefined
  const found = event('route', type === k.RTM_NEWROUTE, decodeRoute(from, start, end))
  if (found === undefined || type === k.RTM_DELROUTE || !(flags & NLM_F_REPLACE)) return found
  return { ...found, replaces: true } as DriverEvent
}

function event(group: string, set: boolean, object: unknown): DriverEvent | undefined {
  return object === undefined
    ? undefined
    : ({ kind: `${group} ${set ? 'set' : 'delete'}`, group, object } as DriverEvent)
}
