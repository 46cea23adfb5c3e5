/** The namespaces of a mock kernel: the initial one, the named, and those that a handle or a connection keeps. @module */
import type { NamespaceInfo, NamespaceRef } from '@vnet/core'
import type { Kernel } from './kernel.js'
import { addLoopback } from './kind/loopback.js'
import { Namespace } from './namespace.js'
import { removeNamespace } from './object/link-delete.js'
import { RouteTables } from './object/route-table.js'
import { defaultRules } from './object/rule.js'
import { refuse } from './refusal.js'
import { unsupported } from './supports.js'
import { newSysctls } from './sysctl/conf.js'

/** Inode of the first namespace, as Linux counts (`PROC_DYNAMIC_FIRST`). */
const firstInode = 4_026_531_840

/** All namespaces. */
export class Namespaces {
  readonly #kernel: Kernel
  readonly all = new Set<Namespace>()
  readonly named = new Map<string, Namespace>()
  readonly handles = new Map<number, Namespace>()
  initial: Namespace
  nextInode = firstInode
  #nextHandle = 1

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.initial = this.make(true)
    addLoopback(kernel, this.initial)
  }

  /** A namespace without any link; only for {@link Namespaces.add} and snapshots. */
  make(initial = false, inode = this.nextInode++): Namespace {
    const namespace = new Namespace(
      inode,
      initial,
      { 4: new RouteTables(4), 6: new RouteTables(6) },
      newSysctls(initial ? undefined : this.initial.sysctls),
    )
    namespace.full = (group) => this.#kernel.faults.overflows(namespace, group)
    namespace.rules[4].push(...defaultRules(4))
    namespace.rules[6].push(...defaultRules(6))
    this.all.add(namespace)
    return namespace
  }

  /** A new namespace with its `lo`. */
  add(): Namespace {
    const namespace = this.make()
    addLoopback(this.#kernel, namespace)
    return namespace
  }

  /** Makes a named one, as `ip netns add`. */
  addNamed(name: string): void {
    this.#checkNamed('namespace add')
    if (this.named.has(name)) refuse('EEXIST', undefined, { attribute: 'spec.name' })
    const namespace = this.add()
    namespace.names.add(name)
    this.named.set(name, namespace)
  }

  /** Removes a name, as `ip netns delete`; the namespace lives on while something holds it. */
  deleteNamed(name: string): void {
    this.#checkNamed('namespace delete')
    const namespace = this.named.get(name)
    if (namespace === undefined) refuse('ENOENT', undefined, { attribute: 'spec.name' })
    this.named.delete(name)
    namespace.names.delete(name)
    this.#reap(namespace)
  }

  /** The named ones, by name. */
  list(from: Namespace): NamespaceInfo[] {
    return [...this.named]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, namespace]) => {
        const id = from.ids.get(namespace)
        return { name, ...(id === undefined ? {} : { id }), identity: namespace.identity }
      })
  }

  /** The namespace of a reference, or `undefined` where it is not there. Processes and descriptors are the driver's matter. */
  find(ref: NamespaceRef): Namespace | undefined {
    if ('name' in ref) return this.named.get(ref.name)
    if ('path' in ref) {
      const name = /^\/(?:var\/)?run\/netns\/([^/]+)$/.exec(ref.path)?.[1]
      if (name !== undefined) return this.named.get(name)
      return /^\/proc\/(?:self|thread-self)\/ns\/net$/.test(ref.path) ? this.initial : undefined
    }
    return 'handle' in ref ? this.handles.get(ref.handle) : undefined
  }

  /** Keeps a namespace alive. */
  hold(namespace: Namespace): void {
    namespace.holders++
  }

  /** Lets go of it. */
  letGo(namespace: Namespace): void {
    namespace.holders--
    this.#reap(namespace)
  }

  /** A handle on a namespace; holds it. */
  open(namespace: Namespace): number {
    this.hold(namespace)
    const handle = this.#nextHandle++
    this.handles.set(handle, namespace)
    return handle
  }

  /** Closes a handle. Idempotent. */
  close(handle: number): void {
    const namespace = this.handles.get(handle)
    if (namespace === undefined) return
    this.handles.delete(handle)
    this.letGo(namespace)
  }

  /** The number by which one namespace knows another, given on first use (`peernet2id_alloc`). */
  idOf(from: Namespace, to: Namespace): number {
    const known = from.ids.get(to)
    if (known !== undefined) return known
    const taken = new Set(from.ids.values())
    let id = 0
    while (taken.has(id)) id++
    from.ids.set(to, id)
    return id
  }

  /** Forgets all; before a snapshot is loaded. */
  clear(): void {
    this.all.clear()
    this.named.clear()
    this.handles.clear()
  }

  /** Ends the namespaces that nothing holds. */
  reapAll(): void {
    for (const namespace of [...this.all]) this.#reap(namespace)
  }

  #checkNamed(operation: string): void {
    if (!this.#kernel.has('namespace named')) throw unsupported(operation, 'namespace named')
  }

  #reap(namespace: Namespace): void {
    if (namespace.dead || namespace.initial || namespace.holders > 0 || namespace.names.size > 0) return
    namespace.dead = true
    this.all.delete(namespace)
    removeNamespace(this.#kernel, namespace)
    for (const other of this.all) other.ids.delete(namespace)
  }
}
