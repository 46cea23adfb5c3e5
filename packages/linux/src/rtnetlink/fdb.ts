/** FDB entries: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH of family AF_BRIDGE (`linux/neighbour.h`). @module */
import {
  type CleanFdbFlush,
  type CleanFdbKey,
  type CleanFdbQuery,
  type CleanFdbSpec,
  DecodeError,
  type FdbEntry,
  type FdbFilter,
  type FdbState,
  formatIp,
  formatMac,
  type RawAttribute,
} from '@vnet/core'
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { NLM_F_BULK } from './constants.js'
import * as k from './constants-ip.js'
import { flagWords, noOther } from './ip-word.js'
import { NDMSG, neighbourAttributes, neighbourHeader } from './neighbour.js'

const a = neighbourAttributes
const NDA_DST = a.address.type
const NDA_LLADDR = a.mac.type
const NDA_CACHEINFO = a.cache.type
const NDA_VLAN = a.vlan.type
const NDA_PORT = a.port.type
const NDA_VNI = a.vni.type
const NDA_IFINDEX = a.via.type
const NDA_MASTER = a.master.type
const NDA_LINK_NETNSID = a.linkNamespaceId.type
const NDA_SRC_VNI = a.sourceVni.type
const NDA_FLAGS_EXT = a.extendedFlags.type
const NDA_NH_ID = a.nextHopId.type
const USER_HZ = 100

const states: { readonly [S in FdbState]: number } = {
  // As `bridge` sends it.
  permanent: k.NUD_PERMANENT | k.NUD_NOARP,
  static: k.NUD_NOARP | k.NUD_REACHABLE,
  dynamic: k.NUD_REACHABLE,
}

// The order in which `bridge fdb` prints them; 0x100 stands for NTF_EXT_LOCKED.
const flagsOf = flagWords([
  [k.NTF_SELF, 'self'],
  [k.NTF_ROUTER, 'router'],
  [k.NTF_EXT_LEARNED, 'extern_learn'],
  [k.NTF_OFFLOADED, 'offload'],
  [k.NTF_MASTER, 'master'],
  [k.NTF_STICKY, 'sticky'],
  [0x100, 'locked'],
])

/** What identifies the entry, behind `struct ndmsg`. */
function encodeIdentity(to: MessageWriter, spec: CleanFdbKey, via: number): void {
  to.octetsAttribute(NDA_LLADDR, spec.mac)
  if (spec.remote !== undefined) to.octetsAttribute(NDA_DST, spec.remote)
  if (spec.vlan !== undefined) to.u16Attribute(NDA_VLAN, spec.vlan)
  if (spec.port !== undefined) to.u16beAttribute(NDA_PORT, spec.port)
  if (spec.vni !== undefined) to.u32Attribute(NDA_VNI, spec.vni)
  if (spec.sourceVni !== undefined) to.u32Attribute(NDA_SRC_VNI, spec.sourceVni)
  if (via !== 0) to.u32Attribute(NDA_IFINDEX, via)
}

const whereKept = (spec: Pick<CleanFdbKey, 'self' | 'master'>): number =>
  (spec.self ? k.NTF_SELF : 0) | (spec.master ? k.NTF_MASTER : 0)

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanFdbSpec, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    const via = spec.via === undefined ? 0 : context.linkIndex(spec.via)
    to.begin(k.RTM_NEWNEIGH, NLM_F_REQUEST | (spec.append ? NLM_F_CREATE | NLM_F_APPEND : flags))
    neighbourHeader(
      to,
      k.AF_BRIDGE,
      index,
      states[spec.state ?? (spec.use ? 'dynamic' : 'permanent')],
      whereKept(spec) |
        (spec.sticky ? k.NTF_STICKY : 0) |
        (spec.externallyLearned ? k.NTF_EXT_LEARNED : 0) |
        (spec.router ? k.NTF_ROUTER : 0) |
        (spec.use ? k.NTF_USE : 0),
    )
    encodeIdentity(to, spec, via)
    if (spec.nexthop !== undefined) to.u32Attribute(NDA_NH_ID, spec.nexthop)
    to.end()
  }

