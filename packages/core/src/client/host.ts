/** The host: the namespace of the process, and the way to the others. @module */
import { checkArgument, cleanRequest } from '../check/request.js'
import { namespace as namespaceCheck, namespaceName } from '../check/scalar.js'
import type { CallOptions, Driver } from '../driver.js'
import type { NamespaceInfo, NamespaceInput } from '../namespace.js'
import type { Host, Namespace, NamespaceClient } from './api.js'
import { NamespaceClientObject, openNamespace } from './namespace.js'
import type { NamespaceParts } from './parts.js'

/** The client's {@link Host}. */
export class HostObject extends NamespaceClientObject implements Host {
  readonly driver: Driver
  readonly namespace: NamespaceClient
  private readonly opened = new Set<NamespaceClientObject>()

  /** Builds the host on a connection to the process's own namespace. */
  constructor(parts: NamespaceParts) {
    super(parts)
    this.driver = parts.driver
    this.namespace = {
      add: (name, options) => this.addNamespace(name, options),
      open: (namespace, options) => this.openExisting(namespace, options),
      delete: (name, options) => this.call('namespace delete', { name }, options),
      list: (options): Promise<NamespaceInfo[]> => this.call('namespace list', {}, options),
    }
  }

  private async addNamespace(name: string | undefined, options?: CallOptions): Promise<Namespace> {
    options?.signal?.throwIfAborted()
    if (name === undefined) return this.track(await openNamespace(this.driver, 'new', options))
    checkArgument('namespace add', namespaceName, name, 'name')
    await this.call('namespace add', { name }, options)
    try {
      return this.track(await openNamespace(this.driver, { name }, options))
    } catch (error) {
      // Leaves nothing behind. The failure that is told is the first one.
      await this.parts.connection
        .execute([cleanRequest({ operation: 'namespace delete', spec: { name } })])
        .catch(() => {})
      throw error
    }
  }

  private async openExisting(input: NamespaceInput, options?: CallOptions): Promise<Namespace> {
    options?.signal?.throwIfAborted()
    const ref = checkArgument('namespace open', namespaceCheck, input, 'namespace')
    return this.track(await openNamespace(this.driver, ref, options))
  }

  private track(namespace: NamespaceClientObject): Namespace {
    this.opened.add(namespace)
    const close = namespace.close.bind(namespace)
    namespace.close = async () => {
      this.opened.delete(namespace)
      await close()
    }
    return namespace
  }

  /** Closes the namespaces opened through this host, the connection and the driver. Idempotent. */
  override async close(): Promise<void> {
    await Promise.all([...this.opened].map((namespace) => namespace.close()))
    await super.close()
    await this.driver.close()
  }
}
