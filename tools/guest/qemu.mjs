// Debian's kernel 6.12 in QEMU: two processors, emulated, so that it needs no right to /dev/kvm.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { imageOf, modulesOf, prepareKernel } from './kernel-package.mjs'
import { machineOf } from './machine.mjs'
import { find } from './program.mjs'

/** @type {import('./guest.mjs').Kernel} */
export const qemu = {
  name: 'qemu',
  needs: [
    { file: 'qemu-system-x86_64', package: 'qemu-system-x86' },
    // Before Debian 13 it is in a package that QEMU depends on.
    { file: 'virtiofsd', package: 'virtiofsd', before: 'qemu-system-common' },
    { file: 'modprobe', package: 'kmod' },
    { file: 'busybox', package: 'busybox' },
    { file: 'ip', package: 'iproute2' },
  ],
  prepare: prepareKernel,
  modules: modulesOf,
  start,
}

/** Network cards, all on one wire with nothing else on it; they come to life when a test loads their drivers. */
const cards = ['e1000', 'e1000e', 'virtio-net-pci']

async function start(/** @type {string} */ folder, /** @type {number} */ memory, /** @type {number} */ console_) {
  const files = join(folder, 'files.socket')
  const share = ['-o', 'source=/', '-o', 'cache=always', '-o', 'sandbox=chroot', '--thread-pool-size=0']
  const options = {
    detached: true,
    stdio: /** @type {import('node:child_process').StdioOptions} */ (['ignore', console_, console_]),
  }
  const server = spawn(find('virtiofsd') ?? 'virtiofsd', [`--socket-path=${files}`, ...share], options)
  for (let waited = 0; !existsSync(files); waited += 20) {
    if (server.exitCode !== null || waited > 20_000) break // QEMU says the rest
    await sleep(20)
  }
  const outputs = [
    await output(join(folder, 'out.socket'), process.stdout),
    await output(join(folder, 'err.socket'), process.stderr),
  ]
  const words = [
    '-M pc -accel tcg,thread=multi,tb-size=512 -cpu max -smp 2',
    `-m ${memory}M -object memory-backend-memfd,id=memory,size=${memory}M,share=on -numa node,memdev=memory`,
    '-nodefaults -display none -no-reboot -serial stdio',
    `-chardev socket,id=files,path=${files} -device vhost-user-fs-pci,chardev=files,tag=host`,
    '-device virtio-serial-pci',
    `-chardev socket,id=out,path=${folder}/out.socket -device virtserialport,chardev=out,nr=1`,
    `-chardev socket,id=err,path=${folder}/err.socket -device virtserialport,chardev=err,nr=2`,
    `-kernel ${imageOf()}`,
    ...cards.flatMap((card, i) => [
      `-netdev hubport,hubid=0,id=wire${i}`,
      `-device ${card},netdev=wire${i},mac=52:54:00:12:34:${56 + i},romfile=`,
    ]),
  ].flatMap((word) => word.split(' '))
  // Grace periods are waited for on processors that other guests use: asked for at once, tests take half as long.
  const boot = `console=ttyS0 quiet loglevel=3 root=host rootfstype=virtiofs rw init=${folder}/init panic=-1 nokaslr mitigations=off rcupdate.rcu_expedited=1`
  const machine = spawn(find('qemu-system-x86_64') ?? 'qemu-system-x86_64', [...words, '-append', boot], options)
  machine.once('exit', () => {
    for (const { close } of outputs) close()
  })
  return machineOf(
    [machine, server],
    outputs.map(({ done }) => done),
  )
}

/** A socket whose first caller's words are passed on. */
async function output(/** @type {string} */ path, /** @type {NodeJS.WriteStream} */ target) {
  let called = false
  /** @type {() => void} */
  let settle = () => {}
  const done = new Promise((resolve) => {
    settle = () => resolve(undefined)
  })
  const server = createServer((socket) => {
    called = true
    server.close()
    pipeline(socket, target, { end: false }).then(settle, settle)
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    done,
    close() {
      server.close()
      if (!called) settle()
    },
  }
}
