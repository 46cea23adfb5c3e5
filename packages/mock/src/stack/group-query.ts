/** Queries of groups that come in, and reports of others (`igmp_rcv`, `igmp6_event_query`). @module */
import { parseIp } from '@vnet/core'
import { checksumOf, decodeIgmp, type GroupQuery, type Icmpv6, type Igmp, isDecodeError } from '@vnet/wire'
import { isLinkLocal, isZero } from '../bits.js'
import type { Kernel } from '../kernel.js'
import { heardQuery, heardReport } from '../object/membership-query.js'
import type { LocalPacket } from './icmp.js'

/** Seconds in which IGMP 1 is answered (RFC 1112, appendix I). */
const firstVersionDelay = 10
/** Longest delay that MLD 1 and 2 mean the same by, milliseconds (RFC 3810 § 5.1.3). */
const largestLinear = 0x7fff

/** IGMP. */
export function receiveIgmp(kernel: Kernel, { device, octets, start, end }: LocalPacket): void {
  if (checksumOf(octets, start, end) !== 0) {
    kernel.dropped(device, octets, 'checksum')
    return
  }
  const igmp = read(octets, start, end)
  if (igmp?.kind === 'report') heardReport(kernel, device, parseIp(igmp.group) as Uint8Array)
  // Eight octets are a query of version 1 or 2; what is longer but too short for version 3 is none.
  const isOdd = igmp?.kind === 'query' && igmp.version3 === undefined && end - start !== 8
  if (igmp === undefined || isOdd) kernel.dropped(device, octets, 'malformed')
  if (igmp?.kind !== 'query' || isOdd) return
  const { version3, code } = igmp
  const version = version3 !== undefined ? 3 : code === 0 ? 1 : 2
  heardQuery(kernel, device, {
    version,
    delay: version === 1 ? firstVersionDelay : (version === 3 ? floating(code, 8) : code) / 10,
    // Version 1 asks for all whatever it says.
    group: version === 1 ? new Uint8Array(4) : (parseIp(igmp.group) as Uint8Array),
    ...told(version3),
  })
}

function read(octets: Uint8Array, start: number, end: number): Igmp | undefined {
  try {
    return decodeIgmp(octets, start, end)
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

/** MLD. */
export function receiveMld(kernel: Kernel, { device, octets, from, hops, alert }: LocalPacket, icmp: Icmpv6): void {
  if (icmp.kind === 'mld-report') {
    if (isZero(from) || isLinkLocal(from)) heardReport(kernel, device, parseIp(icmp.group) as Uint8Array)
    else kernel.dropped(device, octets, 'malformed')
    return
  }
  // Only from next door, and with the router alert (RFC 3810 § 6.2).
  if (icmp.kind !== 'mld-query' || hops !== 1 || alert !== 0 || !isLinkLocal(from)) {
    kernel.dropped(device, octets, 'malformed')
    return
  }
  const { version2, delay } = icmp
  heardQuery(kernel, device, {
    version: version2 === undefined ? 2 : 3,
    delay: (version2 === undefined ? delay : floating(delay, 16)) / 1000,
    linear: Math.min(delay, largestLinear) / 1000,
    group: parseIp(icmp.group) as Uint8Array,
    ...told(version2),
  })
}

const told = (query: GroupQuery | undefined) =>
  query === undefined
    ? { sources: [], robustness: 0, interval: 0 }
    : { sources: query.sources, robustness: query.robustness, interval: floating(query.interval, 8) }

/** A number of 8 or 16 bits that becomes one with an exponent above the half (RFC 3376 § 4.1.1, RFC 3810 § 5.1.3). */
export function floating(code: number, bits: 8 | 16): number {
  if (code < 1 << (bits - 1)) return code
  const mantissaBits = bits === 8 ? 4 : 12
  const mantissa = code & ((1 << mantissaBits) - 1)
  const exponent = (code >> mantissaBits) & 7
  return (mantissa | (1 << mantissaBits)) << (exponent + 3)
}
