/** Which bridge is the root, by which port it is reached, and which ports are designated: the comparisons of the spanning tree (IEEE 802.1D-1998 § 8.6.8, 8.6.9; `net/bridge/br_stp.c`). @module */
import type { ConfigurationBpdu } from '@vnet/wire'
import type { Device } from '../object/device.js'
import { type BridgeData, type BridgePort, bridgeId, portId } from './bridge-data.js'

/** What a port knows of the best bridge on its link: the root, the way there, the sender. Identities compare as text. */
export type Vector = readonly [root: string, cost: number, bridge: string, port: number]

const vectorOf = (port: BridgePort): Vector => [
  port.designatedRoot,
  port.designatedCost,
  port.designatedBridge,
  port.designatedPort,
]

/** An identity as the mock keeps it: four hexadecimal digits, a dot, the MAC. */
export const identity = ({ priority, mac }: ConfigurationBpdu['root']): string =>
  `${priority.toString(16).padStart(4, '0')}.${mac}`

/** Negative where the first is better, positive where the second is. */
function compare(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] as string | number, other[i] as string | number]
    if (a < b) return -1
    if (a > b) return 1
  }
  return 0
}

const portOf = (device: Device) => device.port as BridgePort

/** Whether this bridge is the root. */
export function isRoot(bridge: BridgeData): boolean {
  return bridge.designatedRoot === bridgeId(bridge)
}

/** Whether this bridge is the designated one on a port's link, by this port. */
export function isDesignated(bridge: BridgeData, port: BridgePort): boolean {
  return port.designatedBridge === bridgeId(bridge) && port.designatedPort === portId(port)
}

/** Makes it so. */
export function becomeDesignated(bridge: BridgeData, port: BridgePort): void {
  port.designatedRoot = bridge.designatedRoot
  port.designatedCost = bridge.rootPathCost
  // The root is its own designated bridge on all its ports: one text for all of them.
  port.designatedBridge = isRoot(bridge) ? bridge.designatedRoot : bridgeId(bridge)
  port.designatedPort = portId(port)
}

/** Whether what a BPDU says is better than what the port knows, or news from the same sender (`br_supersedes_port_info`). */
export function supersedes(bridge: BridgeData, port: BridgePort, bpdu: ConfigurationBpdu): boolean {
  const told = [identity(bpdu.root), bpdu.rootPathCost, identity(bpdu.bridge)]
  const order = compare(told, vectorOf(port).slice(0, 3))
  if (order !== 0) return order < 0
  return identity(bpdu.bridge) !== bridgeId(bridge) || bpdu.port <= port.designatedPort
}

/** Whether a port leads to a root, and better than the one found so far (`br_should_become_root_port`). */
function isBetterWay(bridge: BridgeData, port: BridgePort, found: BridgePort | undefined): boolean {
  if (port.state === 'disabled' || isDesignated(bridge, port) || bridgeId(bridge) <= port.designatedRoot) return false
  if (found === undefined) return true
  const way = (one: BridgePort) => [
    one.designatedRoot,
    one.designatedCost + one.cost,
    one.designatedBridge,
    one.designatedPort,
    portId(one),
  ]
  return compare(way(port), way(found)) < 0
}

/**
 * Chooses the root and the way to it (`br_root_selection`).
 *
 * @param refuse What happens to a port that would be the way, and may not (`rootBlock`).
 */
export function selectRoot(bridge: BridgeData, refuse: (member: Device) => void): void {
  let found: Device | undefined
  for (const member of bridge.ports) {
    if (!isBetterWay(bridge, portOf(member), found?.port)) continue
    if (portOf(member).options.rootBlock) refuse(member)
    else found = member
  }
  const port = found?.port
  bridge.rootPort = port?.number ?? 0
  bridge.designatedRoot = port?.designatedRoot ?? bridgeId(bridge)
  bridge.rootPathCost = port === undefined ? 0 : port.designatedCost + port.cost
}

/** Becomes the designated bridge wherever nobody is better (`br_designated_port_selection`). */
export function selectDesignated(bridge: BridgeData): void {
  for (const member of bridge.ports) {
    const port = portOf(member)
    if (port.state !== 'disabled' && shouldBeDesignated(bridge, port)) becomeDesignated(bridge, port)
  }
}

function shouldBeDesignated(bridge: BridgeData, port: BridgePort): boolean {
  if (isDesignated(bridge, port) || port.designatedRoot !== bridge.designatedRoot) return true
  const ours = [bridge.rootPathCost, bridgeId(bridge), portId(port)]
  return compare(ours, [port.designatedCost, port.designatedBridge, port.designatedPort]) < 0
}

/** The port by which the root is reached. */
export function rootPortOf(bridge: BridgeData): Device | undefined {
  return bridge.rootPort === 0 ? undefined : bridge.ports.find((member) => portOf(member).number === bridge.rootPort)
}
