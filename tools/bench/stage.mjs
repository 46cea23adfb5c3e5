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

// The machine may be doing other things, and niceness ends at the session (autogroup). In a guest kernel there is nothing
// else, and the one processor must be left to V8's threads at times.
const firstInFirstOut = process.env.VNET_GUEST ? [] : ['chrt', '-f', '10']

/**
 * Runs a command on the stage of a row; returns what it measured (`ns`, perhaps `objects`), and what it `left` in the
 * namespace with the `digest` of that. With a `profile` to write it is scheduled as usual: the profiler's thread must get
 * its turn, too.
 */
export async function perform(limit, row, count, command, profile) {
  await settle()
  const [program, ...words] = [
    ...(profile ? [] : firstInFirstOut),
    ...['unshare', '--net', '--mount', '--', limit, 'within', row, String(count)],
    ...command,
  ]
  const env = { ...process.env, ...(profile && { BENCH_PROFILE: profile }) }
  const { stdout } = await start(program, words, { env, maxBuffer: 1 << 26, timeout: 600_000 })
  const lines = stdout.trim().split('\n')
  return Object.assign({}, ...lines.map((line) => JSON.parse(line)))
}
