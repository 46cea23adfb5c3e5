/** What a port hears: receive, protocol migration, bridge detection and port information machines (§ 17.23–25, 17.27). @module */
import type { ConfigurationBpdu } from '@vnet/wire'
import { compareVectors, isSuperior, type PriorityVector, type StpTimes, sameTimes } from './priority.js'
import { MIGRATE_TIME, type Tree } from './tree.js'
import type { ReceivedInfo, TreePort } from './tree-port.js'

/** Port receive machine (§ 17.23). Returns whether it moved, as all machines here do. */
export function receiveMachine(port: TreePort): boolean {
  if ((port.rcvdBPDU || port.edgeDelayWhile !== MIGRATE_TIME) && !port.portEnabled) {
    port.rcvdBPDU = port.rcvdRSTP = port.rcvdSTP = port.rcvdMsg = false
    port.edgeDelayWhile = MIGRATE_TIME
    return true
  }
  if (!(port.rcvdBPDU && port.portEnabled && !port.rcvdMsg)) return false
  if (port.message?.kind === 'rapid') port.rcvdRSTP = true
  else port.rcvdSTP = true
  port.operEdge = port.rcvdBPDU = false
  port.rcvdMsg = true
  port.edgeDelayWhile = MIGRATE_TIME
  return true
}

/** Port protocol migration machine (§ 17.24): STP where the other side speaks STP, RSTP again when it speaks that. */
export function migrationMachine(tree: Tree, port: TreePort): boolean {
  const checking = () => {
    port.mcheck = false
    port.sendRSTP = tree.rapid
    port.mdelayWhile = MIGRATE_TIME
    port.migration = 'checking'
    return true
  }
  const sensing = () => {
    port.rcvdRSTP = port.rcvdSTP = false
    port.migration = 'sensing'
    return true
  }
  switch (port.migration) {
    case 'checking':
      if (port.mdelayWhile !== MIGRATE_TIME && !port.portEnabled) return checking()
      return port.mdelayWhile === 0 && sensing()
    case 'sensing':
      if (!port.portEnabled || port.mcheck || (tree.rapid && !port.sendRSTP && port.rcvdRSTP)) return checking()
      if (!(port.sendRSTP && port.rcvdSTP)) return false
      port.sendRSTP = false
      port.mdelayWhile = MIGRATE_TIME
      port.migration = 'selecting'
      return true
    case 'selecting':
      return (port.mdelayWhile === 0 || !port.portEnabled || port.mcheck) && sensing()
  }
}

/** Bridge detection machine (§ 17.25): whether a host, and no bridge, is at the other end. */
export function bridgeDetectionMachine(port: TreePort): boolean {
  const { edge, autoEdge } = port.settings
  // An edge that heard a BPDU is none any more: the receive machine has cleared the variable already.
  if (port.operEdge) {
    if (port.portEnabled || edge) return false
    port.operEdge = false
    return true
  }
  const found = port.edgeDelayWhile === 0 && autoEdge && port.sendRSTP && port.proposing
  if (!((!port.portEnabled && edge) || found)) return false
  port.operEdge = true
  return true
}

/** Port information machine (§ 17.27). */
export function informationMachine(tree: Tree, port: TreePort): boolean {
  if (!port.portEnabled) {
    if (port.infoIs === 'disabled' && !port.rcvdMsg) return false
    return disabled(port)
  }
  if (port.infoIs === 'disabled') return aged(port)
  if (port.selected && port.updtInfo) return update(port)
  if (port.infoIs === 'received' && port.rcvdInfoWhile === 0 && !port.updtInfo && !port.rcvdMsg) return aged(port)
  if (!port.rcvdMsg || port.updtInfo) return false
  received(tree, port)
  port.rcvdMsg = false
  return true
}

/** Gives a port what it starts with. */
export function disabled(port: TreePort): true {
  port.rcvdMsg = port.proposing = port.proposed = port.agree = port.agreed = false
  port.rcvdInfoWhile = 0
  port.infoIs = 'disabled'
  port.reselect = true
  port.selected = false
  return true
}

function aged(port: TreePort): true {
  port.infoIs = 'aged'
  port.reselect = true
  port.selected = false
  return true
}

function update(port: TreePort): true {
  port.proposing = port.proposed = false
  // What was agreed on holds only as long as what is said does not get worse.
  const better = port.infoIs === 'mine' && compareVectors(port.designatedPriority, port.portPriority) <= 0
  port.agreed = port.agreed && better
  port.synced = port.synced && port.agreed
  port.portPriority = port.designatedPriority
  port.portTimes = port.designatedTimes
  port.updtInfo = false
  port.infoIs = 'mine'
  port.newInfo = true
  return true
}

function received(tree: Tree, port: TreePort): void {
  const message = port.message
  if (message === undefined) return
  if (message.kind === 'topology-change') {
    port.rcvdTcn = true
    return
  }
  const vector: PriorityVector = {
    root: message.root,
    cost: message.rootPathCost,
    bridge: message.bridge,
    port: message.port,
  }
  const { messageAge, maxAge, forwardDelay } = message
  const times: StpTimes = { messageAge, maxAge, forwardDelay, helloTime: Math.max(1, message.helloTime) }
  const designated = message.kind === 'configuration' || message.role === 'designated'
  switch (standing(port, message, vector, times)) {
    case 'superior':
      port.agreed = port.proposing = false
      if (designated && message.proposal) port.proposed = true
      setTcFlags(port, message)
      port.agree = port.agree && port.infoIs === 'received' && compareVectors(vector, port.portPriority) <= 0
      port.portPriority = vector
      port.portTimes = times
      keep(port)
      port.infoIs = 'received'
      port.reselect = true
      port.selected = false
      break
    case 'repeated':
      if (designated && message.proposal) port.proposed = true
      setTcFlags(port, message)
      keep(port)
      break
    case 'inferior':
      // Two ports take themselves for designated: the other one does not hear us (§ 17.21.10).
      if (message.kind === 'rapid' && message.learning) {
        port.disputed = true
        port.agreed = false
      }
      break
    case 'not-designated':
      port.agreed = tree.rapid && port.settings.pointToPoint && message.agreement
      if (port.agreed) port.proposing = false
      setTcFlags(port, message)
      break
  }
}

/** `rcvInfo` (§ 17.21.8). */
function standing(port: TreePort, message: ConfigurationBpdu, vector: PriorityVector, times: StpTimes): ReceivedInfo {
  const order = compareVectors(vector, port.portPriority)
  if (message.kind === 'configuration' || message.role === 'designated') {
    if (order === 0) return sameTimes(times, port.portTimes) ? 'repeated' : 'superior'
    return isSuperior(vector, port.portPriority) ? 'superior' : 'inferior'
  }
  if (message.role === 'unknown') return 'other'
  return order >= 0 ? 'not-designated' : 'other'
}

function setTcFlags(port: TreePort, message: ConfigurationBpdu): void {
  if (message.topologyChange) port.rcvdTc = true
  if (message.topologyChangeAcknowledged) port.rcvdTcAck = true
}

/** `updtRcvdInfoWhile` (§ 17.21.23): three hello times, unless the information is too old already. */
function keep(port: TreePort): void {
  const { messageAge, maxAge, helloTime } = port.portTimes
  port.rcvdInfoWhile = Math.round(messageAge + 1) <= maxAge ? Math.max(1, Math.ceil(3 * helloTime)) : 0
}
