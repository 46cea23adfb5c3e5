#!/usr/bin/env node
// Runs a command as root on another Linux kernel: User-Mode Linux, or a newer Debian kernel in QEMU. See README.md.
import { parseArgs } from 'node:util'
import { runInGuest } from './guest.mjs'
import { install } from './install.mjs'
import { qemu } from './qemu.mjs'
import { uml } from './uml.mjs'

const usage = `usage: run.mjs [--kernel uml|qemu] [--memory MEBIBYTES] [--timeout SECONDS] [--write DIRECTORY]… [--keep] -- COMMAND [ARGUMENT…]
       run.mjs [--kernel uml|qemu] --install
  --kernel   uml (default): Debian's User-Mode Linux, one processor; qemu: Debian's Linux 6.12 in QEMU, two processors
  --memory   the guest's memory; 2048
  --timeout  how long the whole run may take; 300. The exit status is then 124
  --write    a directory that the guest may change; all else that it writes is gone afterwards
  --keep     keeps the folder of the run, with the kernel's messages (console.log), and tells its name
  --install  installs what the kernel needs (as root, on Debian), and runs nothing`
const kernels = { uml, qemu }

/** @returns {never} */
function refuse(/** @type {string} */ message) {
  console.error(message)
  process.exit(125)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        kernel: { type: 'string', default: 'uml' },
        memory: { type: 'string', default: '2048' },
        timeout: { type: 'string', default: '300' },
        write: { type: 'string', multiple: true, default: [] },
        keep: { type: 'boolean', default: false },
        install: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

const { values, positionals: argv } = readArguments()
const [memory, timeout] = [Number(values.memory), Number(values.timeout)]
const kernel = Object.hasOwn(kernels, values.kernel)
  ? kernels[/** @type {'uml' | 'qemu'} */ (values.kernel)]
  : undefined
if (kernel === undefined) refuse(`--kernel takes ${Object.keys(kernels).join(' or ')}, not ${values.kernel}`)
if (!(Number.isInteger(memory) && memory >= 128)) refuse(`--memory takes 128 or more mebibytes, not ${values.memory}`)
if (!(timeout > 0)) refuse(`--timeout takes seconds, not ${values.timeout}`)
if (argv.length === 0 && !values.install) refuse(usage)

try {
  install(kernel)
  if (values.install) process.exit(0)
  process.exitCode = await runInGuest(kernel, { argv, memory, timeout, write: values.write, keep: values.keep })
} catch (error) {
  refuse(`guest: ${error instanceof Error ? error.message : error}`)
}
