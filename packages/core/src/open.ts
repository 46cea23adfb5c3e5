/** Choosing a backend at run time: by name, by preference, or one of your own. @module */

import type { Host } from './client/api.js'
import { HostObject } from './client/host.js'
import type { Driver } from './driver.js'
import { VnetError } from './error.js'
import { type NamespaceInput, namespaceRef } from './namespace.js'

/** The backends that come with vnet. */
export type DriverName = 'napi' | 'ffi' | 'mock'

/** How to choose: `auto` tries napi, then ffi; never the mock. Or a driver, or a function that makes one. */
export type DriverChoice = 'auto' | DriverName | Driver | (() => Driver | Promise<Driver>)

/** What became of trying one backend. */
export interface DriverAttempt {
  /** The backend. */
  readonly name: string
  /** Why it could not be opened. */
  readonly error: Error
}

/** What {@link openHost} takes. */
export interface OpenOptions {
  /** The backend; default is the environment's `VNET_DRIVER`, else `auto`. */
  readonly driver?: DriverChoice
  /** Namespace to act in; that of the process when absent. */
  readonly namespace?: NamespaceInput
  /** Gives up opening. */
  readonly signal?: AbortSignal
}

const names: readonly string[] = ['auto', 'napi', 'ffi', 'mock']

/**
 * Opens a backend and returns the host. Never falls back to the mock by itself.
 *
 * @throws {@link VnetError} `VNET_NO_DRIVER` none could be opened: `cause.errors` and the hint tell why each was refused
 * @example
 * await using host = await openHost()
 * await host.link.add({ kind: 'bridge', name: 'br0', up: true })
 */
export async function openHost(options: OpenOptions = {}): Promise<Host> {
  options.signal?.throwIfAborted()
  const driver = await openDriver(options.driver ?? environmentChoice() ?? 'auto')
  try {
    const ref = options.namespace === undefined ? undefined : namespaceRef(options.namespace)
    const connection = await driver.connect(ref, options.signal === undefined ? {} : { signal: options.signal })
    return new HostObject({ driver, connection, ref })
  } catch (error) {
    await driver.close()
    throw error
  }
}

/** Opens a backend without a host around it, as {@link openHost} chooses it. */
export async function openDriver(choice: DriverChoice): Promise<Driver> {
  if (typeof choice === 'object') return choice
  if (typeof choice === 'function') return choice()
  if (!names.includes(choice)) {
    throw new VnetError({
      code: 'VNET_NO_DRIVER',
      operation: 'open',
      subject: String(choice),
      hint: `there is no such backend; choose one of ${names.join(', ')}`,
    })
  }
  const attempts: DriverAttempt[] = []
  for (const name of choice === 'auto' ? (['napi', 'ffi'] as const) : [choice]) {
    try {
      return await loaders[name]()
    } catch (error) {
      attempts.push({ name, error: error as Error })
    }
  }
  throw refused(attempts)
}

/** Tries every backend and tells what became of it; for `vnet doctor`. Each opened driver is the caller's to close. */
export async function probeDrivers(): Promise<
  { readonly name: DriverName; readonly driver?: Driver; readonly error?: Error }[]
> {
  return Promise.all(
    (['napi', 'ffi', 'mock'] as const).map(async (name) => {
      try {
        return { name, driver: await loaders[name]() }
      } catch (error) {
        return { name, error: error as Error }
      }
    }),
  )
}

function refused(attempts: readonly DriverAttempt[]): VnetError {
  const reasons = attempts.map(({ name, error }) => `${name}: ${error.message}`)
  const first = attempts[0]?.error as { hint?: string } | undefined
  return new VnetError({
    code: 'VNET_NO_DRIVER',
    operation: 'open',
    subject: attempts.map(({ name }) => name).join(', '),
    detail: reasons.join('; '),
    hint: first?.hint ?? 'run `vnet doctor`; for tests without a kernel choose the backend mock',
    cause: new AggregateError(
      attempts.map(({ error }) => error),
      reasons.join('; '),
    ),
  })
}

function environmentChoice(): DriverChoice | undefined {
  // Browsers have no process.
  const value = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.VNET_DRIVER
  return value === undefined || value === '' ? undefined : (value as DriverChoice)
}

/** How each package makes its driver. They are optional peers, so their names are only looked up when asked for. */
const loaders: { readonly [N in DriverName]: () => Promise<Driver> } = {
  napi: async () => (await load<{ napiDriver(): Promise<Driver> }>('@vnet/napi')).napiDriver(),
  ffi: async () => (await load<{ ffiDriver(): Promise<Driver> }>('@vnet/ffi')).ffiDriver(),
  mock: async () => (await load<{ mockDriver(): Driver }>('@vnet/mock')).mockDriver(),
}

async function load<M>(name: string): Promise<M> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as M
  } catch (error) {
    const missing =
      (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND' && (error as Error).message.includes(name)
    if (!missing) throw error
    throw new VnetError({
      code: 'VNET_NO_DRIVER',
      operation: 'open',
      subject: name,
      detail: `the package ${name} is not installed`,
      hint: `npm install ${name}`,
      cause: error,
    })
  }
}
