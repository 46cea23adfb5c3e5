/** A bridge as querier: it asks who wants which group, unless another does (`br_multicast_send_query`, `br_multicast_query_received`). @module */
import { formatIp, parseIp } from '@vnet/core'
import { ethernetHeaderSize } from '@vnet/wire'
import { compareOctets } from '../bits.js'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { dropValue, emptyMap, withValue } from '../object/empty.js'
import { isForwardable } from '../stack/forwardable.js'
import type { Frame } from '../stack/frame.js'
import { transmit } from '../stack/transmit.js'
import type { BridgeData } from './bridge-data.js'
import { leaving, VlanFrame } from './bridge-frame.js'
import {
  type Family,
  families,
  heardOther,
  type OwnQuery,
  optionsOf,
  otherQuerier,
  type SnoopingOptions,
} from './bridge-querier-data.js'
import { queryFrame } from './bridge-query-frame.js'
import { tagTypeOf } from './vlan-frame.js'

const dataOf = (bridge: Device) => bridge.bridge as BridgeData
const keyOf = ({ family, vlan, port }: Pick<OwnQuery, 'family' | 'vlan' | 'port'>): string =>
  `${family} ${vlan} ${port?.index ?? 0}`

/** The VLANs in which the bridge asks by itself; 0 alone where all are one. */
function contexts(bridge: Device): number[] {
  const { options, vlans } = dataOf(bridge)
  return options.multicastVlanSnooping ? [...vlans.keys()] : [0]
}

/** Begins to ask, at all ports and of the bridge's own host (`br_multicast_open`, `br_multicast_start_querier`). */
export function startQuerier(
  kernel: Kernel,
  bridge: Device,
  vlans = contexts(bridge),
  of: readonly Family[] = families,
): void {
  for (const vlan of vlans) {
    if (!bridge.up || !optionsOf(bridge, vlan)?.multicastQuerier) continue
    for (const family of of)
      for (const port of [undefined, ...dataOf(bridge).ports]) start(kernel, bridge, family, vlan, port)
  }
}

/** Somebody has the bridge ask from now on: what is wanted is flooded until there was time to answer (`br_multicast_set_querier`). */
export function becomeQuerier(kernel: Kernel, bridge: Device, vlan = 0): void {
  const options = optionsOf(bridge, vlan)
  if (options === undefined) return
  const now = kernel.now()
  for (const family of families) {
    const other = heardOther(bridge, family, vlan)
    if (other.until <= now) other.floodUntil = now + options.multicastQueryResponseInterval
  }
  startQuerier(kernel, bridge, [vlan])
}

/** A port is up: it is asked from the beginning (`br_multicast_enable_port`). */
export function askPort(kernel: Kernel, bridge: Device, port: Device): void {
  for (const vlan of contexts(bridge)) {
    if (!optionsOf(bridge, vlan)?.multicastQuerier) continue
    for (const family of families) start(kernel, bridge, family, vlan, port)
  }
}

/** The bridge is down: it asks nobody, and knows of nobody who does (`br_multicast_stop`). */
export function stopQuerier(bridge: Device): void {
  Object.assign(dataOf(bridge), { queries: emptyMap, queriers: emptyMap })
}

/** A port is down, or gone. */
export function stopAsking(bridge: Device, port: Device): void {
  const { queries } = dataOf(bridge)
  for (const [key, query] of queries) if (query.port === port) dropValue(queries, key)
}

function start(kernel: Kernel, bridge: Device, family: Family, vlan: number, port: Device | undefined): void {
  const query: OwnQuery = { family, vlan, port, at: kernel.now(), sent: 0 }
  const data = dataOf(bridge)
  data.queries = withValue(data.queries, keyOf(query), query)
  resumeQuery(kernel, bridge, query)
}

/** Waits for the next question; also after a snapshot was loaded. */
export function resumeQuery(kernel: Kernel, bridge: Device, query: OwnQuery): void {
  kernel.timers.at(query.at, queryDue, bridge, query)
}

function queryDue(kernel: Kernel, bridge: Device, query: OwnQuery): void {
  const isThere = !bridge.removed && dataOf(bridge).queries.get(keyOf(query)) === query
  if (isThere && query.at <= kernel.now()) ask(kernel, bridge, query)
}

