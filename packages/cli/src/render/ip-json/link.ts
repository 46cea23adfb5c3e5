/** Links in the shape of `ip -j link show` (iproute2 6.1). @module */
import type { Link } from '@vnet/core'
import type { Names } from '../../names.js'
import { bondPortJson } from './kind/bond.js'
import { bridgePortJson } from './kind/bridge-port.js'
import { infoData } from './kind/index.js'
import { vrfJson } from './kind/vrf.js'
import { type JsonObject, ordered } from './object.js'
import { statisticsJson } from './statistics.js'

/** What is told of each link. */
export interface LinkDetail {
  /** As with `ip -d`. */
  readonly details?: boolean
  /** As with `ip -s`. */
  readonly statistics?: boolean
}

/** A link as `ip -j link show` writes it. */
export function linkJson(link: Link, names: Names, detail: LinkDetail = {}): JsonObject {
  return ordered([
    ...headEntries(link, names),
    ['linkmode', link.linkMode === 1 ? 'DORMANT' : 'DEFAULT'],
    ...queueEntries(link, names),
    ...hardwareEntries(link),
    ...(detail.details ? detailEntries(link, names, true) : []),
    ['ifalias', link.alias],
    detail.statistics === true && link.statistics !== undefined && ['stats64', statisticsJson(link.statistics)],
    link.altNames.length > 0 && ['altnames', link.altNames],
  ])
}

/** Which parts `ip -j address show` tells of a link. */
export interface AddressLinkDetail {
  /** As with `ip -d`. */
  readonly details?: boolean
  /** Without the hardware, as `ip -4` and `ip -6` have it. */
  readonly family?: 4 | 6
}

/** A link as `ip -j address show` writes it, before its addresses. */
export function addressLinkJson(link: Link, names: Names, detail: AddressLinkDetail = {}): JsonObject {
  const bare = detail.family !== undefined && !detail.details
  return ordered([
    ...headEntries(link, names),
    ...queueEntries(link, names),
    ...(bare ? [] : hardwareEntries(link)),
    ...(bare ? ([['link_netnsid', link.linkNamespaceId]] as const) : []),
    ...(detail.details ? detailEntries(link, names, false) : []),
    detail.details === true && ['ifalias', link.alias],
    link.altNames.length > 0 && ['altnames', link.altNames],
  ])
}

type Entries = readonly (readonly [string, unknown] | false)[]

function headEntries(link: Link, names: Names): Entries {
  const { parent, linkNamespaceId } = link
  const local = parent !== undefined && parent !== 0 && linkNamespaceId === undefined
  // `ip` adds this by itself: the lower link, where it knows it, is not up.
  const lowerDown = local && names.linkUp(parent) === false
  return [
    ['ifindex', link.index],
    parent === 0 && linkNamespaceId === undefined && ['link', null],
    local && ['link', names.link(parent)],
    linkNamespaceId !== undefined && ['link_index', parent],
    ['ifname', link.name],
    ['flags', lowerDown ? [...link.flags, 'M-DOWN'] : link.flags],
    ['mtu', link.mtu],
    ['qdisc', link.qdisc],
    link.master !== undefined && ['master', names.link(link.master)],
    ['operstate', link.operationalState.toUpperCase()],
  ]
}

function queueEntries(link: Link, names: Names): Entries {
  return [['group', names.group(link.group)], link.txQueueLength !== 0 && ['txqlen', link.txQueueLength]]
}

function hardwareEntries(link: Link): Entries {
  return [
    ['link_type', link.type],
    ['address', link.mac],
    link.broadcast !== undefined && link.flags.includes('POINTOPOINT') && ['link_pointtopoint', true],
    ['broadcast', link.broadcast],
    link.permanentMac !== link.mac && ['permaddr', link.permanentMac],
    ['link_netnsid', link.linkNamespaceId],
  ]
}

function detailEntries(link: Link, names: Names, withGenMode: boolean): Entries {
  const { limits } = link
  return [
    ['promiscuity', link.promiscuity],
    ['allmulti', link.allMulticast],
    ['min_mtu', link.minMtu],
    ['max_mtu', link.maxMtu],
    (link.kind !== undefined || link.portKind !== undefined) && ['linkinfo', linkInfo(link, names)],
    withGenMode && link.addrGenMode !== undefined && ['inet6_addr_gen_mode', genModes[link.addrGenMode]],
    ['num_tx_queues', link.txQueues],
    ['num_rx_queues', link.rxQueues],
    ['gso_max_size', limits?.gsoMaxSize],
    ['gso_max_segs', limits?.gsoMaxSegments],
    ['tso_max_size', limits?.tsoMaxSize],
    ['tso_max_segs', limits?.tsoMaxSegments],
    ['gro_max_size', limits?.groMaxSize],
    ['parentbus', link.parentBus],
    ['parentdev', link.parentDevice],
  ]
}

const genModes = ['eui64', 'none', 'stable_secret', 'random']

function linkInfo(link: Link, names: Names): JsonObject {
  return ordered([
    link.kind !== undefined && ['info_kind', link.kind === 'tap' ? 'tun' : link.kind],
    ['info_data', infoData(link, names)],
    ['info_slave_kind', link.portKind],
    link.port !== undefined && ['info_slave_data', bridgePortJson(link.port, names)],
    link.bondPort !== undefined && ['info_slave_data', bondPortJson(link.bondPort)],
    link.vrfPort !== undefined && ['info_slave_data', vrfJson(link.vrfPort)],
  ])
}
