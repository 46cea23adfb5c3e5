/**
 * The `vnet` command as a function: run a command line with a terminal of your own.
 *
 * @packageDocumentation
 */
export { main } from './main.js'
export type { Terminal } from './terminal.js'
