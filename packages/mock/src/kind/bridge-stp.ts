/** Spanning tree of a bridge: states of ports, and what moves them (`net/bridge/br_stp.c`, `br_stp_timer.c`; IEEE 802.1D-1998). @module */
import type { Kernel } from '../kernel.js'
import { setCarrier } from '../object/carrier.js'
import { type Device, isOperational } from '../object/device.js'
import { sendConfigurations, sendTopologyChange } from './bridge-bpdu.js'
import { type BridgeData, type BridgePort, setOptions } from './bridge-data.js'
import { leaveGroups } from './bridge-group.js'
import { setPortState } from './bridge-mst.js'
import { askPort, stopAsking } from './bridge-querier.js'
import { becomeDesignated, isDesignated, isRoot, selectDesignated, selectRoot } from './bridge-root.js'
import { resumeRouter, stopRouter } from './bridge-router.js'
import { forgetPort } from './bridge-table.js'

/** The bridge of a link that is one, and the port of a link that is one; both are known to be there. */
const bridgeOf = (device: Device) => device.bridge as BridgeData
const portOf = (device: Device) => device.port as BridgePort

/** Looks for the root again, and for the ports that this bridge is designated for (`br_configuration_update`). */
export function updateConfiguration(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  selectRoot(bridge, (member) => {
    const port = portOf(member)
    setPortState(bridge, port, 'listening')
    kernel.tellPort(member)
    if (bridge.forwardDelay > 0) armForwardDelay(kernel, device, member)
  })
  selectDesignated(bridge)
}

/** Moves ports on, and gives the bridge carrier while one forwards. */
export function selectStates(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  let live = false
  for (const member of bridge.ports) {
    const port = portOf(member)
    if (port.state === 'disabled') continue
    if (port.number === bridge.rootPort) {
      port.configPending = false
      port.topologyChangeAck = false
      makeForwarding(kernel, device, member)
    } else if (isDesignated(bridge, port)) {
      port.messageAgeEnds = undefined
      makeForwarding(kernel, device, member)
    } else {
      port.configPending = false
      port.topologyChangeAck = false
      if (port.state !== 'blocking') block(kernel, device, member)
    }
    if (port.state === 'forwarding') live = true
  }
  setCarrier(kernel, device, live)
}

function makeForwarding(kernel: Kernel, device: Device, member: Device): void {
  const bridge = bridgeOf(device)
  const port = portOf(member)
  if (port.state !== 'blocking') return
  if (bridge.options.stp !== true || bridge.forwardDelay === 0) {
    setPortState(bridge, port, 'forwarding')
    detectTopologyChange(kernel, device)
  } else setPortState(bridge, port, 'listening')
  kernel.tellPort(member)
  // The timer also runs without STP; it then finds nothing to do.
  if (bridge.forwardDelay !== 0) armForwardDelay(kernel, device, member)
}

function block(kernel: Kernel, device: Device, member: Device): void {
  const port = portOf(member)
  if (port.state === 'forwarding' || port.state === 'learning') detectTopologyChange(kernel, device)
  setPortState(bridgeOf(device), port, 'blocking')
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
    setPortState(bridgeOf(device), port, 'learning')
    armForwardDelay(kernel, device, member)
  } else if (port.state === 'learning') {
    setPortState(bridgeOf(device), port, 'forwarding')
    if (bridgeOf(device).ports.some((other) => isDesignated(bridgeOf(device), portOf(other)))) {
      detectTopologyChange(kernel, device)
    }
    setCarrier(kernel, device, true)
  }
  kernel.tellPort(member)
}

/** The topology changed: the root lets all know for a while; others tell the root, until it answers. */
export function detectTopologyChange(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  if (bridge.options.stp !== true || !device.up) return
  const wasDetected = bridge.topologyChangeDetected
  bridge.topologyChangeDetected = true
  if (!isRoot(bridge)) {
    if (!wasDetected) tellTopologyChange(kernel, device)
    return
  }
  setTopologyChange(bridge, true)
  bridge.topologyChangeEnds = kernel.now() + (bridge.options.forwardDelay ?? 0) + (bridge.options.maxAge ?? 0)
  resumeBridge(kernel, device)
}

/** Tells the root, now and each hello time until it answers. */
function tellTopologyChange(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  sendTopologyChange(kernel, bridge)
  bridge.topologyToldAgain = kernel.now() + (bridge.options.helloTime ?? 0)
  resumeTopologyTold(kernel, device)
}

/** Waits to tell the root again; also after a snapshot was loaded. */
export function resumeTopologyTold(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  const at = bridge.topologyToldAgain
  if (at === undefined) return
  kernel.timers.at(at, () => {
    if (device.removed || bridge.topologyToldAgain !== at) return
    bridge.topologyToldAgain = undefined
    if (!isRoot(bridge) && device.up) tellTopologyChange(kernel, device)
  })
}

