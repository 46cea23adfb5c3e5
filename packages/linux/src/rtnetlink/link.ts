/** Requests about links as messages, and their answers (`ip link`; RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINKPROP). @module */
import {
  type BridgePortOptions,
  type ChangeableProperty,
  type CleanLinkChange,
  type CleanLinkSpec,
  changeableProperties,
  factsOf,
  type Link,
  type LinkFilter,
  type LinkQuery,
  type RawAttribute,
} from '@vnet/core'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { Codecs, EncodeContext } from './codec.js'
import {
  AF_BRIDGE,
  IFNAMSIZ,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTEXT_FILTER_SKIP_STATS,
  RTM_DELLINK,
  RTM_DELLINKPROP,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_NEWLINKPROP,
  RTM_SETLINK,
} from './constants.js'
import { bondPort } from './kind/bond-port.js'
import { bridgePort } from './kind/bridge-port.js'
import { linkKinds } from './kind/index.js'
import type { LinkKind } from './kind/kind.js'
import { peerOf, writePeer } from './kind/veth.js'
import { linkAttributes as a, ifinfomsg, linkInfoAttributes as info, unusedLinkAttributes } from './link-attributes.js'
import { decodeLinkMessage } from './link-decode.js'
import { writeLinkHeader, writeLinkSettings } from './link-settings.js'
import { writeStruct } from './struct.js'

const IFLA_PROTINFO = unusedLinkAttributes.protocolInfo?.type as number

/** Options as a request holds them: under the name of the kind's property. */
type Options = Readonly<Record<string, object | undefined>>

function encodeAdd(to: MessageWriter, spec: CleanLinkSpec, context: EncodeContext): void {
  if (spec.kind === 'tun' || spec.kind === 'tap') throw new TypeError(`netlink cannot make a ${spec.kind} link`)
  to.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL)
  writeLinkHeader(to, spec, spec.index ?? 0)
  writeLinkSettings(to, spec, context)
  const nest = to.nest(a.linkInfo.type)
  info.kind.write(to, spec.kind)
  const data = to.nest(info.data.type)
  writeKind(to, spec, context)
  endData(to, data)
  to.endNest(nest)
  to.end()
}

/** What is in `IFLA_INFO_DATA` of a new link. */
function writeKind(to: MessageWriter, spec: CleanLinkSpec, context: EncodeContext): void {
  const kind = linkKinds.get(spec.kind)
  const peer = peerOf(spec)
  if (peer !== undefined) writePeer(to, peer, context)
  else if (kind?.encode !== undefined) kind.encode(to, (spec as unknown as Options)[kind.property] ?? {}, context, true)
  else if ('data' in spec && spec.data !== undefined) writeRaw(to, spec.data)
}

/** Ends `IFLA_INFO_DATA`; where nothing is in it, it is left out. */
function endData(to: MessageWriter, nest: number): void {
  if (to.isEmpty(nest)) to.length = nest
  else to.endNest(nest)
}

function writeRaw(to: MessageWriter, data: readonly RawAttribute[]): void {
  for (const { type, bytes } of data) to.octetsAttribute(type, bytes)
}

/** What an {@link EncodeContext} may know besides. */
export interface KindContext extends EncodeContext {
  /** The link with this index as it is before the change, where {@link needsLink} asked for it. */
  linkBefore?(index: number): Link | undefined
}

/**
 * The property of the options in a change that another kind has than the link's. The kernel refuses that too, but some
 * kinds look first at what is only there when they have been read (a session of an ERSPAN).
 */
export function foreignProperty(change: CleanLinkChange, link: Link): ChangeableProperty | undefined {
  const property = changedKind(change)
  return property !== undefined && link[property] === undefined && linkKinds.get(property)?.replaces
    ? property
    : undefined
}

/**
 * Whether a change needs to know the link as it is: the kernel wants to hear the kind, and the options do not tell it
 * (macvlan and macvtap share theirs, ipvlan and ipvtap too); or the options replace all those of before.
 */
export function needsLink(change: CleanLinkChange): boolean {
  const property = changedKind(change)
  return property !== undefined && (twinOf(property) !== undefined || linkKinds.get(property)?.replaces === true)
}

/** The kind that shares the options of a property: macvtap those of macvlan. */
const twinOf = (property: ChangeableProperty): string | undefined => factsOf(property)?.twin

