/** From error numbers, verdicts and failed system calls to errors that answer. @module */
import {
  type ErrorCode,
  type ErrorDetails,
  hintOf,
  isDecodeError,
  type Request,
  subjectOf,
  VnetError,
} from '@vnet/core'
import { errnoName } from './errno.js'
import type { Verdict } from './netlink/message.js'
import { type PathOf, pathOf } from './rtnetlink/path.js'
import type { SyscallError } from './syscalls.js'

/** The error of a request that the kernel refused. `message` is the request as sent, for the path of the field. */
export function refusal(
  request: Request,
  verdict: Verdict,
  message: Uint8Array | undefined,
  paths: PathOf = pathOf,
): VnetError {
  const code = errnoName(verdict.errno) as ErrorCode
  const attribute = verdict.offset === undefined || message === undefined ? undefined : paths(message, verdict.offset)
  return new VnetError({
    code,
    operation: request.operation,
    subject: subjectOf(request),
    detail: verdict.text,
    attribute,
    hint: hintOf(request, code, verdict.text),
    errno: verdict.errno,
  })
}

/** The error of a failed system call, or of Node's file functions. */
export function systemError(
  error: unknown,
  operation: string,
  subject?: string,
  more: Partial<ErrorDetails> = {},
): Error {
  if (error instanceof VnetError) return error
  if (isDecodeError(error)) {
    return new VnetError({ code: 'VNET_DECODE', operation, subject, detail: error.message, cause: error })
  }
  const { code, errno, syscall } = error as SyscallError
  if (code === undefined || errno === undefined) return error as Error
  return new VnetError({
    code: code as ErrorCode,
    operation,
    subject,
    errno: Math.abs(errno),
    syscall,
    cause: error,
    ...more,
  })
}

/** The error of using what was closed. */
export function closed(operation: string, subject?: string): VnetError {
  return new VnetError({ code: 'VNET_CLOSED', operation, subject, hint: 'open it again' })
}
