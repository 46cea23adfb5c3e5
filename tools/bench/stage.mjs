/** One contender in a fresh network namespace; the limit program sets the stage and checks what was done. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const start = promisify(execFile)

/** Whether the kernel is taking namespaces apart: a worker of its `netns` queue is at work. */
function tearingDown() {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false
    try {
      return /^kworker.*\+netns/.test(readFileSync(`/proc/${entry}/comm`, 'latin1'))
    } catch {
      return false
    }
  })
}

/** Waits until the last namespace is gone: the kernel takes it apart later, which would disturb the next contender. */
async function settle() {
  let idle = 0
  for (let turn = 0; idle < 3 && turn < 1000; turn++) {
    await sleep(5)
    idle = tearingDown() ? 0 : idle + 1
  }
}

/**
 * Runs a command on the stage of a row; returns what it measured (`ns`, perhaps `objects`), and what it `left` in the
 * namespace with the `digest` of that.
 */
export async function perform(limit, row, count, command, env = {}) {
  await settle()
  // Everybody runs as SCHED_FIFO: the machine may be doing other things, and niceness ends at the session (autogroup).
  const words = ['-f', '10', 'unshare', '--net', '--mount', '--', limit, 'within', row, String(count), ...command]
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26, timeout: 600_000 }
  const { stdout } = await start('chrt', words, options)
  return Object.assign(
    {},
    ...stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
}
