/**
 * An Ethernet switch in user space: a state machine that learns, forwards and keeps loops out, a runner that joins it with
 * ports, and wrappers around ports that trace, capture, disturb, slow down and change.
 *
 * @packageDocumentation
 */
export * from './clock.js'
export {
  type InboundCause,
  inboundCauses,
  type OutboundCause,
  outboundCauses,
  type SwitchCounters,
} from './counters.js'
export type * from './event.js'
export { type MemoryPortOptions, memoryPorts } from './memory-ports.js'
export * from './middleware/capture.js'
export * from './middleware/fault.js'
export * from './middleware/patch.js'
export * from './middleware/shape.js'
export * from './middleware/trace.js'
export type { Direction } from './middleware/wrapped-port.js'
export type { StormLimit, StormOptions, SwitchPortOptions } from './port-options.js'
export * from './random.js'
export * from './runner.js'
export { pathCost, type StpOptions, type StpPortOptions } from './stp/options.js'
export type { StpRole, StpState } from './stp/tree-port.js'
export * from './switch.js'
export type { SwitchOptions } from './switch-options.js'
export type * from './switch-state.js'
export type { VlanList, VlanPortOptions } from './vlan.js'
