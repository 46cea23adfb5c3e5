/** What the switch tells as it happens. @module */
import type { BridgeId } from '@vnet/wire'
import type { StpRole, StpState } from './stp/tree-port.js'

/** An entry of the table of MAC addresses. */
export interface MacEntry {
  /** The station. */
  readonly mac: string
  /** Number of the port that it is behind. */
  readonly port: number
  /** VLAN, 1–4094; 0 without `vlanFiltering`. */
  readonly vlan: number
  /** Made by hand: does not age, does not move. */
  readonly static: boolean
  /** Ages, does not move. */
  readonly sticky: boolean
  /** When it was seen last, seconds; exact to 0.1 s, or to a thousandth of the ageing time if that is less. */
  readonly seen: number
}

/** Something that happened. */
export type SwitchEvent =
  | { readonly kind: 'learned'; readonly entry: MacEntry }
  /** A station is behind another port now. */
  | { readonly kind: 'moved'; readonly entry: MacEntry; readonly from: number }
  /** An entry is gone: too old, the oldest where another needed its place, or flushed (port down, topology change, by hand). */
  | { readonly kind: 'forgotten'; readonly entry: MacEntry; readonly cause: 'aged' | 'evicted' | 'flushed' }
  /** What a port does with frames is another thing now. */
  | {
      readonly kind: 'port'
      readonly port: number
      readonly name: string
      readonly role: StpRole
      readonly state: StpState
    }
  /** There is another root, or another way to it. `rootPort` is 0 where this switch is root. */
  | { readonly kind: 'root'; readonly root: BridgeId; readonly cost: number; readonly rootPort: number }
  /** A port of this switch found a change of the topology. */
  | { readonly kind: 'topology-change'; readonly port: number; readonly name: string }
  /** The bpdu guard has shut a port. */
  | { readonly kind: 'guarded'; readonly port: number; readonly name: string }
