/** Ports of a bridge (`br_add_if`, `del_nbp`, `br_setport`). @module */
import type { BridgePortOptions, BridgePortState, Link } from '@vnet/core'
import type { Kernel, Notice } from '../kernel.js'
import type { Device } from '../object/device.js'
import { emptyMap } from '../object/empty.js'
import { setMtu } from '../object/link-setting.js'
import { isAbove } from '../object/stacking.js'
import { setAllMulti, setPromiscuity } from '../object/state.js'
import { quietly, refuse } from '../refusal.js'
import { type BridgeData, type BridgePort, bridgeId, noRouters, portId, secondsLeft } from './bridge-data.js'
import { watchFeatures } from './bridge-features.js'
import { groupsOf, leaveGroups } from './bridge-group.js'
import { recalculateId } from './bridge-identity.js'
import { setPortState } from './bridge-mst.js'
import { becomeDesignated } from './bridge-root.js'
import { setRouter } from './bridge-router.js'
import { disablePort, enablePort, isLive, selectStates, updateConfiguration } from './bridge-stp.js'
import { addLocal, changePortMac, forgetPort } from './bridge-table.js'
import { describeVlan, joinVlan, leaveVlans, tellVlan } from './bridge-vlan.js'
import { setVlan } from './bridge-vlan-list.js'
import { refuseReceiver } from './receive.js'

/** Makes a link a port. */
export function enslave(kernel: Kernel, master: Device, member: Device): void {
  const bridge = master.bridge as BridgeData
  const hint = 'only Ethernet links can be ports of a bridge'
  if (member.loopback || member.type !== 'ether' || member.mac === '00:00:00:00:00:00') {
    // The check for bridges comes after it: a bridge that lost its last port has no MAC.
    refuse('EINVAL', undefined, { attribute: 'spec.master', hint })
  }
  if (member.bridge !== undefined) {
    refuse('ELOOP', 'Can not enslave a bridge to a bridge', {
      attribute: 'spec.master',
      hint: 'join two bridges by a veth pair, one end in each',
    })
  }
  refuseReceiver(member, 'spec.master')
  if (isAbove(member, master)) {
    refuse('EBUSY', undefined, { attribute: 'spec.master', hint: `${member.name} lies above ${master.name}` })
  }
  const tellFeatures = watchFeatures(kernel, master, member)
  member.port = newPort(bridge, member)
  setAllMulti(kernel, member, 1)
  member.master = master
  kernel.tellLink(member)
  bridge.ports = bridge.ports.toSpliced(0, 0, member)
  setPromiscuity(kernel, member, 1)
  tellFeatures()
  addLocal(kernel, master, member, member.mac as string, 0)
  joinDefaultVlan(kernel, member, bridge.options.vlanDefaultPvid)
  const changed = recalculateId(kernel, master)
  if (isLive(member) && master.up) enablePort(kernel, master, member)
  if (changed) kernel.notify('address', master)
  adjustMtu(kernel, master)
  adjustLimits(master)
}

/** Releases a port; `dying` when the whole bridge goes. */
export function release(kernel: Kernel, master: Device, member: Device, dying = false): void {
  const bridge = master.bridge as BridgeData
  const tellFeatures = dying ? undefined : watchFeatures(kernel, master, member)
  setAllMulti(kernel, member, -1)
  setPromiscuity(kernel, member, -1)
  disablePort(kernel, master, member)
  bridge.ports = bridge.ports.filter((other) => other !== member)
  leaveGroups(kernel, master, member, true)
  leaveVlans(kernel, member)
  forgetPort(kernel, master, member, true)
  for (const other of bridge.ports) if (other.port?.backup === member) other.port.backup = undefined
  member.master = undefined
  member.port = undefined
  if (!member.removed) kernel.tellLink(member)
  if (tellFeatures === undefined) return
  adjustMtu(kernel, master)
  adjustLimits(master)
  if (recalculateId(kernel, master)) kernel.notify('address', master)
  tellFeatures()
}

/** What is new belongs to the VLAN of untagged frames, where there is one. */
function joinDefaultVlan(kernel: Kernel, device: Device, vlan: number | undefined): void {
  if (!vlan) return
  joinVlan(kernel, device, vlan, { pvid: true, untagged: true })
  tellVlan(device, describeVlan(device, vlan), 'bridgeVlan set')
}

