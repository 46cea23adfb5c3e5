/** Whether a kernel translates addresses and filters what bridges forward, tried in a network namespace made for it. @module */
import type { CleanNatSpec, IpFamily } from '@vnet/core'
import { forEachMessage, NLM_F_ACK, NLMSG_ERROR, readVerdict } from '../netlink/message.js'
import { MessageWriter } from '../netlink/writer.js'
import { NETLINK_NETFILTER, type NetlinkSocket } from '../socket.js'
import type { Syscalls } from '../syscalls.js'
import { inTrialNamespace } from '../trial.js'
import type { Change } from './conversation.js'
import { replacement } from './mac-filter-message.js'
import { writeBatchBegin, writeBatchEnd } from './message.js'
import { addition } from './nat-message.js'

/** One rule of each kind, and each kind of match that may be left out of a kernel. */
const specs = (family: IpFamily): CleanNatSpec[] => {
  const address = new Uint8Array(family === 4 ? 4 : 16).fill(32)
  return [
    { kind: 'masquerade', family, hook: 'postrouting' },
    { kind: 'snat', family, hook: 'postrouting', address },
    { kind: 'dnat', family, hook: 'prerouting', toLocal: true, address },
    { kind: 'redirect', family, hook: 'output' },
  ]
}

/** Whether rules of each kind and of both versions of IP can be made; `undefined` where no namespace can be made to try it in. */
export function tryNat(syscalls: Syscalls): boolean | undefined {
  const changes = ([4, 6] as const).flatMap(specs).flatMap((spec) => addition(spec))
  return inTrialNamespace(syscalls, (socket) => takesAll(socket, changes), NETLINK_NETFILTER)
}

/** Whether a filter can be made for what bridges forward; `undefined` where no namespace can be made to try it in. */
export function tryMacFilter(syscalls: Syscalls): boolean | undefined {
  const mac = Uint8Array.of(2, 0, 0, 0, 0, 1)
  const changes = replacement({ link: 'trial', allow: [mac], deny: [mac] }, [])
  return inTrialNamespace(syscalls, (socket) => takesAll(socket, changes), NETLINK_NETFILTER)
}

/** Whether all of the changes can be made together. */
function takesAll(socket: NetlinkSocket, changes: readonly Change[]): boolean {
  const to = new MessageWriter(8192)
  writeBatchBegin(to, undefined)
  for (const { encode } of changes) {
    encode(to)
    to.addFlags(NLM_F_ACK)
  }
  writeBatchEnd(to)
  socket.send(to.bytes, to.length)
  const verdicts: number[] = []
  while (
    socket.receive((from, start, end) =>
      forEachMessage(from, start, end, (type, flags, _, at, stop) => {
        if (type === NLMSG_ERROR) verdicts.push(readVerdict(from, at, stop, type, flags).errno)
      }),
    )
  );
  return verdicts.length > 0 && verdicts.every((errno) => errno === 0)
}