/** Waits for the end of another querier; also after a snapshot was loaded. */
export function resumeOther(kernel: Kernel, bridge: Device, family: Family, vlan: number): void {
  const other = otherQuerier(bridge, family, vlan)
  const { until } = other
  if (until === 0) return
  kernel.timers.at(until, () => {
    const isSame = !bridge.removed && otherQuerier(bridge, family, vlan) === other && other.until === until
    if (isSame) startQuerier(kernel, bridge, [vlan], [family])
  })
}

function ask(kernel: Kernel, bridge: Device, query: OwnQuery): void {
  const { family, vlan, port } = query
  const options = optionsOf(bridge, vlan)
  const isAnothers = otherQuerier(bridge, family, vlan).until > kernel.now()
  const isStopped = port !== undefined && !mayAsk(port, vlan)
  if (options === undefined || !options.multicastQuerier || isAnothers || isStopped) {
    dropValue(dataOf(bridge).queries, keyOf(query))
    return
  }
  if (query.sent < options.multicastStartupQueryCount) query.sent++
  sendQuery(kernel, bridge, query, options)
  const isStarting = query.sent < options.multicastStartupQueryCount
  query.at = kernel.now() + (isStarting ? options.multicastStartupQueryInterval : options.multicastQueryInterval)
  resumeQuery(kernel, bridge, query)
}

const mayAsk = (member: Device, vlan: number): boolean =>
  (member.port?.state === 'forwarding' || member.port?.state === 'learning') &&
  (vlan === 0 || member.port.vlans.has(vlan))

/** Asks at a port, or the bridge's own host, for one group or all. */
export function sendQuery(
  kernel: Kernel,
  bridge: Device,
  { family, vlan, port }: Pick<OwnQuery, 'family' | 'vlan' | 'port'>,
  options: SnoopingOptions,
  group?: string,
): void {
  const frame = queryFrame(bridge, family, options, group)
  if (family === 6) dataOf(bridge).hasIpv6Querier = frame !== undefined
  if (frame === undefined) return
  if (port === undefined && group === undefined) {
    // What it hears of itself tells that it is the one (`br_multicast_select_own_querier`).
    const at = ethernetHeaderSize + (family === 4 ? 12 : 8)
    const own = heardOther(bridge, family, vlan)
    own.address = formatIp(frame.octets.slice(at, at + (family === 4 ? 4 : 16)))
    own.port = undefined
  }
  const out = vlan === 0 ? frame : inVlan(bridge, port, frame, vlan)
  if (out === undefined) return
  if (port === undefined) kernel.backlog.add(bridge, out)
  else if (isForwardable(port, out.octets.length)) transmit(kernel, port, out)
}

function inVlan(bridge: Device, member: Device | undefined, frame: Frame, vlan: number): Frame | undefined {
  const data = dataOf(bridge)
  const inside = new VlanFrame(frame, false, vlan, tagTypeOf(data.options.vlanProtocol))
  return leaving(data, member?.port ?? data, inside)
}

/** Somebody else asks for all groups; whether that counts: of several the least address does (RFC 3376 § 6.6.2). */
export function heardQuerier(
  kernel: Kernel,
  bridge: Device,
  vlan: number,
  query: { readonly family: Family; readonly from: string; readonly delay: number; readonly port: Device | undefined },
): boolean {
  const { family, from, delay } = query
  const options = optionsOf(bridge, vlan)
  if (options === undefined) return false
  const other = heardOther(bridge, family, vlan)
  const now = kernel.now()
  const isKnown = !['', '0.0.0.0', '::'].includes(other.address)
  const isLess = !isKnown || compareOctets(parseIp(from) as Uint8Array, parseIp(other.address) as Uint8Array) <= 0
  const asks = options.multicastQuerier || other.until > now
  if (!isLess && asks) return false
  other.address = from
  other.port = query.port
  if (other.until <= now) other.floodUntil = now + delay
  other.until = now + options.multicastQuerierInterval
  resumeOther(kernel, bridge, family, vlan)
  return true
}
