/** Hears the ICMP errors that come in while an echo request is on its way: the socket of the request tells what was wrong, not who said so. @module */
import { formatIp, type PingProblem } from '@vnet/core'
import { encodeLink } from './datagram/address.js'
import { SOCK_DGRAM } from './datagram/constants.js'
import { Builder } from './packet/bpf.js'
import { AF_PACKET } from './packet/constants.js'
import type { Syscalls } from './syscalls.js'

const ETH_P_IP = 0x0800
const ETH_P_IPV6 = 0x86dd
const ICMP_HEADER = 8
const IPV6_HEADER = 40
const FRAGMENT = 44

/** Types of errors, and of an echo request, of the two versions. */
const errors4: readonly number[] = [3, 11, 12]
const lastError6 = 127
const echo = { 4: 8, 6: 128 } as const

/** A problem, but when it came. */
export type Told = Omit<PingProblem, 'time'>

/** An open ear. */
export interface ProblemListener {
  /** The error about a request, if one came in. */
  find(identifier: number, sequence: number): Told | undefined
  close(): void
}

/** Listens in a namespace; to nothing where the kernel has no packet sockets. */
export function listenForProblems(syscalls: Syscalls, namespace: number | undefined, version: 4 | 6): ProblemListener {
  let fd: number
  try {
    fd = syscalls.socket(AF_PACKET, SOCK_DGRAM, 0, namespace)
  } catch {
    return { find: () => undefined, close: () => {} }
  }
  try {
    syscalls.attachFilter(fd, program(version))
    syscalls.bind(fd, encodeLink(version === 4 ? ETH_P_IP : ETH_P_IPV6, 0))
  } catch (error) {
    syscalls.close(fd)
    throw error
  }
  return {
    find(identifier, sequence) {
      const slab = new Uint8Array(64 * 1024)
      const lengths = new Int32Array(16)
      for (;;) {
        const count = syscalls.receive(fd, slab, lengths, 4096)
        if (count === 0) return undefined
        let at = 0
        for (let i = 0; i < count; i++) {
          const end = at + (lengths[i] as number)
          const found = readProblem(slab.subarray(at, end), version, identifier, sequence)
          if (found !== undefined) return found
          at = (end + 3) & ~3
        }
      }
    },
    close: () => syscalls.close(fd),
  }
}

/** The error that a packet is, if it is about this request. */
export function readProblem(
  packet: Uint8Array,
  version: 4 | 6,
  identifier: number,
  sequence: number,
): Told | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const start = version === 4 ? ((packet[0] ?? 0) & 15) * 4 : IPV6_HEADER
  const quoted = start + ICMP_HEADER
  if (quoted + IPV6_HEADER > packet.length && version === 6) return undefined
  if (quoted >= packet.length) return undefined
  const [type, code] = [packet[start] as number, packet[start + 1] as number]
  if (version === 4 ? !errors4.includes(type) : type > lastError6) return undefined
  let message = quoted + (version === 4 ? ((packet[quoted] as number) & 15) * 4 : IPV6_HEADER)
  if (version === 6 && packet[quoted + 6] === FRAGMENT) message += 8
  if (message + ICMP_HEADER > packet.length || packet[message] !== echo[version]) return undefined
  if (view.getUint16(message + 4) !== identifier || view.getUint16(message + 6) !== sequence) return undefined
  const from = formatIp(version === 4 ? packet.slice(12, 16) : packet.slice(8, 24))
  if (version === 6 && type === 2) return { from, type, code, mtu: view.getUint32(start + 4) }
  return { from, type, code, ...(version === 4 && type === 3 && code === 4 ? { mtu: view.getUint16(start + 6) } : {}) }
}

const LD_B_ABS = 0x30
const LD_B_IND = 0x50
const LDX_B_MSH = 0xb1
const AND = 0x54

/** Lets errors through, from their IP header on, and nothing else. */
function program(version: 4 | 6): Uint8Array {
  const plain = (code: number, k: number) => ({ code, jt: 0, jf: 0, k })
  const builder = new Builder()
  if (version === 4) {
    builder.add(plain(LD_B_ABS, 9)).jumpUnless(1, 'none').add(plain(LDX_B_MSH, 0), plain(LD_B_IND, 0))
    for (const type of errors4) builder.jumpIf(type, 'error')
  } else {
    builder.add(plain(LD_B_ABS, 6)).jumpUnless(58, 'none')
    builder.add(plain(LD_B_ABS, IPV6_HEADER), plain(AND, 0x80)).jumpIf(0, 'error')
  }
  return builder.label('none').give(0).label('error').give(0xffff).build()
}
