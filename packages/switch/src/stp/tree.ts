/** A bridge of the spanning tree: the variables of IEEE 802.1D-2004 § 17.18, and what its machines may ask for. @module */
import type { BpduSpec, BridgeId } from '@vnet/wire'
import type { StpSettings } from './options.js'
import type { PriorityVector, StpTimes } from './priority.js'
import type { TreePort } from './tree-port.js'

/** Seconds that a port keeps to one version, at least (`MigrateTime`, § 17.13.9). */
export const MIGRATE_TIME = 3

/** The bridge, for its machines. */
export interface Tree {
  readonly settings: StpSettings
  /** This bridge. */
  readonly id: BridgeId
  readonly ports: Iterable<TreePort>
  /** Whether rapid transitions are allowed (`rstpVersion`). */
  readonly rapid: boolean
  /** What this bridge would say as root. */
  readonly times: StpTimes
  rootPriority: PriorityVector
  rootTimes: StpTimes
  /** Number of the root port, 0 where this bridge is root. */
  rootPort: number
  /** Sends a BPDU. */
  send(port: TreePort, bpdu: BpduSpec): void
  /** Forgets what was learned at a port. */
  flush(port: TreePort): void
  /** Tells that a port found a change of the topology. */
  detected(port: TreePort): void
}
