/** Questions about sockets and their answers (`linux/inet_diag.h`). Pure. @module */
import {
  DecodeError,
  formatIp,
  type IpFamily,
  type SocketEnd,
  type SocketPhase,
  type SocketProtocol,
  type SocketState,
} from '@vnet/core'
import { attributes, bool } from '../netlink/attribute.js'
import { readValues } from '../netlink/attribute-run.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import { field, readStruct, struct, writeStruct } from '../rtnetlink/struct.js'
import * as k from './constants.js'

/** The question. */
export const inet_diag_req_v2 = struct('struct inet_diag_req_v2', 56, {
  family: field('sdiag_family', 0, 'u8'),
  protocol: field('sdiag_protocol', 1, 'u8'),
  states: field('idiag_states', 4, 'u32'),
})

/** The answer. */
export const inet_diag_msg = struct('struct inet_diag_msg', 72, {
  family: field('idiag_family', 0, 'u8'),
  state: field('idiag_state', 1, 'u8'),
  port: field('id.idiag_sport', 4, 'u16be'),
  remotePort: field('id.idiag_dport', 6, 'u16be'),
  address: field('id.idiag_src', 8, 'bytes'),
  remoteAddress: field('id.idiag_dst', 24, 'bytes'),
  link: field('id.idiag_if', 40, 'u32'),
  receiveQueue: field('idiag_rqueue', 56, 'u32'),
  sendQueue: field('idiag_wqueue', 60, 'u32'),
  uid: field('idiag_uid', 64, 'u32'),
  inode: field('idiag_inode', 68, 'u32'),
})

/** What stands behind it, of which little is asked for. */
export const socketAttributes = attributes({
  ipv6Only: bool(11, 'INET_DIAG_SKV6ONLY'),
})

/** States by the kernel's numbers (`enum` of `net/tcp_states.h`), from 1; a request for a connection (12) is half of one, and bound without more (13, Linux 6.8) is not connected. */
const phases: readonly (SocketPhase | undefined)[] = [
  undefined,
  'established',
  'syn-sent',
  'syn-recv',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'unconnected',
  'close-wait',
  'last-ack',
  'listening',
  'closing',
  'syn-recv',
  'unconnected',
]

const numbers: Readonly<Record<SocketProtocol, number>> = { tcp: k.IPPROTO_TCP, udp: k.IPPROTO_UDP }

/** All states. */
const everyState = 0xffffffff

/** Appends the question for all sockets of a protocol and version of IP. */
export function encodeQuestion(to: MessageWriter, protocol: SocketProtocol, family: IpFamily): void {
  to.begin(k.SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP)
  writeStruct(to, inet_diag_req_v2, {
    family: family === 4 ? k.AF_INET : k.AF_INET6,
    protocol: numbers[protocol],
    states: everyState,
  })
  to.end()
}

/** Reads an answer from behind the netlink header. @throws DecodeError it was cut */
export function decodeSocket(protocol: SocketProtocol, from: Octets, start: number, end: number): SocketState {
  const { size, fields } = inet_diag_msg
  if (end - start < size) throw new DecodeError('socket', start, `${end - start} octets of ${size}`)
  const told = readStruct(from, inet_diag_msg, start, end)
  const state = phases[told.state] ?? told.state
  const length = told.family === k.AF_INET ? 4 : 16
  const endAt = (at: number, port: number): SocketEnd => ({
    address: formatIp(from.bytes.subarray(start + at, start + at + length)),
    port,
  })
  const remote = endAt(fields.remoteAddress.offset, told.remotePort)
  const { ipv6Only } = readValues(socketAttributes, from, start + size, end, 'socket') as { ipv6Only?: boolean }
  return {
    protocol,
    family: length === 4 ? 4 : 6,
    state,
    local: endAt(fields.address.offset, told.port),
    ...(isNowhere(remote) ? {} : { remote }),
    ...(told.link === 0 ? {} : { link: told.link }),
    ...(ipv6Only === undefined ? {} : { ipv6Only }),
    receiveQueue: told.receiveQueue,
    sendQueue: told.sendQueue,
    uid: told.uid,
    inode: told.inode,
  }
}

const isNowhere = ({ address, port }: SocketEnd): boolean => port === 0 && ['0.0.0.0', '::'].includes(address)