function encodeDelete(to: MessageWriter, spec: CleanFdbKey, context: EncodeContext): void {
  const index = context.linkIndex(spec.link)
  const via = spec.via === undefined ? 0 : context.linkIndex(spec.via)
  to.begin(k.RTM_DELNEIGH, NLM_F_REQUEST)
  // A link that keeps entries itself refuses to delete any but permanent ones (ndo_dflt_fdb_del).
  neighbourHeader(to, k.AF_BRIDGE, index, states.permanent, whereKept(spec))
  encodeIdentity(to, spec, via)
  to.end()
}

function encodeGet(to: MessageWriter, spec: CleanFdbQuery, context: EncodeContext): void {
  const index = context.linkIndex(spec.link)
  to.begin(k.RTM_GETNEIGH, NLM_F_REQUEST)
  neighbourHeader(to, k.AF_BRIDGE, index, 0, whereKept(spec))
  to.octetsAttribute(NDA_LLADDR, spec.mac)
  if (spec.vlan !== undefined) to.u16Attribute(NDA_VLAN, spec.vlan)
  if (spec.vni !== undefined) to.u32Attribute(NDA_VNI, spec.vni)
  to.end()
}

function encodeFlush(to: MessageWriter, spec: CleanFdbFlush, context: EncodeContext): void {
  const index = context.linkIndex(spec.link)
  const port = spec.port === undefined ? 0 : context.linkIndex(spec.port)
  const states = chosen([
    [k.NUD_PERMANENT, spec.permanent],
    [k.NUD_NOARP, spec.static],
  ])
  const flags = chosen([
    // What it means here alone: somebody added it.
    [k.NTF_USE, spec.addedByUser],
    [k.NTF_EXT_LEARNED, spec.externallyLearned],
    [k.NTF_STICKY, spec.sticky],
    [k.NTF_OFFLOADED, spec.offloaded],
    [k.NTF_ROUTER, spec.router],
  ])
  to.begin(k.RTM_DELNEIGH, NLM_F_REQUEST | NLM_F_BULK)
  neighbourHeader(to, k.AF_BRIDGE, index, states.values, whereKept(spec) | flags.values)
  if (port !== 0) to.u32Attribute(NDA_IFINDEX, port)
  if (spec.vlan !== undefined) to.u16Attribute(NDA_VLAN, spec.vlan)
  if (spec.remote !== undefined) to.octetsAttribute(NDA_DST, spec.remote)
  if (spec.udpPort !== undefined) to.u16beAttribute(NDA_PORT, spec.udpPort)
  if (spec.vni !== undefined) to.u32Attribute(NDA_VNI, spec.vni)
  if (spec.sourceVni !== undefined) to.u32Attribute(NDA_SRC_VNI, spec.sourceVni)
  if (spec.nexthop !== undefined) to.u32Attribute(NDA_NH_ID, spec.nexthop)
  if (states.mask !== 0) to.u16Attribute(a.stateMask.type, states.mask)
  if (flags.mask !== 0) to.u8Attribute(a.flagsMask.type, flags.mask)
  to.end()
}

/** Bits that are meant, and which of them must be set. */
function chosen(bits: readonly (readonly [bit: number, wanted: boolean | undefined])[]): {
  readonly values: number
  readonly mask: number
} {
  const meant = bits.filter(([, wanted]) => wanted !== undefined)
  const sum = (some: typeof meant) => some.reduce((all, [bit]) => all | bit, 0)
  return { values: sum(meant.filter(([, wanted]) => wanted)), mask: sum(meant) }
}

