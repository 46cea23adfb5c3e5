/** Reading routes. Written out, not by table: dumps of a hundred thousand are read in milliseconds (a test holds both equal). @module */
import {
  DecodeError,
  formatIp,
  type NextHopState,
  type RawAttribute,
  type Route,
  type RouteMetrics,
  routeTypes,
} from '@vnet/core'
import { readValues } from '../netlink/attribute-run.js'
import { littleEndian, type Octets } from '../netlink/octets.js'
import * as k from './constants-ip.js'
import { prefixText4, sharedIp4 } from './ip-texts.js'
import { flagWords, noFlags, noOther, protocolWord, scopeWord, tableWord } from './ip-word.js'
import { metricAttributes, metricBits, routeAttributes } from './route-attributes.js'

const RTMSG = 12
const RTNEXTHOP = 8
const RTA_DST = routeAttributes.destination.type
const RTA_SRC = routeAttributes.from.type
const RTA_IIF = routeAttributes.inputLink.type
const RTA_OIF = routeAttributes.link.type
const RTA_GATEWAY = routeAttributes.via.type
const RTA_PRIORITY = routeAttributes.metric.type
const RTA_PREFSRC = routeAttributes.source.type
const RTA_METRICS = routeAttributes.metrics.type
const RTA_MULTIPATH = routeAttributes.nextHops.type
const RTA_CACHEINFO = routeAttributes.cache.type
const RTA_TABLE = routeAttributes.table.type
const RTA_MARK = routeAttributes.mark.type
const RTA_VIA = routeAttributes.viaOther.type
const RTA_PREF = routeAttributes.preference.type
const RTA_UID = routeAttributes.uid.type
const RTA_NH_ID = routeAttributes.nextHopId.type
const USER_HZ = 100

const noNextHops: readonly NextHopState[] = Object.freeze([])

// The order in which `ip route` prints them.
const flagsOf = flagWords([
  [k.RTNH_F_DEAD, 'dead'],
  [k.RTNH_F_ONLINK, 'onlink'],
  [k.RTNH_F_PERVASIVE, 'pervasive'],
  [k.RTNH_F_OFFLOAD, 'offload'],
  [k.RTNH_F_TRAP, 'trap'],
  [k.RTM_F_NOTIFY, 'notify'],
  [k.RTNH_F_LINKDOWN, 'linkdown'],
  [k.RTNH_F_UNRESOLVED, 'unresolved'],
  [k.RTM_F_OFFLOAD, 'rt_offload'],
  [k.RTM_F_TRAP, 'rt_trap'],
])
const SHOWN = 0x7f | k.RTM_F_NOTIFY | k.RTM_F_OFFLOAD | k.RTM_F_TRAP

type Draft = { -readonly [K in keyof Route]: Route[K] }

