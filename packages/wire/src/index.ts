/**
 * Frame codecs: octets in place for hot paths, and values for everything else; checksums, pcapng, and lines as tcpdump
 * prints them.
 *
 * @packageDocumentation
 */

export { DecodeError, isDecodeError } from '@vnet/core'
export * from './arp.js'
export type { Decoded } from './bounds.js'
export * from './bpdu.js'
export * from './checksum.js'
export { type DecodeOptions, decodeFrame } from './decode-frame.js'
export * from './dhcp.js'
export {
  type ClasslessRoute,
  type DhcpOption,
  dhcpMessageTypes,
  dhcpOptionCodes,
  dhcpOptionOf,
  dhcpOptionValue,
  readDhcpOptions,
} from './dhcp-option.js'
export { type EncodeOptions, encodeFrame, writeFrame } from './encode-frame.js'
export * from './erspan.js'
export * from './ethernet.js'
export { fillChecksums } from './fill-checksums.js'
export { type FormatOptions, formatFrame, formatLayers } from './format-frame.js'
export { fragmentsOf, isFragment, Reassembly, type Whole } from './fragment.js'
export * from './geneve.js'
export * from './gre.js'
export * from './icmp.js'
export * from './icmpv6.js'
export type * from './icmpv6-body.js'
export * from './igmp.js'
export * from './ipv4.js'
export * from './ipv6.js'
export * from './ipv6-extension.js'
export * from './layer.js'
export * from './llc.js'
export * from './mac.js'
export { type GroupQuery, type GroupRecord, groupRecordTypes } from './multicast.js'
export type { NdOption } from './nd-option.js'
export * from './octets.js'
export type { RawOption } from './option.js'
export * from './pcapng/index.js'
export * from './pppoe.js'
export * from './responder.js'
export * from './tcp.js'
export type { SackBlock, TcpOption } from './tcp-option.js'
export type { AddressPair } from './transport.js'
export * from './udp.js'
export * from './vlan.js'
export * from './vxlan.js'
