/** Sockets and descriptors: errors, options, addresses, sending. @module */
import { strict as assert } from 'node:assert'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import type { Syscalls } from '../../syscalls.js'
import { integer, linksOf, loopbackAddress, netlinkAddress, setUp, unixAddress } from './octets.js'
import { codeOf, openDescriptors, type Surroundings, socketAt } from './surroundings.js'

const SOL_SOCKET = 1
const SO_TYPE = 3
const SO_RCVBUF = 8
const none = new Uint8Array(0)

/** Declares the tests. */
export function socketTests({ it, inNamespace, syscalls }: Surroundings): void {
  it('calls a failed call by the name of the kernel', () => {
    const calls = syscalls()
    const fd = calls.socket(16, 3, 0)
    calls.close(fd)
    assert.equal(
      codeOf(() => calls.close(fd)),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.bind(fd, netlinkAddress(0))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.connect(fd, netlinkAddress(0))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.socketName(fd)),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.setOption(fd, SOL_SOCKET, SO_RCVBUF, integer(1))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.getOption(fd, SOL_SOCKET, SO_TYPE, integer(0))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.ioctl(fd, 0x8933, new Uint8Array(40))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.send(fd, new Uint8Array(1))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.receive(fd, new Uint8Array(9), new Int32Array(1), 0)),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.sendTo(fd, new Uint8Array(1), loopbackAddress(9))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.receiveMessage(fd, new Uint8Array(9), none, none, new Int32Array(2))),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.poll(fd, () => {})),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.socket(16, 3, 0, fd)),
      'EBADF',
    )
    assert.equal(
      codeOf(() => calls.socket(99, 3, 0)),
      'EAFNOSUPPORT',
    )
    assert.equal(
      codeOf(() => calls.open('/no/such/file', 0)),
      'ENOENT',
    )
    assert.equal(
      codeOf(() => calls.mount('none', '/no/such/folder', 'tmpfs', 0)),
      'ENOENT',
    )
    assert.equal(
      codeOf(() => calls.unmount('/no/such/folder', 0)),
      'ENOENT',
    )
    assert.equal(
      codeOf(() => calls.close(-1)),
      'EBADF',
    )
  })

  it('refuses wrong types with a TypeError and opens nothing', () => {
    const calls = syscalls() as unknown as Record<string, (...values: unknown[]) => unknown>
    const before = openDescriptors()
    const octets = new Uint8Array(64)
    const wrong: [string, unknown[]][] = [
      ['socket', []],
      ['socket', ['16', 3, 0]],
      ['socket', [16, 3, 0, 'home']],
      ['socket', [16, Number.NaN, 0]],
      ['open', [5, 0]],
      ['open', ['/dev/null\0x', 0]],
      ['open', ['/dev/null', {}]],
      ['close', [0.5]],
      ['close', [2 ** 32]],
      ['close', [Symbol.iterator]],
      ['bind', [0, 'octets']],
      ['bind', [0, 140737488355328n]],
      ['connect', [0, new Uint16Array(8)]],
      ['setOption', [0, 1, 8, null]],
      ['getOption', [0, 1, 8, new DataView(octets.buffer)]],
      ['ioctl', [0, 0x8933]],
      ['ioctl', [0, 'SIOCGIFINDEX', octets]],
      ['ioctlPointing', [0, 0x8946, octets, 57, octets]],
      ['ioctlPointing', [0, 0x8946, octets, -1, octets]],
      ['ioctlPointing', [0, 0x8946, octets, 0.5, octets]],
      ['ioctlPointing', [0, 0x8946, new Uint8Array(4), 0, octets]],
      ['ioctlPointing', [0, 0x8946, octets, 16]],
      ['send', [0, octets, 65]],
      ['send', [0, octets, -1]],
      ['send', [0, [1, 2, 3]]],
      ['receive', [0, octets, [0], 0]],
      ['receive', [0, octets, new Uint32Array(1), 0]],
      ['receive', [0, octets.buffer, new Int32Array(1), 0]],
      ['receive', [0, octets, new Int32Array(1), 'some']],
      ['sendTo', [0, octets, 'somewhere']],
      ['sendTo', ['0', octets, octets]],
      ['receiveMessage', [0, octets, octets, octets, new Int32Array(1)]],
      ['receiveMessage', [0, octets, octets, null, new Int32Array(2)]],
      ['receiveMessage', [0, octets, 16, octets, new Int32Array(2)]],
      ['poll', [0]],
      ['poll', ['0', () => {}]],
      ['mount', ['none', 1, 'tmpfs', 0]],
      ['unmount', ['/tmp']],
      ['attachFilter', ['0', octets]],
      ['attachFilter', [0, 'octets']],
      ['map', ['0', 4096]],
      ['map', [0, -1]],
      ['unmap', [0]],
    ]
    for (const [name, values] of wrong) {
      assert.throws(() => calls[name]?.(...values), TypeError, `${name}(${values.map(String)})`)
    }
    assert.ok(openDescriptors() <= before)
  })

  it('opens close-on-exec and non-blocking, and closes', () => {
    const calls = syscalls()
    const fd = calls.socket(16, 3, 0)
    assert.equal(flagsOf(fd) & 0o2004000, 0o2004000) // O_CLOEXEC | O_NONBLOCK
    const file = calls.open('/dev/null', 0)
    assert.equal(flagsOf(file) & 0o2000000, 0o2000000)
    for (const opened of [fd, file]) {
      calls.close(opened)
      assert.throws(() => flagsOf(opened), { code: 'ENOENT' })
    }
  })

  it('gets and sets options, and tells its own address', () => {
    const calls = syscalls()
    const fd = calls.socket(16, 3, 0)
    const value = integer(0)
    assert.equal(calls.getOption(fd, SOL_SOCKET, SO_TYPE, value), 4)
    assert.deepEqual(value, integer(3))
    calls.setOption(fd, SOL_SOCKET, SO_RCVBUF, integer(65536))
    calls.getOption(fd, SOL_SOCKET, SO_RCVBUF, value)
    assert.deepEqual(value, integer(131072)) // The kernel doubles it, socket(7).
    const short = new Uint8Array([0, 0, 9])
    assert.equal(calls.getOption(fd, SOL_SOCKET, SO_TYPE, short.subarray(0, 2)), 2)
    assert.equal(short[2], 9)
    calls.bind(fd, netlinkAddress(1))
    const address = calls.socketName(fd)
    assert.equal(address.length, 12)
    assert.deepEqual(address.subarray(8), netlinkAddress(1).subarray(8))
    calls.close(fd)
  })

  inNamespace('ioctl takes octets, which the kernel fills in, or a number', ({ syscalls, namespace }) => {
    const fd = syscalls.socket(2, 2, 0, namespace)
    const request = new Uint8Array(40)
    request.set(Buffer.from('lo'))
    assert.equal(syscalls.ioctl(fd, 0x8933, request), 0) // SIOCGIFINDEX
    assert.equal(new Int32Array(request.buffer)[4], 1)
    // The kernel writes 40 octets; those after the end of a shorter argument are not ours to change.
    const guarded = new Uint8Array(64).fill(7)
    guarded.set(request.subarray(0, 20))
    assert.equal(syscalls.ioctl(fd, 0x8933, guarded.subarray(0, 20)), 0)
    assert.deepEqual(guarded.subarray(20), new Uint8Array(44).fill(7))
    const file = syscalls.open('/dev/null', 0)
    assert.equal(
      codeOf(() => syscalls.ioctl(file, 0x400454cb, 1)),
      'ENOTTY',
    ) // TUNSETPERSIST
    syscalls.close(file)
    syscalls.close(fd)
  })

  inNamespace('ioctl follows a pointer in its argument', ({ syscalls, namespace }) => {
    const fd = syscalls.socket(2, 2, 0, namespace)
    const request = new Uint8Array(40)
    request.set(Buffer.from('lo'))
    const before = request.slice()
    // The kernel writes 8 octets; those after the end of a shorter structure are not ours to change.
    const guarded = new Uint8Array(Int32Array.of(0x0a, 7, 7).buffer) // ETHTOOL_GLINK
    assert.equal(syscalls.ioctlPointing(fd, 0x8946, request, 16, guarded.subarray(0, 8)), 0) // SIOCETHTOOL
    assert.deepEqual([...new Int32Array(guarded.buffer)], [0x0a, 0, 7])
    assert.deepEqual(request, before)
    request.set(Buffer.from('nope'))
    assert.equal(
      codeOf(() => syscalls.ioctlPointing(fd, 0x8946, request, 16, guarded)),
      'ENODEV',
    )
    syscalls.close(fd)
  })

  inNamespace('sends whole datagrams, of a given length', ({ syscalls, namespace, netlink }) => {
    setUp(syscalls, netlink, 1, true)
    const fd = syscalls.socket(2, 2, 0, namespace)
    syscalls.bind(fd, loopbackAddress())
    syscalls.connect(fd, syscalls.socketName(fd))
    const message = Uint8Array.of(1, 2, 3, 4, 5)
    assert.equal(syscalls.send(fd, message), 5)
    assert.equal(syscalls.send(fd, message, 2), 2)
    const lengths = new Int32Array(4)
    assert.equal(syscalls.receive(fd, new Uint8Array(64), lengths, 0), 2)
    assert.deepEqual([...lengths], [5, 2, 0, 0])
    assert.equal(
      codeOf(() => syscalls.send(fd, new Uint8Array(70_000))),
      'EMSGSIZE',
    )
    syscalls.close(fd)
  })

  inNamespace('sends to an address, and receives with that of the sender', ({ syscalls, namespace, netlink }) => {
    setUp(syscalls, netlink, 1, true)
    const [from, to] = [syscalls.socket(2, 2, 0, namespace), syscalls.socket(2, 2, 0, namespace)]
    syscalls.bind(from, loopbackAddress())
    syscalls.bind(to, loopbackAddress())
    const lengths = new Int32Array(2)
    const [octets, address, control] = [new Uint8Array(4), new Uint8Array(28), new Uint8Array(64)]
    const receive = () => syscalls.receiveMessage(to, octets, address, control, lengths)
    assert.equal(receive(), -1)
    const message = Uint8Array.of(1, 2, 3, 4, 5, 6)
    assert.equal(syscalls.sendTo(from, message, syscalls.socketName(to)), true)
    syscalls.setOption(to, 0, 12, integer(1)) // SOL_IP, IP_RECVTTL
    // Longer than the room for it: the true length is told, and the rest is left alone.
    assert.equal(receive(), 6)
    assert.deepEqual([...octets], [1, 2, 3, 4])
    assert.equal(lengths[0], 16)
    assert.deepEqual(address.subarray(0, 16), syscalls.socketName(from))
    // struct cmsghdr with its length of 64 bits, level and type, then the hops.
    assert.equal(lengths[1], 24)
    assert.deepEqual([...new Int32Array(control.buffer, 0, 5)], [20, 0, 0, 2, 64])
    syscalls.connect(from, syscalls.socketName(to))
    assert.equal(syscalls.sendTo(from, message.subarray(0, 2), none), true)
    // Nobody wants to know the sender.
    assert.equal(syscalls.receiveMessage(to, octets, none, none, lengths), 2)
    assert.deepEqual([...lengths], [0, 0])
    assert.equal(
      codeOf(() => syscalls.sendTo(to, message, none)),
      'EDESTADDRREQ',
    )
    syscalls.close(to)
    syscalls.sendTo(from, message, none)
    assert.equal(
      codeOf(() => syscalls.receiveMessage(from, octets, none, none, lengths)),
      'ECONNREFUSED',
    )
    syscalls.close(from)
  })

  it('sends part of a stream, then 0 when it would block', () =>
    withStream(syscalls(), (fd) => {
      const calls = syscalls()
      const chunk = new Uint8Array(1 << 20)
      const sizes: number[] = []
      for (let sent = calls.send(fd, chunk); sent > 0; sent = calls.send(fd, chunk)) sizes.push(sent)
      assert.ok(sizes.length > 0 && (sizes.at(-1) as number) < chunk.length, String(sizes))
      assert.equal(calls.send(fd, chunk), 0)
    }))

  it('keeps back an error that came behind data, for that descriptor only', () =>
    withStream(syscalls(), async (fd, peer) => {
      const calls = syscalls()
      const room = () => calls.receive(fd, new Uint8Array(64), new Int32Array(4), 8)
      const idle = calls.socket(16, 3, 0)
      calls.send(fd, new Uint8Array(3)) // Unread when the peer closes: unix(7) then says ECONNRESET behind its data.
      await new Promise<void>((resolve) => peer.write('data', () => resolve()))
      peer.destroy()
      await new Promise((resolve) => peer.once('close', resolve))
      assert.equal(room(), 1)
      assert.equal(calls.receive(idle, new Uint8Array(64), new Int32Array(4), 8), 0)
      assert.equal(codeOf(room), 'ECONNRESET')
      assert.equal(room(), 4) // End of file, once only after the error.
      calls.close(idle)
    }))

  it('forgets a kept error when the descriptor is closed', () =>
    withStream(syscalls(), async (fd, peer) => {
      const calls = syscalls()
      calls.send(fd, new Uint8Array(3))
      await new Promise<void>((resolve) => peer.write('data', () => resolve()))
      peer.destroy()
      await new Promise((resolve) => peer.once('close', resolve))
      assert.equal(calls.receive(fd, new Uint8Array(64), new Int32Array(4), 8), 1)
      calls.close(fd)
      socketAt(calls, fd)
      assert.equal(calls.receive(fd, new Uint8Array(64), new Int32Array(4), 8), 0)
    }))

  inNamespace('a socket stays in its namespace, also when nothing else refers to it', ({ syscalls }) => {
    const namespace = syscalls.createNamespace()
    const netlink = syscalls.socket(16, 3, 0, namespace)
    syscalls.close(namespace)
    assert.deepEqual([...linksOf(syscalls, netlink).keys()], ['lo'])
    syscalls.close(netlink)
  })
}

async function withStream(calls: Syscalls, body: (fd: number, peer: Socket) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/vnet-`)
  const server = createServer({ pauseOnConnect: true })
  try {
    await new Promise<void>((resolve) => server.listen(`${folder}/s`, resolve))
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const fd = calls.socket(1, 1, 0)
    calls.connect(fd, unixAddress(`${folder}/s`))
    const peer = await accepted
    await body(fd, peer)
    peer.destroy()
    calls.close(fd)
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
}

function flagsOf(fd: number): number {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
  return Number.parseInt(/flags:\s*(\d+)/.exec(text)?.[1] ?? '0', 8)
}
