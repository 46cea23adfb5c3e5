/** Priority vectors and times of the spanning tree (IEEE 802.1D-2004 § 17.5, 17.6). @module */
import type { BridgeId } from '@vnet/wire'

/** What bridges compare: the lower one is the better one, field by field. */
export interface PriorityVector {
  /** The root. */
  readonly root: BridgeId
  /** Cost of the way to it. */
  readonly cost: number
  /** The bridge that says so. */
  readonly bridge: BridgeId
  /** Priority and number of its port, 16 bits. */
  readonly port: number
}

/** Times that the root dictates, seconds. */
export interface StpTimes {
  /** Age of what is told. */
  readonly messageAge: number
  /** When to forget it. */
  readonly maxAge: number
  /** Between two BPDUs. */
  readonly helloTime: number
  /** In each of the states listening and learning. */
  readonly forwardDelay: number
}

/** Below 0 where `a` is the better bridge, 0 where they are the same. */
export function compareBridges(a: BridgeId, b: BridgeId): number {
  return a.priority - b.priority || (a.mac < b.mac ? -1 : a.mac > b.mac ? 1 : 0)
}

/** Below 0 where `a` is better than `b`, 0 where they are the same. */
export function compareVectors(a: PriorityVector, b: PriorityVector): number {
  return compareBridges(a.root, b.root) || a.cost - b.cost || compareBridges(a.bridge, b.bridge) || a.port - b.port
}

/** Whether a received vector replaces what is held: it is better, or news from the same port of the same bridge (§ 17.6). */
export function isSuperior(received: PriorityVector, held: PriorityVector): boolean {
  const order = compareVectors(received, held)
  if (order <= 0) return order < 0
  return received.bridge.mac === held.bridge.mac && (received.port & 0x0fff) === (held.port & 0x0fff)
}

/** Whether all four are equal. */
export function sameTimes(a: StpTimes, b: StpTimes): boolean {
  return (
    a.messageAge === b.messageAge &&
    a.maxAge === b.maxAge &&
    a.helloTime === b.helloTime &&
    a.forwardDelay === b.forwardDelay
  )
}
