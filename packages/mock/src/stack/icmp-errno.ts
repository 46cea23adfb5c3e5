/** What sockets are told of ICMP errors (`icmp_err_convert`, `icmpv6_err_convert`). @module */
import type { ErrorCode } from '@vnet/core'
import { icmpTypes, icmpv6Types } from '@vnet/wire'

/** What a socket is told of an error. */
export interface IcmpErrno {
  readonly code: ErrorCode
  /** Connected sockets are told; what is not fatal may pass by itself. */
  readonly isFatal: boolean
}

const passing = (code: ErrorCode): IcmpErrno => ({ code, isFatal: false })
const fatal = (code: ErrorCode): IcmpErrno => ({ code, isFatal: true })

/** By the codes of "destination unreachable". */
const unreachable4: readonly IcmpErrno[] = [
  passing('ENETUNREACH'),
  passing('EHOSTUNREACH'),
  fatal('ENOPROTOOPT'),
  fatal('ECONNREFUSED'),
  passing('EMSGSIZE'),
  passing('EOPNOTSUPP'),
  fatal('ENETUNREACH'),
  fatal('EHOSTDOWN'),
  fatal('ENONET'),
  fatal('ENETUNREACH'),
  fatal('EHOSTUNREACH'),
  passing('ENETUNREACH'),
  passing('EHOSTUNREACH'),
  fatal('EHOSTUNREACH'),
  fatal('EHOSTUNREACH'),
  fatal('EHOSTUNREACH'),
]
const unreachable6: readonly IcmpErrno[] = [
  passing('ENETUNREACH'),
  fatal('EACCES'),
  passing('EHOSTUNREACH'),
  passing('EHOSTUNREACH'),
  fatal('ECONNREFUSED'),
  fatal('EACCES'),
  fatal('EACCES'),
]

/** Of an error of IPv4. */
export function icmpErrno4(type: number, code: number): IcmpErrno {
  if (type === icmpTypes.parameterProblem) return fatal('EPROTO')
  return (type === icmpTypes.unreachable ? unreachable4[code] : undefined) ?? passing('EHOSTUNREACH')
}

/** Of an error of IPv6. */
export function icmpErrno6(type: number, code: number): IcmpErrno {
  switch (type) {
    case icmpv6Types.unreachable:
      return unreachable6[code] ?? fatal('EPROTO')
    case icmpv6Types.packetTooBig:
      return passing('EMSGSIZE')
    case icmpv6Types.timeExceeded:
      return passing('EHOSTUNREACH')
    case icmpv6Types.parameterProblem:
      return fatal('EPROTO')
    default:
      return passing('EPROTO')
  }
}
