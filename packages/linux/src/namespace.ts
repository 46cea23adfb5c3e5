/** Network namespaces as files: `/run/netns/NAME` as `ip netns` keeps them, `/proc/PID/ns/net`, descriptors. @module */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { type ErrorDetails, type NamespaceInfo, type NamespaceRef, namespaceText, VnetError } from '@vnet/core'
import { systemError } from './error.js'
import type { Syscalls } from './syscalls.js'

/** Where named namespaces are. */
export const RUN_NETNS = '/run/netns'
/** The namespace of this process. */
export const OWN = '/proc/thread-self/ns/net'

const O_RDONLY = 0
const MS_REC = 0x4000
const MS_BIND = 0x1000
const MS_SHARED = 0x100000
const MNT_DETACH = 2
const NSFS_MAGIC = 'net:['

/** Path of the file that a reference means; `undefined` for descriptors. */
export function namespacePath(ref: NamespaceRef): string | undefined {
  if ('name' in ref) return `${RUN_NETNS}/${ref.name}`
  if ('path' in ref) return ref.path
  if ('pid' in ref) return `/proc/${ref.pid}/ns/net`
  return undefined
}

/** Opens a namespace; the descriptor is the caller's to close. */
export function openNamespaceFile(syscalls: Syscalls, ref: NamespaceRef, operation: string): number {
  const path = namespacePath(ref) ?? `/proc/self/fd/${'fd' in ref ? ref.fd : -1}`
  let fd: number
  try {
    fd = syscalls.open(path, O_RDONLY)
  } catch (error) {
    throw systemError(error, operation, namespaceText(ref), missing(ref, (error as { code?: string }).code))
  }
  try {
    identityOf(fd)
    return fd
  } catch {
    syscalls.close(fd)
    throw new VnetError({
      code: 'EINVAL',
      operation,
      subject: namespaceText(ref),
      detail: `${path} is no network namespace`,
      hint: 'give a file such as /run/netns/NAME or /proc/PID/ns/net',
      errno: 22,
    })
  }
}

function missing(ref: NamespaceRef, code: string | undefined): Partial<ErrorDetails> {
  if ('pid' in ref) return code === 'ENOENT' ? { code: 'ESRCH', errno: 3, hint: 'no such process' } : {}
  if ('fd' in ref) return code === 'ENOENT' ? { code: 'EBADF', errno: 9, hint: 'the descriptor is not open' } : {}
  return code === 'ENOENT' ? { hint: 'no such namespace; `vnet namespace list` shows those that are there' } : {}
}

/** Device and inode of an open namespace; of that of this thread when absent. Throws for a file that is none. */
export function identityOf(fd: number | undefined): string {
  const own = statSync(OWN, { bigint: true })
  const { dev, ino } = fd === undefined ? own : fstatSync(fd, { bigint: true })
  // All namespaces live in one file system, nsfs.
  if (dev !== own.dev) throw new Error(`not on ${NSFS_MAGIC}`)
  return `${dev}:${ino}`
}

/** Makes a named namespace, as `ip netns add`. Leaves nothing behind when it fails halfway. */
export function addNamed(syscalls: Syscalls, name: string): void {
  const operation = 'namespace add'
  const path = `${RUN_NETNS}/${name}`
  try {
    mkdirSync(RUN_NETNS, { recursive: true, mode: 0o755 })
    shareMount(syscalls)
    closeSync(openSync(path, 'wx', 0o444))
  } catch (error) {
    throw systemError(error, operation, name, hintFor(error))
  }
  let fd: number | undefined
  try {
    fd = syscalls.createNamespace()
    syscalls.mount(`/proc/self/fd/${fd}`, path, 'none', MS_BIND)
  } catch (error) {
    unlinkSync(path)
    throw systemError(error, operation, name, hintFor(error))
  } finally {
    if (fd !== undefined) syscalls.close(fd)
  }
}

/** Makes `/run/netns` a shared mount, so that a name is seen, and can be removed, in other mount namespaces too. */
function shareMount(syscalls: Syscalls): void {
  try {
    syscalls.mount('', RUN_NETNS, 'none', MS_SHARED | MS_REC)
  } catch (error) {
    // Not a mount point yet.
    if ((error as { code?: string }).code !== 'EINVAL') throw error
    syscalls.mount(RUN_NETNS, RUN_NETNS, 'none', MS_BIND | MS_REC)
    syscalls.mount('', RUN_NETNS, 'none', MS_SHARED | MS_REC)
  }
}

function hintFor(error: unknown): Partial<ErrorDetails> {
  const code = (error as { code?: string }).code
  if (code === 'EEXIST') return { hint: 'choose another name, or delete the namespace first' }
  if (code === 'EPERM' || code === 'EACCES') {
    return { hint: 'run as root, or inside `unshare --user --map-root-user --net --mount` with /run writable' }
  }
  return {}
}

/** Removes the name, as `ip netns delete`; the namespace lives on while it is used. */
export function deleteNamed(syscalls: Syscalls, name: string): void {
  const path = `${RUN_NETNS}/${name}`
  try {
    statSync(path)
    try {
      syscalls.unmount(path, MNT_DETACH)
    } catch (error) {
      // A file without a mount, left by a crash between the two steps of adding.
      if ((error as { code?: string }).code !== 'EINVAL') throw error
    }
    unlinkSync(path)
  } catch (error) {
    const code = (error as { code?: string }).code
    throw systemError(
      error,
      'namespace delete',
      name,
      code === 'ENOENT' ? { hint: 'no such namespace' } : hintFor(error),
    )
  }
}

/** The named namespaces, by name, as `ip netns list`. */
export function listNamed(): NamespaceInfo[] {
  let names: string[]
  try {
    names = readdirSync(RUN_NETNS)
  } catch {
    return []
  }
  const found: NamespaceInfo[] = []
  for (const name of names.sort()) {
    try {
      const { dev, ino } = statSync(`${RUN_NETNS}/${name}`, { bigint: true })
      found.push({ name, identity: `${dev}:${ino}` })
    } catch {
      // Deleted meanwhile.
    }
  }
  return found
}
