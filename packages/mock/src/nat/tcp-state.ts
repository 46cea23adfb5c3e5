/** How far a TCP connection is, by the flags of its packets (`nf_conntrack_proto_tcp.c`; RFC 9293 § 3.3.2). @module */
import { tcpFlags } from '@vnet/wire'
import type { Direction } from './connection.js'

/** States, named as `conntrack` prints them. */
export type TcpState =
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'

/** What a packet is to the connection. */
type Sort = 'syn' | 'synAck' | 'fin' | 'ack' | 'reset'

/** Flags that say which, the first that fits. A packet without any is none. */
function sortOf(flags: number): Sort | undefined {
  const has = (flag: number) => (flags & flag) !== 0
  const [syn, fin, reset] = [has(tcpFlags.syn), has(tcpFlags.fin), has(tcpFlags.rst)]
  // No host sends these together.
  if (Number(syn) + Number(fin) + Number(reset) > 1) return undefined
  if (reset) return 'reset'
  if (syn) return has(tcpFlags.ack) ? 'synAck' : 'syn'
  if (!has(tcpFlags.ack)) return undefined
  return fin ? 'fin' : 'ack'
}

/** Whether a packet asks for a connection in the place of one that is over. */
export const beginsAnew = (state: TcpState | undefined, direction: Direction, flags: number): boolean =>
  direction === 'original' && (state === 'TIME_WAIT' || state === 'CLOSE') && sortOf(flags) === 'syn'

/**
 * The state behind a packet.
 *
 * @param state The one before; `undefined` of a connection that begins.
 * @returns `invalid` where the packet cannot belong to it.
 */
export function nextTcpState(state: TcpState | undefined, direction: Direction, flags: number): TcpState | 'invalid' {
  const sort = sortOf(flags)
  const isOriginal = direction === 'original'
  switch (sort) {
    case undefined:
      return 'invalid'
    case 'reset':
      return state === undefined ? 'invalid' : 'CLOSE'
    case 'syn':
      // That the other end asks too changes nothing yet: its answer counts.
      return state ?? 'SYN_SENT'
    case 'synAck':
      if (state === undefined || (isOriginal && state !== 'SYN_RECV')) return 'invalid'
      return state === 'SYN_SENT' ? 'SYN_RECV' : state
    case 'fin':
      return afterFin(state)
    default:
      return afterAck(state, isOriginal)
  }
}

function afterFin(state: TcpState | undefined): TcpState | 'invalid' {
  if (state === undefined || state === 'SYN_SENT') return 'invalid'
  if (state === 'SYN_RECV' || state === 'ESTABLISHED') return 'FIN_WAIT'
  return state === 'FIN_WAIT' || state === 'CLOSE_WAIT' ? 'LAST_ACK' : state
}

function afterAck(state: TcpState | undefined, isOriginal: boolean): TcpState | 'invalid' {
  // One that began before anybody looked is taken on.
  if (state === undefined) return 'ESTABLISHED'
  if (state === 'SYN_SENT') return isOriginal ? 'invalid' : state
  if (state === 'SYN_RECV') return isOriginal ? 'ESTABLISHED' : state
  if (state === 'FIN_WAIT') return 'CLOSE_WAIT'
  return state === 'LAST_ACK' ? 'TIME_WAIT' : state
}
