/**
 * The system calls that vnet needs, with koffi: no native code of its own.
 *
 * @packageDocumentation
 */

export { duplexOf } from '@vnet/linux'
export { ffiDriver } from './driver.js'
export type { KoffiLoadError } from './libc.js'
export { ffiSyscalls } from './syscalls.js'
