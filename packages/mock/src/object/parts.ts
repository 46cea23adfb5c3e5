/** What few links have: those of some kinds, ports of some, those on which others stand. @module */
import type { Link, PortOffloads } from '@vnet/core'
import type { BondData, BondPort } from '../kind/bond-data.js'
import type { FdbIndex } from '../kind/fdb-index.js'
import type { GeneveData } from '../kind/geneve.js'
import type { HsrData } from '../kind/hsr.js'
import type { IpvlanPort } from '../kind/ipvlan.js'
import type { MacsecData } from '../kind/macsec.js'
import type { MacsecKeys } from '../kind/macsec-keys.js'
import type { MacvlanData } from '../kind/macvlan.js'
import type { NetkitData } from '../kind/netkit-attributes.js'
import type { TeamData, TeamPort } from '../kind/team.js'
import type { Equalizer } from '../kind/teql-frame.js'
import type { TunQueues } from '../kind/tun-queues.js'
import type { TunnelData } from '../kind/tunnel.js'
import type { VxlanData } from '../kind/vxlan.js'
import type { WireguardData } from '../kind/wireguard.js'
import type { QdiscEntry } from '../traffic/entry.js'
import type { Traffic } from '../traffic/traffic.js'
import type { Device } from './device.js'
import { emptyList, emptyMap, emptySet } from './empty.js'
import type { NeighbourEntry } from './neighbour.js'

/** One field for each. Nearly every link shares {@link noParts}, so they cost it nothing. */
export class Parts {
  /** Disciplines that somebody chose. */
  qdiscs: readonly QdiscEntry[] = emptyList
  /** Those at work, with their filters; `undefined` where there are none. */
  traffic: Traffic | undefined
  altNames: readonly string[] = emptyList
  alias: string | undefined
  /** Links on top of this one: VLANs, macvlans. */
  uppers: ReadonlySet<Device> = emptySet
  /** VXLANs whose packets leave by this link; they vanish with it. */
  carried: ReadonlySet<Device> = emptySet
  vlan: NonNullable<Link['vlan']> | undefined
  /** Tells links with one MAC apart (`dev_id`); 0 where the MAC is the link's own. */
  sharerId = 0
  /** Proxy entries of neighbours, by address key. */
  proxies: ReadonlyMap<string, NeighbourEntry> = emptyMap
  /** Unicast and multicast filters set by hand (`bridge fdb add … self`). */
  ownFilters: ReadonlySet<string> = emptySet
  macvlan: MacvlanData | undefined
  vxlan: VxlanData | undefined
  /** What the ipvlans on top of this link share. */
  ipvlanPort: IpvlanPort | undefined
  bond: BondData | undefined
  /** State as port of a bond. */
  bondPort: BondPort | undefined
  hsr: HsrData | undefined
  macsec: MacsecData | undefined
  macsecKeys: MacsecKeys | undefined
  netkit: NetkitData | undefined
  team: TeamData | undefined
  /** State as port of a team. */
  teamPort: TeamPort | undefined
  /** Number of a VRF's routing table. */
  vrfTable: number | undefined
  tun: NonNullable<Link['tun']> | undefined
  tunnel: TunnelData | undefined
  geneve: GeneveData | undefined
  wireguard: WireguardData | undefined
  /** Of a bridge: its entries by MAC and VLAN as numbers; made when the first frame comes. */
  fdbIndex: FdbIndex | undefined
  /** Of a TUN or TAP: what programs hold of it. */
  tunQueues: TunQueues | undefined
  /** Of a TUN or TAP: the offloads that a program last asked for; absent where none has. */
  tunOffloads: PortOffloads | undefined
  /** Of a `teql0`: the links that send for it. */
  teql: Equalizer | undefined
  /** Of a veth: whether all of its queues are in use, or one; absent for one each way. */
  usesAllQueues: { readonly tx: boolean; readonly rx: boolean } | undefined
}

/** Of a link that has none of it. */
export const noParts: Readonly<Parts> = Object.freeze(new Parts())
