/** What depends on the kernel's age, and on how patient one must be with it. @module */
import { release } from 'node:os'

/** Whether this machine's kernel is older than a version such as `6.6`. */
export function olderThan(version: string): boolean {
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number)
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

/** How many times longer things may take than on an ordinary machine: `VNET_PATIENCE`, for emulated kernels. */
export const patience = Number(process.env.VNET_PATIENCE ?? 1)
