/** Control messages that come with a datagram (cmsg(3)): where it was sent to, by which link it came, hops, VLAN tags. @module */
import { formatIp } from '@vnet/core'
import { littleEndian } from '../netlink/octets.js'
import { SOL_PACKET, TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID } from '../packet/constants.js'
import { IP_PKTINFO, IP_TTL, IPV6_HOPLIMIT, IPV6_PKTINFO, PACKET_AUXDATA, SOL_IP, SOL_IPV6 } from './constants.js'

/** Octets that hold all control messages that sockets here ask for. */
export const controlSize = 256

/** Octets of a `struct cmsghdr`, whose length is a `size_t`, and what it is aligned to, on machines of 64 bits. */
const HEADER = 16
const ALIGN = 8
const VLAN_DEFAULT = 0x8100

/** What they said. */
export interface Control {
  /** The address that the datagram was sent to. */
  to?: string
  /** Index of the link that it came in by. */
  link?: number
  /** Hops that it had left. */
  hops?: number
  /** The VLAN tag that the kernel took out of a frame: EtherType and the 16 bits behind it. */
  tag?: readonly [type: number, control: number]
}

/** Reads the control messages in the first `length` octets. */
export function decodeControl(octets: Uint8Array, length: number): Control {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const found: Control = {}
  for (let at = 0; at + HEADER <= length; ) {
    const size = Number(view.getBigUint64(at, littleEndian))
    if (size < HEADER || at + size > length) break
    const [level, type] = [view.getInt32(at + 8, littleEndian), view.getInt32(at + 12, littleEndian)]
    read(octets, view, at + HEADER, level, type, found)
    at += (size + ALIGN - 1) & -ALIGN
  }
  return found
}

function read(octets: Uint8Array, view: DataView, at: number, level: number, type: number, found: Control): void {
  if (level === SOL_IP && type === IP_PKTINFO) {
    // struct in_pktinfo: the link, an address of it, the destination.
    found.link ??= view.getInt32(at, littleEndian)
    found.to ??= formatIp(octets, at + 8, 4)
  } else if (level === SOL_IPV6 && type === IPV6_PKTINFO) {
    found.to = formatIp(octets, at, 16)
    found.link = view.getInt32(at + 16, littleEndian)
  } else if ((level === SOL_IP && type === IP_TTL) || (level === SOL_IPV6 && type === IPV6_HOPLIMIT)) {
    found.hops = view.getInt32(at, littleEndian)
  } else if (level === SOL_PACKET && type === PACKET_AUXDATA) {
    // struct tpacket_auxdata
    const status = view.getUint32(at, littleEndian)
    if ((status & TP_STATUS_VLAN_VALID) === 0) return
    const isTyped = (status & TP_STATUS_VLAN_TPID_VALID) !== 0
    found.tag = [isTyped ? view.getUint16(at + 18, littleEndian) : VLAN_DEFAULT, view.getUint16(at + 16, littleEndian)]
  }
}
