/** The kernel driver over this binding. @module */
import type { Driver } from '@vnet/core'
import { linuxDriver } from '@vnet/linux'
import { napiSyscalls } from './syscalls.js'

/**
 * Opens the driver of this kernel through the native addon; what `openHost({ driver: 'napi' })` calls.
 *
 * @throws {@link @vnet/core!VnetError} `VNET_NO_DRIVER` not Linux, or no binary fits
 */
export async function napiDriver(): Promise<Driver> {
  return linuxDriver(napiSyscalls())
}
