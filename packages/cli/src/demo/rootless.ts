/** Running the demo again inside user, network and mount namespaces of its own, where root is not needed. @module */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { remedyOf, VnetError } from '@vnet/core'
import { commandFile } from '../place.js'
import type { Terminal } from '../terminal.js'

/** Set in the inner run, so that it does not try again. */
export const INNER = 'VNET_DEMO_ROOTLESS'

const flags = ['--user', '--map-root-user', '--net', '--mount']

/**
 * Runs `vnet WORDS` inside and returns its status.
 *
 * @throws VnetError `EPERM` where user namespaces are refused, `VNET_PROGRAM_MISSING` where there is no `unshare`
 */
export async function runRootless(words: readonly string[], terminal: Terminal): Promise<number> {
  const probe = await ended('unshare', [...flags, 'true'], terminal)
  if (probe.error?.code === 'ENOENT') throw refused('VNET_PROGRAM_MISSING', 'unshare (util-linux) is not installed')
  if (probe.status !== 0) {
    const why = (probe.error?.message ?? probe.stderr).trim()
    throw refused('EPERM', `no right to change the network, and user namespaces are refused: ${why}`)
  }
  return inside([...flags, process.execPath, ...process.execArgv, commandFile, ...words], terminal)
}

function refused(code: 'VNET_PROGRAM_MISSING' | 'EPERM', detail: string): VnetError {
  const allow = code === 'EPERM' ? remedyOf('user namespace') : 'install util-linux'
  return new VnetError({
    code,
    operation: 'demo',
    detail,
    hint: `run as root; or ${allow}; or use the in-memory kernel: vnet demo --driver mock`,
  })
}

async function inside(args: readonly string[], terminal: Terminal): Promise<number> {
  // A session of its own: a terminal's Ctrl-C then reaches it only through us, once, and not twice.
  const env = { ...terminal.env, [INNER]: '1' } as NodeJS.ProcessEnv
  const child = spawn('unshare', args, { stdio: 'inherit', env, detached: true })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  for (const signal of signals) process.on(signal, pass)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (status, signal) => {
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
      })
    })
  } finally {
    for (const signal of signals) process.off(signal, pass)
  }
}

interface End {
  readonly status: number | null
  readonly stderr: string
  readonly error?: NodeJS.ErrnoException
}

function ended(command: string, args: readonly string[], terminal: Terminal): Promise<End> {
  return new Promise((resolve) => {
    const env = terminal.env as NodeJS.ProcessEnv
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (error) => resolve({ status: null, stderr, error }))
    child.once('close', (status) => resolve({ status, stderr }))
  })
}
