/** A driver around a driver that counts what reaches it. @module */
import { type Connection, type Driver, type Namespace, openHost } from '@vnet/core'

/** A client over a counting driver. */
export interface Spy {
  /** Opens a fresh namespace through the counting driver. */
  open(): Promise<Namespace>
  /** How many requests have reached the backend. */
  requests(): number
}

/** Puts a counter around a driver. Closing what it opens leaves the driver itself open. */
export function spyOn(driver: Driver): Spy {
  let count = 0
  const around = (connection: Connection): Connection => ({
    execute: (requests, options) => {
      count += requests.length
      return connection.execute(requests, options)
    },
    watch: (groups, options) => connection.watch(groups, options),
    openCapture: (spec, options) => connection.openCapture(spec, options),
    openPort: (spec, options) => connection.openPort(spec, options),
    openPppoe: (spec, options) => connection.openPppoe(spec, options),
    openSocket: (spec, options) => connection.openSocket(spec, options),
    settled: (options) => connection.settled(options),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  })
  const spy: Driver = {
    name: driver.name,
    supports: driver.supports,
    connect: async (namespace, options) => around(await driver.connect(namespace, options)),
    openNamespace: (ref, options) => driver.openNamespace(ref, options),
    run: (namespace, program, options) => driver.run(namespace, program, options),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  return {
    open: async () => {
      const host = await openHost({ driver: spy })
      return host.namespace.add()
    },
    requests: () => count,
  }
}
