// User-Mode Linux as Debian packages it: a kernel that is an ordinary process, with one processor.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { machineOf } from './machine.mjs'
import { find } from './program.mjs'

/** @type {import('./guest.mjs').Kernel} */
export const uml = {
  name: 'uml',
  needs: [
    { file: 'linux.uml', package: 'user-mode-linux' },
    { file: 'modprobe', package: 'kmod' },
    { file: 'busybox', package: 'busybox' },
    { file: 'ip', package: 'iproute2' },
  ],
  modules: () => '/usr/lib/uml/modules',
  start,
}

async function start(/** @type {string} */ folder, /** @type {number} */ memory, /** @type {number} */ console_) {
  const words = [
    `mem=${memory}M`,
    'rootfstype=hostfs rootflags=/ rw',
    `init=${folder}/init`,
    `uml_dir=${folder}/ umid=guest`,
    // The console goes where the kernel's messages go; two more carry the command's output.
    'con=null con0=null,fd:3 con1=null,fd:4 con2=null,fd:5 ssl=null',
    'quiet loglevel=3',
  ].flatMap((word) => word.split(' '))
  const child = spawn(find('linux.uml') ?? 'linux.uml', words, {
    detached: true,
    env: { ...process.env, TMPDIR: memoryDirectory(memory) },
    stdio: ['ignore', console_, console_, console_, 'pipe', 'pipe'],
  })
  const copies = [process.stdout, process.stderr].map((target, index) =>
    pipeline(/** @type {import('node:stream').Readable} */ (child.stdio[4 + index]), target, { end: false }),
  )
  return machineOf([child], copies)
}

/** Where the guest's memory lies: in a file that is mapped with the right to execute, so best one that is memory itself. */
function memoryDirectory(/** @type {number} */ mebibytes) {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8').split('\n') : []
  const options = mounts.findLast((line) => line.split(' ')[1] === '/dev/shm')?.split(' ')[3]
  if (options === undefined || options.split(',').includes('noexec')) return tmpdir()
  const { bavail, bsize } = statfsSync('/dev/shm')
  return bavail * bsize >= mebibytes * 2 ** 20 ? '/dev/shm' : tmpdir()
}
