/**
 * PPPoE: discovery, PPP with its authentication and its protocols for IP, as client and as access concentrator, and as links
 * of a namespace.
 *
 * @packageDocumentation
 */
export * from './authentication.js'
export * from './client.js'
export type { Clock } from './clock.js'
export * from './concentrator.js'
export * from './connect.js'
export * from './control.js'
export type { DiscoveredSession, DiscoveryEnd } from './discovery-client.js'
export * from './discovery-packet.js'
export { endError } from './failure.js'
export * from './frame.js'
export type { Ipv4Agreement } from './ipcp-negotiation.js'
export type { Ipv6Agreement } from './ipv6cp-negotiation.js'
export type { SessionPlace } from './kernel-session.js'
export type { KeepAlive } from './lcp.js'
export { clampSegments, segmentOf } from './mss.js'
export { type AutomatonEnd, type AutomatonLimits, automatonLimits } from './negotiation.js'
export { decodeOptions, encodeOptions, ipcpOptions, ipv6cpOptions, lcpOptions, type PppOption } from './option.js'
export type { PppEnd, PppEvent } from './ppp-session.js'
export { type Random, secureRandom } from './random.js'
export * from './serve.js'
export { type PppoeLink, pppoeLinks, type SessionAlias } from './session-alias.js'
