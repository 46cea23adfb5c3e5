/** For whom a frame is (`PACKET_*` of `linux/if_packet.h`; `eth_type_trans`). @module */
import { broadcastMac, isGroupMacAt, macAt, macToNumber } from '@vnet/wire'
import { type Device, hasMac } from '../object/device.js'

/** The kernel's numbers, which are those of `packetTypes` in `@vnet/core`. */
export const packetType = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const

/** One of {@link packetType}. */
export type PacketTypeNumber = (typeof packetType)[keyof typeof packetType]

/** The link's MAC as a number; -1 where it has none. */
export function ownMac(device: Device): number {
  const { mac, macCache } = device
  if (macCache !== undefined && macCache.text === mac) return macCache.number
  const number = mac !== undefined && hasMac(device) ? macToNumber(mac) : -1
  device.macCache = { text: mac, number }
  return number
}

/** For whom a frame is that came in at a link. Without an Ethernet header it is for this host. */
export function packetTypeAt(device: Device, octets: Uint8Array): PacketTypeNumber {
  if (!hasMac(device)) return packetType.host
  if (!isGroupMacAt(octets, 0)) return macAt(octets, 0) === ownMac(device) ? packetType.host : packetType.otherHost
  return macAt(octets, 0) === broadcastMac ? packetType.broadcast : packetType.multicast
}
