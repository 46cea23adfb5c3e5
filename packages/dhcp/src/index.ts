/**
 * DHCP for IPv4 (RFC 2131): messages, client and server as state machines without I/O, and what runs them on links.
 *
 * @packageDocumentation
 */
export { DhcpClient } from './client/client.js'
export type { DhcpClientOptions } from './client/option.js'
export type { DhcpClientState, DhcpClientStep, DhcpLeaseEnd } from './client/step.js'
export type { ClientFqdn } from './client-fqdn.js'
export type { DhcpLease } from './lease.js'
export {
  type DhcpMessage,
  type DhcpMessageSpec,
  type DhcpMessageType,
  decodeDhcpMessage,
  type EncodeDhcpOptions,
  encodeDhcpMessage,
} from './message.js'
export type { DhcpOptionName, DhcpOptions, RawDhcpOption, WireOptions } from './option.js'
export { type DhcpClientClose, dhcpClient, type RunningDhcpClient } from './run/client.js'
export type { DhcpClientRunOptions } from './run/client-options.js'
export type { DhcpClock } from './run/clock.js'
export { dhcpServer, type RunningDhcpServer } from './run/server.js'
export type { DhcpServerRunOptions } from './run/server-options.js'
export type { DhcpBinding } from './server/binding.js'
export type { DhcpReservation, DhcpServerOptions, DhcpSubnet } from './server/option.js'
export { DhcpServer } from './server/server.js'
export type { DhcpDestination, DhcpServerStep } from './server/step.js'
