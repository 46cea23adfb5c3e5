/** What a bridge does about a BPDU (`br_received_config_bpdu`, `br_received_tcn_bpdu`, `net/bridge/br_stp.c`). @module */
import { type ConfigurationBpdu, macAt, macToNumber } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import type { Frame } from '../stack/frame.js'
import { bpduOf, sendConfiguration, sendConfigurations, sendTopologyChange } from './bridge-bpdu.js'
import type { BridgeData, BridgePort } from './bridge-data.js'
import { identity, isDesignated, isRoot, supersedes } from './bridge-root.js'
import {
  detectTopologyChange,
  disablePort,
  resumeMessageAge,
  resumeTopologyTold,
  selectStates,
  setTopologyChange,
  updateConfiguration,
} from './bridge-stp.js'

/** A frame that came in at a port, for the port alone; `false` where it is no BPDU. */
export function receiveBpdu(kernel: Kernel, bridge: Device, member: Device, frame: Frame): boolean {
  const bpdu = bpduOf(frame.octets)
  if (bpdu === undefined) return false
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  const isOurs = macAt(frame.octets, 0) === macToNumber(data.options.groupAddress ?? '')
  if (!data.options.stp || !bridge.up || port.state === 'disabled' || !isOurs) return true
  if (port.options.guard) disablePort(kernel, bridge, member)
  else if (bpdu.kind === 'topology-change') {
    if (!isDesignated(data, port)) return true
    detectTopologyChange(kernel, bridge)
    port.topologyChangeAck = true
    sendConfiguration(kernel, bridge, member)
  } else if (bpdu.messageAge <= bpdu.maxAge) receiveConfiguration(kernel, bridge, member, bpdu as ConfigurationBpdu)
  return true
}

function receiveConfiguration(kernel: Kernel, bridge: Device, member: Device, bpdu: ConfigurationBpdu): void {
  const data = bridge.bridge as BridgeData
  const port = member.port as BridgePort
  if (!supersedes(data, port, bpdu)) {
    // Somebody who knows less: is told.
    if (isDesignated(data, port)) sendConfiguration(kernel, bridge, member)
    return
  }
  const wasRoot = isRoot(data)
  record(kernel, member, bpdu)
  updateConfiguration(kernel, bridge)
  selectStates(kernel, bridge)
  if (wasRoot && !isRoot(data)) {
    data.helloSince = undefined
    if (data.topologyChangeDetected) {
      data.topologyChangeEnds = undefined
      sendTopologyChange(kernel, data)
      data.topologyToldAgain = kernel.now() + (data.options.helloTime ?? 0)
      resumeTopologyTold(kernel, bridge)
    }
  }
  if (port.number !== data.rootPort) return
  data.maxAge = bpdu.maxAge
  data.helloTime = bpdu.helloTime
  data.forwardDelay = bpdu.forwardDelay
  setTopologyChange(data, bpdu.topologyChange)
  sendConfigurations(kernel, bridge)
  if (!bpdu.topologyChangeAcknowledged) return
  data.topologyChangeDetected = false
  data.topologyToldAgain = undefined
}

/** What was told, until it is too old (`br_record_config_information`). */
function record(kernel: Kernel, member: Device, bpdu: ConfigurationBpdu): void {
  const port = member.port as BridgePort
  port.designatedRoot = identity(bpdu.root)
  port.designatedCost = bpdu.rootPathCost
  port.designatedBridge = identity(bpdu.bridge)
  port.designatedPort = bpdu.port
  port.designatedSince = kernel.now() - bpdu.messageAge
  port.messageAgeEnds = kernel.now() + bpdu.maxAge - bpdu.messageAge
  resumeMessageAge(kernel, member)
}
