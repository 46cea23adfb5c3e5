/** The kernel driver over this binding. @module */
import type { Driver } from '@vnet/core'
import { linuxDriver } from '@vnet/linux'
import { ffiSyscalls } from './syscalls.js'

/**
 * Opens the driver of this kernel through koffi; what `openHost({ driver: 'ffi' })` calls.
 *
 * @throws {@link @vnet/core!VnetError} `VNET_NO_DRIVER` not Linux, or koffi cannot be loaded
 */
export async function ffiDriver(): Promise<Driver> {
  return linuxDriver(ffiSyscalls())
}
