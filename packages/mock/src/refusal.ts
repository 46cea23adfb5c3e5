/** How the mock kernel says no: an error number, and the kernel's own sentence where Linux gives one. @module */
import { type ErrorCode, hintOf, type Request, subjectOf, VnetError } from '@vnet/core'

/** Error numbers of Linux (`asm-generic/errno-base.h`, `errno.h`): those that a network operation can end with. */
const errorNumbers: { readonly [code: string]: number | undefined } = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EUNATCH: 49,
  ENODATA: 61,
  ENONET: 64,
  EPROTO: 71,
  EBADMSG: 74,
  EOVERFLOW: 75,
  ENOTUNIQ: 76,
  EBADFD: 77,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  ENOKEY: 126,
}

/** The number of an error, where the kernel gives it. */
export const errorNumber = (code: string): number | undefined => errorNumbers[code]

/** The names of all of them. */
export const errorNames: readonly string[] = Object.keys(errorNumbers)

/** What can be told beside the error number. */
export interface RefusalDetails {
  /** The kernel's extended acknowledgement, word for word. */
  readonly detail?: string | undefined
  /** Path of the offending field. */
  readonly attribute?: string | undefined
  /** What to do about it. */
  readonly hint?: string | undefined
  /** What is beneath it. */
  readonly cause?: unknown
}

/** A refusal on its way up to the kernel's `apply`. Not an `Error`: a bulk of refused requests needs no stack traces. */
export class Refusal {
  readonly code: ErrorCode
  readonly details: RefusalDetails

  constructor(code: ErrorCode, details: RefusalDetails) {
    this.code = code
    this.details = details
  }
}

/** Refuses the request that is being carried out. */
export function refuse(code: ErrorCode, detail?: string, more: Omit<RefusalDetails, 'detail'> = {}): never {
  throw new Refusal(code, { detail, ...more })
}

/** Does something whose refusal nobody hears of, as what the kernel does by itself. */
export function quietly(action: () => void): void {
  try {
    action()
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
  }
}

/** The error that a program sees. */
export function errorOf(refusal: Refusal, request: Request): VnetError {
  const { code, details } = refusal
  return new VnetError({
    code,
    operation: request.operation,
    subject: subjectOf(request),
    errno: errorNumbers[code],
    ...details,
    hint: details.hint ?? hintOf(request, code, details.detail),
  })
}

/** The error of something that is no request. */
export function refusedBy({ code, details }: Refusal, operation: string, subject: string | undefined): VnetError {
  return new VnetError({ code, operation, subject, errno: errorNumbers[code], ...details })
}
