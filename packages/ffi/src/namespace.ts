/** Enters another network namespace for the length of one system call, on the calling thread. @module */
import { writeSync } from 'node:fs'
import { syscallError } from '@vnet/linux'
import { checked, type Libc } from './libc.js'

const CLONE_NEWNET = 0x40000000
const O_RDONLY_CLOEXEC = 0o2000000
const OWN_NAMESPACE = '/proc/thread-self/ns/net'
const EBADF = 9

/** Calls `call` in the namespace that `target` is a descriptor of, or here if it is undefined; returns the result. */
export function callIn(libc: Libc, target: number | undefined, syscall: string, call: () => number): number {
  if (target === undefined) return checked(libc, syscall, call())
  return away(libc, target, 'setns', () => libc.setns(target, CLONE_NEWNET), syscall, call)
}

/** Makes a network namespace and returns a descriptor of it. */
export function createNamespace(libc: Libc): number {
  const openOwn = () => libc.open(OWN_NAMESPACE, O_RDONLY_CLOEXEC, 0)
  return away(libc, undefined, 'unshare', () => libc.unshare(CLONE_NEWNET), 'open', openOwn)
}

/**
 * Leaves the thread's namespace, calls, returns. Nothing in here may await, and nothing that Node does between two
 * calls starts a thread, which would inherit the foreign namespace.
 */
function away(
  libc: Libc,
  target: number | undefined,
  leaving: string,
  leave: () => number,
  syscall: string,
  call: () => number,
): number {
  const home = checked(libc, 'open', libc.open(OWN_NAMESPACE, O_RDONLY_CLOEXEC, 0))
  try {
    // The number of a target that was closed before: it would silently mean the own namespace.
    if (home === target) throw syscallError('setns', EBADF)
    // The way back is tried first, from where it changes nothing: it is barred (EPERM) to a process in a user namespace
    // that does not own its network namespace, and it needs stack that a deep recursion may have used up.
    checked(libc, 'setns', libc.setns(home, CLONE_NEWNET))
    checked(libc, leaving, leave())
    let back = false
    try {
      return checked(libc, syscall, call())
    } finally {
      try {
        back = libc.setns(home, CLONE_NEWNET) === 0
      } finally {
        if (!back) {
          writeSync(2, '@vnet/ffi: cannot return to the own network namespace; going on would act on a foreign one\n')
          process.abort()
        }
      }
    }
  } finally {
    libc.close(home)
  }
}