/** Reads a route from the payload of RTM_NEWROUTE or RTM_DELROUTE; `undefined` for other families (multicast routing). */
export function decodeRoute(from: Octets, start: number, end: number): Route | undefined {
  if (end - start < RTMSG) throw new DecodeError('route', start, `${end - start} octets, needs ${RTMSG}`)
  const { bytes, view } = from
  const family = bytes[start]
  if (family !== k.AF_INET && family !== k.AF_INET6) return undefined
  const type = routeTypes[(bytes[start + 7] as number) - 1]
  if (type === undefined) return undefined
  const length = bytes[start + 1] as number
  const flags = from.u32(start + 8) & SHOWN
  let destination = 'default'
  let table = tableWord(bytes[start + 4] as number)
  let link: number | undefined
  let via: string | undefined
  let metric: number | undefined
  // What few routes have; made when the first of it comes.
  let rare: Draft | undefined
  let other: RawAttribute[] | undefined
  for (let at = start + RTMSG; end - at >= 4; ) {
    const head = view.getUint32(at, littleEndian)
    const attribute = littleEndian ? head & 0xffff : head >>> 16
    if (attribute < 4 || at + attribute > end)
      throw new DecodeError('route', at, `attribute of ${attribute} octets in ${end - at}`)
    const value = at + 4
    const size = attribute - 4
    const type = (littleEndian ? head >>> 16 : head) & 0x3fff
    switch (type) {
      case RTA_DST:
        if (length > 0) destination = prefixText(from, value, size, length)
        break
      case RTA_OIF:
        link = u32(from, value, size)
        break
      case RTA_GATEWAY:
        via = sharedIp(from, value, size)
        break
      case RTA_PRIORITY:
        metric = u32(from, value, size)
        break
      case RTA_TABLE:
        table = tableWord(u32(from, value, size))
        break
      case RTA_PREFSRC:
        rare ??= {} as Draft
        rare.source = ipText(from, value, size)
        break
      case RTA_SRC:
        rare ??= {} as Draft
        rare.from = `${ipText(from, value, size)}/${bytes[start + 2]}`
        break
      case RTA_PREF:
        need(value, size, 1)
        // Every IPv6 route carries it; medium is what it is without one.
        rare ??= {} as Draft
        rare.preference = bytes[value] === 1 ? 'high' : bytes[value] === 3 ? 'low' : 'medium'
        break
      case RTA_CACHEINFO:
        need(value, size, 12)
        if (from.s32(value + 8) > 0) {
          rare ??= {} as Draft
          rare.expires = from.s32(value + 8) / USER_HZ
        }
        break
      case RTA_METRICS:
        rare ??= {} as Draft
        rare.metrics = metrics(from, value, value + size)
        break
      case RTA_MULTIPATH:
        rare ??= {} as Draft
        rare.nextHops = nextHops(from, value, value + size)
        break
      case RTA_VIA:
        need(value, size, 6)
        via = ipText(from, value + 2, size - 2)
        break
      case RTA_IIF:
        rare ??= {} as Draft
        rare.inputLink = u32(from, value, size)
        break
      case RTA_MARK:
        rare ??= {} as Draft
        rare.mark = u32(from, value, size)
        break
      case RTA_UID:
        rare ??= {} as Draft
        rare.uid = u32(from, value, size)
        break
      case RTA_NH_ID:
        rare ??= {} as Draft
        rare.nextHopId = u32(from, value, size)
        break
      default:
        other ??= []
        other.push({ type, bytes: from.copy(value, value + size) })
    }
    at += (attribute + 3) & ~3
  }
  const version = family === k.AF_INET ? 4 : 6
  const protocol = protocolWord(bytes[start + 5] as number)
  const scope = scopeWord(bytes[start + 6] as number)
  const tos = bytes[start + 3] as number
  const words = flags === 0 ? noFlags : flagsOf(flags)
  // The usual shapes are written out: an object made in one piece costs half of one that grows.
  if (rare === undefined && other === undefined && link !== undefined && via !== undefined && metric === undefined) {
    return {
      family: version,
      type,
      destination,
      nextHops: noNextHops,
      table,
      protocol,
      scope,
      tos,
      flags: words,
      other: noOther,
      link,
      via,
    }
  }
  const route: Draft = {
    family: version,
    type,
    destination,
    nextHops: noNextHops,
    table,
    protocol,
    scope,
    tos,
    flags: words,
    other: other ?? noOther,
  }
  if (link !== undefined) route.link = link
  if (via !== undefined) route.via = via
  if (metric !== undefined) route.metric = metric
  return rare === undefined ? route : Object.assign(route, rare)
}

function metrics(from: Octets, start: number, end: number): RouteMetrics {
  const values = readValues(metricAttributes, from, start, end, 'route.metrics')
  const { lock, ...rest } = values as { lock?: number } & RouteMetrics
  if (lock === undefined) return rest
  const locked = Object.entries(metricBits)
    .filter(([, bit]) => lock & bit)
    .map(([name]) => name)
  return { ...rest, lock: locked as NonNullable<RouteMetrics['lock']> }
}

function nextHops(from: Octets, start: number, end: number): NextHopState[] {
  const hops: NextHopState[] = []
  for (let at = start; end - at >= RTNEXTHOP; ) {
    const length = from.u16(at)
    if (length < RTNEXTHOP || at + length > end)
      throw new DecodeError('route.nextHops', at, `a way of ${length} octets in ${end - at}`)
    const flags = from.bytes[at + 2] as number
    const hop: { -readonly [K in keyof NextHopState]: NextHopState[K] } = {
      link: from.u32(at + 4),
      weight: (from.bytes[at + 3] as number) + 1,
      flags: flags === 0 ? noFlags : flagsOf(flags),
    }
    const values = readValues(gatewayAttributes, from, at + RTNEXTHOP, at + length, 'route.nextHops')
    const other = values.viaOther as Uint8Array | undefined
    if (values.via !== undefined) hop.via = values.via as string
    else if (other !== undefined && (other.length === 6 || other.length === 18))
      hop.via = formatIp(other, 2, other.length - 2)
    hops.push(hop)
    at += (length + 3) & ~3
  }
  return hops
}

const gatewayAttributes = { via: routeAttributes.via, viaOther: routeAttributes.viaOther }

function ipText(from: Octets, at: number, size: number): string {
  needIp(at, size)
  return formatIp(from.bytes, at, size)
}

/** As {@link ipText}, for addresses that come again and again. */
function sharedIp(from: Octets, at: number, size: number): string {
  needIp(at, size)
  return size === 4 ? sharedIp4(from, at) : formatIp(from.bytes, at, size)
}

function prefixText(from: Octets, at: number, size: number, length: number): string {
  needIp(at, size)
  return size === 4 ? prefixText4(from, at, length) : `${formatIp(from.bytes, at, size)}/${length}`
}

function needIp(at: number, size: number): void {
  if (size !== 4 && size !== 16) throw new DecodeError('route', at, `an IP address of ${size} octets`)
}

function u32(from: Octets, at: number, size: number): number {
  if (size < 4) throw new DecodeError('route', at, `${size} octets, needs 4`)
  return from.u32(at)
}

function need(at: number, size: number, least: number): void {
  if (size < least) throw new DecodeError('route', at, `${size} octets, needs ${least}`)
}
