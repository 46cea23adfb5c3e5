/** Which port is the root port, and what the others are for: port role selection (IEEE 802.1D-2004 § 17.21.25, 17.28). @module */
import { compareBridges, compareVectors, type PriorityVector, sameTimes } from './priority.js'
import type { Tree } from './tree.js'
import type { TreePort } from './tree-port.js'

/** Port role selection machine (§ 17.28). Returns whether it chose anew. */
export function roleSelectionMachine(tree: Tree): boolean {
  let wanted = false
  for (const port of tree.ports) {
    if (port.reselect) wanted = true
    port.reselect = false
  }
  if (!wanted) return false
  updateRoles(tree)
  for (const port of tree.ports) port.selected = true
  return true
}

/** `updtRolesTree` (§ 17.21.25). */
function updateRoles(tree: Tree): void {
  let best: PriorityVector = { root: tree.id, cost: 0, bridge: tree.id, port: 0 }
  let root: TreePort | undefined
  for (const port of tree.ports) {
    if (port.infoIs !== 'received' || port.portPriority.bridge.mac === tree.id.mac) continue
    const held = port.portPriority
    const path = { ...held, cost: held.cost + port.settings.cost }
    const order = compareVectors(path, best)
    if (order < 0 || (order === 0 && root !== undefined && port.id < root.id)) {
      best = path
      root = port
    }
  }
  tree.rootPriority = best
  tree.rootPort = root?.number ?? 0
  tree.rootTimes =
    root === undefined
      ? tree.times
      : { ...root.portTimes, messageAge: Math.min(255, Math.round(root.portTimes.messageAge + 1)) }
  for (const port of tree.ports) {
    port.designatedPriority = { root: best.root, cost: best.cost, bridge: tree.id, port: port.id }
    port.designatedTimes = { ...tree.rootTimes, helloTime: tree.settings.helloTime }
    selectRole(tree, port, root)
  }
}

function selectRole(tree: Tree, port: TreePort, root: TreePort | undefined): void {
  const better = compareVectors(port.designatedPriority, port.portPriority)
  port.updtInfo = false
  switch (port.infoIs) {
    case 'disabled':
      port.selectedRole = 'disabled'
      break
    case 'aged':
      port.selectedRole = 'designated'
      port.updtInfo = true
      break
    case 'mine':
      port.selectedRole = 'designated'
      port.updtInfo = better !== 0 || !sameTimes(port.designatedTimes, port.portTimes)
      break
    case 'received':
      if (port === root) port.selectedRole = 'root'
      else if (better >= 0) {
        port.selectedRole = compareBridges(port.portPriority.bridge, tree.id) === 0 ? 'backup' : 'alternate'
      } else {
        port.selectedRole = 'designated'
        port.updtInfo = true
      }
  }
}
