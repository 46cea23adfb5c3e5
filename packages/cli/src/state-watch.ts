/** A backend that follows the mock's state file: what another call changes is a change here. @module */
import { watch as watchFolder } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { CallOptions, Connection, Driver, DriverEvent, NamespaceRef } from '@vnet/core'
import { loadMock, readState } from './state-file.js'

/**
 * A driver for watching: each request reads the file anew, and each change of the file is told as `lost`, upon which
 * the client reads again and tells the difference.
 */
export async function followingDriver(file: string): Promise<Driver> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const { supports } = await loadMock(file, await readState(file))
  const ask = async <T>(ref: NamespaceRef | undefined, body: (connection: Connection) => Promise<T>): Promise<T> => {
    const mock = await loadMock(file, await readState(file))
    try {
      return await body(await mock.connect(ref))
    } finally {
      await mock.close()
    }
  }
  const connect = async (ref?: NamespaceRef): Promise<Connection> => {
    await ask(ref, async () => undefined)
    const connection: Connection = {
      execute: (requests, options) => ask(ref, (fresh) => fresh.execute(requests, options)),
      watch: async (_groups, options = {}) => changesOf(file, options),
      openCapture: (spec, options) => ask(ref, (fresh) => fresh.openCapture(spec, options)),
      openPort: (spec, options) => ask(ref, (fresh) => fresh.openPort(spec, options)),
      openPppoe: (spec, options) => ask(ref, (fresh) => fresh.openPppoe(spec, options)),
      openSocket: (spec, options) => ask(ref, (fresh) => fresh.openSocket(spec, options)),
      settled: async () => undefined,
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }
    return connection
  }
  const refuse = () => Promise.reject(new Error('only for watching'))
  const driver: Driver = {
    name: 'mock',
    supports,
    connect,
    openNamespace: refuse,
    run: refuse,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
  return driver
}

/** An event for each time that the file was replaced; several at once are one. */
function changesOf(file: string, { signal }: CallOptions): AsyncIterableIterator<DriverEvent> {
  let changed = false
  let ended = false
  let wake: () => void = () => undefined
  // The folder, not the file: it is replaced by renaming, and a watch on it would stay with the old one.
  const watcher = watchFolder(dirname(file), (_, name) => {
    if (name !== basename(file)) return
    changed = true
    wake()
  })
  const end = () => {
    ended = true
    watcher.close()
    wake()
  }
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted) end()
  return {
    async next() {
      while (!changed && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (ended) return { done: true, value: undefined }
      changed = false
      return { done: false, value: { kind: 'lost' } }
    },
    async return() {
      end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
