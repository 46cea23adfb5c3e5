/** How long a NAT box remembers whom a host inside speaks with (RFC 4787 § 4.3, RFC 5382 § 5, RFC 5508 § 3.2). @module */
import { tcpFlags } from '@vnet/wire'
import type { Endpoint } from './endpoint.js'
import type { NatProtocol } from './packet.js'
import type { NatBehaviour } from './type.js'

/** Which way a packet goes. */
export type Direction = 'out' | 'in'

/** One host outside, as a mapping knows it. */
export interface Session {
  readonly remote: Endpoint
  /** Seconds, by the lab's clock. */
  expires: number
  /** Of TCP: which ways a SYN and a FIN have gone, and whether the connection was reset. */
  readonly tcp: { readonly syn: Direction[]; readonly fin: Direction[]; isReset: boolean }
}

/** A host outside that nothing has been sent to. */
export const newSession = (remote: Endpoint): Session => ({
  remote,
  expires: Number.NEGATIVE_INFINITY,
  tcp: { syn: [], fin: [], isReset: false },
})

/** A packet has passed that keeps a mapping alive. */
export function refresh(
  session: Session,
  protocol: NatProtocol,
  direction: Direction,
  flags: number,
  behaviour: NatBehaviour,
  now: number,
): void {
  if (protocol === 'tcp') track(session, direction, flags)
  session.expires = now + lifetime(session, protocol, behaviour)
}

function track({ tcp }: Session, direction: Direction, flags: number): void {
  if ((flags & tcpFlags.syn) !== 0) {
    // A new connection between the same ports: what was before it is over.
    if ((flags & tcpFlags.ack) === 0 && (tcp.isReset || tcp.fin.length > 0)) {
      tcp.syn.length = 0
      tcp.fin.length = 0
      tcp.isReset = false
    }
    if (!tcp.syn.includes(direction)) tcp.syn.push(direction)
  }
  if ((flags & tcpFlags.fin) !== 0 && !tcp.fin.includes(direction)) tcp.fin.push(direction)
  if ((flags & tcpFlags.rst) !== 0) tcp.isReset = true
}

function lifetime({ tcp }: Session, protocol: NatProtocol, { lifetimes }: NatBehaviour): number {
  if (protocol !== 'tcp') return lifetimes[protocol]
  const stands = tcp.syn.length === 2 && tcp.fin.length < 2 && !tcp.isReset
  return stands ? lifetimes.tcp : lifetimes.tcpTransitory
}
