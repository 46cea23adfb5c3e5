/** The options of a bridge: defaults, and changes in the kernel's order (`br_changelink`). @module */
import { type BridgeOptions, bridgeFields, hintOfIgnored } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { type BridgeData, setOptions } from './bridge-data.js'
import { changePriority } from './bridge-identity.js'
import { isRoot } from './bridge-root.js'
import { snoopingChanged } from './bridge-snooper.js'
import { switchStp } from './bridge-stp.js'
import { flushTable } from './bridge-table.js'
import { changeDefaultPvid } from './bridge-vlan.js'

function newOptions(filtering: boolean): BridgeData['options'] {
  return {
    stp: false,
    forwardDelay: 15,
    helloTime: 2,
    maxAge: 20,
    ageingTime: 300,
    priority: 32768,
    vlanFiltering: false,
    vlanProtocol: filtering ? '802.1Q' : undefined,
    groupForwardMask: 0,
    groupAddress: '01:80:c2:00:00:00',
    multicastRouter: 1,
    multicastSnooping: true,
    multicastQueryUseIfaddr: false,
    multicastQuerier: false,
    multicastHashElasticity: 16,
    multicastHashMax: 4096,
    multicastLastMemberCount: 2,
    multicastStartupQueryCount: 2,
    multicastLastMemberInterval: 1,
    multicastMembershipInterval: 260,
    multicastQuerierInterval: 255,
    multicastQueryInterval: 125,
    multicastQueryResponseInterval: 10,
    multicastStartupQueryInterval: 31.24,
    multicastStatsEnabled: false,
    multicastIgmpVersion: 2,
    multicastMldVersion: 1,
    nfCallIptables: false,
    nfCallIp6tables: false,
    nfCallArptables: false,
    vlanDefaultPvid: filtering ? 1 : undefined,
    vlanStatsEnabled: filtering ? false : undefined,
    vlanStatsPerPort: filtering ? false : undefined,
    noLinkLocalLearn: false,
    multicastVlanSnooping: false,
    mstEnabled: false,
    mdbOffloadFailNotification: false,
    fdbMaxLearned: 0,
  }
}

const filteringOptions = newOptions(true)
const plainOptions = newOptions(false)

/** What a new bridge has. `filtering`: the kernel tells VLANs apart. */
export const defaultOptions = (filtering: boolean): BridgeData['options'] =>
  filtering ? filteringOptions : plainOptions

/** Options that the kernel stores as they come. */
const plain = [
  'multicastRouter',
  'multicastSnooping',
  'multicastQueryUseIfaddr',
  'multicastQuerier',
  'multicastHashMax',
  'multicastLastMemberCount',
  'multicastStartupQueryCount',
  'multicastLastMemberInterval',
  'multicastMembershipInterval',
  'multicastQuerierInterval',
  'multicastQueryInterval',
  'multicastQueryResponseInterval',
  'multicastStartupQueryInterval',
  'multicastStatsEnabled',
  'multicastIgmpVersion',
  'multicastMldVersion',
  'nfCallIptables',
  'nfCallIp6tables',
  'nfCallArptables',
  'noLinkLocalLearn',
  'mdbOffloadFailNotification',
  'fdbMaxLearned',
] as const

/** Hundredths of a second in ticks of a 250 Hz kernel, and back: the kernel's own rounding (`clock_t_to_jiffies`). */
function ticks(seconds: number): number {
  const hundredths = Math.round(seconds * 100)
  return Math.floor((Math.floor((hundredths * 250) / 100) * 100) / 250) / 100
}

const intervals = /Interval$/

/** Changes options. Those before a refusal stay, as in the kernel. */
export function changeBridge(kernel: Kernel, device: Device, change: BridgeOptions): void {
  refuseIgnored(kernel, change)
  const data = device.bridge as BridgeData
  const before = data.options as BridgeOptions
  changeTimes(data, change)
  if (change.ageingTime !== undefined) {
    const ageingTime = ticks(change.ageingTime)
    setOptions(data, { ageingTime })
    data.ageingTime = ageingTime
    if (device.up) data.gcSince = kernel.now()
  }
  if (change.stp !== undefined) switchStp(kernel, device, change.stp)
  if (change.priority !== undefined) changePriority(kernel, device, change.priority)
  changeVlans(kernel, device, change)
  if (change.groupForwardMask !== undefined) {
    // Bits 0–2 are the groups of STP, pause frames and slow protocols (`BR_GROUPFWD_RESTRICTED`).
    if ((change.groupForwardMask & 7) !== 0) {
      refuse('EINVAL', undefined, { attribute: 'spec.bridge.groupForwardMask', hint: 'bits 0, 1 and 2 cannot be set' })
    }
    setOptions(data, { groupForwardMask: change.groupForwardMask })
  }
  if (change.groupAddress !== undefined) {
    const address = change.groupAddress.toLowerCase().replaceAll('-', ':')
    if (!/^01:80:c2:00:00:0[0-9a-f]$/.test(address) || /[123]$/.test(address)) {
      refuse('EINVAL', undefined, {
        attribute: 'spec.bridge.groupAddress',
        hint: 'it must be 01:80:c2:00:00:0x, where x is not 1, 2 or 3',
      })
    }
    setOptions(data, { groupAddress: address })
  }
  if (change.fdbFlush) flushTable(kernel, device)
  for (const name of plain) {
    const value = change[name]
    if (value === undefined) continue
    const stored = intervals.test(name) && typeof value === 'number' ? ticks(value) : value
    setOptions(data, { [name]: stored })
  }
  // Less than a second between queries would flood the network (`BR_MULTICAST_QUERY_INTVL_MIN`).
  for (const name of ['multicastQueryInterval', 'multicastStartupQueryInterval'] as const) {
    if ((data.options[name] ?? 0) < 1) setOptions(data, { [name]: 1 })
  }
  changeVlanModes(data, change)
  snoopingChanged(kernel, device, before)
}

