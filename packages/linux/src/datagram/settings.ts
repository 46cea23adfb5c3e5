/** Settings of sockets as options of theirs (ip(7), ipv6(7), socket(7)). @module */
import { type CleanGroupLink, type CleanSocketSettings, familyOfSocket, type SocketSpec } from '@vnet/core'
import { littleEndian } from '../netlink/octets.js'
import { SOL_PACKET } from '../packet/constants.js'
import type { Syscalls } from '../syscalls.js'
import { int } from '../tun/ifreq.js'
import * as ip from './constants.js'
import { linkIndex, linkNameOf } from './link-index.js'

/** What is set once, before the socket hears anything. */
export function setAtOpening(syscalls: Syscalls, fd: number, spec: SocketSpec): void {
  const set = (level: number, option: number, value: number) => syscalls.setOption(fd, level, option, int(value))
  const family = familyOfSocket(spec.kind)
  if (family === undefined) set(SOL_PACKET, ip.PACKET_AUXDATA, 1)
  else {
    if (family === 4 || spec.kind === 'udp6') {
      set(ip.SOL_IP, ip.IP_PKTINFO, 1)
      set(ip.SOL_IP, ip.IP_RECVTTL, 1)
    }
    if (family === 6) {
      set(ip.SOL_IPV6, ip.IPV6_RECVPKTINFO, 1)
      set(ip.SOL_IPV6, ip.IPV6_RECVHOPLIMIT, 1)
    }
    if (spec.link !== undefined)
      syscalls.setOption(fd, ip.SOL_SOCKET, ip.SO_BINDTODEVICE, linkNameOf(syscalls, fd, spec.link))
  }
  if (spec.reuseAddress) set(ip.SOL_SOCKET, ip.SO_REUSEADDR, 1)
  // Said in either case: net.ipv6.bindv6only chooses otherwise.
  if (spec.kind === 'udp6') set(ip.SOL_IPV6, ip.IPV6_V6ONLY, spec.ipv6Only ? 1 : 0)
  if (spec.header !== undefined) set(ip.SOL_IP, ip.IP_HDRINCL, spec.header ? 1 : 0)
  if (spec.receiveBuffer !== undefined) set(ip.SOL_SOCKET, ip.SO_RCVBUF, spec.receiveBuffer)
}

/** What may change. */
export function changeSettings(
  syscalls: Syscalls,
  fd: number,
  family: 4 | 6 | undefined,
  change: CleanSocketSettings,
): void {
  const { broadcast, hops, multicastHops, multicastLoop, multicastLink } = change
  const set = (option4: number, option6: number, value: Uint8Array) =>
    family === 4
      ? syscalls.setOption(fd, ip.SOL_IP, option4, value)
      : syscalls.setOption(fd, ip.SOL_IPV6, option6, value)
  if (broadcast !== undefined) syscalls.setOption(fd, ip.SOL_SOCKET, ip.SO_BROADCAST, int(broadcast ? 1 : 0))
  if (hops !== undefined) set(ip.IP_TTL, ip.IPV6_UNICAST_HOPS, int(hops))
  if (multicastHops !== undefined) set(ip.IP_MULTICAST_TTL, ip.IPV6_MULTICAST_HOPS, int(multicastHops))
  if (multicastLoop !== undefined) set(ip.IP_MULTICAST_LOOP, ip.IPV6_MULTICAST_LOOP, int(multicastLoop ? 1 : 0))
  if (multicastLink !== undefined) {
    if (family === 4) set(ip.IP_MULTICAST_IF, 0, membership4(syscalls, fd, new Uint8Array(4), multicastLink))
    else set(0, ip.IPV6_MULTICAST_IF, int(indexOf(syscalls, fd, multicastLink)))
  }
}

/** Becomes a member of a group, or ceases to be. */
export function changeMembership(
  syscalls: Syscalls,
  fd: number,
  group: Uint8Array,
  link: CleanGroupLink | undefined,
  member: boolean,
): void {
  if (group.length === 4) {
    const option = member ? ip.IP_ADD_MEMBERSHIP : ip.IP_DROP_MEMBERSHIP
    syscalls.setOption(fd, ip.SOL_IP, option, membership4(syscalls, fd, group, link))
    return
  }
  // struct ipv6_mreq
  const octets = new Uint8Array(20)
  octets.set(group)
  new DataView(octets.buffer).setInt32(16, indexOf(syscalls, fd, link), littleEndian)
  syscalls.setOption(fd, ip.SOL_IPV6, member ? ip.IPV6_JOIN_GROUP : ip.IPV6_LEAVE_GROUP, octets)
}

/** The index of a link; 0 where it is known by an address. */
const indexOf = (syscalls: Syscalls, fd: number, link: CleanGroupLink | undefined): number =>
  link instanceof Uint8Array ? 0 : linkIndex(syscalls, fd, link)

/** `struct ip_mreqn`: a group, an address of the link, its index. */
function membership4(syscalls: Syscalls, fd: number, group: Uint8Array, link: CleanGroupLink | undefined): Uint8Array {
  const octets = new Uint8Array(12)
  octets.set(group)
  if (link instanceof Uint8Array) octets.set(link, 4)
  new DataView(octets.buffer).setInt32(8, indexOf(syscalls, fd, link), littleEndian)
  return octets
}
