/** Neighbours: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH of the IP families (`linux/neighbour.h`). @module */
import {
  type CleanNeighbourKey,
  type CleanNeighbourSpec,
  DecodeError,
  formatIp,
  formatMac,
  type Neighbour,
  type NeighbourFilter,
  type NeighbourState,
  type RawAttribute,
} from '@vnet/core'
import { attributes, ip, mac, octets, s32, u8, u16, u16be, u32 } from '../netlink/attribute.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import * as k from './constants-ip.js'
import { familyNumber, flagWords, noOther } from './ip-word.js'

/** Size of `struct ndmsg`. */
export const NDMSG = 12

/** Attributes of neighbours and FDB entries, enum NDA_*. */
export const neighbourAttributes = attributes({
  address: ip(1, 'NDA_DST'),
  mac: mac(2, 'NDA_LLADDR'),
  cache: octets(3, 'NDA_CACHEINFO'),
  probes: u32(4, 'NDA_PROBES'),
  vlan: u16(5, 'NDA_VLAN'),
  port: u16be(6, 'NDA_PORT'),
  vni: u32(7, 'NDA_VNI'),
  via: u32(8, 'NDA_IFINDEX'),
  master: u32(9, 'NDA_MASTER'),
  linkNamespaceId: s32(10, 'NDA_LINK_NETNSID'),
  sourceVni: u32(11, 'NDA_SRC_VNI'),
  protocol: u8(12, 'NDA_PROTOCOL'),
  nextHopId: u32(13, 'NDA_NH_ID'),
  fdbAttributes: octets(14, 'NDA_FDB_EXT_ATTRS'),
  extendedFlags: u32(15, 'NDA_FLAGS_EXT'),
  stateMask: u16(16, 'NDA_NDM_STATE_MASK'),
  flagsMask: u8(17, 'NDA_NDM_FLAGS_MASK'),
})
const NDA_DST = neighbourAttributes.address.type
const NDA_LLADDR = neighbourAttributes.mac.type
const NDA_CACHEINFO = neighbourAttributes.cache.type
const NDA_PROBES = neighbourAttributes.probes.type
const NDA_PROTOCOL = neighbourAttributes.protocol.type
const NDA_FLAGS_EXT = neighbourAttributes.extendedFlags.type

const states: { readonly [S in NeighbourState]: number } = {
  none: 0,
  incomplete: k.NUD_INCOMPLETE,
  reachable: k.NUD_REACHABLE,
  stale: k.NUD_STALE,
  delay: k.NUD_DELAY,
  probe: k.NUD_PROBE,
  failed: k.NUD_FAILED,
  noarp: k.NUD_NOARP,
  permanent: k.NUD_PERMANENT,
}
const stateWords = new Map(Object.entries(states).map(([word, number]) => [number, word as NeighbourState]))

// The order in which `ip neighbour` prints them; 0x100 stands for NTF_EXT_MANAGED.
const flagsOf = flagWords([
  [k.NTF_ROUTER, 'router'],
  [k.NTF_PROXY, 'proxy'],
  [0x100, 'managed'],
  [k.NTF_EXT_LEARNED, 'extern_learn'],
  [k.NTF_OFFLOADED, 'offload'],
])

/** `struct ndmsg`. */
export function neighbourHeader(to: MessageWriter, family: number, index: number, state: number, flags: number): void {
  to.u8(family)
  to.zeros(3)
  to.u32(index)
  to.u16(state)
  to.u8(flags)
  to.u8(0)
}

const encodeSpec =
  (flags: number) =>
  (to: MessageWriter, spec: CleanNeighbourSpec, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    to.begin(k.RTM_NEWNEIGH, NLM_F_REQUEST | flags)
    neighbourHeader(
      to,
      spec.address.length === 4 ? k.AF_INET : k.AF_INET6,
      index,
      states[spec.state ?? 'permanent'],
      (spec.proxy ? k.NTF_PROXY : 0) |
        (spec.router ? k.NTF_ROUTER : 0) |
        (spec.externallyLearned ? k.NTF_EXT_LEARNED : 0),
    )
    to.octetsAttribute(NDA_DST, spec.address)
    if (spec.mac !== undefined) to.octetsAttribute(NDA_LLADDR, spec.mac)
    to.end()
  }

const encodeKey =
  (message: number) =>
  (to: MessageWriter, spec: CleanNeighbourKey, context: EncodeContext): void => {
    const index = context.linkIndex(spec.link)
    to.begin(message, NLM_F_REQUEST)
    const state = message === k.RTM_DELNEIGH ? k.NUD_PERMANENT : 0
    neighbourHeader(to, spec.address.length === 4 ? k.AF_INET : k.AF_INET6, index, state, spec.proxy ? k.NTF_PROXY : 0)
    to.octetsAttribute(NDA_DST, spec.address)
    to.end()
  }

