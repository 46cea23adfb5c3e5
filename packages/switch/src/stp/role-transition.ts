/** How a port takes up its role without a loop: port role transition machines (IEEE 802.1D-2004 § 17.29). @module */
import type { Tree } from './tree.js'
import type { TreePort } from './tree-port.js'

/** Port role transition machine (§ 17.29). Returns whether it moved. */
export function roleTransitionMachine(tree: Tree, port: TreePort): boolean {
  if (!port.selected || port.updtInfo) return false
  if (port.selectedRole !== port.role) return enter(port)
  switch (port.role) {
    case 'disabled':
      return disabledRole(port)
    case 'root':
      return rootRole(tree, port)
    case 'designated':
      return designatedRole(port)
    case 'alternate':
    case 'backup':
      return alternateRole(tree, port)
  }
}

/** Gives a port what the machine starts with (`INIT_PORT`). */
export function initRole(port: TreePort): void {
  port.role = port.selectedRole = 'disabled'
  port.learn = port.forward = port.synced = false
  port.sync = port.reRoot = true
  port.rrWhile = port.designatedTimes.forwardDelay
  port.fdWhile = port.designatedTimes.maxAge
  port.rbWhile = 0
  port.blocked = false
}

function enter(port: TreePort): true {
  port.role = port.selectedRole
  port.blocked = false
  if (port.role === 'root') port.rrWhile = port.designatedTimes.forwardDelay
  else if (port.role !== 'designated') port.learn = port.forward = false
  return true
}

function disabledRole(port: TreePort): boolean {
  const { maxAge } = port.designatedTimes
  if (!port.blocked && (port.learning || port.forwarding)) return false
  const settled = port.blocked && port.fdWhile === maxAge && !port.sync && !port.reRoot && port.synced
  if (settled) return false
  port.blocked = true
  port.fdWhile = maxAge
  port.synced = true
  port.rrWhile = 0
  port.sync = port.reRoot = false
  return true
}

function rootRole(tree: Tree, port: TreePort): boolean {
  if (negotiates(tree, port)) return true
  if (!port.forward && !port.reRoot) {
    for (const each of tree.ports) each.reRoot = true
    return true
  }
  if (port.reRoot && port.forward) {
    port.reRoot = false
    return true
  }
  if (port.rrWhile !== port.designatedTimes.forwardDelay) {
    port.rrWhile = port.designatedTimes.forwardDelay
    return true
  }
  const may = port.fdWhile === 0 || (tree.rapid && port.rbWhile === 0 && reRooted(tree, port))
  return may && !port.forward && proceed(port)
}

function designatedRole(port: TreePort): boolean {
  if (!port.forward && !port.agreed && !port.proposing && !port.operEdge) {
    port.proposing = true
    port.edgeDelayWhile = port.settings.pointToPoint ? 3 : port.designatedTimes.maxAge
    port.newInfo = true
    return true
  }
  const synchronous = (!port.learning && !port.forwarding) || port.agreed || port.operEdge
  if ((synchronous && !port.synced) || (port.sync && port.synced)) {
    port.rrWhile = 0
    port.synced = true
    port.sync = false
    return true
  }
  if (port.rrWhile === 0 && port.reRoot) {
    port.reRoot = false
    return true
  }
  const mustStop = (port.sync && !port.synced) || (port.reRoot && port.rrWhile !== 0) || port.disputed
  if (mustStop && !port.operEdge && (port.learn || port.forward)) {
    port.learn = port.forward = port.disputed = false
    port.fdWhile = port.forwardDelay
    return true
  }
  const may = port.fdWhile === 0 || port.agreed || port.operEdge
  const free = (port.rrWhile === 0 || !port.reRoot) && !port.sync
  if (!(may && free && !port.forward)) return false
  const forwards = port.learn
  proceed(port)
  if (forwards) port.agreed = port.sendRSTP
  return true
}

function alternateRole(tree: Tree, port: TreePort): boolean {
  if (!port.blocked) {
    if (port.learning || port.forwarding) return false
    port.blocked = true
    settle(port)
    return true
  }
  if (negotiates(tree, port)) return true
  if (port.role === 'backup' && port.rbWhile !== 2 * port.designatedTimes.helloTime) {
    port.rbWhile = 2 * port.designatedTimes.helloTime
    return true
  }
  if (port.fdWhile === port.forwardDelay && !port.sync && !port.reRoot && port.synced) return false
  settle(port)
  return true
}

function settle(port: TreePort): void {
  port.fdWhile = port.forwardDelay
  port.synced = true
  port.rrWhile = 0
  port.sync = port.reRoot = false
}

/** Answers a proposal: first all other ports stop where that is needed, then it agrees. Root, alternate and backup ports. */
function negotiates(tree: Tree, port: TreePort): boolean {
  if (port.proposed && !port.agree) {
    for (const each of tree.ports) each.sync = true
    port.proposed = false
    return true
  }
  if ((allSynced(tree) && !port.agree) || (port.proposed && port.agree)) {
    port.proposed = false
    if (port.role === 'root') port.sync = false
    port.agree = true
    port.newInfo = true
    return true
  }
  return false
}

/** The next of the two steps: to learn, then to forward. */
function proceed(port: TreePort): true {
  if (port.learn) {
    port.fdWhile = 0
    port.forward = true
  } else {
    port.fdWhile = port.forwardDelay
    port.learn = true
  }
  return true
}

/** § 17.20.3 */
function allSynced(tree: Tree): boolean {
  for (const port of tree.ports) {
    if (!port.selected || port.role !== port.selectedRole || port.updtInfo) return false
    if (!port.synced && port.role !== 'root') return false
  }
  return true
}

/** § 17.20.10 */
function reRooted(tree: Tree, port: TreePort): boolean {
  for (const each of tree.ports) if (each !== port && each.rrWhile !== 0) return false
  return true
}
