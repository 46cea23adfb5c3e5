/** What a port sends, and when: the port transmit machine (IEEE 802.1D-2004 § 17.26). @module */
import type { PortRole } from '@vnet/wire'
import type { Tree } from './tree.js'
import type { TreePort } from './tree-port.js'

const roles: Record<TreePort['role'], PortRole> = {
  disabled: 'unknown',
  root: 'root',
  designated: 'designated',
  alternate: 'alternate-or-backup',
  backup: 'alternate-or-backup',
}

/** Port transmit machine (§ 17.26). Returns whether it moved. */
export function transmitMachine(tree: Tree, port: TreePort): boolean {
  if (!port.portEnabled || !port.selected || port.updtInfo) return false
  if (port.helloWhen === 0) {
    port.helloWhen = Math.max(1, Math.round(port.designatedTimes.helloTime))
    port.newInfo ||= port.role === 'designated' || (port.role === 'root' && port.tcWhile !== 0)
    return true
  }
  if (!port.newInfo || port.txCount >= tree.settings.transmitHoldCount) return false
  if (port.sendRSTP) send(tree, port, 'rapid')
  else if (port.role === 'root') tree.send(port, { kind: 'topology-change' })
  else if (port.role === 'designated') send(tree, port, 'configuration')
  else return false
  port.newInfo = false
  port.txCount++
  if (port.sendRSTP || port.role === 'designated') port.tcAck = false
  port.helloWhen = Math.max(1, Math.round(port.designatedTimes.helloTime))
  return true
}

/** `txRstp` and `txConfig` (§ 17.21.19, 17.21.20). */
function send(tree: Tree, port: TreePort, kind: 'rapid' | 'configuration'): void {
  const { root, cost, bridge, port: id } = port.designatedPriority
  const { messageAge, maxAge, helloTime, forwardDelay } = port.designatedTimes
  tree.send(port, {
    kind,
    topologyChange: port.tcWhile !== 0,
    topologyChangeAcknowledged: kind === 'configuration' && port.tcAck,
    ...(kind === 'rapid'
      ? {
          proposal: port.proposing,
          agreement: port.agree,
          learning: port.learning,
          forwarding: port.forwarding,
          role: roles[port.role],
        }
      : {}),
    root,
    rootPathCost: Math.min(cost, 0xffffffff),
    bridge,
    port: id,
    messageAge,
    maxAge,
    helloTime,
    forwardDelay,
  })
}
