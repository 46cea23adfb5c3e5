/**
 * Messages about links as values. A list holds tens of thousands of them, so this is the one place of vnet that does not
 * walk its attribute table: it notes where each attribute lies, then reads the wanted ones straight into the object. The
 * numbers are repeated here, as constants that the compiler sees; a test holds the result equal to the table's.
 *
 * @module
 */
import type { Link, LinkLimits } from '@vnet/core'
import { DecodeError } from '../netlink/decode-error.js'
import { littleEndian, type Octets } from '../netlink/octets.js'
import { AF_UNSPEC, IFF_UP, RTM_DELLINK, RTM_NEWLINK } from './constants.js'
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
  const { view } = from
  const other = found.scan(from, start + headerSize, end)
  if (found.has(IFLA_WIRELESS)) return undefined
  if (!found.has(IFLA_IFNAME)) throw new DecodeError('link', start, 'no name')
  const flags = view.getUint32(start + 8, littleEndian)
  const state = found.u8(from, IFLA_OPERSTATE)

  const link: Mutable<Link> = {
    index: view.getInt32(start + 4, littleEndian),
    name: found.text(from, IFLA_IFNAME),
    type: typeWord(view.getUint16(start + 2, littleEndian)),
    up: (flags & IFF_UP) !== 0,
    flags: flagWords(flags),
    operationalState: operationalStates[state] ?? 'unknown',
    linkMode: Math.max(found.u8(from, IFLA_LINKMODE), 0),
    mtu: Math.max(found.u32(from, IFLA_MTU), 0),
    group: Math.max(found.u32(from, IFLA_GROUP), 0),
    txQueueLength: Math.max(found.u32(from, IFLA_TXQLEN), 0),
    altNames: found.has(IFLA_PROP_LIST)
      ? readAltNames(from, found.start(IFLA_PROP_LIST), found.end(IFLA_PROP_LIST))
      : none,
    other: other ?? none,
  }
  readOptional(link, from)
  if (found.has(IFLA_LINKINFO)) readLinkInfo(link, from, found.start(IFLA_LINKINFO), found.end(IFLA_LINKINFO))
  if (statistics && found.has(IFLA_STATS64))
    link.statistics = readStatistics(from, found.start(IFLA_STATS64), found.end(IFLA_STATS64))
  return link
}

/** What not every link tells; absent is absent, not `undefined`. Always in this order, so that links have few shapes. */
function readOptional(link: Mutable<Link>, from: Octets): void {
  if (found.has(IFLA_ADDRESS)) link.mac = found.mac(from, IFLA_ADDRESS)
  if (found.has(IFLA_BROADCAST)) link.broadcast = found.mac(from, IFLA_BROADCAST)
  if (found.has(IFLA_CARRIER)) link.carrier = found.u8(from, IFLA_CARRIER) !== 0
  if (found.has(IFLA_MIN_MTU)) link.minMtu = found.u32(from, IFLA_MIN_MTU)
  if (found.has(IFLA_MAX_MTU)) link.maxMtu = found.u32(from, IFLA_MAX_MTU)
  if (found.has(IFLA_QDISC)) link.qdisc = found.text(from, IFLA_QDISC)
  if (found.has(IFLA_NUM_TX_QUEUES)) link.txQueues = found.u32(from, IFLA_NUM_TX_QUEUES)
  if (found.has(IFLA_NUM_RX_QUEUES)) link.rxQueues = found.u32(from, IFLA_NUM_RX_QUEUES)
  if (found.has(IFLA_PROMISCUITY)) link.promiscuity = found.u32(from, IFLA_PROMISCUITY)
  if (found.has(IFLA_ALLMULTI)) link.allMulticast = found.u32(from, IFLA_ALLMULTI)
  if (found.has(IFLA_GSO_MAX_SIZE)) link.limits = readLimits(from)
  if (found.has(IFLA_LINK)) link.parent = found.u32(from, IFLA_LINK)
  // -1 is a namespace that has no number in this one.
  if (found.has(IFLA_LINK_NETNSID)) link.linkNamespaceId = found.u32(from, IFLA_LINK_NETNSID) | 0
  if (found.has(IFLA_MASTER)) link.master = found.u32(from, IFLA_MASTER)
  if (found.has(IFLA_AF_SPEC)) {
    const mode = readAddrGenMode(from, found.start(IFLA_AF_SPEC), found.end(IFLA_AF_SPEC))
    if (mode !== undefined) link.addrGenMode = mode
  }
  if (found.has(IFLA_IFALIAS)) link.alias = from.text(found.start(IFLA_IFALIAS), found.end(IFLA_IFALIAS))
  if (found.has(IFLA_PERM_ADDRESS)) link.permanentMac = found.mac(from, IFLA_PERM_ADDRESS)
  if (found.has(IFLA_PARENT_DEV_NAME)) link.parentDevice = found.text(from, IFLA_PARENT_DEV_NAME)
  if (found.has(IFLA_PARENT_DEV_BUS_NAME)) link.parentBus = found.text(from, IFLA_PARENT_DEV_BUS_NAME)
}

/** The limits; kernels of before 5.19 and 6.3 tell some of them only. */
function readLimits(from: Octets): LinkLimits {
  const limits: Mutable<LinkLimits> = { gsoMaxSize: found.u32(from, IFLA_GSO_MAX_SIZE) }
  if (found.has(IFLA_GSO_MAX_SEGS)) limits.gsoMaxSegments = found.u32(from, IFLA_GSO_MAX_SEGS)
  if (found.has(IFLA_TSO_MAX_SIZE)) limits.tsoMaxSize = found.u32(from, IFLA_TSO_MAX_SIZE)
  if (found.has(IFLA_TSO_MAX_SEGS)) limits.tsoMaxSegments = found.u32(from, IFLA_TSO_MAX_SEGS)
  if (found.has(IFLA_GRO_MAX_SIZE)) limits.groMaxSize = found.u32(from, IFLA_GRO_MAX_SIZE)
  if (found.has(IFLA_GSO_IPV4_MAX_SIZE)) limits.gsoIpv4MaxSize = found.u32(from, IFLA_GSO_IPV4_MAX_SIZE)
  if (found.has(IFLA_GRO_IPV4_MAX_SIZE)) limits.groIpv4MaxSize = found.u32(from, IFLA_GRO_IPV4_MAX_SIZE)
  return limits
}
