/** Other addresses and ports in a packet, with its checksums (`nf_nat_manip_pkt`, `net/netfilter/nf_nat_proto.c`; RFC 3022 § 4). @module */
import { checksumOf, ipProtocols, setU16At, u16At, updateChecksum } from '@vnet/wire'
import type { Part } from './connection.js'
import { crc32c } from './crc32c.js'
import type { WholePacket } from './track.js'
import { hasPorts, isQueryType, type Tuple, transportOf } from './tuple.js'

const sctp = 132

/** Octets of a header before its checksum, and of the whole header, by protocol; those of ports and addresses. */
const sums: { readonly [protocol: number]: readonly [at: number, header: number] | undefined } = {
  [ipProtocols.tcp]: [16, 20],
  [ipProtocols.udp]: [6, 8],
  /** DCCP. */
  33: [6, 8],
  /** UDP-Lite. */
  136: [6, 8],
  [ipProtocols.icmpv6]: [2, 4],
}

/** Gives a part of a packet the address and port that a tuple has there. In place. */
export function rewrite({ octets, ip, end }: WholePacket, part: Part, target: Tuple): void {
  const transport = transportOf(octets, ip, end)
  if (transport === undefined) return
  const { protocol, start } = transport
  const isIpv4 = (octets[ip] as number) >> 4 === 4
  const sum = sumAt(octets, protocol, start, end)
  const change = (at: number, value: number, ...checksums: readonly (number | undefined)[]) => {
    const before = u16At(octets, at)
    setU16At(octets, at, value)
    for (const checksum of checksums)
      if (checksum !== undefined) setU16At(octets, checksum, updateChecksum(u16At(octets, checksum), before, value))
  }
  const [address, size] = isIpv4 ? [ip + 12, 4] : [ip + 8, 16]
  const first = address + (part === 'source' ? 0 : size)
  const given = part === 'source' ? target.from : target.to
  for (let i = 0; i < size; i += 2) change(first + i, u16At(given, i), sum, isIpv4 ? ip + 10 : undefined)
  if (hasPorts(protocol) && start + 4 <= end) change(start + (part === 'source' ? 0 : 2), target[part], sum)
  else if (start + 8 <= end && isQueryType(protocol, octets[start] as number)) {
    change(start + 4, target.source, protocol === ipProtocols.icmp ? start + 2 : sum)
  }
  // No checksum is told by a zero.
  if (protocol === ipProtocols.udp && sum !== undefined && u16At(octets, sum) === 0) setU16At(octets, sum, 0xffff)
  if (protocol === sctp && start + 12 <= end) sumSctp(octets, start, end)
}

/** Where the checksum lies that addresses and ports are part of; of UDP it may be left out. */
function sumAt(octets: Uint8Array, protocol: number, start: number, end: number): number | undefined {
  const place = sums[protocol]
  if (place === undefined || start + place[1] > end) return undefined
  const at = start + place[0]
  return protocol === ipProtocols.udp && u16At(octets, at) === 0 ? undefined : at
}

/** SCTP sums up its packet alone, least octet first (RFC 9260 § 6.8, appendix A). */
function sumSctp(octets: Uint8Array, start: number, end: number): void {
  octets.fill(0, start + 8, start + 12)
  new DataView(octets.buffer, octets.byteOffset).setUint32(start + 8, crc32c(octets.subarray(start, end)), true)
}

/** Sums up an ICMP message of IPv4 again, what it quotes has changed. */
export function sumIcmp4(octets: Uint8Array, start: number, end: number): void {
  setU16At(octets, start + 2, 0)
  setU16At(octets, start + 2, checksumOf(octets, start, end))
}
