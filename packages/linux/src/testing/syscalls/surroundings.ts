/** What the suite of the second seam needs around a binding: its own namespaces, raw octets, and child processes. @module */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import type { SyscallError, Syscalls } from '../../syscalls.js'

/** A binding under test. */
export interface Binding {
  /** Shown in the names of the tests. */
  readonly name: string
  /** Makes the system calls in this thread. */
  readonly create: () => Syscalls
  /** URL of a module in plain JavaScript that exports `factory`, for worker threads and child processes. */
  readonly module: string
  /** Name of the export of `module` that makes the system calls: `napiSyscalls`. */
  readonly factory: string
  /** Name of the export of `module` that opens a driver, where there is one: `napiDriver`. */
  readonly driver?: string
}

/** A test framework: vitest's functions fit, and node:test's. */
export interface Runner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown
  /** Declares a test. */
  it(name: string, body: (context: { skip(reason: string): void }) => void | Promise<void>): unknown
}

/** What a file of tests gets. */
export interface Surroundings extends Runner {
  readonly binding: Binding
  readonly syscalls: () => Syscalls
  /** As `it`, skipped where namespaces cannot be made. */
  readonly inNamespace: (name: string, body: (place: Place) => void | Promise<void>) => void
  /** As `inNamespace`, skipped where there is no TUN driver. */
  readonly withTun: (name: string, body: (place: Place) => void | Promise<void>) => void
}

/** A namespace of a test's own, and a netlink socket in it. */
export interface Place {
  readonly syscalls: Syscalls
  readonly namespace: number
  readonly netlink: number
  /** Ends the test as skipped, for what this user may not do. */
  readonly skip: (reason: string) => void
}

/** Decides what can run here. */
export function surroundingsOf(binding: Binding, runner: Runner): Surroundings {
  const declare = (missing: string | undefined, name: string, body: (place: Place) => void | Promise<void>): void => {
    runner.it(name, async (context) => {
      if (missing !== undefined && process.env.VNET_KERNEL !== 'required') return context.skip(`needs ${missing}`)
      const syscalls = binding.create()
      const namespace = syscalls.createNamespace()
      const netlink = syscalls.socket(16, 3, 0, namespace)
      try {
        await body({ syscalls, namespace, netlink, skip: (reason) => context.skip(reason) })
      } finally {
        syscalls.close(netlink)
        syscalls.close(namespace)
      }
    })
  }
  const missing = missingCapability(binding)
  const inNamespace: Surroundings['inNamespace'] = (name, body) => declare(missing, name, body)
  const missingTun = existsSync('/dev/net/tun') ? missing : 'the device /dev/net/tun'
  const withTun: Surroundings['withTun'] = (name, body) => declare(missingTun, name, body)
  return { ...runner, binding, syscalls: binding.create, inNamespace, withTun }
}

function missingCapability(binding: Binding): string | undefined {
  try {
    binding.create().close(binding.create().createNamespace())
    return undefined
  } catch (error) {
    return `CAP_SYS_ADMIN and CAP_NET_ADMIN in the own user namespace: ${(error as Error).message}`
  }
}

/** The code of the error that `call` throws; fails if it throws none, or one without the promised fields. */
export function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (caught) {
    const { code, errno, syscall, message } = caught as SyscallError
    if (code === undefined) throw caught
    assert.ok(caught instanceof Error && errno > 0)
    assert.match(message, new RegExp(`^${syscall}: .+ \\(${code}\\)$`))
    return code
  }
  return assert.fail('nothing was thrown')
}

/** Names of the network namespaces of all threads of this process, each once. */
export function namespacesOfThreads(): string[] {
  const threads = readdirSync('/proc/self/task')
  return [...new Set(threads.flatMap((thread) => readLink(`/proc/self/task/${thread}/ns/net`)))]
}

function readLink(path: string): string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return [] // The thread ended meanwhile.
  }
}

/** The descriptors of this process that `readdir` itself does not make. */
export function openDescriptors(): number {
  const own = openSync('/proc/self/fd', 'r')
  closeSync(own)
  return readdirSync('/proc/self/fd').length
}

/** Opens a UDP socket that has the number of a descriptor which was just closed. */
export function socketAt(syscalls: Syscalls, number: number): void {
  const others: number[] = []
  for (let fd = syscalls.socket(2, 2, 0); fd !== number; fd = syscalls.socket(2, 2, 0)) others.push(fd)
  for (const fd of others) syscalls.close(fd)
}

/** Waits; the event loop turns meanwhile. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Waits for something to happen; on a busy machine that takes as long as it takes. */
export async function until(happened: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!happened()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${happened}`)
    await pause(2)
  }
}

/** Runs `script` in a process of its own, with `syscalls`, `make` and some modules in scope; it must end well. */
export function runChild(binding: Binding, script: string, flags: string[] = []): string {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...flags,
      '--input-type=module',
      '--eval',
      `${prologue(binding)}const prologue = ${JSON.stringify(prologue(binding))}\n${script}`,
    ],
    { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } },
  )
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' }, `${script}\n${stdout}`)
  return stdout.trim()
}

/** Source text for a worker thread, with `syscalls`, `make` and some modules in scope. */
export function workerSource(binding: Binding, script: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(prologue(binding) + script)}`)
}

function prologue({ module, factory }: Binding): string {
  return `
    import { Worker, parentPort, isMainThread } from 'node:worker_threads'
    import { readlinkSync } from 'node:fs'
    import { ${factory} as make } from ${JSON.stringify(module)}
    const syscalls = make()
    const udp = () => syscalls.socket(2, 2, 0)
  `
}