/** Waits until what a port was told is too old; also after a snapshot was loaded. */
export function resumeMessageAge(kernel: Kernel, member: Device): void {
  const port = portOf(member)
  if (port.messageAgeEnds !== undefined) kernel.timers.at(port.messageAgeEnds, messageTooOld, member, port)
}

function messageTooOld(kernel: Kernel, member: Device, port: BridgePort): void {
  const { messageAgeEnds: ends } = port
  const device = member.master
  // It may have been told again since.
  if (member.port !== port || ends === undefined || ends > kernel.now() || device?.bridge === undefined) return
  port.messageAgeEnds = undefined
  if (port.state === 'disabled') return
  const bridge = bridgeOf(device)
  const wasRoot = isRoot(bridge)
  becomeDesignated(bridge, port)
  reconfigure(kernel, device, wasRoot)
}

/** Says hello each hello time from now on, while this bridge is the root (`br_hello_timer_expired`). */
export function startHello(kernel: Kernel, device: Device): void {
  bridgeOf(device).helloSince = kernel.now()
  resumeHello(kernel, device)
}

/** Waits for the next hello, unless no port would say it; also after a snapshot was loaded. */
export function resumeHello(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  const { helloSince: since, helloTime } = bridge
  kernel.timers.cancel(bridge.timer)
  bridge.timer = undefined
  if (since === undefined || !bridge.options.stp || !(helloTime > 0)) return
  if (!bridge.ports.some((member) => portOf(member).state !== 'disabled')) return
  const past = Math.max(0, Math.floor((kernel.now() - since) / helloTime))
  bridge.timer = kernel.timers.at(since + (past + 1) * helloTime, sayHello, device)
}

function sayHello(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  if (device.removed || !device.up || bridge.helloSince === undefined || bridge.timer === undefined) return
  bridge.helloSince = bridge.timer.at
  sendConfigurations(kernel, device)
  resumeHello(kernel, device)
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

/** Chooses anew after something changed; a bridge that was not the root may become it. */
export function reconfigure(kernel: Kernel, device: Device, wasRoot: boolean): void {
  updateConfiguration(kernel, device)
  selectStates(kernel, device)
  if (!wasRoot && isRoot(bridgeOf(device))) becomeRoot(kernel, device)
}

function becomeRoot(kernel: Kernel, device: Device): void {
  const bridge = bridgeOf(device)
  bridge.maxAge = bridge.options.maxAge ?? 0
  bridge.helloTime = bridge.options.helloTime ?? 0
  bridge.forwardDelay = bridge.options.forwardDelay ?? 0
  detectTopologyChange(kernel, device)
  bridge.topologyToldAgain = undefined
  if (!device.up) return
  sendConfigurations(kernel, device)
  startHello(kernel, device)
}

/** Starts a port whose link is up and has carrier. */
export function enablePort(kernel: Kernel, device: Device, member: Device): void {
  const port = portOf(member)
  becomeDesignated(bridgeOf(device), port)
  setPortState(bridgeOf(device), port, 'blocking')
  port.topologyChangeAck = false
  port.configPending = false
  selectStates(kernel, device)
  kernel.tellPort(member)
  if (bridgeOf(device).timer === undefined) resumeHello(kernel, device)
  resumeRouter(device, member)
  askPort(kernel, device, member)
}

/** Stops a port; what was learned on it is forgotten. */
export function disablePort(kernel: Kernel, device: Device, member: Device): void {
  const bridge = bridgeOf(device)
  const port = portOf(member)
  const wasRoot = isRoot(bridge)
  becomeDesignated(bridge, port)
  setPortState(bridgeOf(device), port, 'disabled')
  port.topologyChangeAck = false
  port.configPending = false
  port.forwardDelayEnds = undefined
  port.messageAgeEnds = undefined
  port.holdEnds = undefined
  kernel.tellPort(member)
  if (port.backup === undefined) forgetPort(kernel, device, member, false)
  leaveGroups(kernel, device, member, false)
  stopRouter(device, member)
  stopAsking(device, member)
  reconfigure(kernel, device, wasRoot)
}

/** Whether a port's link can carry frames now. */
export function isLive(member: Device): boolean {
  return member.up && isOperational(member)
}

/** Starts STP, or stops it. */
export function switchStp(kernel: Kernel, device: Device, on: boolean): void {
  const data = bridgeOf(device)
  if (data.options.stp === on) return
  setOptions(data, { stp: on })
  if (!on) return
  const delay = Math.min(30, Math.max(2, data.options.forwardDelay ?? 15))
  setOptions(data, { forwardDelay: delay })
  data.forwardDelay = delay
  if (device.up) startHello(kernel, device)
  selectStates(kernel, device)
}
