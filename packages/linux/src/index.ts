/**
 * All that vnet knows of Linux, in pure TypeScript.
 *
 * @packageDocumentation
 */

export { linuxDriver } from './driver.js'
export * from './errno.js'
export { DecodeError } from './netlink/decode-error.js'
export * from './syscalls.js'
