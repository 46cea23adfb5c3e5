/** Readiness: levels, pauses, ends, errors of sockets, devices that vanish. @module */
import { strict as assert } from 'node:assert'
import { closeSync } from 'node:fs'
import { GONE, READABLE, WRITABLE } from '../../syscalls.js'
import { deleteLink, linksOf, openTun, setUp } from './octets.js'
import { drain, flood, listener } from './receive.js'
import { codeOf, pause, type Surroundings, socketAt, until } from './surroundings.js'

/** Declares the tests. */
export function pollTests({ it, inNamespace, withTun, syscalls }: Surroundings): void {
  inNamespace('fires when a netlink event arrives, again and again until it is read', async (place) => {
    const { syscalls, namespace, netlink } = place
    const fd = listener(syscalls, namespace)
    const seen: number[] = []
    const handle = syscalls.poll(fd, (events) => void seen.push(events))
    handle.watch(READABLE)
    await pause(20)
    assert.deepEqual(seen, [])
    setUp(syscalls, netlink, 1, true)
    assert.deepEqual(seen, [], 'never called from within another call')
    await until(() => seen.length > 2)
    assert.ok(seen.every((events) => events === READABLE))
    drain(syscalls, fd)
    const before = seen.length
    await pause(20)
    assert.ok(seen.length <= before + 1)
    handle.close()
    syscalls.close(fd)
  })

  it('starts paused, tells when it can be written, pauses, goes on, and ends', async () => {
    const calls = syscalls()
    const fd = calls.socket(2, 2, 0)
    let count = 0
    const handle = calls.poll(fd, (events) => {
      assert.equal(events, WRITABLE)
      if (++count === 3) handle.watch(0)
      if (count === 5) handle.close()
    })
    await pause(10)
    assert.equal(count, 0)
    handle.watch(READABLE | WRITABLE)
    await until(() => count >= 3)
    await pause(10)
    assert.equal(count, 3)
    handle.watch(WRITABLE)
    await until(() => count >= 5)
    handle.watch(WRITABLE)
    handle.ref(false)
    handle.close()
    await pause(10)
    assert.equal(count, 5)
    assert.throws(() => calls.poll(fd, () => {}).watch(8), TypeError)
    assert.throws(() => calls.poll(fd, () => {}).watch(GONE), TypeError)
    calls.close(fd)
  })

  it('never calls after close, whatever was ready', async () => {
    const calls = syscalls()
    const fds = [calls.socket(2, 2, 0), calls.socket(2, 2, 0)]
    const handles = fds.map((fd) =>
      calls.poll(fd, () => {
        count++
        for (const handle of handles) handle.close()
      }),
    )
    let count = 0
    for (const handle of handles) handle.watch(WRITABLE)
    await until(() => count > 0)
    await pause(10)
    assert.equal(count, 1)
    for (const fd of fds) calls.close(fd)
  })

  it('does not call when it was paused in the same turn', async () => {
    const calls = syscalls()
    const fd = calls.socket(2, 2, 0)
    const handle = calls.poll(fd, () => assert.fail('called'))
    handle.watch(WRITABLE)
    handle.watch(0)
    await pause(10)
    handle.close()
    calls.close(fd)
  })

  it('lets promises go on', async () => {
    const calls = syscalls()
    const fd = calls.socket(2, 2, 0)
    for (let count = 0; count < 10; count++) {
      await new Promise<void>((resolve) => {
        const handle = calls.poll(fd, () => {
          handle.close()
          resolve()
        })
        handle.watch(WRITABLE)
      })
    }
    calls.close(fd)
  })

  it('refuses what cannot be polled, and two that watch one descriptor', async () => {
    const calls = syscalls()
    assert.equal(
      codeOf(() => calls.poll(987654, () => {})),
      'EBADF',
    )
    const file = calls.open('/proc/self/exe', 0)
    assert.equal(
      codeOf(() => calls.poll(file, () => {})),
      'EPERM',
    )
    calls.close(file)
    const fd = calls.socket(2, 2, 0)
    const called: string[] = []
    const one = calls.poll(fd, () => {
      called.push('one')
      one.watch(0)
    })
    const other = calls.poll(fd, () => {
      called.push('other')
      other.watch(0)
    })
    one.watch(WRITABLE)
    assert.equal(
      codeOf(() => other.watch(WRITABLE)),
      'EEXIST',
    )
    await until(() => called.length > 0)
    other.watch(WRITABLE)
    await until(() => called.length > 1)
    assert.deepEqual(called, ['one', 'other'])
    one.close()
    other.close()
    calls.close(fd)
  })

  it('survives a descriptor that is closed while it is watched', async () => {
    const calls = syscalls()
    const fd = calls.socket(2, 2, 0)
    const stale = calls.poll(fd, () => assert.fail('called'))
    stale.watch(READABLE)
    await pause(5)
    calls.close(fd)
    socketAt(calls, fd)
    let count = 0
    const handle = calls.poll(fd, () => {
      count++
      handle.watch(0)
    })
    handle.watch(WRITABLE)
    await until(() => count > 0)
    stale.watch(READABLE)
    stale.close()
    closeSync(fd) // Behind the binding's back.
    assert.equal(
      codeOf(() => handle.watch(READABLE)),
      'EBADF',
    )
    handle.close()
  })

  inNamespace('reports the error of a socket as READABLE, and goes on after it', async (place) => {
    const { syscalls, namespace, netlink } = place
    const fd = listener(syscalls, namespace)
    const seen: (number | string)[] = []
    const handle = syscalls.poll(fd, (events) => {
      seen.push(events)
      try {
        drain(syscalls, fd)
      } catch (error) {
        seen.push((error as { code: string }).code)
      }
    })
    handle.watch(READABLE)
    await pause(10)
    flood(syscalls, netlink)
    await until(() => seen.length >= 3)
    await pause(10)
    assert.deepEqual(seen, [READABLE, 'ENOBUFS', READABLE])
    setUp(syscalls, netlink, 1, true)
    await until(() => seen.length > 3)
    assert.deepEqual(seen.slice(3), [READABLE])
    handle.close()
    syscalls.close(fd)
  })

  withTun('reports GONE once when the device vanishes', async ({ syscalls, namespace, netlink }) => {
    const fd = openTun(syscalls, namespace, 'vanishing')
    const index = linksOf(syscalls, netlink).get('vanishing') as number
    const seen: number[] = []
    const handle = syscalls.poll(fd, (events) => void seen.push(events))
    handle.watch(READABLE)
    await pause(10)
    assert.deepEqual(seen, [])
    deleteLink(syscalls, netlink, index)
    await until(() => seen.length > 0)
    assert.deepEqual(seen, [GONE])
    handle.watch(READABLE)
    await pause(10)
    assert.deepEqual(seen, [GONE])
    assert.equal(
      codeOf(() => syscalls.ioctl(fd, 0x800454d2, new Uint8Array(40))),
      'EBADFD',
    ) // TUNGETIFF
    handle.close()
    syscalls.close(fd)
  })
}
