/**
 * Messages about links as values. A list holds tens of thousands of them, so this is the one place of vnet that does not
 * walk its attribute table: it notes where each attribute lies, then reads the wanted ones straight into the object. The
 * numbers are repeated here, as constants that the compiler sees; a test holds the result equal to the table's.
 *
 * @module
 */
import { DecodeError, type Link, type LinkLimits, type OperationalState, type RawAttribute } from '@vnet/core'
import { littleEndian, type Octets } from '../netlink/octets.js'
import { AF_UNSPEC, IFF_UP, RTM_DELLINK, RTM_NEWLINK } from './constants.js'
import { sharedIp } from './ip-texts.js'
import { flagWords, operationalStates, typeWord } from './link-flags.js'
import { readAddrGenMode, readAltNames, readLinkInfo } from './link-nests.js'
import { AttributeIndex } from './link-scan.js'
import { readStatistics } from './link-statistics.js'

const IFLA_ADDRESS = 1
const IFLA_BROADCAST = 2
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_LINK = 5
const IFLA_QDISC = 6
const IFLA_MASTER = 10
const IFLA_WIRELESS = 11
const IFLA_TXQLEN = 13
const IFLA_OPERSTATE = 16
const IFLA_LINKMODE = 17
const IFLA_LINKINFO = 18
const IFLA_IFALIAS = 20
const IFLA_STATS64 = 23
const IFLA_AF_SPEC = 26
const IFLA_GROUP = 27
const IFLA_PROMISCUITY = 30
const IFLA_NUM_TX_QUEUES = 31
const IFLA_NUM_RX_QUEUES = 32
const IFLA_CARRIER = 33
const IFLA_LINK_NETNSID = 37
const IFLA_GSO_MAX_SEGS = 40
const IFLA_GSO_MAX_SIZE = 41
const IFLA_MIN_MTU = 50
const IFLA_MAX_MTU = 51
const IFLA_PROP_LIST = 52
const IFLA_PERM_ADDRESS = 54
const IFLA_PARENT_DEV_NAME = 56
const IFLA_PARENT_DEV_BUS_NAME = 57
const IFLA_GRO_MAX_SIZE = 58
const IFLA_TSO_MAX_SIZE = 59
const IFLA_TSO_MAX_SEGS = 60
const IFLA_ALLMULTI = 61
const IFLA_GSO_IPV4_MAX_SIZE = 63
const IFLA_GRO_IPV4_MAX_SIZE = 64

const headerSize = 16
const none: readonly never[] = Object.freeze([])
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Where the attributes of the message in hand lie; one for all messages, for none is read while another is. */
const found = new AttributeIndex('link', 69)

/**
 * Reads a message about a link; `undefined` for one that is about something else: a bridge's view of its port (family
 * AF_BRIDGE), IPv6 settings, or a wireless event, which all come as RTM_NEWLINK with a part of the attributes only.
 */
export function decodeLinkMessage(
  from: Octets,
  start: number,
  end: number,
  type: number,
  statistics = true,
): Link | undefined {
  if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return undefined
  if (end - start >= headerSize && from.bytes[start] !== AF_UNSPEC) return undefined
  return readLink(from, start, end, statistics)
}

/**
 * Reads the payload of an RTM_NEWLINK or RTM_DELLINK message, from behind the nlmsghdr.
 *
 * @param statistics Whether counters are read where they are told.
 * @throws {@link DecodeError} octets that are no link
 */
export function decodeLink(from: Octets, start: number, end: number, statistics = true): Link {
  const link = readLink(from, start, end, statistics)
  if (link === undefined) throw new DecodeError('link', start, 'a wireless event, not a link')
  return link
}

