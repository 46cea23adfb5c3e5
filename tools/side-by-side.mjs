// Commands that run at the same time, with what they print one after the other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * @typedef {object} Command
 * @property {readonly string[]} argv
 * @property {NodeJS.ProcessEnv} env
 */

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * Runs commands, at most `limit` at once, and returns their exit statuses in order. What the first one prints is passed on
 * at once, what the others print when those before them have ended. Signals go to all that run, and nothing more is begun.
 *
 * @param {readonly Command[]} commands @param {number} limit @returns {Promise<number[]>}
 */
export async function sideBySide(commands, limit) {
  const outputs = commands.map(() => new Output())
  const statuses = /** @type {(number | undefined)[]} */ (commands.map(() => undefined))
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const running = new Set()
  let stopped = false
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    stopped = true
    for (const child of running) child.kill(signal)
  }
  const waiting = [...commands.entries()]
  const takeTurns = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, { argv, env }] = next
      if (!stopped) statuses[index] = await run(argv, env, /** @type {Output} */ (outputs[index]), running)
      statuses[index] ??= 130
      passOn(outputs, statuses)
    }
  }
  for (const signal of signals) process.on(signal, stop)
  passOn(outputs, statuses)
  try {
    await Promise.all(Array.from({ length: Math.max(1, limit) }, takeTurns))
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
  return statuses.map(Number)
}

/** Passes on the output of all that have ended, up to the first that has not, whose output it passes on from now on. */
function passOn(/** @type {readonly Output[]} */ outputs, /** @type {readonly (number | undefined)[]} */ statuses) {
  const current = statuses.indexOf(undefined)
  for (const output of current === -1 ? outputs : outputs.slice(0, current + 1)) output.passOn()
}

/** @returns {Promise<number>} the exit status; a signal's as the shell tells it is of no use here: 1 */
async function run(
  /** @type {readonly string[]} */ argv,
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {Output} */ output,
  /** @type {Set<import('node:child_process').ChildProcess>} */ running,
) {
  const [command, ...args] = argv
  const child = spawn(/** @type {string} */ (command), args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.stdout.on('data', (chunk) => output.add(process.stdout, chunk))
  child.stderr.on('data', (chunk) => output.add(process.stderr, chunk))
  const [status] = await once(child, 'close')
  running.delete(child)
  return status ?? 1
}

/** What a command prints, kept until it may be passed on. */
class Output {
  /** @type {[NodeJS.WritableStream, Uint8Array][] | undefined} */
  #kept = []

  add(/** @type {NodeJS.WritableStream} */ target, /** @type {Uint8Array} */ chunk) {
    if (this.#kept === undefined) target.write(chunk)
    else this.#kept.push([target, chunk])
  }

  passOn() {
    for (const [target, chunk] of this.#kept ?? []) target.write(chunk)
    this.#kept = undefined
  }
}
