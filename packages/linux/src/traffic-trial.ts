/** Which parts of traffic control a kernel has, tried on the `lo` of a network namespace made for it. @module */
import { type Capability, trafficCapabilities } from '@vnet/core'
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from './netlink/message.js'
import type { MessageWriter } from './netlink/writer.js'
import { actionCodecs } from './rtnetlink/traffic/action-message.js'
import { RTM_DELQDISC, RTM_NEWQDISC, RTM_NEWTFILTER, TC_H_INGRESS, TC_H_ROOT } from './rtnetlink/traffic/constants.js'
import { trafficAttributes, writeHeader } from './rtnetlink/traffic/message.js'
import type { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'
import { trialContext as context, inTrialNamespace, verdictOn } from './trial.js'

const ETH_P_ALL_BE = 0x0300
const ENOENT = 2
/** What comes in, of an `ingress` discipline (`TC_H_MIN_INGRESS`). */
const FROM_OUTSIDE = 0xfffffff2
/** Index of `lo`, the first link of every namespace. */
const LO = 1

/** The parts that are there; `undefined` where no namespace can be made. Only for kernels that load no modules. */
export function tryTraffic(syscalls: Syscalls): ReadonlySet<Capability> | undefined {
  return inTrialNamespace(
    syscalls,
    (socket) => new Set(trafficCapabilities.filter((capability) => isThere(socket, capability))),
  )
}

/** A kind that is not there is ENOENT; anything else is a word about the request by who knows the kind. */
function isThere(socket: NetlinkSocket, capability: Capability): boolean {
  const [object, kind] = capability.split(' ') as [string, string]
  if (object === 'qdisc') {
    const there = known(socket, (to) => discipline(to, kind))
    // What was made is in the way of the next.
    verdictOn(socket, (to) => discipline(to, kind, RTM_DELQDISC))
    return there
  }
  // An action that is not there is asked for, which needs no right; EINVAL says that nobody knows the kind.
  if (object === 'action')
    return (
      verdictOn(socket, (to) => actionCodecs['action get'].encode(to, { kind, index: 1 }, context))?.errno === ENOENT
    )
  // Filters need a place; without options none is made.
  verdictOn(socket, (to) => discipline(to, 'ingress'))
  return known(socket, (to) => filter(to, kind))
}

function known(socket: NetlinkSocket, write: (to: MessageWriter) => void): boolean {
  return verdictOn(socket, write)?.errno !== ENOENT
}

function discipline(to: MessageWriter, kind: string, type: number = RTM_NEWQDISC): void {
  const enters = kind === 'ingress' || kind === 'clsact'
  to.begin(type, NLM_F_REQUEST | (type === RTM_NEWQDISC ? NLM_F_CREATE | NLM_F_EXCL : 0))
  writeHeader(to, enters ? { link: LO, parent: TC_H_INGRESS, handle: 0xffff0000 } : { link: LO, parent: TC_H_ROOT })
  trafficAttributes.kind.write(to, kind === 'teql' ? 'teql0' : kind)
  to.end()
}

function filter(to: MessageWriter, kind: string): void {
  to.begin(RTM_NEWTFILTER, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL)
  writeHeader(to, { link: LO, parent: FROM_OUTSIDE, info: (1 << 16) | ETH_P_ALL_BE })
  trafficAttributes.kind.write(to, kind)
  to.end()
}
