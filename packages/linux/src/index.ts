/**
 * All that vnet knows of Linux, in pure TypeScript.
 *
 * @packageDocumentation
 */

export { DecodeError } from '@vnet/core'
export { readVirtioHeader, type VirtioHeader, writeVirtioHeader } from '@vnet/wire/offload'
export { linuxDriver } from './driver.js'
export * from './errno.js'
export * from './syscalls.js'
export { duplexOf } from './tun/duplex.js'
