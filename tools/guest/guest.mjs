// One run of a guest kernel: a folder that both sides see, the machine, the time limit, and cleaning up afterwards.
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Run
 * @property {readonly string[]} argv the command
 * @property {number} memory mebibytes
 * @property {number} timeout seconds
 * @property {readonly string[]} write directories that the guest may change
 * @property {boolean} keep leaves the folder of the run
 *
 * @typedef {object} Machine what runs the guest
 * @property {Promise<void>} ended settles when the machine is off and all its output has been passed on
 * @property {(signal: NodeJS.Signals) => void} kill ends it with all its processes
 *
 * @typedef {object} Kernel
 * @property {string} name
 * @property {readonly { file: string, package: string, before?: string }[]} needs what must be
 *   there, and the Debian package that has it; `before` has it where there is no such package
 * @property {(() => void)=} prepare gets what no installed package has
 * @property {() => string} modules the directory that has a folder of modules for each release
 * @property {(folder: string, memory: number, console: number) => Promise<Machine>} start
 */

/** How long a machine that was told to end may take, milliseconds. */
const GRACE = 5000

/** Runs the command and returns its exit status: 124 at the time limit, 125 when the guest failed. */
export async function runInGuest(/** @type {Kernel} */ kernel, /** @type {Run} */ run) {
  // Here for User-Mode Linux: it listens on a socket in the folder, whose path may have 107 octets.
  const folder = mkdtempSync(join(tmpdir(), `vnet-${kernel.name}-`))
  let machine
  let timer
  /** @type {string | undefined} */
  let stopped
  const stop = (/** @type {string} */ why) => {
    if (stopped !== undefined) return
    stopped = why
    machine?.kill('SIGTERM')
    timer = setTimeout(() => machine?.kill('SIGKILL'), GRACE)
  }
  const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => stop(signal)
  for (const signal of Object.keys(signals)) process.on(signal, onSignal)
  try {
    prepare(folder, kernel, run)
    const console_ = openSync(join(folder, 'console.log'), 'w')
    const limit = setTimeout(stop, run.timeout * 1000, 'timeout')
    machine = await kernel.start(folder, run.memory, console_)
    closeSync(console_)
    if (stopped !== undefined) machine.kill('SIGTERM')
    await machine.ended
    clearTimeout(limit)
    const status = join(folder, 'status')
    if (existsSync(status)) return Number(readFileSync(status, 'utf8'))
    if (stopped === 'timeout') {
      console.error(`guest: not done after ${run.timeout} s (--timeout); ${lastWords(folder)}`)
      return 124
    }
    if (stopped !== undefined) return signals[/** @type {keyof typeof signals} */ (stopped)]
    console.error(`guest: ${kernel.name} ended without a result; ${lastWords(folder)}`)
    return 125
  } finally {
    clearTimeout(timer)
    for (const signal of Object.keys(signals)) process.off(signal, onSignal)
    machine?.kill('SIGKILL')
    if (run.keep) console.error(`guest: kept ${folder}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

/** What the guest finds in the folder: its first process, the command, what it may write, where the modules are. */
function prepare(/** @type {string} */ folder, /** @type {Kernel} */ kernel, /** @type {Run} */ run) {
  copyFileSync(new URL('init.sh', import.meta.url), join(folder, 'init'))
  chmodSync(join(folder, 'init'), 0o755)
  symlinkSync(kernel.modules(), join(folder, 'modules'))
  mkdirSync(join(folder, 'memory'))
  for (const directory of run.write) mkdirSync(directory, { recursive: true })
  writeFileSync(join(folder, 'write'), run.write.map((directory) => `${realpathSync(directory)}\n`).join(''))
  const environment = { ...process.env, VNET_GUEST: kernel.name }
  const words = ['env', '-i', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`), ...run.argv]
  writeFileSync(
    join(folder, 'command'),
    `cd ${quoted(process.cwd())} || exit 125\nexec ${words.map(quoted).join(' ')}\n`,
  )
}

/** A word as the shell reads it. */
const quoted = (/** @type {string} */ word) => `'${word.replaceAll("'", `'\\''`)}'`

/** The end of what the kernel and the machine said. */
function lastWords(/** @type {string} */ folder) {
  const lines = readFileSync(join(folder, 'console.log'), 'utf8').trimEnd().split('\n').slice(-20)
  return lines.join('') === '' ? 'it said nothing' : `it said last:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
