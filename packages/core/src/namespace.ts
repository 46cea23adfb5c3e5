/** Network namespaces: how they are named, found and described. @module */

/**
 * A network namespace, as a user names it: a text without `/` is a name under `/run/netns` (as `ip netns` has it), a text
 * with `/` is a path; or by process, by file descriptor, or a namespace object of the client.
 */
export type NamespaceInput = string | NamespaceRef | { readonly ref: NamespaceRef | undefined }

/** A network namespace, as drivers receive it. */
export type NamespaceRef =
  /** Named: the mount `/run/netns/NAME`. */
  | { readonly name: string }
  /** A file of a namespace, such as `/proc/42/ns/net`. */
  | { readonly path: string }
  /** The namespace of a process. */
  | { readonly pid: number }
  /** An open file descriptor of this process. Stays open, and stays the caller's. */
  | { readonly fd: number }
  /** A namespace held open by a handle of the same driver: see {@link NamespaceHandle}. */
  | { readonly handle: number }

/** What a list of namespaces tells of each, as `ip netns list`. */
export interface NamespaceInfo {
  /** Its name under `/run/netns`. */
  readonly name: string
  /** The number by which the listing namespace knows it (`ip netns list-id`), where it was given one. */
  readonly id?: number
  /** Device and inode of the namespace (`stat` of its file), equal for two names of one namespace. */
  readonly identity: string
}

/** A namespace kept alive by an open handle. Close it, or use `await using`. */
export interface NamespaceHandle extends AsyncDisposable {
  /** The reference to give to a request or to `connect`. Valid until closed. */
  readonly ref: { readonly handle: number }
  /** Device and inode of the namespace, equal for two handles of one namespace. */
  readonly identity: string
  /** Lets go. The kernel removes an unnamed namespace when nothing else is in it. */
  close(): Promise<void>
}

/** What a namespace must be named like: a file name of `/run/netns`, at most 255 octets, not `.` or `..`, no `/`, no NUL. */
export function isNamespaceName(name: string): boolean {
  return (
    name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name) && new TextEncoder().encode(name).length <= 255
  )
}

/** The canonical reference of what a user gave; texts with a `/` are paths, others names. */
export function namespaceRef(input: NamespaceInput): NamespaceRef {
  if (typeof input === 'string') return input.includes('/') ? { path: input } : { name: input }
  if (!('ref' in input)) return input
  if (input.ref === undefined)
    throw new TypeError("the host's own namespace has no reference; use { pid: process.pid }")
  return input.ref
}

/** A namespace in words, for errors and lists. */
export function namespaceText(ref: NamespaceRef | undefined): string {
  if (ref === undefined) return 'this namespace'
  if ('name' in ref) return ref.name
  if ('path' in ref) return ref.path
  if ('pid' in ref) return `pid ${ref.pid}`
  if ('fd' in ref) return `fd ${ref.fd}`
  return `handle ${ref.handle}`
}
