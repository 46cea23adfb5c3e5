/** Spanning tree of a bridge (`net/bridge/br_stp.c`; IEEE 802.1D). No BPDU comes in yet: each bridge is its own root. @module */
import type { Kernel } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import { type Device, isOperational } from '../object/device.js'
import { type BridgeData, type BridgePort, bridgeId, portId } from './bridge-data.js'
import { leaveGroups } from './bridge-group.js'
import { resumeRouter, stopRouter } from './bridge-router.js'
import { changeBridgeMac, forgetPort } from './bridge-table.js'

/** The bridge of a link that is one, and the port of a link that is one; both are known to be there. */
const bridgeOf = (device: Device) => device.bridge as BridgeData
const portOf = (device: Device) => device.port as BridgePort

/** Whether this bridge is the root. */
export function isRoot(bridge: BridgeData): boolean {
  return bridge.designatedRoot === bridgeId(bridge)
}

function isDesignated(bridge: BridgeData, port: BridgePort): boolean {
  return port.designatedBridge === bridgeId(bridge) && port.designatedPort === portId(port)
}

/** Makes the bridge the designated one of a port. */
export function becomeDesignated(bridge: BridgeData, port: BridgePort): void {
  port.designatedRoot = bridge.designatedRoot
  port.designatedCost = bridge.rootPathCost
  port.designatedBridge = bridgeId(bridge)
  port.designatedPort = portId(port)
}

/** Looks for the root again, and for the ports that this bridge is designated for. */
export function updateConfiguration(bridge: BridgeData): void {
  bridge.rootPort = 0
  bridge.designatedRoot = bridgeId(bridge)
  bridge.rootPathCost = 0
  for (const device of bridge.ports) {
    const port = portOf(device)
    if (port.state !== 'disabled') becomeDesignated(bridge, port)
  }
}

/** Moves ports on, and gives the bridge carrier while one forwards. */
export function selectStates(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  let live = false
  for (const member of bridge.ports) {
    const port = portOf(member)
    if (port.state === 'disabled') continue
    if (isDesignated(bridge, port)) makeForwarding(kernel, device, member)
    else if (port.state !== 'blocking') setState(kernel, device, member, 'blocking')
    if (port.state === 'forwarding') live = true
  }
  setCarrier(kernel, device, live)
}

function makeForwarding(kernel: Kernel, device: Device, member: Device): void {
  const bridge = bridgeOf(device)
  const port = portOf(member)
  if (port.state !== 'blocking') return
  if (bridge.options.stp !== true || bridge.forwardDelay === 0) {
    port.state = 'forwarding'
    detectTopologyChange(kernel, device)
  } else port.state = 'listening'
  kernel.tellPort(member)
  // The timer also runs without STP; it then finds nothing to do.
  if (bridge.forwardDelay !== 0) armForwardDelay(kernel, device, member)
}

function setState(kernel: Kernel, device: Device, member: Device, state: BridgePort['state']): void {
  const port = portOf(member)
  if (state === 'blocking' && (port.state === 'forwarding' || port.state === 'learning')) {
    detectTopologyChange(kernel, device)
  }
  port.state = state
  port.forwardDelayEnds = undefined
  kernel.tellPort(member)
}

function armForwardDelay(kernel: Kernel, device: Device, member: Device): void {
  portOf(member).forwardDelayEnds = kernel.now() + bridgeOf(device).forwardDelay
  resumePort(kernel, member)
}

/** Waits for the end of a port's forward delay; also after a snapshot was loaded. */
export function resumePort(kernel: Kernel, member: Device): void {
  const port = portOf(member)
  const end = port.forwardDelayEnds
  if (end === undefined) return
  kernel.timers.at(end, () => {
    if (member.port !== port || port.forwardDelayEnds !== end) return
    port.forwardDelayEnds = undefined
    forwardDelayOver(kernel, member)
  })
}

/** `br_forward_delay_timer_expired`. */
function forwardDelayOver(kernel: Kernel, member: Device): void {
  const port = portOf(member)
  const device = member.master
  if (device?.bridge === undefined) return
  if (port.state === 'listening') {
    port.state = 'learning'
    armForwardDelay(kernel, device, member)
  } else if (port.state === 'learning') {
    port.state = 'forwarding'
    detectTopologyChange(kernel, device)
    setCarrier(kernel, device, true)
  }
  kernel.tellPort(member)
}

function detectTopologyChange(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  if (bridge.options.stp !== true || !device.up) return
  setTopologyChange(bridge, true)
  bridge.topologyChangeDetected = true
  bridge.topologyChangeEnds = kernel.now() + (bridge.options.forwardDelay ?? 0) + (bridge.options.maxAge ?? 0)
  resumeBridge(kernel, device)
}

