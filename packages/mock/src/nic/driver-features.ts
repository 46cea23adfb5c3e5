/**
 * What each kind's driver says that it can do by itself, as it fills in `features`, `hw_features` and `vlan_features` of
 * `struct net_device`. Nothing that is offloaded is done here: it is what `ethtool -k` tells.
 *
 * @module
 */
import type { PortOffloads } from '@vnet/core'
import type { Device } from '../object/device.js'
import * as f from './feature-set.js'

/** What a driver says. */
export interface DriverFeatures {
  /** In use from the start. */
  readonly features: f.FeatureSet
  /** May be switched on and off. */
  readonly changeable: f.FeatureSet
  /** May be switched on and off, and is off at first. */
  readonly unwanted?: f.FeatureSet
  /** What VLANs on the link can have, too. */
  readonly vlan: f.FeatureSet
}

const basics = f.scatterGather | f.fragmentList | f.checksum | f.gsoSoftware
const vethAll = basics | f.rxChecksum | f.sctpChecksum | f.highDma | f.gsoTunnels | f.tagInsertion | f.tagParsing
const tags = f.tagInsertion | f.tagParsing
const hsrTags = f.setOf('tx-vlan-hw-insert', 'rx-vlan-filter')
const ifbAll = basics | f.gsoTunnels | f.highDma | f.tagInsertion
const bridgeCommon = f.scatterGather | f.fragmentList | f.highDma | f.gsoAll | f.checksum
/** What bonds and teams offer VLANs (`BOND_VLAN_FEATURES`, `TEAM_VLAN_FEATURES`). */
export const aggregateVlan =
  f.checksum | f.scatterGather | f.fragmentList | f.gsoSoftware | f.highDma | f.lro | f.gsoTunnels
const aggregateChangeable = aggregateVlan | f.tagParsing | f.tagFilter
const tunnelBasics = f.scatterGather | f.fragmentList | f.highDma | f.checksum
/** What may be asked of a program at a TUN (`TUN_USER_FEATURES`). */
export const tunUser = f.checksum | f.tso4 | f.tso6 | f.tsoEcn | f.uso

/** What a program at a TUN takes (`set_offload`, `drivers/net/tun.c`). */
export function tunTakes(offloads: PortOffloads | undefined): f.FeatureSet {
  if (offloads === undefined || !offloads.checksum) return f.none
  const { tso4, tso6, uso } = offloads
  return f.checksum | (tso4 ? f.tso4 : f.none) | (tso6 ? f.tso6 : f.none) | (uso ? f.uso : f.none)
}

/** All of it may be changed, and VLANs have what they have everywhere. */
const changeable = (features: f.FeatureSet, vlan = f.none): DriverFeatures => ({ features, changeable: features, vlan })
const fixed = (features: f.FeatureSet): DriverFeatures => ({ features, changeable: f.none, vlan: f.none })

/** A tunnel of IP cuts by itself (`GRE_FEATURES`, `IPIP_FEATURES`, `SIT_FEATURES`, `IPXIPX_FEATURES`, `GRE6_FEATURES`). */
const tunnel = changeable(tunnelBasics | f.gsoSoftware)

