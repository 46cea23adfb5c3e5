/** From what was thrown to the result of a request. @module */
import { type Request, type Result, subjectOf, VnetError } from '@vnet/core'
import { systemError } from './error.js'

/** The result of a request that is carried out by hand. Giving up (abort, close) is no result: that is thrown. */
export async function outcome(request: Request, body: () => Promise<unknown>): Promise<Result<unknown>> {
  try {
    return { ok: true, value: await body() }
  } catch (error) {
    const failed = error as { name?: string; code?: string }
    if (failed.name === 'AbortError' || failed.code === 'VNET_CLOSED') throw error
    return { ok: false, error: failureOf(error, request) }
  }
}

/** What was thrown, as the failure of the request. */
export function failureOf(error: unknown, request: Request): Error {
  return renamed(systemError(error, request.operation, subjectOf(request)), request) as Error
}

/** The value, or the error thrown. */
export function unwrap(result: Result<unknown>): unknown {
  if (!result.ok) throw result.error
  return result.value
}

/** The failure of a part, told as that of the whole. */
export function renamed(error: unknown, request: Request): unknown {
  if (!(error instanceof VnetError) || error.operation === request.operation) return error
  const { code, detail, attribute, hint, errno, syscall, cause } = error
  return new VnetError({
    code,
    operation: request.operation,
    subject: subjectOf(request),
    detail,
    attribute,
    hint,
    errno,
    syscall,
    cause,
  })
}
