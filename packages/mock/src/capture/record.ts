/** What is recorded of a frame: its octets, behind a header of LINKTYPE_LINUX_SLL where its own is no Ethernet header. @module */
import type { CaptureFormat } from '@vnet/core'
import type { Device } from '../object/device.js'
import type { PacketTypeNumber } from '../stack/packet-type.js'

/** Octets of that header. */
const COOKED = 16
/** Types of such links (`ARPHRD_IPGRE`, `ARPHRD_IP6GRE`, `ARPHRD_NETLINK`), and EtherTypes of IP. */
const types = { gre: 778, gre6: 823, netlink: 824 } as const
const [IPV4, IPV6] = [0x0800, 0x86dd]

/** What the octets of a link's frames begin with, as libpcap has it. */
export function formatOf({ type }: Device): CaptureFormat {
  if (type === 'ether' || type === 'loopback') return 'ethernet'
  return type in types ? 'cooked' : 'ip'
}

/** The octets as they are recorded. */
export function recorded(device: Device, octets: Uint8Array, packetType: PacketTypeNumber): Uint8Array {
  if (!(device.type in types)) return octets
  const cooked = new Uint8Array(COOKED + octets.length)
  const fields = new DataView(cooked.buffer)
  fields.setUint16(0, packetType)
  fields.setUint16(2, types[device.type as keyof typeof types])
  // Tunnels with two ends have no addresses in their frames.
  fields.setUint16(14, (octets[0] ?? 0) >> 4 === 6 ? IPV6 : IPV4)
  cooked.set(octets, COOKED)
  return cooked
}
