/** Whether a UDP datagram reaches a port of a node, and an answer comes back. @module */
import { type NetworkSocket, VnetError } from '@vnet/core'
import { setU32At } from '@vnet/wire'
import { isOf, type LabNode } from './node.js'
import type { ReachReply } from './reach.js'
import type { LabTime } from './time.js'

/** A question by UDP. */
export interface UdpQuestion {
  readonly address: string
  readonly port: number
  /** Octets of the datagram. */
  readonly size: number
  /** Seconds to wait for the answer. */
  readonly timeout: number
}

/** Octets of the number that a datagram begins with where it fits: what comes late is no answer to the next question. */
const mark = 4
let last = 0

/**
 * Asks a port at which the other node listens meanwhile, and which sends back what it gets.
 *
 * @throws `VnetError` `ETIMEDOUT` no answer · `ECONNREFUSED`, `EHOSTUNREACH`, … what ICMP or the routes say · `EADDRINUSE`
 * a program listens at that port itself
 */
export async function askByUdp(
  from: LabNode,
  to: LabNode,
  { address, port, size, timeout }: UdpQuestion,
  time: LabTime,
): Promise<ReachReply> {
  const kind = isOf(6, address) ? 'udp6' : 'udp4'
  await using listener = await to.namespace.openSocket({ kind, ...(kind === 'udp6' ? { ipv6Only: true } : {}) })
  listener.bind({ port })
  await using asker = await from.namespace.openSocket({ kind })
  const data = new Uint8Array(size)
  last = (last + 1) >>> 0
  if (size >= mark) setU32At(data, 0, last)
  return await time.within(async (signal) => {
    const begun = time.now()
    asker.connect({ address, port })
    await asker.send(data)
    // Either ends both: who asked may be told that there is no way, and then nobody is heard.
    const ended = new AbortController()
    const both = AbortSignal.any([signal, ended.signal])
    // Where nothing is heard there, or no way leads back, no answer comes.
    const answering = answer(listener, data, both).catch(() => {})
    try {
      const { from: sender, hops, data: heard } = await receive(asker, data, both, address)
      const ttl = hops === undefined ? {} : { ttl: hops }
      return { address: sender?.address ?? address, size: heard.length, ...ttl, time: time.now() - begun }
    } finally {
      ended.abort()
      await answering
    }
  }, timeout)
}

/** Sends back the datagram that was asked with, to whom it came from. */
async function answer(listener: NetworkSocket, data: Uint8Array, signal: AbortSignal): Promise<void> {
  const { from } = await receive(listener, data, signal, 'nobody')
  await listener.send(data, from)
}

/** The next datagram that is the one that was sent. */
async function receive(socket: NetworkSocket, data: Uint8Array, signal: AbortSignal, from: string) {
  for (;;) {
    const datagram = await socket.receive({ signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
      throw new VnetError({ code: 'ETIMEDOUT', operation: 'lab reach', subject: from, hint: 'no answer came in time' })
    })
    if (datagram.data.every((octet, at) => octet === data[at]) && datagram.data.length === data.length) return datagram
  }
}
