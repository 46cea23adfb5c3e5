/**
 * Programs inside a namespace, as `ip netns exec`: through `nsenter` and `unshare` of util-linux, so that no thread of
 * this process ever changes its namespace.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Program, type ProgramEnd, type ProgramSpec, VnetError } from '@vnet/core'

/**
 * What the shell does before it becomes the program: a `/sys` that shows this namespace (a mount of its own, seen by
 * nobody else), and the files of `/etc/netns/NAME` over those of `/etc`.
 */
const PREPARE = `
name=$1; shift
umount -l /sys 2>/dev/null
mount -t sysfs "\${name:-vnet}" /sys || exit 126
if [ -n "$name" ] && [ -d "/etc/netns/$name" ]; then
  for file in "/etc/netns/$name"/*; do
    [ -e "$file" ] || continue
    mount --bind "$file" "/etc/\${file##*/}" || exit 126
  done
fi
command -v -- "$1" >/dev/null 2>&1 || { echo "vnet: $1: not found" >&2; exit 127; }
exec "$@"
`

/**
 * Starts the program.
 *
 * @param path File of the namespace. `name` brings the files of `/etc/netns/NAME`.
 */
export async function startProgram(path: string, name: string | undefined, program: ProgramSpec): Promise<Program> {
  const inherit = (program.stdio ?? 'inherit') === 'inherit'
  const child = spawn(
    'nsenter',
    [
      `--net=${path}`,
      '--',
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      '--',
      'sh',
      '-c',
      PREPARE,
      'vnet',
      name ?? '',
      program.command,
      ...(program.args ?? []),
    ],
    {
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      ...(program.env === undefined ? {} : { env: program.env as NodeJS.ProcessEnv }),
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    },
  )
  await started(child, program)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
    })
  }
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...output }))
  })
  return {
    pid: child.pid as number,
    ended,
    kill: (signal = 'SIGTERM') => {
      child.kill(constants.signals[signal as NodeJS.Signals] ?? signal)
    },
  }
}

function started(child: ChildProcess, program: ProgramSpec): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT'
      reject(
        new VnetError({
          code: missing && program.cwd === undefined ? 'VNET_PROGRAM_MISSING' : ((error.code ?? 'EIO') as 'EIO'),
          operation: 'namespace run',
          subject: program.command,
          detail: error.message,
          hint: missing ? 'install util-linux (nsenter, unshare)' : undefined,
          syscall: 'spawn',
          cause: error,
        }),
      )
    })
  })
}
