/** Runs the command on this process: its arguments, streams and exit status. @module */
import { endByReader } from './interrupt.js'
import { main } from './main.js'
import { processTerminal } from './terminal.js'

/** Runs the command line of this process and sets the exit status. */
export async function run(): Promise<void> {
  // A reader that has seen enough (`vnet fdb | head -1`) is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (!endByReader()) process.exit(0)
    })
  }
  process.exitCode = await main(process.argv.slice(2), processTerminal())
}
