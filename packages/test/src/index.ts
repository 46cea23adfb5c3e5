/**
 * Networks for test suites: hosts, switches, routers and cables in namespaces of their own, on the mock or a kernel.
 *
 * @packageDocumentation
 */
export { assertNoReach, assertReach } from './assert.js'
export { type CableEnd, LabCable } from './cable.js'
export type { Role } from './check.js'
export { createLab } from './create.js'
export type { Evidence } from './evidence.js'
export { Lab } from './lab.js'
export { type LabMatchers, labMatchers, type MatcherContext, type MatcherResult } from './matcher.js'
export { LabNat, type NatMapping } from './nat/box.js'
export { type NatDropCause, natDropCauses } from './nat/cause.js'
export type { NatEndpoint } from './nat/endpoint.js'
export type { NatProtocol } from './nat/packet.js'
export {
  type NatBehaviour,
  type NatDependence,
  type NatLifetimes,
  type NatOptions,
  type NatRules,
  type NatType,
  natTypes,
} from './nat/type.js'
export type { LabNode } from './node.js'
export type { Reach, ReachAnswer, ReachOptions, ReachReply } from './reach.js'
export type { CableOptions, CableSpec, Impairment, LabOptions, LabSpec } from './spec.js'
export { withLab } from './with-lab.js'