function encodeSet(to: MessageWriter, spec: CleanLinkChange, context: KindContext): void {
  const index = context.linkIndex(spec.link)
  if (onlyAltNames(spec)) {
    encodeAltNames(to, spec, index)
    return
  }
  if (spec.port?.state !== undefined && only(spec, ['link', 'port'])) {
    encodePortState(to, spec.port, index, context)
    return
  }
  // RTM_NEWLINK without CREATE, not RTM_SETLINK: the latter ignores LINKINFO in silence (rust-netlink/rtnetlink#98).
  to.begin(RTM_NEWLINK, NLM_F_REQUEST)
  writeLinkHeader(to, spec, index)
  writeLinkSettings(to, spec, context)
  if (spec.alias !== undefined) a.alias.write(to, spec.alias)
  if (spec.carrier !== undefined) a.carrier.write(to, spec.carrier)
  const changed = changedKind(spec)
  if (changed !== undefined || spec.port !== undefined || spec.bondPort !== undefined) {
    const nest = to.nest(a.linkInfo.type)
    if (changed !== undefined) writeKindChange(to, changed, spec, index, context)
    if (spec.port !== undefined) writePort(to, 'bridge', bridgePort, spec.port, context)
    if (spec.bondPort !== undefined) writePort(to, 'bond', bondPort, spec.bondPort, context)
    to.endNest(nest)
  }
  to.end()
}

/** The kind whose options a change holds, by the property. */
const changedKind = (spec: CleanLinkChange) => changeableProperties.find((property) => spec[property] !== undefined)

function writeKindChange(
  to: MessageWriter,
  property: ChangeableProperty,
  spec: CleanLinkChange,
  index: number,
  context: KindContext,
): void {
  const before = context.linkBefore?.(index)
  const word = before?.kind !== undefined && before.kind === twinOf(property) ? before.kind : property
  const kind = linkKinds.get(word) as LinkKind<object, object>
  const options = changedOptions(kind, before?.[property], spec[property] as object)
  info.kind.write(to, word)
  const data = to.nest(info.data.type)
  kind.encode?.(to, options, context, false)
  endData(to, data)
}

/** What is sent for a change: with it, what the kernel would take for left out. */
function changedOptions(kind: LinkKind<object, object>, before: object | undefined, change: object): object {
  if (kind.replaces) return { ...before, ...change }
  const together = kind.together as readonly string[] | undefined
  if (before === undefined || !together?.some((name) => name in change)) return change
  return { ...Object.fromEntries(Object.entries(before).filter(([name]) => together.includes(name))), ...change }
}

function writePort<Options>(
  to: MessageWriter,
  master: string,
  kind: LinkKind<Options, unknown>,
  options: Options,
  context: EncodeContext,
): void {
  info.portKind.write(to, master)
  const nest = to.nest(info.port.type)
  kind.encode?.(to, options, context, false)
  to.endNest(nest)
}

/** Whether a change adds or removes alternative names and does nothing else; such is a message of its own. */
function onlyAltNames(spec: CleanLinkChange): boolean {
  for (const field in spec)
    if (field !== 'link' && field !== 'addAltNames' && field !== 'deleteAltNames') {
      if (spec[field as keyof CleanLinkChange] !== undefined) return false
    }
  return spec.addAltNames !== undefined || spec.deleteAltNames !== undefined
}

/**
 * A change with a port's STP state, as `bridge link set` sends it. Behind RTM_NEWLINK the kernel looks at the carrier again
 * and enables a port that was just disabled (`br_port_carrier_check`).
 */
function encodePortState(to: MessageWriter, port: BridgePortOptions, index: number, context: EncodeContext): void {
  to.begin(RTM_SETLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, { family: AF_BRIDGE, index })
  const nest = to.nest(IFLA_PROTINFO)
  bridgePort.encode?.(to, port, context, false)
  to.endNest(nest)
  to.end()
}

/** Whether a change says nothing but these fields. */
function only(spec: CleanLinkChange, fields: readonly string[]): boolean {
  return Object.entries(spec).every(([field, value]) => value === undefined || fields.includes(field))
}

function encodeAltNames(to: MessageWriter, spec: CleanLinkChange, index: number): void {
  const names = spec.addAltNames ?? spec.deleteAltNames ?? []
  if (spec.addAltNames !== undefined)
    to.begin(RTM_NEWLINKPROP, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND)
  else to.begin(RTM_DELLINKPROP, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, { index })
  const nest = to.nest(a.properties.type)
  for (const name of names) a.altName.write(to, name)
  to.endNest(nest)
  to.end()
}

function encodeDelete(to: MessageWriter, index: number): void {
  to.begin(RTM_DELLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, { index })
  to.end()
}

