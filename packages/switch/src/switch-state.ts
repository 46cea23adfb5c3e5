/** What a switch says of itself. @module */
import type { BridgeId } from '@vnet/wire'
import type { StpRole, StpState } from './stp/tree-port.js'

/** A port as it is at present. */
export interface SwitchPortState {
  /** Its number: 0 is the host port. */
  readonly number: number
  /** Its name. */
  readonly name: string
  /** Whether it works: it is up, and no guard has shut it. */
  readonly up: boolean
  /** Whether the bpdu guard has shut it. */
  readonly guarded: boolean
  /** What it is for in the spanning tree; `designated` without one, `disabled` where it is down. */
  readonly role: StpRole
  /** What it does with frames of stations. */
  readonly state: StpState
  /** Whether it takes a host for its only neighbour (`operEdge`). */
  readonly edge: boolean
  /** Version of the protocol that it speaks; absent without spanning tree. */
  readonly stpVersion?: 'stp' | 'rstp'
}

/** The spanning tree as this switch sees it. */
export interface TreeState {
  /** The root. */
  readonly root: BridgeId
  /** This switch. */
  readonly bridge: BridgeId
  /** Cost of the way to the root. */
  readonly cost: number
  /** Number of the port towards it; 0 where this switch is root. */
  readonly rootPort: number
}
