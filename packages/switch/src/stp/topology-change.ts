/** What a port does with frames, and who must forget what was learned: § 17.30 and 17.31 of IEEE 802.1D-2004. @module */
import type { Tree } from './tree.js'
import type { TreePort } from './tree-port.js'

/** Port state transition machine (§ 17.30). Returns whether it moved. */
export function stateTransitionMachine(port: TreePort): boolean {
  if (port.learning !== port.learn && (port.learn || !port.forward)) {
    port.learning = port.learn
    if (!port.learn) port.forwarding = false
    return true
  }
  if (port.forwarding !== port.forward && (port.learning || !port.forward)) {
    port.forwarding = port.forward
    return true
  }
  return false
}

/** Topology change machine (§ 17.31). Returns whether it moved. */
export function topologyMachine(tree: Tree, port: TreePort): boolean {
  const heard = port.rcvdTc || port.rcvdTcn || port.rcvdTcAck || port.tcProp
  const active = port.role === 'root' || port.role === 'designated'
  switch (port.topology) {
    case 'inactive':
      if (!port.learn) return false
      return learning(port)
    case 'learning':
      if (active && port.forward && !port.operEdge) {
        startTcWhile(tree, port)
        propagate(tree, port)
        port.newInfo = true
        port.topology = 'active'
        tree.detected(port)
        return true
      }
      if (heard) return learning(port)
      if (active || port.learn || port.learning) return false
      return initTopology(tree, port)
    case 'active':
      if (!active || port.operEdge) return learning(port)
      if (port.rcvdTcn) startTcWhile(tree, port)
      if (port.rcvdTcn || port.rcvdTc) {
        // A TCN is acknowledged by designated ports (§ 17.31, NOTIFIED_TC).
        if (port.role === 'designated') port.tcAck = true
        port.rcvdTcn = port.rcvdTc = false
        propagate(tree, port)
        return true
      }
      if (port.tcProp) {
        startTcWhile(tree, port)
        tree.flush(port)
        port.tcProp = false
        return true
      }
      if (!port.rcvdTcAck) return false
      port.tcWhile = 0
      port.rcvdTcAck = false
      return true
  }
}

/** The machine's state `INACTIVE`, which it also starts in. */
export function initTopology(tree: Tree, port: TreePort): true {
  tree.flush(port)
  port.tcWhile = 0
  port.tcAck = false
  port.topology = 'inactive'
  return true
}

function learning(port: TreePort): true {
  port.rcvdTc = port.rcvdTcn = port.rcvdTcAck = port.tcProp = false
  port.topology = 'learning'
  return true
}

/** `newTcWhile` (§ 17.21.7). */
function startTcWhile(tree: Tree, port: TreePort): void {
  if (port.tcWhile !== 0) return
  if (port.sendRSTP) {
    port.tcWhile = Math.ceil(port.designatedTimes.helloTime) + 1
    port.newInfo = true
  } else {
    port.tcWhile = Math.ceil(tree.rootTimes.maxAge + tree.rootTimes.forwardDelay)
  }
}

/** `setTcPropTree` (§ 17.21.18): all other ports. */
function propagate(tree: Tree, port: TreePort): void {
  for (const each of tree.ports) if (each !== port) each.tcProp = true
}
