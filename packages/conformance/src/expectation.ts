/** What tests expect of failures and of things that take the kernel a moment. @module */
import { isVnetError, type VnetError } from '@vnet/core'
import { expect } from 'vitest'
import { patience } from './kernel-release.js'

/** The `VnetError` that a promise rejects with; fails when it does not. */
export async function failure(promise: Promise<unknown>): Promise<VnetError> {
  const error = await rejection(promise)
  if (!isVnetError(error)) throw new Error(`expected a VnetError, got ${describeValue(error)}`, { cause: error })
  return error
}

/** Expects a `VnetError` with this code (or one of these), and returns it. */
export async function fails(promise: Promise<unknown>, code: string | readonly string[]): Promise<VnetError> {
  const error = await failure(promise)
  const codes: readonly string[] = typeof code === 'string' ? [code] : code
  expect(codes, error.message).toContain(error.code)
  return error
}

/** The error of something that fails. */
export async function refusalOf(doing: Promise<unknown>): Promise<VnetError | undefined> {
  try {
    await doing
    return undefined
  } catch (error) {
    return isVnetError(error) ? error : undefined
  }
}

/** Expects a wrong argument: `TypeError` or `RangeError`, which the client throws before anything is sent. */
export async function refuses(promise: Promise<unknown>): Promise<Error> {
  const error = await rejection(promise)
  if (isVnetError(error) || !(error instanceof TypeError || error instanceof RangeError)) {
    throw new Error(`expected a TypeError or RangeError, got ${describeValue(error)}`, { cause: error })
  }
  return error
}

/** Expects the platform's `AbortError`. */
export async function aborts(promise: Promise<unknown>): Promise<void> {
  const error = await rejection(promise)
  expect(error instanceof Error ? error.name : error, describeValue(error)).toBe('AbortError')
}

/** A whole turn of the event loop: everything else has had its own. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    // A page has no `setImmediate`.
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}

/** Repeats `check` until it passes, at most for `seconds`: carrier, DAD and the like happen in the kernel's own time. */
export async function eventually<T>(check: () => T | Promise<T>, seconds = 20): Promise<T> {
  const deadline = performance.now() + seconds * 1000 * patience
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(pause)
  }
}

/** Waits for some milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** The value, or a failure of the test when it is `undefined`. */
export function present<T>(value: T | undefined, what = 'value'): T {
  if (value === undefined) throw new Error(`expected ${what}, got undefined`)
  return value
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`expected a failure, got ${describeValue(value)}`)
}

function describeValue(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? String(value)
}

/** Resolves to `undefined` after so many milliseconds; a timer that has become pointless keeps nothing alive. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
