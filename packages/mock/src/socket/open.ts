/** Opens sockets (`inet_create`, `packet_create`). @module */
import type { DriverSocket, SocketSpec } from '@vnet/core'
import { ipProtocols } from '@vnet/wire'
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { Refusal, refuse } from '../refusal.js'
import { unsupported } from '../supports.js'
import { MockPacketSocket } from './packet.js'
import { MockSocket } from './socket.js'
import { socketError } from './waiting.js'

/** Opens a socket in a namespace. */
export function openSocket(kernel: Kernel, namespace: Namespace, spec: SocketSpec): DriverSocket {
  if (kernel.supports.socket !== true) throw unsupported('socket open', 'socket')
  try {
    return kernel.perform(() => opened(kernel, namespace, spec))
  } catch (thrown) {
    if (thrown instanceof Refusal) throw socketError(thrown, 'open', spec.kind)
    throw thrown
  }
}

function opened(kernel: Kernel, namespace: Namespace, spec: SocketSpec): DriverSocket {
  switch (spec.kind) {
    case 'packet':
      return new MockPacketSocket(kernel, namespace, spec)
    case 'udp4':
    case 'udp6':
      return new MockSocket(kernel, namespace, spec, ipProtocols.udp)
    case 'raw4':
    case 'raw6':
      return new MockSocket(kernel, namespace, spec, spec.protocol as number)
    case 'icmp4':
    case 'icmp6':
      // Whose group may have them is a setting of the namespace; at first nobody's (`ping_init_sock`).
      if (!allowsEcho(namespace)) refuse('EACCES')
      return new MockSocket(kernel, namespace, spec, spec.kind === 'icmp4' ? ipProtocols.icmp : ipProtocols.icmpv6)
  }
}

/** Whether the one user of the mock, of group 0, may open echo sockets (`net.ipv4.ping_group_range`). */
const allowsEcho = ({ sysctls: { pingGroups } }: Namespace): boolean => pingGroups.first <= 0 && pingGroups.last >= 0
