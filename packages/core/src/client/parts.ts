/** What a namespace of the client is built on. Types only. @module */
import type { CallOptions, Connection, Driver } from '../driver.js'
import type { NamespaceHandle, NamespaceRef } from '../namespace.js'
import type { Namespace } from './api.js'

/** What a namespace of the client is built on. */
export interface NamespaceParts {
  readonly driver: Driver
  readonly connection: Connection
  readonly ref: NamespaceRef | undefined
  /** Keeps the namespace alive; closed with it. */
  readonly handle?: NamespaceHandle
}

/** How a transaction opens namespaces and looks into them; handed in, because namespaces have transactions. */
export interface NamespaceAccess {
  /** Opens a namespace. */
  open(driver: Driver, ref: NamespaceRef, options?: CallOptions): Promise<Namespace>
  /** What a namespace is built on; throws for one of another client. */
  partsOf(namespace: Namespace): NamespaceParts
}
