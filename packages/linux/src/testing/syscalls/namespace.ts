/** Namespaces: the caller stays where it is, whatever else happens, and nothing leaks. @module */
import { strict as assert } from 'node:assert'
import { fstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { linksOf, openTun } from './octets.js'
import { codeOf, namespacesOfThreads, openDescriptors, pause, type Surroundings, workerSource } from './surroundings.js'

const MS_BIND = 4096
const MNT_DETACH = 2

/** Declares the tests. */
export function namespaceTests({ binding, inNamespace, withTun }: Surroundings): void {
  inNamespace('leaves every thread where it was, also when a call fails', ({ syscalls, namespace }) => {
    const before = namespacesOfThreads()
    assert.equal(before.length, 1)
    assert.notEqual(readlinkSync(`/proc/self/fd/${namespace}`), before[0])
    for (let count = 0; count < 50; count++) {
      syscalls.close(syscalls.socket(16, 3, 0, namespace))
      syscalls.close(syscalls.open('/dev/null', 0, namespace))
      assert.equal(
        codeOf(() => syscalls.socket(99, 3, 0, namespace)),
        'EAFNOSUPPORT',
      )
      assert.equal(
        codeOf(() => syscalls.open('/no/such/file', 0, namespace)),
        'ENOENT',
      )
      assert.equal(
        codeOf(() => syscalls.socket(16, 3, 0, 1_000_000)),
        'EBADF',
      )
      const device = syscalls.open('/dev/null', 0)
      for (const argument of [0, new Uint8Array(4), new Uint8Array(300)]) {
        assert.equal(
          codeOf(() => syscalls.ioctl(device, 0x7401, argument, namespace)),
          'ENOTTY',
        )
        assert.equal(
          codeOf(() => syscalls.ioctl(device, 0x7401, argument, 1_000_000)),
          'EBADF',
        )
      }
      syscalls.close(device)
      assert.throws(() => syscalls.socket('16' as never, 3, 0, namespace), TypeError)
    }
    const file = syscalls.open('/dev/null', 0)
    assert.equal(
      codeOf(() => syscalls.socket(16, 3, 0, file)),
      'EINVAL',
    )
    syscalls.close(file)
    assert.deepEqual(namespacesOfThreads(), before)
  })

  inNamespace('leaves every thread where it was when the stack overflows inside a call', ({ syscalls, namespace }) => {
    const before = namespacesOfThreads()
    const dive = (): void => {
      try {
        dive()
      } finally {
        syscalls.close(syscalls.socket(16, 3, 0, namespace))
      }
    }
    // The descriptors of calls that overflowed between opening and closing are lost; the namespace must not be.
    for (let count = 0; count < 3; count++) {
      try {
        dive()
      } catch {}
      assert.deepEqual(namespacesOfThreads(), before)
    }
  })

  inNamespace('works while worker threads are being started, and in them', async ({ syscalls, namespace }) => {
    const home = readlinkSync('/proc/self/ns/net')
    const script = `
      const before = readlinkSync('/proc/thread-self/ns/net')
      for (let count = 0; count < 20; count++) {
        const namespace = syscalls.createNamespace()
        syscalls.close(syscalls.socket(16, 3, 0, namespace))
        syscalls.close(namespace)
      }
      parentPort.postMessage([before, readlinkSync('/proc/thread-self/ns/net')])`
    const reports: Promise<string[]>[] = []
    for (let count = 0; count < 6; count++) {
      const worker = new Worker(workerSource(binding, script))
      reports.push(
        new Promise((resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
        }),
      )
      for (let turn = 0; turn < 20; turn++) {
        syscalls.close(syscalls.socket(16, 3, 0, namespace))
        if (turn % 5 === 0) await pause(1)
      }
    }
    for (const report of await Promise.all(reports)) assert.deepEqual(report, [home, home])
    assert.deepEqual(namespacesOfThreads(), [home])
  })

  inNamespace('keeps a namespace alive by a bind mount, and opens it again', ({ syscalls, namespace }) => {
    const folder = mkdtempSync(`${tmpdir()}/vnet-`)
    const path = `${folder}/blue`
    writeFileSync(path, '')
    syscalls.mount(`/proc/self/fd/${namespace}`, path, '', MS_BIND)
    const again = syscalls.open(path, 0)
    assert.equal(fstatSync(again).ino, fstatSync(namespace).ino)
    syscalls.close(syscalls.socket(16, 3, 0, again))
    syscalls.close(again)
    syscalls.unmount(path, MNT_DETACH)
    rmSync(folder, { recursive: true })
  })

  withTun('opens a TUN device in a namespace', ({ syscalls, namespace, netlink }) => {
    const fd = openTun(syscalls, namespace, 'fifteen-octets-')
    assert.deepEqual([...linksOf(syscalls, netlink).keys()], ['lo', 'fifteen-octets-'])
    syscalls.close(fd)
    assert.deepEqual([...linksOf(syscalls, netlink).keys()], ['lo'])
  })

  inNamespace('a thousand namespaces leak no descriptor, no thread and little memory', ({ syscalls }) => {
    const cycle = (count: number): void => {
      for (let index = 0; index < count; index++) {
        const namespace = syscalls.createNamespace()
        syscalls.close(syscalls.socket(16, 3, 0, namespace))
        syscalls.close(namespace)
      }
    }
    cycle(20)
    const before = { descriptors: openDescriptors(), ...processStatus() }
    cycle(1000)
    const after = { descriptors: openDescriptors(), ...processStatus() }
    // Fewer are fine: what earlier tests forgot is collected meanwhile.
    assert.ok(after.descriptors <= before.descriptors, `${after.descriptors - before.descriptors} descriptors`)
    assert.ok(after.threads <= before.threads, `${after.threads - before.threads} threads`)
    assert.ok(after.kibibytes - before.kibibytes < 16_384, `${after.kibibytes - before.kibibytes} KiB`)
  })
}

function processStatus(): { threads: number; kibibytes: number } {
  const status = readFileSync('/proc/self/status', 'utf8')
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return { threads: number('Threads'), kibibytes: number('VmRSS') }
}
