/**
 * A Linux kernel in memory for `@vnet/core`: the control plane without root, without Linux, without a machine.
 *
 * @packageDocumentation
 */
export { type Clock, type ManualClock, manualClock, realClock } from './clock.js'
export {
  diffStates,
  type NamespaceDifference,
  type StateDifference,
  type SysctlDifference,
  type WireguardDifference,
} from './difference.js'
export type { MacFilterDifference } from './difference-mac-filter.js'
export type { ConnectionDifference, ConnectionEnds, NatDifference } from './difference-nat.js'
export { type MockDriver, type MockOptions, mockDriver } from './driver.js'
export type { CountedFault, MockFault } from './fault/fault.js'
export type { DelaySpec, FailSpec, MockFaults, OverflowSpec } from './fault/faults.js'
export type { FaultCall, FaultMatch, FaultOperation } from './fault/match.js'
export type { MockState, SavedNamespace } from './snapshot.js'
export type { MockCounters, Storm } from './stack/backlog.js'
export { type Drop, type DropCause, dropCauses } from './stack/drop.js'