/** A kernel without VLAN filtering does not know the options around it. */
function refuseIgnored(kernel: Kernel, change: BridgeOptions): void {
  if (kernel.has('bridge vlan-filtering')) return
  for (const name of vlanOptions) {
    const { since } = bridgeFields[name]
    if (change[name] === undefined || since === undefined) continue
    refuse('VNET_UNSUPPORTED', undefined, { attribute: `spec.bridge.${name}`, hint: hintOfIgnored(since) })
  }
}

function changeTimes(data: BridgeData, change: BridgeOptions): void {
  if (change.forwardDelay !== undefined) {
    const delay = ticks(change.forwardDelay)
    if (data.options.stp && (delay < 2 || delay > 30))
      refuse('ERANGE', undefined, { attribute: 'spec.bridge.forwardDelay' })
    setOptions(data, { forwardDelay: delay })
    if (isRoot(data)) data.forwardDelay = delay
  }
  if (change.helloTime !== undefined) {
    const time = ticks(change.helloTime)
    if (time < 1 || time > 10) refuse('ERANGE', undefined, { attribute: 'spec.bridge.helloTime' })
    setOptions(data, { helloTime: time })
    if (isRoot(data)) data.helloTime = time
  }
  if (change.maxAge !== undefined) {
    const age = ticks(change.maxAge)
    if (age < 6 || age > 40) refuse('ERANGE', undefined, { attribute: 'spec.bridge.maxAge' })
    setOptions(data, { maxAge: age })
    if (isRoot(data)) data.maxAge = age
  }
}

const vlanOptions = [
  'vlanFiltering',
  'vlanProtocol',
  'vlanDefaultPvid',
  'vlanStatsEnabled',
  'vlanStatsPerPort',
] as const

function changeVlans(kernel: Kernel, device: Device, change: BridgeOptions): void {
  const data = device.bridge as BridgeData
  if (!kernel.has('bridge vlan-filtering')) {
    // Without CONFIG_BRIDGE_VLAN_FILTERING the kernel refuses this one and does not know the others.
    if (change.vlanFiltering !== undefined) {
      refuse('EOPNOTSUPP', undefined, {
        attribute: 'spec.bridge.vlanFiltering',
        hint: 'this kernel lacks VLAN filtering on bridges: it needs CONFIG_BRIDGE_VLAN_FILTERING',
      })
    }
    return
  }
  if (change.vlanStatsPerPort !== undefined && change.vlanStatsPerPort !== data.options.vlanStatsPerPort) {
    if (data.ports.some((port) => (port.port?.vlans.size ?? 0) > 0)) {
      refuse('EBUSY', undefined, {
        attribute: 'spec.bridge.vlanStatsPerPort',
        hint: 'it can only be changed while no port has a VLAN',
      })
    }
  }
  for (const name of vlanOptions) {
    const value = change[name]
    if (value === undefined) continue
    if (name === 'vlanDefaultPvid') changeDefaultPvid(kernel, device, value as number)
    else setOptions(data, { [name]: value })
  }
}

function changeVlanModes(data: BridgeData, change: BridgeOptions): void {
  const { multicastVlanSnooping, mstEnabled } = change
  if (multicastVlanSnooping !== undefined) setOptions(data, { multicastVlanSnooping })
  if (mstEnabled === undefined || mstEnabled === data.options.mstEnabled) return
  if (data.ports.some((port) => (port.port?.vlans.size ?? 0) > 0)) {
    refuse('EBUSY', "MST mode can't be changed while VLANs exist", { attribute: 'spec.bridge.mstEnabled' })
  }
  setOptions(data, { mstEnabled })
}
