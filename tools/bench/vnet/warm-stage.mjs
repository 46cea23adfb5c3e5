/** A second namespace with the stage of a row, in which a process warms up before it is measured elsewhere. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Sets the stage; `close` ends it. Its links have the same names and indices as those of the measured namespace. */
export async function warmStage(limit, row, count) {
  const words = ['--net', '--mount', '--', limit, 'within', row, String(count), 'sh', '-c', 'echo ready; exec cat']
  const child = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    pid: child.pid,
    close() {
      child.stdin.end()
      child.stdout.destroy()
    },
  }
}
