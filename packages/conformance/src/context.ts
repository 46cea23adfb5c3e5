/** What a test is given: the host, a fresh namespace, unique names, and the promise that all of it goes away. @module */
import type { Capabilities, Driver, Host, Namespace, NamespaceRef } from '@vnet/core'

/** A namespace that can be named in a spec, as all but the host's own can. */
export type PlacedNamespace = Namespace & { readonly ref: NamespaceRef }

/** The surroundings of one test. Everything made through it is removed when the test ends, also when it fails. */
export interface Context {
  /** The client over the backend. Its own namespace is the process's: tests only read it. */
  readonly host: Host
  /** The backend. */
  readonly driver: Driver
  /** What the backend can do. */
  readonly supports: Capabilities
  /** A fresh namespace without a name. */
  readonly ns: PlacedNamespace
  /** One more fresh namespace. */
  another(): Promise<PlacedNamespace>
  /** A name for a namespace under `/run/netns` that no other test, process or run uses; deleted at the end if it is there. */
  namespaceName(): string
  /** Runs `cleanup` when the test ends, the last one first. */
  defer(cleanup: () => unknown): void
  /** Ends the test as skipped, for what the machine, not the backend, lacks: `needs a writable /etc`. */
  skip(reason: string): never
  /** A driver and client of the test's own, for tests that close them. */
  openOwn(): Promise<Host>
}

/** A context with the means to end it. */
export interface OpenContext extends Context {
  /** Removes what the test made; reports the first failure after having tried everything. */
  end(): Promise<void>
}

let names = 0

/** Makes the surroundings of one test. */
export async function openContext(
  host: Host,
  openOwn: () => Promise<Host>,
  skip: (reason: string) => never,
): Promise<OpenContext> {
  const cleanups: (() => unknown)[] = []
  const defer = (cleanup: () => unknown) => {
    cleanups.push(cleanup)
  }
  const another = async () => {
    const namespace = await host.namespace.add()
    defer(() => namespace.close())
    return placed(namespace)
  }
  const namespaceName = () => {
    // The clock keeps leftovers of a killed run apart.
    const name = `${ownPrefix()}${Date.now().toString(36)}-${++names}`
    defer(async () => {
      const there = await host.namespace.list()
      if (there.some((entry) => entry.name === name)) await host.namespace.delete(name)
    })
    return name
  }
  const end = async () => {
    const failures: unknown[] = []
    for (const cleanup of cleanups.reverse()) {
      try {
        await cleanup()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  const own = async () => {
    const mine = await openOwn()
    defer(() => mine.close())
    return mine
  }
  try {
    const ns = await another()
    return {
      host,
      driver: host.driver,
      supports: host.supports,
      ns,
      another,
      namespaceName,
      defer,
      skip,
      openOwn: own,
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Adds what the type of a namespace leaves open: that it has a reference. */
export function placed(namespace: Namespace): PlacedNamespace {
  if (namespace.ref === undefined) throw new Error('the namespace has no reference')
  return namespace as PlacedNamespace
}

/** How the names of this process's namespaces begin: parallel workers have others. */
export const ownPrefix = (): string => `vnet-test-${process.pid}-`
