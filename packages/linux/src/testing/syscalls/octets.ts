/** Socket addresses and netlink messages as octets, in the machine's byte order; on purpose not by vnet's own codecs. @module */
import { strict as assert } from 'node:assert'
import type { Syscalls } from '../../syscalls.js'

/** `sockaddr_nl` with a mask of multicast groups (bit 0: links). */
export function netlinkAddress(groups: number): Uint8Array {
  const words = new Uint32Array([0, 0, groups])
  new Uint16Array(words.buffer)[0] = 16
  return new Uint8Array(words.buffer)
}

/** `sockaddr_in` of 127.0.0.1; port 0 lets the kernel choose. */
export function loopbackAddress(port = 0): Uint8Array {
  const octets = new Uint8Array(16)
  new Uint16Array(octets.buffer)[0] = 2
  octets.set([port >> 8, port & 255, 127, 0, 0, 1], 2)
  return octets
}

/** `sockaddr_un` of a path. */
export function unixAddress(path: string): Uint8Array {
  const octets = new Uint8Array(3 + path.length)
  new Uint16Array(octets.buffer, 0, 1)[0] = 1
  octets.set(Buffer.from(path), 2)
  return octets
}

/** A 32-bit integer as the octets of a socket option. */
export function integer(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const REQUEST_ACK = 5
const REQUEST_DUMP = 0x301

/** A request on a link: `nlmsghdr` and `ifinfomsg`. */
function linkRequest(type: number, flags: number, index = 0, up = false, change = 0): Uint8Array {
  const words = new Uint32Array([32, 0, 1, 0, 0, index, up ? 1 : 0, change])
  new Uint16Array(words.buffer).set([type, flags], 2)
  return new Uint8Array(words.buffer)
}

/** Sets a link up or down, which also makes an event for the links group. */
export function setUp(syscalls: Syscalls, netlink: number, index: number, up: boolean): void {
  acknowledged(syscalls, netlink, linkRequest(RTM_NEWLINK, REQUEST_ACK, index, up, 1))
}

/** Deletes a link. */
export function deleteLink(syscalls: Syscalls, netlink: number, index: number): void {
  acknowledged(syscalls, netlink, linkRequest(RTM_DELLINK, REQUEST_ACK, index))
}

function acknowledged(syscalls: Syscalls, netlink: number, request: Uint8Array): void {
  assert.equal(syscalls.send(netlink, request), request.length)
  const slab = new Uint8Array(4096)
  assert.equal(syscalls.receive(netlink, slab, new Int32Array(1), 0), 1)
  assert.deepEqual([new Uint16Array(slab.buffer)[2], new Int32Array(slab.buffer)[4]], [2, 0], 'acknowledged')
}

/** The links of the socket's namespace: index by name. */
export function linksOf(syscalls: Syscalls, netlink: number): Map<string, number> {
  const links = new Map<string, number>()
  const slab = new Uint8Array(1 << 18)
  const words = new DataView(slab.buffer)
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  syscalls.send(netlink, linkRequest(RTM_GETLINK, REQUEST_DUMP))
  for (;;) {
    const lengths = new Int32Array(8)
    const count = syscalls.receive(netlink, slab, lengths, 32768)
    let start = 0
    for (const length of lengths.subarray(0, count)) {
      for (let at = start; at < start + length; at += (words.getUint32(at, little) + 3) & ~3) {
        if (words.getUint16(at + 4, little) !== RTM_NEWLINK) return links
        links.set(nameIn(words, at, little), words.getInt32(at + 20, little))
      }
      start += (length + 3) & ~3
    }
    assert.notEqual(count, 0, 'the dump ends with a message of another type')
  }
}

function nameIn(words: DataView, message: number, little: boolean): string {
  const end = message + words.getUint32(message, little)
  for (let at = message + 32; at < end; at += (words.getUint16(at, little) + 3) & ~3) {
    if (words.getUint16(at + 2, little) !== 3) continue // IFLA_IFNAME
    return Buffer.from(words.buffer as ArrayBuffer, at + 4, words.getUint16(at, little) - 5).toString()
  }
  return assert.fail('a link without a name')
}

/** Opens `/dev/net/tun` in a namespace and makes a link of that name, a TUN without packet information; returns its descriptor. */
export function openTun(syscalls: Syscalls, namespace: number, name: string, flags = 0x1001): number {
  const fd = syscalls.open('/dev/net/tun', 2 /* O_RDWR */, namespace)
  const request = new Uint8Array(40)
  request.set(Buffer.from(name))
  new Uint16Array(request.buffer)[8] = flags // IFF_TUN | IFF_NO_PI
  syscalls.ioctl(fd, 0x400454ca, request) // TUNSETIFF
  return fd
}