/** The options of a new port. Ports share them; a change makes a copy. */
const usualOptions: BridgePort['options'] = {
  hairpin: false,
  guard: false,
  rootBlock: false,
  fastLeave: false,
  learning: true,
  flood: true,
  multicastFlood: true,
  broadcastFlood: true,
  multicastToUnicast: false,
  multicastRouter: 1,
  proxyArp: false,
  proxyArpWifi: false,
  groupForwardMask: 0,
  neighbourSuppress: false,
  neighbourVlanSuppress: false,
  vlanTunnel: false,
  isolated: false,
  backupNexthop: 0,
  locked: false,
  macAuthenticationBypass: false,
  multicastEhtHostsLimit: 512,
  multicastMaxGroups: 0,
}

function newPort(bridge: BridgeData, member: Device): BridgePort {
  const taken = new Set(bridge.ports.map((other) => other.port?.number))
  let number = 1
  while (taken.has(number)) number++
  const port: BridgePort = {
    number,
    options: usualOptions,
    state: 'disabled',
    priority: 32,
    cost: member.kind?.portCost?.(member) ?? 100,
    costSet: false,
    backup: undefined,
    designatedRoot: '',
    designatedCost: 0,
    designatedBridge: '',
    designatedPort: 0,
    topologyChangeAck: false,
    configPending: false,
    forwardDelayEnds: undefined,
    vlans: emptyMap,
    pvid: 0,
    routers: noRouters,
  }
  becomeDesignated(bridge, port)
  return port
}

function adjustMtu(kernel: Kernel, master: Device): void {
  const bridge = master.bridge as BridgeData
  if (bridge.mtuSet) return
  const mtu = bridge.ports.length === 0 ? 1500 : Math.min(...bridge.ports.map((port) => port.mtu))
  quietly(() => setMtu(kernel, master, mtu))
  // Only an MTU chosen by somebody stops the bridge from following its ports.
  bridge.mtuSet = false
}

function adjustLimits(master: Device): void {
  const bridge = master.bridge as BridgeData
  master.tsoMaxSize = Math.min(524280, ...bridge.ports.map((port) => port.tsoMaxSize))
}

/** What a bridge does when something happens to a port (`br_device_event`). */
export function bridgeListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (device.bridge !== undefined && notice === 'register') {
    addLocal(kernel, device, undefined, device.mac as string, 0)
    joinDefaultVlan(kernel, device, device.bridge.options.vlanDefaultPvid)
  }
  const master = device.master
  const port = device.port
  if (master?.bridge === undefined || port === undefined) return
  if (notice === 'mtu') adjustMtu(kernel, master)
  else if (notice === 'address') {
    changePortMac(kernel, master, device)
    if (recalculateId(kernel, master)) kernel.notify('address', master)
  } else if (notice === 'change') {
    if (!port.costSet && isLive(device)) port.cost = device.kind?.portCost?.(device) ?? 100
    if (!master.up) return
    if (isLive(device)) {
      if (port.state === 'disabled') enablePort(kernel, master, device)
    } else if (port.state !== 'disabled') disablePort(kernel, master, device)
  } else if (notice === 'down') {
    if (master.up) disablePort(kernel, master, device)
  } else if (notice === 'up') {
    if (master.up && isLive(device)) enablePort(kernel, master, device)
  } else if (notice === 'unregister') release(kernel, master, device)
}

const plain = [
  'hairpin',
  'guard',
  'fastLeave',
  'rootBlock',
  'learning',
  'flood',
  'multicastFlood',
  'multicastToUnicast',
  'broadcastFlood',
  'proxyArp',
  'proxyArpWifi',
  'vlanTunnel',
  'neighbourSuppress',
  'isolated',
  'locked',
  'macAuthenticationBypass',
  'neighbourVlanSuppress',
] as const

