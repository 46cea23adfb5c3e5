/** Receiving: batches, alignment, room, truncation, overflow. @module */
import { strict as assert } from 'node:assert'
import type { Syscalls } from '../../syscalls.js'
import { integer, loopbackAddress, netlinkAddress, setUp } from './octets.js'
import { codeOf, type Place, type Surroundings } from './surroundings.js'

/** Declares the tests. */
export function receiveTests({ it, inNamespace, syscalls }: Surroundings): void {
  it('is 0 when it would block, and leaves lengths alone', () => {
    const calls = syscalls()
    const fd = calls.socket(16, 3, 0)
    const lengths = new Int32Array([7, 7])
    assert.equal(calls.receive(fd, new Uint8Array(1024), lengths, 64), 0)
    assert.deepEqual([...lengths], [7, 7])
    calls.close(fd)
  })

  inNamespace('puts several datagrams behind one another, at multiples of 4', (place) => {
    const fd = echo(place)
    const sizes = [5, 8, 0, 1, 3]
    sizes.forEach((size, index) => {
      place.syscalls.send(fd, new Uint8Array(size).fill(index + 1))
    })
    const room = new Uint8Array(80)
    const slab = room.subarray(8, 72)
    const lengths = new Int32Array(8)
    assert.equal(place.syscalls.receive(fd, slab, lengths, 16), 5)
    assert.deepEqual([...lengths.subarray(0, 5)], sizes)
    let start = 0
    sizes.forEach((size, index) => {
      assert.deepEqual([...slab.subarray(start, start + size)], new Array(size).fill(index + 1))
      start += (size + 3) & ~3
    })
    assert.ok(room.subarray(0, 8).every((octet) => octet === 0) && room.subarray(72).every((octet) => octet === 0))
    place.syscalls.close(fd)
  })

  inNamespace('stops when lengths is full, and goes on at the next call', (place) => {
    const fd = echo(place)
    for (let size = 1; size <= 3; size++) place.syscalls.send(fd, new Uint8Array(size))
    const lengths = new Int32Array(2)
    assert.equal(place.syscalls.receive(fd, new Uint8Array(64), lengths, 8), 2)
    assert.equal(place.syscalls.receive(fd, new Uint8Array(64), lengths, 8), 1)
    assert.equal(lengths[0], 3)
    assert.equal(place.syscalls.receive(fd, new Uint8Array(64), new Int32Array(0), 8), 0)
    place.syscalls.close(fd)
  })

  inNamespace('stops when less than the reserve is left, but never before the first datagram', (place) => {
    const fd = echo(place)
    for (let count = 0; count < 4; count++) place.syscalls.send(fd, new Uint8Array(20))
    const lengths = new Int32Array(8)
    assert.equal(place.syscalls.receive(fd, new Uint8Array(100), lengths, 60), 3)
    assert.equal(place.syscalls.receive(fd, new Uint8Array(40), lengths, 60), 1)
    place.syscalls.close(fd)
  })

  inNamespace('cuts a datagram that is longer than the room, and tells its true length', (place) => {
    const fd = echo(place)
    place.syscalls.send(fd, new Uint8Array(10).fill(1))
    place.syscalls.send(fd, new Uint8Array(1000).fill(2))
    place.syscalls.send(fd, new Uint8Array(10).fill(3))
    const room = new Uint8Array(64)
    const lengths = new Int32Array(8)
    assert.equal(place.syscalls.receive(fd, room.subarray(0, 60), lengths, 0), 2)
    assert.deepEqual([...lengths.subarray(0, 2)], [10, 1000])
    assert.deepEqual([...room.subarray(12)], [...new Array(48).fill(2), 0, 0, 0, 0])
    assert.equal(place.syscalls.receive(fd, room, lengths, 0), 1)
    assert.equal(room[0], 3)
    place.syscalls.close(fd)
  })

  inNamespace('throws ENOBUFS when events were dropped, and goes on', ({ syscalls, namespace, netlink }) => {
    const fd = listener(syscalls, namespace)
    flood(syscalls, netlink)
    assert.equal(
      codeOf(() => drain(syscalls, fd)),
      'ENOBUFS',
    )
    assert.ok(drain(syscalls, fd) > 0)
    assert.equal(drain(syscalls, fd), 0)
    setUp(syscalls, netlink, 1, true)
    assert.ok(drain(syscalls, fd) > 0)
    syscalls.close(fd)
  })
}

/** A UDP socket that is connected to itself. */
function echo({ syscalls, namespace, netlink }: Place): number {
  setUp(syscalls, netlink, 1, true)
  const fd = syscalls.socket(2, 2, 0, namespace)
  syscalls.bind(fd, loopbackAddress())
  syscalls.connect(fd, syscalls.socketName(fd))
  return fd
}

/** A netlink socket that gets the events of links, with little room for them. */
export function listener(syscalls: Syscalls, namespace: number): number {
  const fd = syscalls.socket(16, 3, 0, namespace)
  syscalls.setOption(fd, 1, 8, integer(4096)) // SO_RCVBUF
  syscalls.bind(fd, netlinkAddress(1))
  return fd
}

/** Makes more events than a {@link listener} has room for. */
export function flood(syscalls: Syscalls, netlink: number): void {
  for (let count = 0; count < 20; count++) setUp(syscalls, netlink, 1, count % 2 === 0)
  setUp(syscalls, netlink, 1, false)
}

/** Receives until it would block; returns the number of datagrams. */
export function drain(syscalls: Syscalls, fd: number): number {
  let total = 0
  for (let count = -1; count !== 0; total += count) {
    count = syscalls.receive(fd, new Uint8Array(65536), new Int32Array(16), 32768)
  }
  return total
}
