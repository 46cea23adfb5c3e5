/** Queries that a bridge sends: IGMP 2 and 3, MLD 1 and 2 (`br_ip4_multicast_alloc_query`, `br_ip6_multicast_alloc_query`). @module */
import { formatIp, parseIp } from '@vnet/core'
import { encodeFrame, type GroupQuery, icmpv6Types, igmpTypes, type LayerSpec } from '@vnet/wire'
import type { Device } from '../object/device.js'
import { groupMac } from '../object/filter.js'
import { scopeNumber } from '../object/scope.js'
import { source4 } from '../object/source-address.js'
import { Frame } from '../stack/frame.js'
import { linkLocalOf } from '../stack/group-report.js'
import type { BridgeData } from './bridge-data.js'
import type { Family, SnoopingOptions } from './bridge-querier-data.js'

/** Losses that a bridge wants to survive. */
const robustness = 2
const all4 = '224.0.0.1'
const all6 = 'ff02::1'

/** A query of one group, or of all; `undefined` where the bridge has no address to ask from. */
export function queryFrame(
  bridge: Device,
  family: Family,
  options: SnoopingOptions,
  group: string | undefined,
): Frame | undefined {
  const layers = family === 4 ? query4(bridge, options, group) : query6(bridge, options, group)
  if (layers === undefined) return undefined
  const to = parseIp(group ?? (family === 4 ? all4 : all6)) as Uint8Array
  const ethernet: LayerSpec = { layer: 'ethernet', destination: groupMac(to), source: bridge.mac as string }
  return new Frame(encodeFrame([ethernet, ...layers]))
}

const delayOf = (options: SnoopingOptions, group: string | undefined): number =>
  group === undefined ? options.multicastQueryResponseInterval : options.multicastLastMemberInterval

/** What the latest versions have behind the group. */
const tail = ({ multicastQueryInterval }: SnoopingOptions): GroupQuery => ({
  reserved: 0,
  suppress: false,
  robustness,
  interval: Math.min(255, Math.floor(multicastQueryInterval)),
  sources: [],
})

function query4(bridge: Device, options: SnoopingOptions, group: string | undefined): LayerSpec[] {
  const { multicastQueryUseIfaddr } = (bridge.bridge as BridgeData).options
  const own = multicastQueryUseIfaddr ? source4(bridge, undefined, scopeNumber('link')) : undefined
  return [
    {
      layer: 'ipv4',
      source: own === undefined ? '0.0.0.0' : formatIp(own),
      destination: group ?? all4,
      ttl: 1,
      dscp: 0x30,
      dontFragment: true,
      options: [{ type: 148, bytes: new Uint8Array(2) }],
    },
    {
      layer: 'igmp',
      kind: 'query',
      type: igmpTypes.query,
      code: Math.min(255, Math.floor(delayOf(options, group) * 10)),
      group: group ?? '0.0.0.0',
      ...(options.multicastIgmpVersion === 3 ? { version3: tail(options) } : {}),
    },
  ]
}

function query6(bridge: Device, options: SnoopingOptions, group: string | undefined): LayerSpec[] | undefined {
  const source = linkLocalOf(bridge)
  if (source === undefined) return undefined
  return [
    { layer: 'ipv6', source: formatIp(source.octets), destination: group ?? all6, hopLimit: 1 },
    {
      layer: 'ipv6-options',
      kind: 'hop-by-hop',
      options: [
        { type: 5, bytes: new Uint8Array(2) },
        { type: 1, bytes: new Uint8Array(0) },
      ],
    },
    {
      layer: 'icmpv6',
      kind: 'mld-query',
      type: icmpv6Types.mldQuery,
      delay: Math.min(0xffff, Math.floor(delayOf(options, group) * 1000)),
      group: group ?? '::',
      ...(options.multicastMldVersion === 2 ? { version2: tail(options) } : {}),
    },
  ]
}
