/**
 * The system calls that vnet needs, as a native addon (Node-API).
 *
 * @packageDocumentation
 */

export { duplexOf } from '@vnet/linux'
export { napiDriver } from './driver.js'
export type { NativeLoadError, NativeReason } from './load.js'
export { napiSyscalls } from './syscalls.js'
