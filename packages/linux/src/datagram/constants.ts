/** Numbers of IP and packet sockets, under the kernel's own names (`linux/in.h`, `linux/in6.h`, `linux/if_packet.h`). @module */

export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const IPPROTO_ICMP = 1
export const IPPROTO_UDP = 17
export const IPPROTO_ICMPV6 = 58

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_BROADCAST = 6
export const SO_RCVBUF = 8
export const SO_BINDTODEVICE = 25

export const SOL_IP = 0
export const IP_TTL = 2
export const IP_HDRINCL = 3
export const IP_PKTINFO = 8
export const IP_RECVERR = 11
export const IP_RECVTTL = 12
export const IP_MULTICAST_IF = 32
export const IP_MULTICAST_TTL = 33
export const IP_MULTICAST_LOOP = 34
export const IP_ADD_MEMBERSHIP = 35
export const IP_DROP_MEMBERSHIP = 36

export const SOL_IPV6 = 41
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MULTICAST_IF = 17
export const IPV6_MULTICAST_HOPS = 18
export const IPV6_MULTICAST_LOOP = 19
export const IPV6_JOIN_GROUP = 20
export const IPV6_LEAVE_GROUP = 21
export const IPV6_RECVERR = 25
export const IPV6_V6ONLY = 26
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50
export const IPV6_RECVHOPLIMIT = 51
export const IPV6_HOPLIMIT = 52

/** A control message of `SOL_PACKET`: what the kernel took out of a frame. */
export const PACKET_AUXDATA = 8

/** `ioctl`s that turn names of links into indexes, and back (`linux/sockios.h`). */
export const SIOCGIFNAME = 0x8910
export const SIOCGIFINDEX = 0x8933
