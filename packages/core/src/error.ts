/** The one error class of vnet: what failed, on what, why in the kernel's own words, and what to do. @module */

/**
 * The reasons that vnet itself gives; every other code is the kernel's own name of an error number, such as `EEXIST`.
 * Each has a heading in `docs/errors.md`.
 */
export type VnetCode =
  /** The backend lacks a capability; the message names it. */
  | 'VNET_UNSUPPORTED'
  /** No backend could be opened; `attempts` in the cause tell why each was refused. */
  | 'VNET_NO_DRIVER'
  /** The host, namespace or connection was closed. */
  | 'VNET_CLOSED'
  /** A list kept changing while it was read; `partial` holds what was read. */
  | 'VNET_DUMP_INTERRUPTED'
  /** A transaction failed and was undone; the cause is the failure. */
  | 'VNET_TRANSACTION'
  /** The kernel answered with octets that are not the message that was expected. */
  | 'VNET_DECODE'
  /** An external program that the operation needs is missing. */
  | 'VNET_PROGRAM_MISSING'

/** The kernel's name of an error number (`EPERM`), or one of vnet's own reasons. */
export type ErrorCode = VnetCode | `E${string}`

/** What a {@link VnetError} is made of. */
export interface ErrorDetails {
  /** The reason: the kernel's name (`EEXIST`) or vnet's own (`VNET_UNSUPPORTED`). */
  code: ErrorCode
  /** The operation that failed, as in the list of requests: `link add`. */
  operation: string
  /** What it failed on: `br0`. */
  subject?: string | undefined
  /** The kernel's own sentence (extended acknowledgement), word for word. */
  detail?: string | undefined
  /** Path of the offending field of the request: `spec.vlan.id`. */
  attribute?: string | undefined
  /** What to do about it. */
  hint?: string | undefined
  /** The error number, positive. */
  errno?: number | undefined
  /** The system call that failed, where one did. */
  syscall?: string | undefined
  /** What was read before the failure, where something was. */
  partial?: unknown
  /** Changes that a failed transaction could not take back, each with the reason. */
  notUndone?: readonly NotUndone[] | undefined
  /** The failure beneath this one. */
  cause?: unknown
}

/** A change that a failed transaction could not take back. */
export interface NotUndone {
  /** The operation whose effect remains: `link delete`. */
  readonly operation: string
  /** What it was about. */
  readonly subject?: string
  /** Why it could not be taken back. */
  readonly error: Error
}

const brand = Symbol.for('@vnet/core/VnetError')

/**
 * An operation that failed. Check with {@link isVnetError}, not with `instanceof`: two copies of the package may be loaded.
 * The message reads `link add br0: File exists (EEXIST): <detail>`.
 */
export class VnetError extends Error {
  /** The reason: the kernel's name (`EEXIST`) or vnet's own (`VNET_UNSUPPORTED`); the same on every backend. */
  readonly code: ErrorCode
  /** The operation that failed, as in the list of requests: `link add`. */
  readonly operation: string
  /** What it failed on: `br0`. */
  readonly subject?: string
  /** The kernel's own sentence (extended acknowledgement), word for word. */
  readonly detail?: string
  /** Path of the offending field of the request: `spec.vlan.id`. */
  readonly attribute?: string
  /** What to do about it. */
  readonly hint?: string
  /** The error number, positive. */
  readonly errno?: number
  /** The system call that failed, where one did. */
  readonly syscall?: string
  /** What was read before the failure, where something was (see `VNET_DUMP_INTERRUPTED`). */
  readonly partial?: unknown
  /** Changes that a failed transaction could not take back, each with the reason; absent when it took back all. */
  readonly notUndone?: readonly NotUndone[]

  /** Builds the message from the parts. */
  constructor(details: ErrorDetails) {
    super(messageOf(details), details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    this.operation = details.operation
    if (details.subject !== undefined) this.subject = details.subject
    if (details.detail !== undefined) this.detail = details.detail
    if (details.attribute !== undefined) this.attribute = details.attribute
    if (details.hint !== undefined) this.hint = details.hint
    if (details.errno !== undefined) this.errno = details.errno
    if (details.syscall !== undefined) this.syscall = details.syscall
    if (details.partial !== undefined) this.partial = details.partial
    if (details.notUndone !== undefined && details.notUndone.length > 0) this.notUndone = details.notUndone
    Object.defineProperty(this, 'name', { value: 'VnetError', configurable: true, writable: true })
    Object.defineProperty(this, brand, { value: true })
  }

  /** The parts as plain data, as `--json` prints them. */
  toJSON(): Omit<ErrorDetails, 'cause' | 'partial' | 'notUndone'> {
    const { code, operation, subject, detail, attribute, hint, errno, syscall } = this
    return { code, operation, subject, detail, attribute, hint, errno, syscall }
  }
}

/** Whether a caught value is a {@link VnetError}, of this or of another copy of the package. */
export function isVnetError(value: unknown): value is VnetError {
  return typeof value === 'object' && value !== null && brand in value
}

function messageOf(details: ErrorDetails): string {
  const subject = details.subject === undefined ? '' : ` ${details.subject}`
  const words = sentences[details.code]
  const reason = words === undefined ? details.code : `${words} (${details.code})`
  const detail = details.detail === undefined ? '' : `: ${details.detail}`
  return `${details.operation}${subject}: ${reason}${detail}`
}

/** The C library's sentence for each error number that an operation here can meet, and ours for vnet's codes. */
const sentences: Record<string, string | undefined> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  E2BIG: 'Argument list too long',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Invalid cross-device link',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ENOTTY: 'Inappropriate ioctl for device',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EPIPE: 'Broken pipe',
  ERANGE: 'Numerical result out of range',
  ENAMETOOLONG: 'File name too long',
  ENOSYS: 'Function not implemented',
  ELOOP: 'Too many levels of symbolic links',
  EUNATCH: 'Protocol driver not attached',
  ENODATA: 'No data available',
  ENONET: 'Machine is not on the network',
  EPROTO: 'Protocol error',
  EBADMSG: 'Bad message',
  EOVERFLOW: 'Value too large for defined data type',
  ENOTUNIQ: 'Name not unique on network',
  EBADFD: 'File descriptor in bad state',
  EMSGSIZE: 'Message too long',
  ENOPROTOOPT: 'Protocol not available',
  EPROTONOSUPPORT: 'Protocol not supported',
  EOPNOTSUPP: 'Operation not supported',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ECONNRESET: 'Connection reset by peer',
  ENOBUFS: 'No buffer space available',
  EISCONN: 'Transport endpoint is already connected',
  ENOTCONN: 'Transport endpoint is not connected',
  ETIMEDOUT: 'Connection timed out',
  EDESTADDRREQ: 'Destination address required',
  ENOKEY: 'Required key not available',
  ECONNREFUSED: 'Connection refused',
  EHOSTDOWN: 'Host is down',
  EHOSTUNREACH: 'No route to host',
  EALREADY: 'Operation already in progress',
  VNET_UNSUPPORTED: 'Not supported by this backend',
  VNET_NO_DRIVER: 'No backend could be opened',
  VNET_CLOSED: 'Already closed',
  VNET_DUMP_INTERRUPTED: 'The list kept changing while it was read',
  VNET_TRANSACTION: 'The transaction failed',
  VNET_DECODE: 'The answer could not be decoded',
  VNET_PROGRAM_MISSING: 'A program that this needs is missing',
}
