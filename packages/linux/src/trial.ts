/** What only trying tells: it is tried in a network namespace made for it, which is gone afterwards. @module */
import {
  forEachMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  readVerdict,
} from './netlink/message.js'
import { MessageWriter } from './netlink/writer.js'
import { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'

const RTM_NEWLINK = 16
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const IFLA_BR_VLAN_FILTERING = 7

/**
 * Whether a bridge that tells VLANs apart can be made (`ip link add type bridge vlan_filtering 1`); `undefined` where no
 * namespace can be made to try it in. Loads the module `bridge` where it is not loaded; that makes no link by itself.
 */
export function tryVlanFiltering(syscalls: Syscalls): boolean | undefined {
  let namespace: number | undefined
  try {
    namespace = syscalls.createNamespace()
    const socket = new NetlinkSocket(syscalls, namespace, 65536)
    try {
      return made(socket)
    } finally {
      socket.close()
    }
  } catch {
    return undefined
  } finally {
    if (namespace !== undefined) syscalls.close(namespace)
  }
}

function made(socket: NetlinkSocket): boolean | undefined {
  const writer = new MessageWriter(256)
  writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
  writer.zeros(16)
  const info = writer.nest(IFLA_LINKINFO)
  writer.textAttribute(IFLA_INFO_KIND, 'bridge')
  const data = writer.nest(IFLA_INFO_DATA)
  writer.u8Attribute(IFLA_BR_VLAN_FILTERING, 1)
  writer.endNest(data)
  writer.endNest(info)
  writer.end()
  writer.sequence(1)
  socket.send(writer.bytes, writer.length)
  let answer: boolean | undefined
  while (
    socket.receive((from, start, end) =>
      forEachMessage(from, start, end, (type, flags, _sequence, at, stop) => {
        if (type === NLMSG_ERROR) answer = readVerdict(from, at, stop, type, flags).errno === 0
      }),
    )
  );
  return answer
}
