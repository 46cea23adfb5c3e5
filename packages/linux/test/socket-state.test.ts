/** Sockets as sock_diag tells them: addresses and ports, states of younger kernels, and answers that were cut. */
import { DecodeError } from '@vnet/core'
import { expect, it } from 'vitest'
import { decodeSocket } from '../src/diagnosis/message.js'
import { Octets } from '../src/netlink/octets.js'

/** `struct inet_diag_msg` of a socket of IPv4 at 127.0.0.1:7777 in a state, of user 1000. */
function answer(state: number): Uint8Array {
  const octets = new Uint8Array(72)
  octets.set([2, state, 0, 0, 0x1e, 0x61])
  octets.set([127, 0, 0, 1], 8)
  new DataView(octets.buffer).setUint32(64, 1000, true)
  return octets
}

const decode = (octets: Uint8Array) => decodeSocket('tcp', new Octets(octets), 0, octets.length)

it.each([
  [10, 'listening'],
  // Bound, and neither listening nor connected: told by Linux 6.8 and later.
  [13, 'unconnected'],
  [14, 14],
])('state %d is %s', (number, state) => {
  expect(decode(answer(number))).toEqual({
    protocol: 'tcp',
    family: 4,
    state,
    local: { address: '127.0.0.1', port: 7777 },
    receiveQueue: 0,
    sendQueue: 0,
    uid: 1000,
    inode: 0,
  })
})

it('an answer that was cut is told', () => {
  expect(() => decode(answer(7).subarray(0, 71))).toThrow(DecodeError)
})