function encodeList(to: MessageWriter, spec: NeighbourFilter, context: EncodeContext): void {
  const index = spec.link === undefined ? 0 : context.linkIndex(spec.link)
  to.begin(k.RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  neighbourHeader(to, familyNumber(spec.family), 0, 0, spec.proxy ? k.NTF_PROXY : 0)
  // The filter of strict checking; proxy entries cannot be filtered by link there.
  if (index !== 0 && !spec.proxy) neighbourAttributes.via.write(to, index)
  to.end()
}

function filter(spec: NeighbourFilter, context: EncodeContext): ((neighbour: Neighbour) => boolean) | undefined {
  const link = spec.link === undefined ? undefined : context.linkIndex(spec.link)
  const { family, state, proxy } = spec
  return (neighbour) =>
    (link === undefined || neighbour.link === link) &&
    (family === undefined || neighbour.family === family) &&
    neighbour.flags.includes('proxy') === (proxy === true) &&
    (proxy === true || shown(neighbour, state))
}

/** As `ip neighbour`: entries that need no resolution, or never began it, are hidden unless asked for. */
function shown(neighbour: Neighbour, state: NeighbourState | undefined): boolean {
  if (state !== undefined) return neighbour.state === state
  const hidden = neighbour.state === 'noarp' || neighbour.state === 'none'
  return !hidden || neighbour.flags.includes('extern_learn')
}

type Draft = { -readonly [K in keyof Neighbour]: Neighbour[K] }

/** Reads a neighbour from the payload of RTM_NEWNEIGH or RTM_DELNEIGH; `undefined` for other families. */
export function decodeNeighbour(from: Octets, start: number, end: number): Neighbour | undefined {
  if (end - start < NDMSG) throw new DecodeError('neighbour', start, `${end - start} octets, needs ${NDMSG}`)
  const { bytes } = from
  const family = bytes[start]
  if (family !== k.AF_INET && family !== k.AF_INET6) return undefined
  let flags = bytes[start + 10] as number
  const state = stateWords.get(from.u16(start + 8)) ?? 'none'
  const draft: Draft = {
    link: from.u32(start + 4),
    family: family === k.AF_INET ? 4 : 6,
    address: '',
    state,
    flags: [],
    other: noOther,
  }
  let other: RawAttribute[] | undefined
  for (let at = start + NDMSG; end - at >= 4; ) {
    const length = from.u16(at)
    if (length < 4 || at + length > end)
      throw new DecodeError('neighbour', at, `attribute of ${length} octets in ${end - at}`)
    const value = at + 4
    const size = length - 4
    const type = from.u16(at + 2) & 0x3fff
    switch (type) {
      case NDA_DST:
        if (size !== 4 && size !== 16) throw new DecodeError('neighbour', value, `an IP address of ${size} octets`)
        draft.address = formatIp(bytes, value, size)
        break
      case NDA_LLADDR:
        // An entry whose MAC is not known yet has none; the kernel still sends zeros for some links.
        if (size > 0) draft.mac = formatMac(bytes, value, value + size)
        break
      case NDA_FLAGS_EXT:
        if (size < 4) throw new DecodeError('neighbour', value, `${size} octets, needs 4`)
        if (from.u32(value) & k.NTF_EXT_MANAGED) flags |= 0x100
        break
      case NDA_CACHEINFO:
      case NDA_PROBES:
      case NDA_PROTOCOL:
        break
      default:
        other ??= []
        other.push({ type, bytes: from.copy(value, value + size) })
    }
    at += (length + 3) & ~3
  }
  draft.flags = flagsOf(flags & 0x1ff)
  if (other !== undefined) draft.other = other
  return draft
}

/** The codecs of the five operations. */
export const neighbourCodecs: {
  readonly 'neighbour add': OperationCodec<'neighbour add'>
  readonly 'neighbour set': OperationCodec<'neighbour set'>
  readonly 'neighbour delete': OperationCodec<'neighbour delete'>
  readonly 'neighbour get': OperationCodec<'neighbour get'>
  readonly 'neighbour list': OperationCodec<'neighbour list'>
} = {
  'neighbour add': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_EXCL) },
  'neighbour set': { answer: 'ack', encode: encodeSpec(NLM_F_CREATE | NLM_F_REPLACE) },
  'neighbour delete': { answer: 'ack', encode: encodeKey(k.RTM_DELNEIGH) },
  'neighbour get': { answer: 'one', encode: encodeKey(k.RTM_GETNEIGH), decode: decodeNeighbour, missing: ['ENOENT'] },
  'neighbour list': { answer: 'dump', encode: encodeList, decode: decodeNeighbour, filter: filter as never },
}
