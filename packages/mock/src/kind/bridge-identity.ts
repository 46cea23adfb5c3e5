/** The identity of a bridge, by which the root is chosen: its priority and MAC (`br_stp_change_bridge_id`, `net/bridge/br_stp_if.c`). @module */
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { type BridgeData, type BridgePort, bridgeId, setOptions } from './bridge-data.js'
import { isRoot } from './bridge-root.js'
import { reconfigure } from './bridge-stp.js'
import { changeBridgeMac } from './bridge-table.js'

/** Gives the bridge another MAC, and with it another identity. */
export function changeId(kernel: Kernel, device: Device, mac: string): void {
  const bridge = device.bridge as BridgeData
  const wasRoot = isRoot(bridge)
  const old = bridge.mac
  changeBridgeMac(kernel, device, mac)
  bridge.mac = mac
  device.mac = mac
  for (const member of bridge.ports) {
    const port = member.port as BridgePort
    if (port.designatedBridge.slice(5) === old) port.designatedBridge = port.designatedBridge.slice(0, 5) + mac
    if (port.designatedRoot.slice(5) === old) port.designatedRoot = port.designatedRoot.slice(0, 5) + mac
  }
  reconfigure(kernel, device, wasRoot)
}

/** Takes the lowest MAC of the ports, unless somebody chose one. True when it changed. */
export function recalculateId(kernel: Kernel, device: Device): boolean {
  const bridge = device.bridge as BridgeData
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
  const bridge = device.bridge as BridgeData
  const wasRoot = isRoot(bridge)
  const old = bridgeId(bridge)
  setOptions(bridge, { priority })
  for (const member of bridge.ports) {
    const port = member.port as BridgePort
    if (port.state !== 'disabled' && port.designatedBridge === old) port.designatedBridge = bridgeId(bridge)
  }
  reconfigure(kernel, device, wasRoot)
}
