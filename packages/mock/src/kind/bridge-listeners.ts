/** Which record of a bridge's multicast database a frame is for (`br_mdb_entry_skb_get`, `br_multicast_querier_exists`). @module */
import { formatIp } from '@vnet/core'
import { ethernetHeaderSize, etherTypeAt, etherTypes, macAt, macFromNumber, macToNumber, setMacAt } from '@vnet/wire'
import type { Device } from '../object/device.js'
import { Frame } from '../stack/frame.js'
import type { BridgeData } from './bridge-data.js'
import { VlanFrame } from './bridge-frame.js'
import { findGroup, isWhole, tellsSources } from './bridge-group.js'
import type { GroupRecord } from './bridge-group-data.js'
import { optionsOf, querierExists } from './bridge-querier-data.js'
import { ipAt, type Snooped } from './bridge-snoop.js'
import { tagTypeOf } from './vlan-frame.js'

/** Who wants a frame. */
export interface Wanted {
  readonly record: GroupRecord | undefined
  /** Of the routers that want it too. */
  readonly family: 4 | 6
  /** Members that list sources want it: the record is of one source, or nobody tells sources apart. */
  readonly wholeIncludes: boolean
}

/** The record of a frame to a group, where it goes by that; `undefined` where it is flooded. */
export function wantedGroup(
  bridge: Device,
  octets: Uint8Array,
  vlan: number,
  { isMessage, routersOnly }: Snooped,
  now: number,
): Wanted | undefined {
  if (optionsOf(bridge, vlan) === undefined) return undefined
  const at = ipAt(octets)
  const type = etherTypeAt(octets, at - ethernetHeaderSize)
  const family = type === etherTypes.ipv6 ? 6 : 4
  const isIp = type === etherTypes.ipv4 || type === etherTypes.ipv6
  const { groups } = bridge.bridge as BridgeData
  const record = isMessage || groups.size === 0 ? undefined : find(bridge, octets, at, vlan, isIp ? family : undefined)
  if (record === undefined && !routersOnly) return undefined
  if (isIp ? !querierExists(bridge, family, vlan, now) : record?.octets !== 6) return undefined
  const wholeIncludes = record === undefined || !(tellsSources(bridge, record) && isWhole(record))
  return { record, family, wholeIncludes }
}

function find(
  bridge: Device,
  octets: Uint8Array,
  at: number,
  vlan: number,
  family: 4 | 6 | undefined,
): GroupRecord | undefined {
  if (family === undefined)
    return findGroup(bridge, { group: macFromNumber(macAt(octets, 0)), source: undefined, vlan })
  const size = family === 4 ? 4 : 16
  const [from, to] = family === 4 ? [at + 12, at + 16] : [at + 8, at + 24]
  const group = formatIp(octets, to, size)
  const one = tellsSources(bridge, { octets: size })
    ? findGroup(bridge, { group, source: formatIp(octets, from, size), vlan })
    : undefined
  return one ?? findGroup(bridge, { group, source: undefined, vlan })
}

/** A frame to one station instead of a group. */
export function withMac(
  { frame, inside, bridge }: { readonly frame: Frame; readonly inside: VlanFrame | undefined; readonly bridge: Device },
  mac: string,
): { readonly frame: Frame; readonly inside: VlanFrame | undefined } {
  const plain = inside?.plain ?? frame
  const octets = plain.octets.slice()
  setMacAt(octets, 0, macToNumber(mac))
  const to = new Frame(octets, plain.priority, undefined, undefined, plain.tunnel)
  const { vlanProtocol } = (bridge.bridge as BridgeData).options
  return { frame: to, inside: inside && new VlanFrame(to, false, inside.vlan, tagTypeOf(vlanProtocol)) }
}