function encodeList(to: MessageWriter, spec: FdbFilter, context: EncodeContext): void {
  const link = spec.link === undefined ? 0 : context.linkIndex(spec.link)
  const bridge = spec.bridge === undefined ? 0 : context.linkIndex(spec.bridge)
  to.begin(k.RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  neighbourHeader(to, k.AF_BRIDGE, 0, 0, 0)
  if (link !== 0) to.u32Attribute(NDA_IFINDEX, link)
  if (bridge !== 0) to.u32Attribute(NDA_MASTER, bridge)
  to.end()
}

/** The bridge is left to the kernel: which self entries belong to its ports, only it knows. */
function filter(spec: FdbFilter, context: EncodeContext): ((entry: FdbEntry) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { state, vlan } = spec
  if (link === undefined && state === undefined && vlan === undefined) return undefined
  return (entry) =>
    (link === undefined || entry.link === link) &&
    (state === undefined || entry.state === state) &&
    (vlan === undefined || entry.vlan === vlan)
}

type Draft = { -readonly [K in keyof FdbEntry]: FdbEntry[K] }

/** Reads an entry from the payload of RTM_NEWNEIGH or RTM_DELNEIGH; `undefined` for other families. */
export function decodeFdbEntry(from: Octets, start: number, end: number): FdbEntry | undefined {
  if (end - start < NDMSG) throw new DecodeError('fdb', start, `${end - start} octets, needs ${NDMSG}`)
  const { bytes } = from
  if (bytes[start] !== k.AF_BRIDGE) return undefined
  const state = from.u16(start + 8)
  let flags = bytes[start + 10] as number
  const draft: Draft = {
    link: from.u32(start + 4),
    mac: '',
    state: state & k.NUD_PERMANENT ? 'permanent' : state & k.NUD_NOARP ? 'static' : 'dynamic',
    stale: (state & k.NUD_STALE) !== 0,
    flags: [],
    other: noOther,
  }
  let other: RawAttribute[] | undefined
  for (let at = start + NDMSG; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end)
      throw new DecodeError('fdb', at, `attribute of ${length} octets in ${end - at}`)
    const value = at + 4
    const size = length - 4
    const type = from.u16(at + 2) & 0x3fff
    switch (type) {
      case NDA_LLADDR:
        draft.mac = formatMac(bytes, value, value + size)
        break
      case NDA_DST:
        if (size !== 4 && size !== 16) throw new DecodeError('fdb', value, `an IP address of ${size} octets`)
        draft.remote = formatIp(bytes, value, size)
        break
      case NDA_VLAN:
        need(value, size, 2)
        draft.vlan = from.u16(value)
        break
      case NDA_PORT:
        need(value, size, 2)
        draft.port = from.u16be(value)
        break
      case NDA_VNI:
        draft.vni = u32(from, value, size)
        break
      case NDA_SRC_VNI:
        draft.sourceVni = u32(from, value, size)
        break
      case NDA_IFINDEX:
        draft.via = u32(from, value, size)
        break
      case NDA_MASTER:
        draft.master = u32(from, value, size)
        break
      case NDA_LINK_NETNSID:
        draft.linkNamespaceId = u32(from, value, size)
        break
      case NDA_NH_ID:
        draft.nexthop = u32(from, value, size)
        break
      case NDA_CACHEINFO:
        need(value, size, 12)
        draft.used = from.u32(value + 4) / USER_HZ
        draft.updated = from.u32(value + 8) / USER_HZ
        break
      case NDA_FLAGS_EXT:
        if (u32(from, value, size) & k.NTF_EXT_LOCKED) flags |= 0x100
        break
      default:
        other ??= []
        other.push({ type, bytes: from.copy(value, value + size) })
    }
    at += (length + 3) & ~3
  }
  draft.flags = flagsOf(flags)
  if (other !== undefined) draft.other = other
  return draft
}

function need(at: number, size: number, least: number): void {
  if (size < least) throw new DecodeError('fdb', at, `${size} octets, needs ${least}`)
}

function u32(from: Octets, at: number, size: number): number {
  need(at, size, 4)
  return from.u32(at)
}

/** The codecs. */
export const fdbCodecs: {
  readonly 'fdb add': OperationCodec<'fdb add'>
  readonly 'fdb set': OperationCodec<'fdb set'>
  readonly 'fdb delete': OperationCodec<'fdb delete'>
  readonly 'fdb get': OperationCodec<'fdb get'>
  readonly 'fdb list': OperationCodec<'fdb list'>
  readonly 'fdb flush': OperationCodec<'fdb flush'>
} = {
  'fdb add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'fdb set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_REPLACE) },
  'fdb delete': { answer: 'ack', encode: encodeDelete },
  'fdb get': { answer: 'one', encode: encodeGet, decode: decodeFdbEntry, missing: ['ENOENT'] },
  'fdb list': { answer: 'dump', encode: encodeList, decode: decodeFdbEntry, filter: filter as never },
  'fdb flush': { answer: 'ack', encode: encodeFlush },
}