function readLink(from: Octets, start: number, end: number, statistics: boolean): Link | undefined {
  if (end - start < headerSize || end > from.bytes.length)
    throw new DecodeError('link', start, `a header of ${end - start} octets, needs ${headerSize}`)
  const other = found.scan(from, start + headerSize, end)
  if (found.has(IFLA_WIRELESS)) return undefined
  if (!found.has(IFLA_IFNAME)) throw new DecodeError('link', start, 'no name')
  const link = isModern() ? readModern(from, start, other) : readOld(from, start, other)
  // A kernel without RPS does not tell.
  if (found.has(IFLA_NUM_RX_QUEUES)) link.rxQueues = found.u32(from, IFLA_NUM_RX_QUEUES)
  if (found.has(IFLA_LINK)) link.parent = found.u32(from, IFLA_LINK)
  // -1 is a namespace that has no number in this one.
  if (found.has(IFLA_LINK_NETNSID)) link.linkNamespaceId = found.u32(from, IFLA_LINK_NETNSID) | 0
  if (found.has(IFLA_MASTER)) link.master = found.u32(from, IFLA_MASTER)
  if (found.has(IFLA_AF_SPEC)) {
    const mode = readAddrGenMode(from, found.start(IFLA_AF_SPEC), found.end(IFLA_AF_SPEC))
    if (mode !== undefined) link.addrGenMode = mode
  }
  if (found.has(IFLA_IFALIAS)) link.alias = from.text(found.start(IFLA_IFALIAS), found.end(IFLA_IFALIAS))
  if (found.has(IFLA_PERM_ADDRESS)) link.permanentMac = addressText(from, IFLA_PERM_ADDRESS, link.type)
  if (found.has(IFLA_PARENT_DEV_NAME)) link.parentDevice = found.text(from, IFLA_PARENT_DEV_NAME)
  if (found.has(IFLA_PARENT_DEV_BUS_NAME)) link.parentBus = found.text(from, IFLA_PARENT_DEV_BUS_NAME)
  if (found.has(IFLA_LINKINFO)) readLinkInfo(link, from, found.start(IFLA_LINKINFO), found.end(IFLA_LINKINFO))
  if (statistics && found.has(IFLA_STATS64))
    link.statistics = readStatistics(from, found.start(IFLA_STATS64), found.end(IFLA_STATS64))
  return link
}

/** Octets of the address that links of these hardware types have for a MAC: the IP addresses of the tunnel's ends. */
const addressSizes: Readonly<Record<string, number>> = { ipip: 4, sit: 4, gre: 4, tunnel6: 16, gre6: 16 }

/** A link-layer address as `ip` prints it: that of a tunnel over IP, which is an end of it, as an IP address. */
function addressText(from: Octets, attribute: number, type: string): string {
  const size = type === 'ether' ? undefined : addressSizes[type]
  const start = found.start(attribute)
  return size !== undefined && found.end(attribute) - start === size
    ? sharedIp(from, start, size)
    : found.mac(from, attribute)
}

/** What a kernel of today tells of every link that has an address. */
const modern = [
  IFLA_ADDRESS,
  IFLA_BROADCAST,
  IFLA_QDISC,
  IFLA_PROMISCUITY,
  IFLA_NUM_TX_QUEUES,
  IFLA_CARRIER,
  IFLA_MIN_MTU,
  IFLA_MAX_MTU,
  IFLA_ALLMULTI,
  IFLA_GSO_MAX_SIZE,
  IFLA_GSO_MAX_SEGS,
  IFLA_TSO_MAX_SIZE,
  IFLA_TSO_MAX_SEGS,
  IFLA_GRO_MAX_SIZE,
]

function isModern(): boolean {
  for (let i = 0; i < modern.length; i++) if (!found.has(modern[i] as number)) return false
  return true
}

/** One literal with all of that in it: properties added one by one cost twice the time of everything else here. */
function readModern(from: Octets, start: number, other: readonly RawAttribute[] | undefined): Mutable<Link> {
  const { view } = from
  const flags = view.getUint32(start + 8, littleEndian)
  const type = typeWord(view.getUint16(start + 2, littleEndian))
  return {
    index: view.getInt32(start + 4, littleEndian),
    name: found.text(from, IFLA_IFNAME),
    type,
    mac: addressText(from, IFLA_ADDRESS, type),
    broadcast: addressText(from, IFLA_BROADCAST, type),
    up: (flags & IFF_UP) !== 0,
    flags: flagWords(flags),
    operationalState: readState(from),
    carrier: found.u8(from, IFLA_CARRIER) !== 0,
    linkMode: found.u8(from, IFLA_LINKMODE, 0),
    mtu: found.u32(from, IFLA_MTU, 0),
    minMtu: found.u32(from, IFLA_MIN_MTU),
    maxMtu: found.u32(from, IFLA_MAX_MTU),
    group: found.u32(from, IFLA_GROUP, 0),
    txQueueLength: found.u32(from, IFLA_TXQLEN, 0),
    qdisc: found.text(from, IFLA_QDISC),
    txQueues: found.u32(from, IFLA_NUM_TX_QUEUES),
    altNames: readNames(from),
    promiscuity: found.u32(from, IFLA_PROMISCUITY),
    allMulticast: found.u32(from, IFLA_ALLMULTI),
    limits: readModernLimits(from),
    other: other ?? none,
  }
}

