/**
 * The vocabulary of vnet (one noun a file), the driver seam, the client, and the choice of a backend.
 *
 * @packageDocumentation
 */
export * from './address.js'
export * from './alias.js'
export { type ArgumentError, type ArgumentFault, isArgumentError, wrongArgument } from './argument.js'
export * from './batch.js'
export * from './bpf.js'
export type * from './bridge-adopt.js'
export type * from './bridge-mst.js'
export type * from './bridge-vlan.js'
export * from './bridge-vlan-global.js'
export type * from './bridge-vni.js'
export * from './capability.js'
export type * from './capture.js'
export * from './capture-batch.js'
export { type CapturedFrame, mergeCaptures } from './capture-merge.js'
export { portBoolean, portFilter, portNumber, portOperation, portProgram, portSteering } from './check/port.js'
export { cleanRequest } from './check/request.js'
export { familyOfSocket, socketKinds } from './check/socket.js'
export type * from './client/api.js'
export type * from './client/api-bridge.js'
export type * from './client/api-bridge-adopt.js'
export type * from './client/api-device.js'
export type * from './client/api-mac-filter.js'
export type * from './client/api-nat.js'
export type * from './client/api-nic.js'
export type * from './client/api-socket.js'
export type * from './client/api-sysctl.js'
export type * from './client/api-token.js'
export type * from './client/api-traffic.js'
export { differences, type FieldChange, fieldChanges } from './client/difference.js'
export type * from './client/loose-request.js'
export { DecodeError, isDecodeError } from './decode-error.js'
export type { Emitter } from './dgram/emitter.js'
export type { DatagramLookup } from './dgram/lookup.js'
export type { DatagramMessage } from './dgram/message.js'
export { type DatagramModule, datagramModule } from './dgram/module.js'
export type * from './dgram/socket.js'
export type * from './driver.js'
export * from './error.js'
export * from './event.js'
export * from './fdb.js'
export * from './field.js'
export { hintOf } from './hint.js'
export * from './ip.js'
export * from './kind/bridge-port.js'
export * from './kind/doubtful.js'
export * from './kind/index.js'
export * from './link.js'
export * from './mac.js'
export type * from './mac-filter.js'
export type * from './macsec.js'
export * from './mdb.js'
export type * from './multicast-querier.js'
export * from './namespace.js'
export * from './nat.js'
export * from './neighbour.js'
export * from './nic.js'
export { explainNicName } from './nic-name/explain.js'
export { type NameAssignment, type NicNaming, nameGiven, namesInProperties } from './nic-name/given.js'
export type * from './nic-name/meaning.js'
export {
  type NicPlace,
  type PciPlace,
  type PredictableNames,
  predictableNames,
  type UsbPlace,
} from './nic-name/place.js'
export { nicNameProperties, nicPrefixes } from './nic-name/predictable.js'
export * from './nic-settings.js'
export { pooledOctets } from './octet-pool.js'
export {
  type DriverAttempt,
  type DriverChoice,
  type DriverName,
  type OpenOptions,
  openDriver,
  openHost,
  probeDrivers,
} from './open.js'
export * from './ping.js'
export * from './ping-problem.js'
export type * from './port.js'
export { batchesOf } from './port-iterator.js'
export { joinPorts, type PortJoin, type PortJoinCounters } from './port-join.js'
export { FrameWriter, type PortStreamOptions, readableOf, writableOf } from './port-stream.js'
export { portRefusal, refuseForTapLink, refuseTapDevice } from './port-tap-link.js'
export type * from './pppoe.js'
export type * from './program.js'
export * from './qdisc.js'
export * from './request.js'
export * from './route.js'
export * from './rule.js'
export type * from './socket.js'
export { type SocketAction, socketHint } from './socket-hint.js'
export * from './socket-state.js'
export * from './sysctl.js'
export * from './team.js'
export * from './team-option.js'
export type * from './token.js'
export type * from './trace.js'
export * from './traffic/action.js'
export { distributionTable } from './traffic/distribution.js'
export * from './traffic/doubtful.js'
export * from './traffic/estimator.js'
export * from './traffic/fifo.js'
export * from './traffic/filter-protocol.js'
export { type FlowerMatch, flowerFields, flowerMacs, flowerNumbers, flowerPrefixes } from './traffic/flower.js'
export { connectionStates, everyLabelBit, type FlowerConnection } from './traffic/flower-connection.js'
export { type FlowerLabel, type FlowerLabels, isFirstLabel, labelsInOrder } from './traffic/flower-mpls.js'
export { behindPpp, behindTags, type FlowerTags, innermostProtocol } from './traffic/flower-tag.js'
export { type FlowerTunnel, tunnelFlags } from './traffic/flower-tunnel.js'
export {
  type ErspanMatch,
  type FlowerTunnelOptions,
  type GeneveMatch,
  type GtpMatch,
  type PfcpMatch,
  tunnelOptionBits,
  tunnelOptionsOf,
  type VxlanMatch,
} from './traffic/flower-tunnel-options.js'
export * from './traffic/fq-codel.js'
export {
  formatFilterParent,
  formatHandle,
  formatParent,
  formatU32Handle,
  parseFilterParent,
  parseHandle,
  parseParent,
  parseU32Handle,
} from './traffic/handle.js'
export * from './traffic/htb.js'
export * from './traffic/line.js'
export * from './traffic/netem.js'
export * from './traffic/prio.js'
export * from './traffic/size-table.js'
export type * from './traffic/statistics.js'
export * from './traffic/tbf.js'
export type * from './traffic-action.js'
export * from './traffic-class.js'
export * from './traffic-filter.js'
export type * from './wireguard.js'
export * from './wireguard-endpoint.js'
export * from './wireguard-key.js'
