/** Opens sockets in a namespace. @module */
import { familyOfSocket, type SocketSpec } from '@vnet/core'
import { AF_PACKET, ETH_P_ALL } from '../packet/constants.js'
import type { Syscalls } from '../syscalls.js'
import { encodeLink } from './address.js'
import * as ip from './constants.js'
import { linkIndex } from './link-index.js'
import { changeSettings, setAtOpening } from './settings.js'
import { LinuxSocket, socketError } from './socket.js'

/** Opens a socket; of a packet socket nothing is heard before all is set. */
export function openSocket(syscalls: Syscalls, namespaceFd: number | undefined, spec: SocketSpec): LinuxSocket {
  const { kind } = spec
  let fd: number | undefined
  try {
    fd = syscalls.socket(...familyTypeProtocol(spec), namespaceFd)
    setAtOpening(syscalls, fd, spec)
    changeSettings(syscalls, fd, familyOfSocket(kind), spec)
    if (kind === 'packet') {
      syscalls.bind(fd, encodeLink(spec.protocol ?? ETH_P_ALL, linkIndex(syscalls, fd, spec.link)))
    }
    return new LinuxSocket(syscalls, kind, fd, spec.protocol)
  } catch (error) {
    if (fd !== undefined) syscalls.close(fd)
    throw socketError(error, 'open', kind)
  }
}

function familyTypeProtocol({ kind, protocol = 0 }: SocketSpec): [family: number, type: number, protocol: number] {
  switch (kind) {
    case 'udp4':
      return [ip.AF_INET, ip.SOCK_DGRAM, ip.IPPROTO_UDP]
    case 'udp6':
      return [ip.AF_INET6, ip.SOCK_DGRAM, ip.IPPROTO_UDP]
    case 'icmp4':
      return [ip.AF_INET, ip.SOCK_DGRAM, ip.IPPROTO_ICMP]
    case 'icmp6':
      return [ip.AF_INET6, ip.SOCK_DGRAM, ip.IPPROTO_ICMPV6]
    case 'raw4':
      return [ip.AF_INET, ip.SOCK_RAW, protocol]
    case 'raw6':
      return [ip.AF_INET6, ip.SOCK_RAW, protocol]
    case 'packet':
      return [AF_PACKET, ip.SOCK_RAW, 0]
  }
}
