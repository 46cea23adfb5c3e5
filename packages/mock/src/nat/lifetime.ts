/** How long a connection is remembered without packets (`nf_conntrack_proto_*.c`), and what its packets change of it. @module */
import { ipProtocols, tcpFlagsAt } from '@vnet/wire'
import type { GlobalName, Sysctls } from '../sysctl/conf.js'
import type { Connection, Direction } from './connection.js'
import { nextTcpState, type TcpState } from './tcp-state.js'
import { isQuery, mayBegin } from './tuple.js'

/** Seconds from which on UDP in both directions is a stream. */
const untilStream = 2

const tcpLives = {
  SYN_SENT: 'syn_sent',
  SYN_RECV: 'syn_recv',
  ESTABLISHED: 'established',
  FIN_WAIT: 'fin_wait',
  CLOSE_WAIT: 'close_wait',
  LAST_ACK: 'last_ack',
  TIME_WAIT: 'time_wait',
  CLOSE: 'close',
} as const satisfies { readonly [S in TcpState]: string }

/** The packet that a connection gets. */
export interface NextPacket {
  readonly direction: Direction
  readonly octets: Uint8Array
  /** Where the header behind those of IP begins, and where the packet ends. */
  readonly start: number
  readonly end: number
  /** Kernel time. */
  readonly now: number
}

/** Takes note of a packet; `false` where it cannot belong to the connection. */
export function noteOn(connection: Connection, packet: NextPacket, { globals }: Sysctls): boolean {
  const { direction, octets, start, end, now } = packet
  const { protocol } = connection.original
  const keep = (name: GlobalName) => {
    connection.expires = now + globals[name]
  }
  if (protocol === ipProtocols.tcp) {
    if (end - start < 20) return false
    const before = connection.tcp
    const state = nextTcpState(before, direction, tcpFlagsAt(octets, start))
    if (state === 'invalid') return false
    if (before === undefined && state === 'ESTABLISHED' && globals['netfilter.nf_conntrack_tcp_loose'] === 0)
      return false
    connection.tcp = state
    if (state === 'ESTABLISHED' && connection.isAnswered) connection.isAssured = true
    keep(`netfilter.nf_conntrack_tcp_timeout_${tcpLives[state]}`)
  } else if (protocol === ipProtocols.udp) {
    if (!connection.isConfirmed) connection.streamAt = now + untilStream
    const isStream = connection.isAnswered && now > connection.streamAt
    if (isStream) connection.isAssured = true
    keep(isStream ? 'netfilter.nf_conntrack_udp_timeout_stream' : 'netfilter.nf_conntrack_udp_timeout')
  } else if (isQuery(connection.original)) {
    if (!mayBegin(connection.original)) return false
    keep(`netfilter.nf_conntrack_${protocol === ipProtocols.icmp ? 'icmp' : 'icmpv6'}_timeout`)
  } else keep('netfilter.nf_conntrack_generic_timeout')
  if (direction === 'reply') connection.isAnswered = true
  return true
}
