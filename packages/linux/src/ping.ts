/** Echo requests through a raw ICMP socket (RFC 792, RFC 4443 § 4). @module */
import { type CleanPingSpec, type ErrorCode, formatIp, type PingReply, pingProblemText, VnetError } from '@vnet/core'
import { encodeAddress } from './datagram/address.js'
import * as ip from './datagram/constants.js'
import { systemError } from './error.js'
import { listenForProblems, type ProblemListener } from './ping-problem.js'
import { READABLE, type Syscalls } from './syscalls.js'
import { int } from './tun/ifreq.js'

const ICMP_HEADER = 8

/**
 * Sends one echo request and waits for its answer.
 *
 * @throws VnetError `ETIMEDOUT` no answer in time · `EHOSTUNREACH`, `ENETUNREACH` no way · `EPERM` needs CAP_NET_RAW
 */
export async function ping(
  syscalls: Syscalls,
  namespace: number | undefined,
  spec: CleanPingSpec,
  signal: AbortSignal,
): Promise<PingReply> {
  const subject = formatIp(spec.address)
  const ipv4 = spec.address.length === 4
  const identifier = Math.floor(Math.random() * 65536)
  let began = 0
  let problems: ProblemListener | undefined
  let fd: number | undefined
  signal.throwIfAborted()
  try {
    problems = listenForProblems(syscalls, namespace, ipv4 ? 4 : 6)
    fd = syscalls.socket(
      ipv4 ? ip.AF_INET : ip.AF_INET6,
      ip.SOCK_RAW,
      ipv4 ? ip.IPPROTO_ICMP : ip.IPPROTO_ICMPV6,
      namespace,
    )
    // Errors that come back as ICMP, and "no such neighbour", are told at once instead of by silence.
    if (ipv4) syscalls.setOption(fd, ip.SOL_IP, ip.IP_RECVERR, one)
    else syscalls.setOption(fd, ip.SOL_IPV6, ip.IPV6_RECVERR, one)
    if (spec.ttl !== undefined) {
      const hops = int(spec.ttl)
      if (ipv4) syscalls.setOption(fd, ip.SOL_IP, ip.IP_TTL, hops)
      else syscalls.setOption(fd, ip.SOL_IPV6, ip.IPV6_UNICAST_HOPS, hops)
    }
    syscalls.connect(fd, encodeAddress(spec.address, 0, 0))
    began = performance.now()
    const reply = await exchange(syscalls, fd, spec, identifier, ipv4, signal)
    // An answer of this machine is there when `send` returns: a row of pings would keep the event loop to itself.
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    return reply
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const told = problems?.find(identifier, spec.sequence)
    const problem = told && { ...told, time: (performance.now() - began) / 1000 }
    const hint = problem === undefined ? hintFor((error as { code?: string }).code) : { hint: pingProblemText(problem) }
    throw systemError(error, 'ping', subject, { ...hint, ...(problem === undefined ? {} : { cause: problem }) })
  } finally {
    if (fd !== undefined) syscalls.close(fd)
    problems?.close()
  }
}

const one = int(1)

function exchange(
  syscalls: Syscalls,
  fd: number,
  spec: CleanPingSpec,
  identifier: number,
  ipv4: boolean,
  signal: AbortSignal,
): Promise<PingReply> {
  const request = echoRequest(spec, identifier, ipv4)
  const slab = new Uint8Array(128 * 1024)
  const lengths = new Int32Array(16)
  return new Promise((resolve, reject) => {
    const handle = syscalls.poll(fd, () => receive())
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      handle.close()
      settle()
    }
    const abort = () => finish(() => reject(signal.reason))
    const timer = setTimeout(() => finish(() => reject(timedOut(spec))), spec.timeout * 1000)
    signal.addEventListener('abort', abort, { once: true })
    let sent = 0
    function receive(): void {
      try {
        const count = syscalls.receive(fd, slab, lengths, 66 * 1024)
        const time = (performance.now() - sent) / 1000
        let at = 0
        for (let i = 0; i < count; i++) {
          const end = at + (lengths[i] as number)
          const reply = echoReply(slab.subarray(at, end), spec, identifier, ipv4, time)
          if (reply !== undefined) {
            finish(() => resolve(reply))
            return
          }
          at = (end + 3) & ~3
        }
      } catch (error) {
        finish(() => reject(error))
      }
    }
    try {
      handle.watch(READABLE)
      sent = performance.now()
      syscalls.send(fd, request)
      receive()
    } catch (error) {
      finish(() => reject(error))
    }
  })
}

function echoRequest(spec: CleanPingSpec, identifier: number, ipv4: boolean): Uint8Array {
  const octets = new Uint8Array(ICMP_HEADER + spec.size)
  const view = new DataView(octets.buffer)
  octets[0] = ipv4 ? 8 : 128
  view.setUint16(4, identifier)
  view.setUint16(6, spec.sequence)
  for (let i = 0; i < spec.size; i++) octets[ICMP_HEADER + i] = i
  // Over IPv6 the kernel fills the checksum in (RFC 3542 § 3.1).
  if (ipv4) view.setUint16(2, checksum(octets))
  return octets
}

function echoReply(
  packet: Uint8Array,
  spec: CleanPingSpec,
  identifier: number,
  ipv4: boolean,
  time: number,
): PingReply | undefined {
  // A raw IPv4 socket delivers the IP header too.
  const header = ipv4 ? ((packet[0] ?? 0) & 15) * 4 : 0
  const icmp = packet.subarray(header)
  if (icmp.length < ICMP_HEADER || icmp[0] !== (ipv4 ? 0 : 129)) return undefined
  const view = new DataView(icmp.buffer, icmp.byteOffset)
  if (view.getUint16(4) !== identifier || view.getUint16(6) !== spec.sequence) return undefined
  const reply = { address: formatIp(spec.address), sequence: spec.sequence, size: icmp.length, time }
  return ipv4 ? { ...reply, ttl: packet[8] as number } : reply
}

/** Internet checksum (RFC 1071). */
function checksum(octets: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < octets.length; i += 2) sum += ((octets[i] as number) << 8) | (octets[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function timedOut(spec: CleanPingSpec): VnetError {
  return new VnetError({
    code: 'ETIMEDOUT',
    operation: 'ping',
    subject: formatIp(spec.address),
    errno: 110,
    hint: `no answer within ${spec.timeout} s: is the other side up, and does it know the way back?`,
  })
}

function hintFor(code: ErrorCode | string | undefined): { hint?: string } {
  switch (code) {
    case 'EHOSTUNREACH':
      return { hint: 'nobody answers for that address on the link: check `vnet neighbour list` and the other side' }
    case 'ENETUNREACH':
      return { hint: 'no route leads there: check `vnet route list`' }
    case 'ENOKEY':
      return { hint: 'no WireGuard peer has that address among its allowedIps: check `vnet wireguard show`' }
    case 'EDESTADDRREQ':
      return { hint: 'the WireGuard peer of that address has no endpoint yet: check `vnet wireguard show`' }
    case 'EPERM':
      return { hint: 'raw sockets need CAP_NET_RAW: run as root or in a user namespace' }
    default:
      return {}
  }
}
