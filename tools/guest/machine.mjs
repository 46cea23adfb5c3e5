// The process that a guest kernel runs in, with what it started beside.
import { once } from 'node:events'

/**
 * A machine of processes that lead groups of their own; the first is the one whose end is the machine's.
 *
 * @param {readonly import('node:child_process').ChildProcess[]} processes
 * @param {readonly Promise<unknown>[]} outputs settle when all output has been passed on
 * @returns {import('./guest.mjs').Machine}
 */
export function machineOf(processes, outputs) {
  const [main] = processes
  const ended = once(main, 'exit').then(async () => {
    await Promise.all(outputs)
  })
  return {
    ended,
    kill(signal) {
      for (const { pid } of processes) {
        try {
          if (pid !== undefined) process.kill(-pid, signal)
        } catch {
          // It has ended.
        }
      }
    },
  }
}
