/** What can only be found out by trying: in a namespace of its own, which vanishes with all that was made in it. @module */
import type { CleanLinkSpec } from '@vnet/core'
import { forEachMessage, NLM_F_ACK, NLMSG_ERROR, readVerdict, type Verdict } from './netlink/message.js'
import { MessageWriter } from './netlink/writer.js'
import type { EncodeContext } from './rtnetlink/codec.js'
import { linkCodecs } from './rtnetlink/link.js'
import { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'

/**
 * Whether a bridge that tells VLANs apart can be made (`ip link add type bridge vlan_filtering 1`); `undefined` where no
 * namespace can be made to try it in. Loads the module `bridge` where it is not loaded; that makes no link by itself.
 */
export function tryVlanFiltering(syscalls: Syscalls): boolean | undefined {
  return tryLinks(syscalls, [{ kind: 'bridge', bridge: { vlanFiltering: true } }])
}

/**
 * Whether tunnels can be wrapped in UDP (`ip link add type ipip … encap fou`); `undefined` where it cannot be tried. To be
 * tried only where the modules of the tunnels are loaded: loading them makes fallback links in every namespace.
 */
export function tryEncap(syscalls: Syscalls): boolean | undefined {
  const encap = { encap: 'fou', encapDport: 5555 } as const
  return tryLinks(syscalls, [
    { kind: 'ipip', ipip: { remote: '192.0.2.1', ...encap } },
    { kind: 'ip6tnl', ip6tnl: { remote: '2001:db8::1', ...encap } },
  ])
}

/** Whether all of the links can be made. */
function tryLinks(syscalls: Syscalls, specs: readonly CleanLinkSpec[]): boolean | undefined {
  return inTrialNamespace(syscalls, (socket) => specs.every((spec) => made(socket, spec)))
}

/** What requests of a trial are written with: every link is `lo`, the first of every namespace. */
export const trialContext: EncodeContext = { linkIndex: () => 1, namespaceFd: () => -1, timerFrequency: () => 1e9 }

function made(socket: NetlinkSocket, spec: CleanLinkSpec): boolean {
  return verdictOn(socket, (to) => linkCodecs['link add'].encode(to, spec, trialContext))?.errno === 0
}

/**
 * What `body` finds out in a network namespace made for it, by a socket of rtnetlink or of another protocol; `undefined`
 * where none can be made.
 */
export function inTrialNamespace<T>(
  syscalls: Syscalls,
  body: (socket: NetlinkSocket) => T,
  protocol?: number,
): T | undefined {
  let namespace: number | undefined
  try {
    namespace = syscalls.createNamespace()
    const socket = new NetlinkSocket(syscalls, namespace, 65536, protocol)
    try {
      return body(socket)
    } finally {
      socket.close()
    }
  } catch {
    return undefined
  } finally {
    if (namespace !== undefined) syscalls.close(namespace)
  }
}

/** What the kernel says to a message that `write` appends. */
export function verdictOn(socket: NetlinkSocket, write: (to: MessageWriter) => void): Verdict | undefined {
  const writer = new MessageWriter(2048)
  write(writer)
  writer.addFlags(NLM_F_ACK)
  writer.sequence(1)
  socket.send(writer.bytes, writer.length)
  let verdict: Verdict | undefined
  while (
    socket.receive((from, start, end) =>
      forEachMessage(from, start, end, (type, flags, _sequence, at, stop) => {
        if (type === NLMSG_ERROR) verdict = readVerdict(from, at, stop, type, flags)
      }),
    )
  );
  return verdict
}
