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
  const { useErrors, ...calls } = loadAddon()
  useErrors(syscallError)
  cached = { name: 'napi', transfer: () => 'one native call a batch', ...calls }
  return cached
}