/** While the topology changes, entries age in twice the forward delay (`__br_set_topology_change`). */
export function setTopologyChange(bridge: BridgeData, changing: boolean): void {
  if (bridge.options.stp && bridge.topologyChange !== changing) {
    bridge.ageingTime = changing ? 2 * bridge.forwardDelay : (bridge.options.ageingTime ?? 0)
  }
  bridge.topologyChange = changing
}

/** Waits for the end of a topology change; also after a snapshot was loaded. */
export function resumeBridge(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  const end = bridge.topologyChangeEnds
  if (end === undefined) return
  kernel.timers.at(end, () => {
    if (device.removed || bridge.topologyChangeEnds !== end) return
    bridge.topologyChangeEnds = undefined
    setTopologyChange(bridge, false)
    bridge.topologyChangeDetected = false
  })
}

function becomeRoot(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  bridge.maxAge = bridge.options.maxAge ?? 0
  bridge.helloTime = bridge.options.helloTime ?? 0
  bridge.forwardDelay = bridge.options.forwardDelay ?? 0
  detectTopologyChange(kernel, device)
  if (device.up) bridge.helloSince = kernel.now()
}

/** Starts a port whose link is up and has carrier. */
export function enablePort(kernel: Kernel, device: Device, member: Device): void {
  const port = portOf(member)
  becomeDesignated(bridgeOf(device), port)
  port.state = 'blocking'
  port.topologyChangeAck = false
  port.configPending = false
  selectStates(kernel, device)
  kernel.tellPort(member)
  resumeRouter(device, member)
}

/** Stops a port; what was learned on it is forgotten. */
export function disablePort(kernel: Kernel, device: Device, member: Device): void {
  const bridge = bridgeOf(device)
  const port = portOf(member)
  const wasRoot = isRoot(bridge)
  becomeDesignated(bridge, port)
  port.state = 'disabled'
  port.topologyChangeAck = false
  port.configPending = false
  port.forwardDelayEnds = undefined
  kernel.tellPort(member)
  if (port.backup === undefined) forgetPort(kernel, device, member, false)
  leaveGroups(kernel, device, member, false)
  stopRouter(device, member)
  updateConfiguration(bridge)
  selectStates(kernel, device)
  if (isRoot(bridge) && !wasRoot) becomeRoot(kernel, device)
}

/** Gives the bridge another MAC, and with it another identity. */
export function changeId(kernel: Kernel, device: Device, mac: string): void {
  const bridge = bridgeOf(device)
  const wasRoot = isRoot(bridge)
  const old = bridge.mac
  changeBridgeMac(kernel, device, mac)
  bridge.mac = mac
  device.mac = mac
  for (const member of bridge.ports) {
    const port = portOf(member)
    if (port.designatedBridge.slice(5) === old) port.designatedBridge = port.designatedBridge.slice(0, 5) + mac
    if (port.designatedRoot.slice(5) === old) port.designatedRoot = port.designatedRoot.slice(0, 5) + mac
  }
  updateConfiguration(bridge)
  selectStates(kernel, device)
  if (isRoot(bridge) && !wasRoot) becomeRoot(kernel, device)
}

/** Takes the lowest MAC of the ports, unless somebody chose one. True when it changed. */
export function recalculateId(kernel: Kernel, device: Device): boolean {
  const bridge = bridgeOf(device)
  if (device.macSet) return false
  let mac = '00:00:00:00:00:00'
  bridge.ports.forEach((member, index) => {
    if (index === 0 || (member.mac as string) < mac) mac = member.mac as string
  })
  if (mac === bridge.mac) return false
  changeId(kernel, device, mac)
  return true
}

/** Another priority of the bridge. */
export function changePriority(kernel: Kernel, device: Device, priority: number): void {
  const bridge = bridgeOf(device)
  const wasRoot = isRoot(bridge)
  const old = bridgeId(bridge)
  bridge.options.priority = priority
  for (const member of bridge.ports) {
    const port = portOf(member)
    if (port.state !== 'disabled' && port.designatedBridge === old) port.designatedBridge = bridgeId(bridge)
  }
  updateConfiguration(bridge)
  selectStates(kernel, device)
  if (isRoot(bridge) && !wasRoot) becomeRoot(kernel, device)
}

/** Whether a port's link can carry frames now. */
export function isLive(member: Device): boolean {
  return member.up && isOperational(member)
}

/** Starts STP, or stops it. */
export function switchStp(kernel: Kernel, device: Device, on: boolean): void {
  const data = bridgeOf(device)
  if (data.options.stp === on) return
  data.options.stp = on
  if (!on) return
  const delay = Math.min(30, Math.max(2, data.options.forwardDelay ?? 15))
  data.options.forwardDelay = delay
  data.forwardDelay = delay
  if (device.up) data.helloSince = kernel.now()
  selectStates(kernel, device)
}
