/** Multicast databases: RTM_NEWMDB, RTM_DELMDB, RTM_GETMDB (`linux/if_bridge.h`; `net/bridge/br_mdb.c`). @module */
import {
  type CleanMdbFilter,
  type CleanMdbKey,
  type CleanMdbSpec,
  DecodeError,
  formatIp,
  formatMac,
  type MdbEntry,
  type MdbFlush,
  type MdbRouter,
  type MdbRouterFilter,
} from '@vnet/core'
import { writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { AF_BRIDGE, NLM_F_BULK } from './constants.js'
import * as k from './constants-bridge.js'
import { flagWords } from './ip-word.js'
import {
  br_mdb_entry,
  br_port_msg,
  mdbAttributes,
  mdbRequestAttributes,
  mdbRouterAttributes,
  mdbSetAttributes,
} from './mdb-attributes.js'

const ETH_P_IP = 0x0800
const ETH_P_IPV6 = 0x86dd
/** Octets of the address in an entry, whatever its kind. */
const ADDRESS = 16

// The order in which `bridge mdb` prints them.
const flagsOf = flagWords([
  [k.MDB_FLAGS_OFFLOAD, 'offload'],
  [k.MDB_FLAGS_FAST_LEAVE, 'fast_leave'],
  [k.MDB_FLAGS_STAR_EXCL, 'added_by_star_ex'],
  [k.MDB_FLAGS_BLOCKED, 'blocked'],
])

function encodeHeader(to: MessageWriter, bridge: number): void {
  to.u8(AF_BRIDGE)
  to.zeros(3)
  to.u32(bridge)
}

interface Entry {
  readonly port: number
  readonly permanent: boolean | undefined
  readonly vlan: number | undefined
  readonly group?: Uint8Array
}

function encodeEntry(to: MessageWriter, { port, permanent, vlan, group }: Entry): void {
  const at = to.nestPlain(mdbRequestAttributes.entry.type)
  to.u32(port)
  to.u8(permanent ? k.MDB_PERMANENT : k.MDB_TEMPORARY)
  to.u8(0)
  to.u16(vlan ?? 0)
  const size = group?.length ?? 0
  if (group !== undefined) to.octets(group)
  to.zeros(ADDRESS - size)
  to.u16be(size === 4 ? ETH_P_IP : size === ADDRESS ? ETH_P_IPV6 : 0)
  to.zeros(2)
  to.endNest(at)
}

/** What an entry has beside its address, where there is any. */
function encodeAttributes(to: MessageWriter, values: Readonly<Record<string, unknown>>): void {
  if (Object.values(values).every((value) => value === undefined)) return
  const at = to.nest(mdbRequestAttributes.attributes.type)
  writeAttributes(to, mdbSetAttributes, values)
  to.endNest(at)
}

const encodeSpec =
  (message: number, flags: number) =>
  (to: MessageWriter, spec: CleanMdbSpec | CleanMdbKey, context: EncodeContext): void => {
    const { source, sources, filterMode, protocol, state, ...key }: CleanMdbSpec = spec
    const bridge = context.linkIndex(key.bridge)
    const port = context.linkIndex(key.port)
    to.begin(message, NLM_F_REQUEST | flags)
    encodeHeader(to, bridge)
    encodeEntry(to, { port, permanent: state === 'permanent', vlan: key.vlan, group: key.group })
    encodeAttributes(to, { source, sources, filterMode, protocol })
    to.end()
  }

function encodeFlush(to: MessageWriter, spec: MdbFlush, context: EncodeContext): void {
  const bridge = context.linkIndex(spec.bridge)
  const port = spec.port === undefined ? 0 : context.linkIndex(spec.port)
  to.begin(k.RTM_DELMDB, NLM_F_REQUEST | NLM_F_BULK)
  encodeHeader(to, bridge)
  encodeEntry(to, { port, permanent: spec.permanent, vlan: spec.vlan })
  const stateMask = spec.permanent === undefined ? undefined : k.MDB_PERMANENT
  encodeAttributes(to, { protocol: spec.protocol, stateMask })
  to.end()
}

/** The kernel's list is of all bridges; what is wanted of it is chosen here. */
function encodeList(to: MessageWriter): void {
  to.begin(k.RTM_GETMDB, NLM_F_REQUEST | NLM_F_DUMP)
  encodeHeader(to, 0)
  to.end()
}

const indexOf = (ref: MdbRouterFilter['bridge'], context: EncodeContext) =>
  ref === undefined ? undefined : context.linkIndex(ref)

function filter(spec: CleanMdbFilter, context: EncodeContext): (entry: MdbEntry) => boolean {
  const bridge = indexOf(spec.bridge, context)
  const port = indexOf(spec.port, context)
  const group = spec.group === undefined ? undefined : textOf(spec.group)
  return (entry) =>
    (bridge === undefined || entry.bridge === bridge) &&
    (port === undefined || entry.port === port) &&
    (group === undefined || entry.group === group) &&
    (spec.vlan === undefined || entry.vlan === spec.vlan)
}

function filterRouters(spec: MdbRouterFilter, context: EncodeContext): (router: MdbRouter) => boolean {
  const bridge = indexOf(spec.bridge, context)
  return (router) => bridge === undefined || router.bridge === bridge
}

const textOf = (group: Uint8Array): string => (group.length === 6 ? formatMac(group) : formatIp(group))

/** Calls `visit` for each of some nests of a message: `visit(bridge, start, end)`. */
function forEachNest(
  from: Octets,
  start: number,
  end: number,
  [outer, inner]: readonly [outer: number, inner: number],
  visit: (bridge: number, start: number, end: number) => void,
): void {
  if (end - start < br_port_msg.size)
    throw new DecodeError('mdb', start, `${end - start} octets, needs ${br_port_msg.size}`)
  // A list has no family, an event AF_BRIDGE; no other family has these messages.
  const bridge = from.u32(start + 4)
  forEachAttribute(from, start + br_port_msg.size, end, 'mdb', (type, at, stop) => {
    if (type !== outer) return
    forEachAttribute(from, at, stop, 'mdb', (type, at, stop) => {
      if (type === inner) visit(bridge, at, stop)
    })
  })
}

/** Reads the entries of the payload of RTM_NEWMDB, RTM_DELMDB or RTM_GETMDB. */
export function decodeMdbEntries(from: Octets, start: number, end: number): readonly MdbEntry[] {
  const found: MdbEntry[] = []
  forEachNest(from, start, end, [k.MDBA_MDB, k.MDBA_MDB_ENTRY], (bridge, start, end) => {
    forEachAttribute(from, start, end, 'mdb', (type, at, stop) => {
      if (type === k.MDBA_MDB_ENTRY_INFO) found.push(decodeEntry(bridge, from, at, stop))
    })
  })
  return found
}

function decodeEntry(bridge: number, from: Octets, start: number, end: number): MdbEntry {
  if (end - start < br_mdb_entry.size)
    throw new DecodeError('mdb', start, `${end - start} octets, needs ${br_mdb_entry.size}`)
  const address = start + 8
  const protocol = from.u16be(start + 24)
  const vlan = from.u16(start + 6)
  const { values, other } = readAttributes(mdbAttributes, from, start + br_mdb_entry.size, end, 'mdb')
  return {
    bridge,
    port: from.u32(start),
    group:
      protocol === ETH_P_IP
        ? formatIp(from.bytes, address, 4)
        : protocol === ETH_P_IPV6
          ? formatIp(from.bytes, address, ADDRESS)
          : formatMac(from.bytes, address, address + 6),
    ...(vlan === 0 ? {} : { vlan }),
    state: from.bytes[start + 4] === k.MDB_PERMANENT ? 'permanent' : 'temp',
    flags: flagsOf(from.bytes[start + 5] as number),
    ...values,
    other,
  }
}

/** Reads the router ports of the payload of RTM_NEWMDB, RTM_DELMDB or RTM_GETMDB. */
export function decodeMdbRouters(from: Octets, start: number, end: number): readonly MdbRouter[] {
  const found: MdbRouter[] = []
  forEachNest(from, start, end, [k.MDBA_ROUTER, k.MDBA_ROUTER_PORT], (bridge, at, stop) => {
    if (stop - at < 4) throw new DecodeError('mdbRouter', at, `${stop - at} octets, needs 4`)
    const { values, other } = readAttributes(mdbRouterAttributes, from, at + 4, stop, 'mdbRouter')
    found.push({ bridge, port: from.u32(at), ...values, other })
  })
  return found
}

// A kernel without snooping does not know the question.
const missing = ['EOPNOTSUPP']

/** The codecs. */
export const mdbCodecs: {
  readonly 'mdb add': OperationCodec<'mdb add'>
  readonly 'mdb set': OperationCodec<'mdb set'>
  readonly 'mdb delete': OperationCodec<'mdb delete'>
  readonly 'mdb list': OperationCodec<'mdb list'>
  readonly 'mdb flush': OperationCodec<'mdb flush'>
  readonly 'mdbRouter list': OperationCodec<'mdbRouter list'>
} = {
  'mdb add': { answer: 'ack', encode: encodeSpec(k.RTM_NEWMDB, NLM_F_CREATE | NLM_F_EXCL) },
  'mdb set': { answer: 'ack', encode: encodeSpec(k.RTM_NEWMDB, NLM_F_CREATE | NLM_F_REPLACE) },
  'mdb delete': { answer: 'ack', encode: encodeSpec(k.RTM_DELMDB, 0) },
  'mdb list': { answer: 'dump', encode: encodeList, decode: decodeMdbEntries, filter, missing },
  'mdb flush': { answer: 'ack', encode: encodeFlush },
  'mdbRouter list': { answer: 'dump', encode: encodeList, decode: decodeMdbRouters, filter: filterRouters, missing },
}
