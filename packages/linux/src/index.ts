/**
 * All that vnet knows of Linux, in pure TypeScript.
 *
 * @packageDocumentation
 */
export * from './errno.js'
export * from './syscalls.js'