/** Changes options of a port, in the kernel's order. */
export function changeBridgePort(kernel: Kernel, master: Device, member: Device, change: BridgePortOptions): void {
  const bridge = master.bridge as BridgeData
  const port = member.port as BridgePort
  const options = { ...port.options }
  for (const name of plain) {
    const value = change[name]
    if (value !== undefined) Object.assign(options, { [name]: value })
  }
  const { macAuthenticationBypass, locked, learning } = options
  if (macAuthenticationBypass && !(locked && learning)) {
    refuse('EINVAL', 'Bridge port must be locked and have learning enabled when MAB is enabled', {
      attribute: 'spec.port.macAuthenticationBypass',
    })
  }
  port.options = options
  if (!options.vlanTunnel) {
    for (const [vlan, record] of port.vlans)
      if (record.tunnel !== undefined) setVlan(port, vlan, { ...record, tunnel: undefined })
  }
  if (change.cost !== undefined) {
    port.cost = change.cost
    port.costSet = true
    updateConfiguration(kernel, master)
    selectStates(kernel, master)
  }
  if (change.priority !== undefined) {
    const designated = port.designatedBridge === bridgeId(bridge) && port.designatedPort === portId(port)
    port.priority = change.priority
    if (designated) port.designatedPort = portId(port)
  }
  if (change.state !== undefined) changeState(kernel, master, member, change.state)
  if (change.fdbFlush) forgetPort(kernel, master, member, false)
  if (change.multicastRouter !== undefined) setRouter(kernel, master, member, change.multicastRouter)
  if (change.multicastEhtHostsLimit !== undefined)
    setOption(port, 'multicastEhtHostsLimit', change.multicastEhtHostsLimit)
  if (change.multicastMaxGroups !== undefined) setOption(port, 'multicastMaxGroups', change.multicastMaxGroups)
  if (change.groupForwardMask !== undefined) {
    // Bit 1 is the group of pause frames (`BR_GROUPFWD_MACPAUSE`).
    if ((change.groupForwardMask & 2) !== 0) refuse('EINVAL', undefined, { attribute: 'spec.port.groupForwardMask' })
    setOption(port, 'groupForwardMask', change.groupForwardMask)
  }
  if (change.backupPort !== undefined) changeBackup(master, member, change.backupPort)
  if (change.backupNexthop !== undefined) setOption(port, 'backupNexthop', change.backupNexthop)
}

function setOption(port: BridgePort, name: keyof BridgePort['options'], value: number): void {
  port.options = { ...port.options, [name]: value }
}

function changeState(kernel: Kernel, master: Device, member: Device, state: BridgePort['state']): void {
  const port = member.port as BridgePort
  if (master.bridge?.options.stp) {
    refuse('EBUSY', undefined, {
      attribute: 'spec.port.state',
      hint: "the kernel's STP sets the states; switch it off first",
    })
  }
  if (!member.up || (!isLive(member) && state !== 'disabled')) {
    refuse('ENETDOWN', undefined, { attribute: 'spec.port.state', hint: `${member.name} is down or has no carrier` })
  }
  setPortState(master.bridge as BridgeData, port, state)
  selectStates(kernel, master)
}

function changeBackup(master: Device, member: Device, index: number): void {
  const port = member.port as BridgePort
  if (index === 0) {
    port.backup = undefined
    return
  }
  const backup = member.namespace.links.get(index)
  const attribute = 'spec.port.backupPort'
  if (backup === undefined) refuse('ENOENT', undefined, { attribute })
  if (backup.port === undefined) refuse('ENOENT', undefined, { attribute })
  if (backup.master !== master || backup === member) refuse('EINVAL', undefined, { attribute })
  port.backup = backup
}

/** A port's state. Ports made without VLAN filtering tell the same. */
export function describeBridgePort(member: Device, now: number): Partial<Link> {
  const port = member.port
  if (port === undefined) return {}
  const { backupNexthop, ...options } = port.options
  const state: BridgePortState = {
    ...options,
    ...(backupNexthop ? { backupNexthop } : {}),
    state: port.state,
    priority: port.priority,
    cost: port.cost,
    ...(port.backup === undefined ? {} : { backupPort: port.backup.index }),
    id: portId(port),
    number: port.number,
    designatedPort: port.designatedPort,
    designatedCost: port.designatedCost,
    bridgeId: port.designatedBridge,
    rootId: port.designatedRoot,
    holdTimer: secondsLeft(port.holdEnds, now),
    messageAgeTimer: secondsLeft(port.messageAgeEnds, now),
    forwardDelayTimer: secondsLeft(port.forwardDelayEnds, now),
    topologyChangeAck: port.topologyChangeAck,
    configPending: port.configPending,
    multicastEhtHosts: 0,
    multicastGroups: groupsOf(member.master as Device, member),
    mrpRingOpen: false,
    mrpInOpen: false,
  }
  return { port: state }
}
