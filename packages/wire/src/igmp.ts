/** IGMP of all versions (RFC 1112, 2236, 3376): which IPv4 groups the hosts of a link want. @module */
import { formatIp } from '@vnet/core'
import { assembled, copyOf, need, none, setIp, unsigned } from './bounds.js'
import { checksumOf } from './checksum.js'
import {
  type GroupQuery,
  type GroupRecord,
  queryTailSize,
  readQueryTail,
  readRecords,
  recordsSize,
  writeQueryTail,
  writeRecords,
} from './multicast.js'
import { setU16At, u16At } from './octets.js'

/** Types of IGMP messages by name. */
export const igmpTypes = { query: 0x11, report1: 0x12, report2: 0x16, leave: 0x17, report3: 0x22 } as const

/** What every IGMP message has. */
export interface IgmpCommon {
  readonly layer: 'igmp'
  /** Type of the message, see {@link igmpTypes}. */
  readonly type: number
  /** Second octet: how soon to answer a query, tenths of a second (version 3 above 127 as RFC 3376 § 4.1.1 says); else 0. */
  readonly code: number
  /** Checksum over the whole message. */
  readonly checksum: number
}

/** Asks who wants a group, or (`0.0.0.0`) any: type 0x11. */
export interface IgmpQuery extends IgmpCommon {
  readonly kind: 'query'
  /** The group; `0.0.0.0` asks for all. */
  readonly group: string
  /** What version 3 adds. Without it, the version is 1 where `code` is 0, else 2. */
  readonly version3?: GroupQuery
  /** Octets behind what is known. */
  readonly rest: Uint8Array
}

/** Wants one group (0x12, 0x16), or no longer (0x17). */
export interface IgmpMembership extends IgmpCommon {
  readonly kind: 'report' | 'leave'
  /** The group. */
  readonly group: string
  /** Octets behind what is known. */
  readonly rest: Uint8Array
}

/** Tells groups and sources, version 3: type 0x22. */
export interface IgmpReport3 extends IgmpCommon {
  readonly kind: 'report3'
  /** Two octets that must be zero. */
  readonly reserved: number
  /** One record a group. */
  readonly records: readonly GroupRecord[]
  /** Octets behind what is known. */
  readonly rest: Uint8Array
}

/** Any other message. */
export interface IgmpOther extends IgmpCommon {
  readonly kind: 'other'
  /** Everything behind the checksum. */
  readonly rest: Uint8Array
}

/** An IGMP message. */
export type Igmp = IgmpQuery | IgmpMembership | IgmpReport3 | IgmpOther

type Absent = 'code' | 'checksum' | 'rest' | 'reserved'
type Spec<Message> = Omit<Message, 'layer' | Extract<keyof Message, Absent>> &
  Partial<Pick<Message, Extract<keyof Message, Absent>>>

/** An IGMP message to encode. `checksum` is computed where absent, everything else is zero. */
export type IgmpSpec = Spec<IgmpQuery> | Spec<IgmpMembership> | Spec<IgmpReport3> | Spec<IgmpOther>

/** Decodes an IGMP message. @throws DecodeError fewer octets than its type has or its counts say */
export function decodeIgmp(bytes: Uint8Array, start = 0, end = bytes.length): Igmp {
  need(bytes, start, end, 4, 'igmp')
  const type = bytes[start] as number
  const common = { layer: 'igmp', type, code: bytes[start + 1] as number, checksum: u16At(bytes, start + 2) } as const
  const kind = kindOf(type)
  if (kind === 'other') return { ...common, kind, rest: copyOf(bytes, start + 4, end) }
  need(bytes, start, end, 8, 'igmp')
  if (kind === 'report3') {
    const { records, next } = readRecords(bytes, start + 8, end, u16At(bytes, start + 6), 4, 'igmp')
    return { ...common, kind, reserved: u16At(bytes, start + 4), records, rest: copyOf(bytes, next, end) }
  }
  const group = formatIp(bytes, start + 4, 4)
  // The length tells the versions apart (RFC 3376 § 7.1).
  if (kind === 'query' && end - start >= 12) {
    const { query, next } = readQueryTail(bytes, start + 8, end, 4, 'igmp')
    return { ...common, kind, group, version3: query, rest: copyOf(bytes, next, end) }
  }
  return { ...common, kind, group, rest: copyOf(bytes, start + 8, end) }
}

function kindOf(type: number): Igmp['kind'] {
  if (type === igmpTypes.query) return 'query'
  if (type === igmpTypes.report1 || type === igmpTypes.report2) return 'report'
  if (type === igmpTypes.leave) return 'leave'
  return type === igmpTypes.report3 ? 'report3' : 'other'
}

/** Octets of an IGMP message. */
export function sizeOfIgmp(spec: IgmpSpec): number {
  const rest = spec.rest?.length ?? 0
  if (spec.kind === 'other') return 4 + rest
  if (spec.kind === 'report3') return 8 + recordsSize(spec.records, 4) + rest
  return 8 + (spec.kind === 'query' && spec.version3 ? queryTailSize(spec.version3, 4) : 0) + rest
}

/** Writes an IGMP message at `at`. @throws TypeError, RangeError a value that does not fit, a type of another kind */
export function writeIgmp(spec: IgmpSpec, bytes: Uint8Array, at: number): void {
  const type = unsigned(spec.type, 8, 'igmp.type')
  if (kindOf(type) !== spec.kind) throw new RangeError(`igmp.kind: type ${type} is of kind ${kindOf(type)}`)
  const end = at + sizeOfIgmp(spec)
  bytes[at] = type
  bytes[at + 1] = unsigned(spec.code ?? 0, 8, 'igmp.code')
  setU16At(bytes, at + 2, 0)
  if (spec.kind === 'report3') {
    setU16At(bytes, at + 4, unsigned(spec.reserved ?? 0, 16, 'igmp.reserved'))
    setU16At(bytes, at + 6, unsigned(spec.records.length, 16, 'igmp.records (their number)'))
    writeRecords(spec.records, bytes, at + 8, 4, 'igmp')
  } else if (spec.kind !== 'other') {
    setIp(bytes, at + 4, spec.group, 4, 'igmp.group')
    if (spec.kind === 'query' && spec.version3) writeQueryTail(spec.version3, bytes, at + 8, 4, 'igmp')
  }
  if (spec.rest) bytes.set(spec.rest, end - spec.rest.length)
  setU16At(bytes, at + 2, unsigned(spec.checksum ?? checksumOf(bytes, at, end), 16, 'igmp.checksum'))
}

/** Encodes an IGMP message. @throws TypeError, RangeError a value that does not fit, a type of another kind */
export function encodeIgmp(spec: IgmpSpec): Uint8Array {
  return assembled(sizeOfIgmp(spec), none(), undefined, (bytes, at) => writeIgmp(spec, bytes, at))
}