/** Appends a change of the group alone, of the link with this index. */
export function linkRegroup(to: MessageWriter, index: number, group: number): void {
  to.begin(RTM_SETLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, { index })
  a.group.write(to, group)
  to.end()
}

/**
 * Appends the message that deletes every link of a group at once. Deleting 60 veth pairs so takes 24 ms, one by one 1.1 s:
 * each single deletion waits for an RCU grace period. The kernel refuses group 0.
 */
export function linkDeleteByGroup(to: MessageWriter, group: number): void {
  to.begin(RTM_DELLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, {})
  a.group.write(to, group)
  to.end()
}

const encoder = new TextEncoder()

function encodeGet(to: MessageWriter, query: LinkQuery): void {
  const { link } = query
  if (typeof link === 'string' && encoder.encode(link).length >= IFNAMSIZ) {
    linkGetByAltName(to, query, link)
    return
  }
  to.begin(RTM_GETLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, { index: typeof link === 'number' ? link : 0 })
  if (typeof link === 'string') a.name.write(to, link)
  writeMask(to, query.statistics)
  to.end()
}

/**
 * Appends a `link get` by alternative name: IFLA_ALT_IFNAME *instead of* IFLA_IFNAME (vishvananda/netlink#988). Names of
 * 16 octets or more are always asked for so; shorter ones the kernel finds by either.
 */
export function linkGetByAltName(to: MessageWriter, query: Pick<LinkQuery, 'statistics'>, name: string): void {
  to.begin(RTM_GETLINK, NLM_F_REQUEST)
  writeStruct(to, ifinfomsg, {})
  a.altName.write(to, name)
  writeMask(to, query.statistics)
  to.end()
}

/** Virtual functions are never asked for: with many of them the answer of a `get` does not fit (vishvananda/netlink#1059). */
function writeMask(to: MessageWriter, statistics: boolean | undefined): void {
  if (statistics !== true) a.extendedMask.write(to, RTEXT_FILTER_SKIP_STATS)
}

function encodeList(to: MessageWriter, filter: LinkFilter, context: EncodeContext): void {
  to.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP)
  // Strict checking wants all of the header zero.
  writeStruct(to, ifinfomsg, {})
  writeMask(to, filter.statistics)
  if (filter.master !== undefined) a.master.write(to, context.linkIndex(filter.master))
  if (filter.kind !== undefined) {
    const nest = to.nest(a.linkInfo.type)
    // The kernel has one word for both.
    info.kind.write(to, filter.kind === 'tap' ? 'tun' : filter.kind)
    to.endNest(nest)
  }
  to.end()
}

/** What the kernel cannot filter, and what older kernels do not (before 4.20, or where the kind's module is not loaded). */
function filterOf(filter: LinkFilter, context: EncodeContext): ((link: Link) => boolean) | undefined {
  const { kind, up, group } = filter
  if (kind === undefined && up === undefined && group === undefined && filter.master === undefined) return undefined
  const master = filter.master === undefined ? undefined : context.linkIndex(filter.master)
  return (link) =>
    (kind === undefined || link.kind === kind) &&
    (up === undefined || link.up === up) &&
    (group === undefined || link.group === group) &&
    (master === undefined || link.master === master)
}

/** Some kernels tell the counters of a single link although they were asked not to. */
const decode = (
  from: Octets,
  start: number,
  end: number,
  type: number,
  spec: LinkQuery | LinkFilter,
): Link | undefined => decodeLinkMessage(from, start, end, type, spec.statistics === true)
/** The echo of a new link is a notification, which always tells the counters; nobody asked for them. */
const decodeEcho = (from: Octets, start: number, end: number, type: number): Link | undefined =>
  decodeLinkMessage(from, start, end, type, false)

/** Kernels before 6.9 go through a table of 256 lists, by the last octet of the index. */
const byIndex = (a: Link, b: Link): number => a.index - b.index

/** The codecs of the link operations. */
export const linkCodecs: Pick<Codecs, 'link add' | 'link set' | 'link delete' | 'link get' | 'link list'> = {
  'link add': { answer: 'echo', encode: encodeAdd, decode: decodeEcho },
  'link set': { answer: 'ack', encode: encodeSet },
  'link delete': { answer: 'ack', encode: (to, spec, context) => encodeDelete(to, context.linkIndex(spec.link)) },
  'link get': { answer: 'one', encode: encodeGet, decode, missing: ['ENODEV'] },
  'link list': { answer: 'dump', encode: encodeList, decode, filter: filterOf, order: byIndex },
}
