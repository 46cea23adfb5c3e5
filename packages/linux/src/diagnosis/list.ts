/** The sockets of a namespace, asked for by protocol and version of IP (sock_diag(7)). @module */
import {
  compareSockets,
  type IpFamily,
  isWantedSocket,
  type Request,
  remedyOf,
  type SocketProtocol,
  type SocketState,
  VnetError,
} from '@vnet/core'
import { listObjects, noContext } from '../dump.js'
import { errnoName } from '../errno.js'
import type { OperationCodec } from '../rtnetlink/codec.js'
import { NETLINK_SOCK_DIAG, NetlinkSocket, receiveBuffer } from '../socket.js'
import type { Syscalls } from '../syscalls.js'
import { Window } from '../window.js'
import { decodeSocket, encodeQuestion } from './message.js'

/** Where it is asked. */
export interface Place {
  readonly syscalls: Syscalls
  /** Descriptor of the namespace; `undefined` for that of the process. */
  readonly ownFd: number | undefined
}

/** Those that match, in order. */
export async function listSockets(
  { syscalls, ownFd }: Place,
  request: Request & { operation: 'socket list' },
): Promise<SocketState[]> {
  const { protocol, family } = request.spec
  const socket = openDiagnosis(syscalls, ownFd, request)
  try {
    const window = new Window(socket, () => undefined)
    const all: SocketState[] = []
    for (const its of protocol === undefined ? (['tcp', 'udp'] as const) : [protocol]) {
      for (const version of family === undefined ? ([4, 6] as const) : [family])
        all.push(...(await socketsOf(window, request, its, version)))
    }
    return all.filter(isWantedSocket(request.spec)).sort(compareSockets)
  } finally {
    socket.close()
  }
}

async function socketsOf(
  window: Window,
  request: Request,
  protocol: SocketProtocol,
  family: IpFamily,
): Promise<SocketState[]> {
  const codec: Pick<OperationCodec<never>, 'encode' | 'decode' | 'answer'> = {
    answer: 'dump',
    encode: (to) => encodeQuestion(to, protocol, family),
    decode: (from, start, end) => decodeSocket(protocol, from, start, end),
  }
  try {
    return (await listObjects(window, request, codec as OperationCodec<never>, noContext)) as SocketState[]
  } catch (error) {
    throw explained(error, request)
  }
}

function openDiagnosis(syscalls: Syscalls, namespaceFd: number | undefined, request: Request): NetlinkSocket {
  try {
    return new NetlinkSocket(syscalls, namespaceFd, receiveBuffer, NETLINK_SOCK_DIAG)
  } catch (error) {
    throw explained(error, request)
  }
}

/** What a kernel says that tells of no sockets, or of none of this protocol. */
const lacking: readonly string[] = ['EPROTONOSUPPORT', 'EAFNOSUPPORT', 'ENOENT', 'EINVAL']

function explained(error: unknown, { operation }: Request): unknown {
  const { code = '', errno = 0 } = error as { code?: string; errno?: number }
  if (!lacking.includes(code)) return error
  const detail = errnoName(Math.abs(errno))
  return new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation,
    subject: 'socket list',
    detail,
    hint: remedyOf('socket list'),
  })
}
