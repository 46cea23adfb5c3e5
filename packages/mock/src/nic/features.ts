/** What a link can do by itself (`__netdev_update_features`): what its driver says, and what the links beneath it leave of that. @module */
import type { NicFeature } from '@vnet/core'
import type { Device } from '../object/device.js'
import {
  aggregateVlan,
  type DriverFeatures,
  driverFeatures,
  ipvlanMost,
  macsecMost,
  macvlanMost,
  sharedAlways,
  tunTakes,
  tunUser,
} from './driver-features.js'
import * as f from './feature-set.js'
import { portsOf } from './ports.js'

interface State {
  readonly active: f.FeatureSet
  /** What was asked for among what can be changed. */
  readonly wanted: f.FeatureSet
  readonly changeable: f.FeatureSet
  readonly vlan: f.FeatureSet
}

/** The features of a link, as `ethtool -k` lists them. */
export function featuresOf(device: Device): NicFeature[] {
  const { active, wanted, changeable } = stateOf(device)
  return f.featureNames.map((name, i) => {
    const bit = 1n << BigInt(i)
    const now = f.shares(active, bit)
    const fixed = !f.shares(changeable, bit)
    const wish = f.shares(wanted, bit)
    return { name, active: now, fixed, ...(fixed || wish === now ? {} : { requested: wish }) }
  })
}

/** What a link does by itself now. */
export const activeFeatures = (device: Device): f.FeatureSet => stateOf(device).active

function stateOf(device: Device): State {
  const lower = device.lower === undefined ? undefined : stateOf(device.lower)
  const said = driverFeatures(device, lower?.active ?? f.none, lower?.vlan ?? f.none)
  const features = said.features | f.soft
  let changeable = said.changeable | f.soft | f.softOff
  const wanted = features & changeable & ~unwantedOf(device, said)
  if (!device.loopback) changeable |= f.noCacheCopy
  if (f.shares(changeable, f.tso4)) changeable |= f.tsoMangleId
  const start = (features & ~changeable) | wanted
  const active = f.possible(leftOf(device, start, features, lower))
  return { active, wanted, changeable, vlan: vlanOf(device, said.vlan) }
}

/** What could be on, and is not asked for. */
function unwantedOf(device: Device, { unwanted = f.none }: DriverFeatures): f.FeatureSet {
  const { tunOffloads } = device
  const noProgram = tunOffloads === undefined ? f.none : tunUser & ~tunTakes(tunOffloads)
  return unwanted | noProgram | (isPassedOn(device) ? f.lro : f.none)
}

/** What the driver leaves of it (`ndo_fix_features`). */
function leftOf(device: Device, set: f.FeatureSet, before: f.FeatureSet, lower: State | undefined): f.FeatureSet {
  switch (device.kind?.name) {
    case 'tun':
      return set & (tunTakes(device.tunOffloads) | ~tunUser)
    case 'vlan':
      return ofVlan(set, before, lower as State)
    case 'macvlan':
    case 'macvtap':
      return ofShared(set, lower as State, macvlanMost, sharedAlways)
    case 'ipvlan':
    case 'ipvtap':
      return ofShared(set, lower as State, ipvlanMost, sharedAlways | f.noVlans)
    case 'macsec':
      return set & (((lower as State).active & macsecMost) | f.gsoSoftware | f.soft)
    case 'bridge':
      return ofPorts(device, set, false)
    case 'bond':
    case 'team':
      return ofPorts(device, set, true)
    default:
      return set
  }
}

/** `vlan_dev_fix_features`. */
function ofVlan(set: f.FeatureSet, before: f.FeatureSet, { active, vlan }: State): f.FeatureSet {
  let lower = f.common(vlan | f.rxChecksum, active)
  if (f.shares(lower, f.checksum4 | f.checksum6)) lower |= f.checksum
  return f.common(set, lower) | (before & (f.soft | f.gsoSoftware))
}

/** `macvlan_fix_features`, `ipvlan_fix_features`. */
function ofShared(set: f.FeatureSet, { active }: State, most: f.FeatureSet, always: f.FeatureSet): f.FeatureSet {
  const own = set | f.allForAll
  const lower = active & (own | ~f.lro)
  return (f.withPort(lower, own, own) | always) & (most | always)
}

/** `br_features_recompute`, `bond_fix_features`, `team_fix_features`. */
function ofPorts(device: Device, set: f.FeatureSet, isAggregate: boolean): f.FeatureSet {
  const ports = portsOf(device)
  if (ports.length === 0 && !isAggregate) return set
  let all = isAggregate ? basisOf(set) : set & ~f.oneForAll
  for (const port of ports) all = f.withPort(all, stateOf(port).active, set)
  return f.withPort(all, f.tso | f.allForAll, set)
}

/** What an aggregate has before its ports are asked (`netdev_base_features`). */
const basisOf = (set: f.FeatureSet): f.FeatureSet => (set & ~f.oneForAll) | f.allForAll

function vlanOf(device: Device, said: f.FeatureSet): f.FeatureSet {
  let set = said
  const kind = device.kind?.name
  if (kind === 'bond' || kind === 'team') {
    const ports = portsOf(device)
    if (ports.length > 0) {
      set = basisOf(aggregateVlan)
      for (const port of ports) set = f.withPort(set, stateOf(port).vlan, aggregateVlan)
    }
  }
  return set | f.highDma | (f.shares(set, f.tso4) ? f.tsoMangleId : f.none)
}

/** What nobody may do for frames that go on: neither in a bridge, nor under a VLAN, nor in a router (`dev_disable_lro`). */
function isPassedOn(device: Device): boolean {
  const { master, uppers, conf4, inet6 } = device
  if (master?.kind?.name === 'bridge' || conf4.forwarding !== 0 || inet6?.conf.forwarding === 1) return true
  return [...uppers].some((upper) => upper.kind?.name === 'vlan')
}