/** Those of IPv4 are told since 6.3. */
function readModernLimits(from: Octets): LinkLimits {
  const limits: Mutable<LinkLimits> = {
    gsoMaxSize: found.u32(from, IFLA_GSO_MAX_SIZE),
    gsoMaxSegments: found.u32(from, IFLA_GSO_MAX_SEGS),
    tsoMaxSize: found.u32(from, IFLA_TSO_MAX_SIZE),
    tsoMaxSegments: found.u32(from, IFLA_TSO_MAX_SEGS),
    groMaxSize: found.u32(from, IFLA_GRO_MAX_SIZE),
  }
  if (found.has(IFLA_GSO_IPV4_MAX_SIZE)) limits.gsoIpv4MaxSize = found.u32(from, IFLA_GSO_IPV4_MAX_SIZE)
  if (found.has(IFLA_GRO_IPV4_MAX_SIZE)) limits.groIpv4MaxSize = found.u32(from, IFLA_GRO_IPV4_MAX_SIZE)
  return limits
}

/** The same of a link without an address (a TUN), and of older kernels: absent is absent, not `undefined`. */
function readOld(from: Octets, start: number, other: readonly RawAttribute[] | undefined): Mutable<Link> {
  const { view } = from
  const flags = view.getUint32(start + 8, littleEndian)
  const type = typeWord(view.getUint16(start + 2, littleEndian))
  const link: Mutable<Link> = {
    index: view.getInt32(start + 4, littleEndian),
    name: found.text(from, IFLA_IFNAME),
    type,
    up: (flags & IFF_UP) !== 0,
    flags: flagWords(flags),
    operationalState: readState(from),
    linkMode: found.u8(from, IFLA_LINKMODE, 0),
    mtu: found.u32(from, IFLA_MTU, 0),
    group: found.u32(from, IFLA_GROUP, 0),
    txQueueLength: found.u32(from, IFLA_TXQLEN, 0),
    altNames: readNames(from),
    other: other ?? none,
  }
  if (found.has(IFLA_ADDRESS)) link.mac = addressText(from, IFLA_ADDRESS, type)
  if (found.has(IFLA_BROADCAST)) link.broadcast = addressText(from, IFLA_BROADCAST, type)
  if (found.has(IFLA_CARRIER)) link.carrier = found.u8(from, IFLA_CARRIER) !== 0
  if (found.has(IFLA_MIN_MTU)) link.minMtu = found.u32(from, IFLA_MIN_MTU)
  if (found.has(IFLA_MAX_MTU)) link.maxMtu = found.u32(from, IFLA_MAX_MTU)
  if (found.has(IFLA_QDISC)) link.qdisc = found.text(from, IFLA_QDISC)
  if (found.has(IFLA_NUM_TX_QUEUES)) link.txQueues = found.u32(from, IFLA_NUM_TX_QUEUES)
  if (found.has(IFLA_PROMISCUITY)) link.promiscuity = found.u32(from, IFLA_PROMISCUITY)
  if (found.has(IFLA_ALLMULTI)) link.allMulticast = found.u32(from, IFLA_ALLMULTI)
  const limits = readLimits(from)
  if (limits !== undefined) link.limits = limits
  return link
}

const readState = (from: Octets): OperationalState => operationalStates[found.u8(from, IFLA_OPERSTATE, 0)] ?? 'unknown'

const readNames = (from: Octets): readonly string[] =>
  found.has(IFLA_PROP_LIST) ? readAltNames(from, found.start(IFLA_PROP_LIST), found.end(IFLA_PROP_LIST)) : none

const limitNumbers = [
  ['gsoMaxSize', IFLA_GSO_MAX_SIZE],
  ['gsoMaxSegments', IFLA_GSO_MAX_SEGS],
  ['tsoMaxSize', IFLA_TSO_MAX_SIZE],
  ['tsoMaxSegments', IFLA_TSO_MAX_SEGS],
  ['groMaxSize', IFLA_GRO_MAX_SIZE],
  ['gsoIpv4MaxSize', IFLA_GSO_IPV4_MAX_SIZE],
  ['groIpv4MaxSize', IFLA_GRO_IPV4_MAX_SIZE],
] as const

/** Kernels before 5.19 tell two of the limits, those before 6.3 five. */
function readLimits(from: Octets): LinkLimits | undefined {
  let limits: Mutable<LinkLimits> | undefined
  for (const [property, type] of limitNumbers) {
    if (!found.has(type)) continue
    limits ??= {}
    limits[property] = found.u32(from, type)
  }
  return limits
}