const byKind: { readonly [kind: string]: DriverFeatures | undefined } = {
  veth: { ...changeable(vethAll, vethAll & ~tags), unwanted: f.gro },
  dummy: changeable(basics | f.gsoTunnels | f.highDma),
  ifb: changeable(ifbAll, ifbAll & ~f.tagInsertion),
  nlmon: fixed(f.scatterGather | f.fragmentList | f.highDma),
  bridge: changeable(bridgeCommon | f.tagInsertion, bridgeCommon),
  vxlan: changeable(basics | f.rxChecksum, basics | f.rxChecksum),
  geneve: changeable(basics | f.rxChecksum),
  vrf: {
    features: basics | f.rxChecksum | f.sctpChecksum | f.highDma | f.noVlans,
    changeable: basics | f.rxChecksum | f.sctpChecksum | f.highDma,
    vlan: f.none,
  },
  bond: {
    features: aggregateChangeable | f.tagInsertion | f.gsoPartial,
    changeable: aggregateChangeable | f.esp,
    vlan: f.none,
  },
  team: { features: aggregateChangeable | f.tagInsertion, changeable: aggregateChangeable, vlan: f.none },
  hsr: { features: f.noVlans, changeable: bridgeCommon | hsrTags, vlan: f.none },
  wireguard: changeable(f.scatterGather | f.checksum | f.gsoSoftware | f.rxChecksum | f.highDma),
  netkit: changeable(vethAll, vethAll & ~tags),
  ipip: tunnel,
  sit: tunnel,
  ip6tnl: tunnel,
  gre: tunnel,
  gretap: tunnel,
  erspan: tunnel,
  ip6gre: tunnel,
  ip6gretap: tunnel,
  ip6erspan: fixed(f.none),
  vti: fixed(f.none),
  vti6: fixed(f.none),
}

const loopback: DriverFeatures = {
  features: basics | f.rxChecksum | f.sctpChecksum | f.highDma | f.noVlans | f.setOf('loopback'),
  changeable: f.gsoSoftware,
  vlan: f.none,
}

/** A TUN has what its program takes (`TUNSETOFFLOAD`); what else it is asked for waits. */
const tunFeatures = f.scatterGather | f.fragmentList | tunUser | f.tagInsertion
const tun: DriverFeatures = { features: tunFeatures, changeable: tunFeatures, vlan: tunFeatures & ~f.tagInsertion }

/** What of the link beneath a macvlan has (`MACVLAN_FEATURES`), and an ipvlan (`IPVLAN_FEATURES`); what both have always. */
const sharedMost = f.scatterGather | f.checksum | f.highDma | f.fragmentList | f.soft | f.rxChecksum | f.tagFilter
export const macvlanMost = sharedMost | f.tso4 | f.tso6 | f.tsoEcn | f.lro
export const ipvlanMost = sharedMost | f.tso | f.gsoRobust
export const sharedAlways = f.scatterGather | f.checksum | f.gsoSoftware | f.gsoRobust | f.gsoTunnels

/** What a VLAN can have where the link beneath lets it (`vlan_dev_init`). */
const vlanAll = basics | f.gsoTunnels | f.highDma | f.sctpChecksum | f.fcoe

/** What a MACsec link has of its parent (`SW_MACSEC_FEATURES`). */
export const macsecMost = f.scatterGather | f.highDma | f.fragmentList

/** What the driver of a link says; `lower` and `lowerVlan` are the features of the link beneath, and those for VLANs on it. */
export function driverFeatures(device: Device, lower: f.FeatureSet, lowerVlan: f.FeatureSet): DriverFeatures {
  const kind = device.kind?.name
  if (kind === undefined) return loopback
  switch (kind) {
    case 'tun':
      return tun
    case 'vlan':
      return changeable(vlanAll, lowerVlan & ~f.fcoe)
    case 'macvlan':
    case 'macvtap':
      return {
        features: (lower & macvlanMost) | sharedAlways,
        changeable: f.lro,
        vlan: (lowerVlan & macvlanMost) | sharedAlways,
      }
    case 'ipvlan':
    case 'ipvtap':
      return {
        features: (lower & ipvlanMost) | sharedAlways | f.noVlans,
        changeable: f.none,
        vlan: (lowerVlan & ipvlanMost) | sharedAlways,
      }
    case 'macsec':
      return { features: (lower & macsecMost) | f.gsoSoftware, changeable: f.none, vlan: f.none }
    default:
      return numbered(device, byKind[kind] ?? fixed(f.none))
  }
}

/** Sequence numbers of GRE forbid to cut what is wrapped (`__gre_tunnel_init`, `ip6gre_tnl_init_features`). */
function numbered(device: Device, said: DriverFeatures): DriverFeatures {
  return said === tunnel && device.tunnel?.options.oseq === true ? changeable(tunnelBasics) : said
}
