/** The system calls, by the native addon. @module */
import { type Syscalls, syscallError } from '@vnet/linux'
import { loadAddon } from './load.js'

let cached: Syscalls | undefined

/**
 * The second seam, implemented in C++. Made once in each thread; the functions need no receiver.
 *
 * Sockets and files in another namespace are opened on a throw-away thread, so no thread of the process ever changes
 * its namespace.
 *
 * @throws NativeLoadError when no binary fits this machine; its `reason` and message tell why, and what to do.
 */
export function napiSyscalls(): Syscalls {
  if (cached) return cached
  const { useErrors, ringReason, ...calls } = loadAddon()
  useErrors(syscallError)
  cached = { name: 'napi', transfer: () => transferOf(ringReason()), ...calls }
  return cached
}

/** How frames move, in words. */
function transferOf(reason: number): string {
  if (reason === 0) return 'io_uring, 64 frames a call'
  const why = reason < 0 ? 'io_uring: switched off by VNET_IO_URING' : syscallError('io_uring_setup', reason).message
  return `one system call a frame (${why})`
}
