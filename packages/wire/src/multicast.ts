/** What IGMPv3 (RFC 3376 § 4) and MLDv2 (RFC 3810 § 5) have in common, with addresses of 4 or 16 octets. @module */
import { formatIp } from '@vnet/core'
import { copyOf, need, setIp, unsigned } from './bounds.js'
import { setU16At, u16At } from './octets.js'

/** Types of group records by name (RFC 3376 § 4.2.12). */
export const groupRecordTypes = {
  isInclude: 1,
  isExclude: 2,
  toInclude: 3,
  toExclude: 4,
  allowNewSources: 5,
  blockOldSources: 6,
} as const

/** What a host says of one group. */
export interface GroupRecord {
  /** Whether the listed sources are all that is wanted, all that is not, or a change; see {@link groupRecordTypes}. */
  readonly type: number
  /** The group. */
  readonly group: string
  /** Addresses of senders. */
  readonly sources: readonly string[]
  /** Auxiliary data, a multiple of 4 octets; nothing defines any. */
  readonly auxiliary: Uint8Array
}

/** What a query of IGMPv3 or MLDv2 has beside its group. */
export interface GroupQuery {
  /** Four bits that must be zero. */
  readonly reserved: number
  /** Whether routers should leave their timers alone. */
  readonly suppress: boolean
  /** How many losses the querier wants to survive, 3 bits. */
  readonly robustness: number
  /** Code of the interval between queries, seconds up to 127 (RFC 3376 § 4.1.7). */
  readonly interval: number
  /** Senders that are asked for; none asks for all. */
  readonly sources: readonly string[]
}

type Size = 4 | 16

/** Reads a number of records. @throws DecodeError fewer octets than their counts say */
export function readRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  size: Size,
  layer: string,
): { records: GroupRecord[]; next: number } {
  const records: GroupRecord[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    need(bytes, at, end, 4 + size, `${layer}.records`)
    const auxiliarySize = (bytes[at + 1] as number) * 4
    const sourceCount = u16At(bytes, at + 2)
    const sources = at + 4 + size
    const auxiliary = sources + sourceCount * size
    need(bytes, at, end, auxiliary - at + auxiliarySize, `${layer}.records`)
    records.push({
      type: bytes[at] as number,
      group: formatIp(bytes, at + 4, size),
      sources: readAddresses(bytes, sources, sourceCount, size),
      auxiliary: copyOf(bytes, auxiliary, auxiliary + auxiliarySize),
    })
    at = auxiliary + auxiliarySize
  }
  return { records, next: at }
}

/** Octets of records. */
export function recordsSize(records: readonly GroupRecord[], size: Size): number {
  return records.reduce((sum, { sources, auxiliary }) => sum + 4 + size * (1 + sources.length) + auxiliary.length, 0)
}

/** Writes records at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeRecords(
  records: readonly GroupRecord[],
  bytes: Uint8Array,
  at: number,
  size: Size,
  layer: string,
): void {
  let to = at
  for (const { type, group, sources, auxiliary } of records) {
    if (auxiliary.length % 4 !== 0) throw new RangeError(`${layer}.records.auxiliary: not a multiple of 4 octets`)
    bytes[to] = unsigned(type, 8, `${layer}.records.type`)
    bytes[to + 1] = unsigned(auxiliary.length / 4, 8, `${layer}.records.auxiliary (its size in words)`)
    setU16At(bytes, to + 2, unsigned(sources.length, 16, `${layer}.records.sources (their number)`))
    setIp(bytes, to + 4, group, size, `${layer}.records.group`)
    to = writeAddresses(sources, bytes, to + 4 + size, size, `${layer}.records.sources`)
    bytes.set(auxiliary, to)
    to += auxiliary.length
  }
}

/** Reads what a query has behind its group. @throws DecodeError fewer octets than its count says */
export function readQueryTail(
  bytes: Uint8Array,
  at: number,
  end: number,
  size: Size,
  layer: string,
): { query: GroupQuery; next: number } {
  need(bytes, at, end, 4, layer)
  const count = u16At(bytes, at + 2)
  const next = at + 4 + count * size
  need(bytes, at, end, next - at, `${layer}.sources`)
  const flags = bytes[at] as number
  const query: GroupQuery = {
    reserved: flags >>> 4,
    suppress: (flags & 8) !== 0,
    robustness: flags & 7,
    interval: bytes[at + 1] as number,
    sources: readAddresses(bytes, at + 4, count, size),
  }
  return { query, next }
}

/** Octets of what a query has behind its group. */
export function queryTailSize(query: GroupQuery, size: Size): number {
  return 4 + query.sources.length * size
}

/** Writes what a query has behind its group. @throws TypeError, RangeError a value that does not fit */
export function writeQueryTail(query: GroupQuery, bytes: Uint8Array, at: number, size: Size, layer: string): void {
  const reserved = unsigned(query.reserved, 4, `${layer}.reserved`)
  bytes[at] = (reserved << 4) | (query.suppress ? 8 : 0) | unsigned(query.robustness, 3, `${layer}.robustness`)
  bytes[at + 1] = unsigned(query.interval, 8, `${layer}.interval`)
  setU16At(bytes, at + 2, unsigned(query.sources.length, 16, `${layer}.sources (their number)`))
  writeAddresses(query.sources, bytes, at + 4, size, `${layer}.sources`)
}

function readAddresses(bytes: Uint8Array, at: number, count: number, size: Size): string[] {
  return Array.from({ length: count }, (_, i) => formatIp(bytes, at + i * size, size))
}

function writeAddresses(
  addresses: readonly string[],
  bytes: Uint8Array,
  at: number,
  size: Size,
  field: string,
): number {
  addresses.forEach((address, i) => {
    setIp(bytes, at + i * size, address, size, field)
  })
  return at + addresses.length * size
}
