/** What stands behind type, code and checksum of an ICMPv6 message. @module */
import { formatIp } from '@vnet/core'
import { copyOf, need, setIp, unsigned } from './bounds.js'
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
import { type NdOption, ndOptionsSize, readNdOptions, writeNdOptions } from './nd-option.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** An echo (ping) and its reply: types 128 and 129 (RFC 4443 § 4). */
export interface Icmpv6Echo {
  readonly kind: 'echo'
  /** Number of the program that asks, 16 bits. */
  readonly identifier: number
  /** Number of the question, 16 bits. */
  readonly sequence: number
  /** What is to come back. */
  readonly data: Uint8Array
}

/** A packet that could not be delivered: types 1–4 (RFC 4443 § 3). */
export interface Icmpv6Problem {
  readonly kind: 'problem'
  /** The MTU of the next link in octets (type 2), the offset of the faulty octet (type 4), else 0. */
  readonly parameter: number
  /** Beginning of the packet that it is about. */
  readonly quotation: Uint8Array
}

/** Asks routers to tell of themselves: type 133 (RFC 4861 § 4.1). */
export interface RouterSolicitation {
  readonly kind: 'router-solicitation'
  /** Four octets that must be zero. */
  readonly reserved?: number
  readonly options: readonly NdOption[]
}

/** A router tells of itself: type 134 (RFC 4861 § 4.2). */
export interface RouterAdvertisement {
  readonly kind: 'router-advertisement'
  /** Hop limit that hosts should use; 0 says nothing. */
  readonly hopLimit: number
  /** Bits: 0x80 addresses by DHCPv6, 0x40 other settings by DHCPv6, 0x18 preference (RFC 4191). */
  readonly flags: number
  /** How long the router may be the default one, seconds, 16 bits. */
  readonly lifetime: number
  /** How long a neighbour counts as reachable, milliseconds; 0 says nothing. */
  readonly reachableTime: number
  /** Time between repeated solicitations, milliseconds; 0 says nothing. */
  readonly retransmitTime: number
  readonly options: readonly NdOption[]
}

/** Asks for the MAC address of a neighbour: type 135 (RFC 4861 § 4.3). */
export interface NeighbourSolicitation {
  readonly kind: 'neighbour-solicitation'
  /** Four octets that must be zero. */
  readonly reserved?: number
  /** Address whose MAC address is wanted. */
  readonly target: string
  readonly options: readonly NdOption[]
}

/** Tells the MAC address of a neighbour: type 136 (RFC 4861 § 4.4). */
export interface NeighbourAdvertisement {
  readonly kind: 'neighbour-advertisement'
  /** Whether the sender is a router. */
  readonly router: boolean
  /** Whether it answers a solicitation. */
  readonly solicited: boolean
  /** Whether it replaces what is known. */
  readonly override: boolean
  /** Twenty-nine bits that must be zero. */
  readonly reserved?: number
  /** Address whose MAC address is told. */
  readonly target: string
  readonly options: readonly NdOption[]
}

/** Tells a better first hop: type 137 (RFC 4861 § 4.5). */
export interface NdRedirect {
  readonly kind: 'redirect'
  /** Four octets that must be zero. */
  readonly reserved?: number
  /** The better first hop. */
  readonly target: string
  /** Where the packet was going. */
  readonly destination: string
  readonly options: readonly NdOption[]
}

/** Asks who wants a group, or (`::`) any: type 130 (RFC 2710 § 3, RFC 3810 § 5.1). */
export interface MldQuery {
  readonly kind: 'mld-query'
  /** Code of how soon to answer: milliseconds up to 32767 (RFC 3810 § 5.1.3). */
  readonly delay: number
  /** Two octets that must be zero. */
  readonly reserved?: number
  /** The group; `::` asks for all. */
  readonly group: string
  /** What version 2 adds; absent in version 1. */
  readonly version2?: GroupQuery
  /** Octets behind what is known. */
  readonly rest?: Uint8Array
}

/** Wants a group (131), or no longer (132), version 1 (RFC 2710). */
export interface MldReport {
  readonly kind: 'mld-report'
  /** Two octets that must be zero. */
  readonly delay?: number
  /** Two octets that must be zero. */
  readonly reserved?: number
  /** The group. */
  readonly group: string
  /** Octets behind what is known. */
  readonly rest?: Uint8Array
}

/** Tells groups and sources, version 2: type 143 (RFC 3810 § 5.2). */
export interface MldReport2 {
  readonly kind: 'mld-report2'
  /** Two octets that must be zero. */
  readonly reserved?: number
  /** One record a group. */
  readonly records: readonly GroupRecord[]
  /** Octets behind what is known. */
  readonly rest?: Uint8Array
}

/** Any other message. */
export interface Icmpv6Other {
  readonly kind: 'other'
  /** Everything behind the checksum. */
  readonly bytes: Uint8Array
}

/** What stands behind the checksum. */
export type Icmpv6Body =
  | Icmpv6Echo
  | Icmpv6Problem
  | RouterSolicitation
  | RouterAdvertisement
  | NeighbourSolicitation
  | NeighbourAdvertisement
  | NdRedirect
  | MldQuery
  | MldReport
  | MldReport2
  | Icmpv6Other

/** Octets before the options, or before what varies otherwise. */
const fixed = {
  echo: 4,
  problem: 4,
  'router-solicitation': 4,
  'router-advertisement': 12,
  'neighbour-solicitation': 20,
  'neighbour-advertisement': 20,
  redirect: 36,
  'mld-query': 20,
  'mld-report': 20,
  'mld-report2': 4,
  other: 0,
} as const

/** Reserved bits and unknown octets are told only where there are any. */
const rare = (reserved: number) => (reserved === 0 ? {} : { reserved })
const behind = (bytes: Uint8Array, at: number, end: number) => (at < end ? { rest: copyOf(bytes, at, end) } : {})

/** Reads a body of `kind`. @throws DecodeError fewer octets than it needs */
export function readBody(kind: Icmpv6Body['kind'], bytes: Uint8Array, at: number, end: number): Icmpv6Body {
  need(bytes, at, end, fixed[kind], 'icmpv6')
  const next = at + fixed[kind]
  const address = (offset: number) => formatIp(bytes, at + offset, 16)
  const reserved = u32At(bytes, at)
  switch (kind) {
    case 'echo':
      return { kind, identifier: u16At(bytes, at), sequence: u16At(bytes, at + 2), data: copyOf(bytes, next, end) }
    case 'problem':
      return { kind, parameter: u32At(bytes, at), quotation: copyOf(bytes, next, end) }
    case 'router-solicitation':
      return { kind, ...rare(reserved), options: readNdOptions(bytes, next, end) }
    case 'router-advertisement':
      return {
        kind,
        hopLimit: bytes[at] as number,
        flags: bytes[at + 1] as number,
        lifetime: u16At(bytes, at + 2),
        reachableTime: u32At(bytes, at + 4),
        retransmitTime: u32At(bytes, at + 8),
        options: readNdOptions(bytes, next, end),
      }
    case 'neighbour-solicitation':
      return { kind, ...rare(reserved), target: address(4), options: readNdOptions(bytes, next, end) }
    case 'neighbour-advertisement':
      return {
        kind,
        router: reserved >>> 31 === 1,
        solicited: (reserved & 0x40000000) !== 0,
        override: (reserved & 0x20000000) !== 0,
        ...rare(reserved & 0x1fffffff),
        target: address(4),
        options: readNdOptions(bytes, next, end),
      }
    case 'redirect': {
      const options = readNdOptions(bytes, next, end)
      return { kind, ...rare(reserved), target: address(4), destination: address(20), options }
    }
    case 'mld-query':
    case 'mld-report': {
      const delay = u16At(bytes, at)
      const common = { ...rare(u16At(bytes, at + 2)), group: address(4) }
      if (kind === 'mld-report') {
        return { kind, ...(delay === 0 ? {} : { delay }), ...common, ...behind(bytes, next, end) }
      }
      // The length tells the versions apart (RFC 3810 § 8.1): 24 octets with type, code and checksum, or 28 and more.
      if (end - next < 4) return { kind, delay, ...common, ...behind(bytes, next, end) }
      const { query, next: stop } = readQueryTail(bytes, next, end, 16, 'icmpv6')
      return { kind, delay, ...common, version2: query, ...behind(bytes, stop, end) }
    }
    case 'mld-report2': {
      const { records, next: stop } = readRecords(bytes, next, end, u16At(bytes, at + 2), 16, 'icmpv6')
      return { kind, ...rare(u16At(bytes, at)), records, ...behind(bytes, stop, end) }
    }
    case 'other':
      return { kind, bytes: copyOf(bytes, at, end) }
  }
}

/** Octets of a body. */
export function bodySize(body: Icmpv6Body): number {
  const start = fixed[body.kind]
  if ('options' in body) return start + ndOptionsSize(body.options)
  switch (body.kind) {
    case 'echo':
      return start + body.data.length
    case 'problem':
      return start + body.quotation.length
    case 'mld-query':
      return start + (body.version2 ? queryTailSize(body.version2, 16) : 0) + (body.rest?.length ?? 0)
    case 'mld-report':
      return start + (body.rest?.length ?? 0)
    case 'mld-report2':
      return start + recordsSize(body.records, 16) + (body.rest?.length ?? 0)
    case 'other':
      return body.bytes.length
  }
}

/** Writes a body at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeBody(body: Icmpv6Body, bytes: Uint8Array, at: number): void {
  const next = at + fixed[body.kind]
  const field = (name: string) => `icmpv6.${name}`
  const reserved = 'reserved' in body ? (body.reserved ?? 0) : 0
  const address = (offset: number, text: string, name: string) => setIp(bytes, at + offset, text, 16, field(name))
  if ('options' in body) writeNdOptions(body.options, bytes, next)
  if ('rest' in body && body.rest) bytes.set(body.rest, at + bodySize(body) - body.rest.length)
  switch (body.kind) {
    case 'echo':
      setU16At(bytes, at, unsigned(body.identifier, 16, field('identifier')))
      setU16At(bytes, at + 2, unsigned(body.sequence, 16, field('sequence')))
      bytes.set(body.data, next)
      break
    case 'problem':
      setU32At(bytes, at, unsigned(body.parameter, 32, field('parameter')))
      bytes.set(body.quotation, next)
      break
    case 'router-advertisement':
      bytes[at] = unsigned(body.hopLimit, 8, field('hopLimit'))
      bytes[at + 1] = unsigned(body.flags, 8, field('flags'))
      setU16At(bytes, at + 2, unsigned(body.lifetime, 16, field('lifetime')))
      setU32At(bytes, at + 4, unsigned(body.reachableTime, 32, field('reachableTime')))
      setU32At(bytes, at + 8, unsigned(body.retransmitTime, 32, field('retransmitTime')))
      break
    case 'neighbour-advertisement': {
      const flags = (body.router ? 4 : 0) | (body.solicited ? 2 : 0) | (body.override ? 1 : 0)
      setU32At(bytes, at, (flags << 29) | unsigned(reserved, 29, field('reserved')))
      address(4, body.target, 'target')
      break
    }
    case 'router-solicitation':
    case 'neighbour-solicitation':
    case 'redirect':
      setU32At(bytes, at, unsigned(reserved, 32, field('reserved')))
      if (body.kind !== 'router-solicitation') address(4, body.target, 'target')
      if (body.kind === 'redirect') address(20, body.destination, 'destination')
      break
    case 'mld-query':
    case 'mld-report':
      setU16At(bytes, at, unsigned(body.delay ?? 0, 16, field('delay')))
      setU16At(bytes, at + 2, unsigned(reserved, 16, field('reserved')))
      address(4, body.group, 'group')
      if (body.kind === 'mld-query' && body.version2) writeQueryTail(body.version2, bytes, next, 16, 'icmpv6')
      break
    case 'mld-report2':
      setU16At(bytes, at, unsigned(reserved, 16, field('reserved')))
      setU16At(bytes, at + 2, unsigned(body.records.length, 16, field('records (their number)')))
      writeRecords(body.records, bytes, next, 16, 'icmpv6')
      break
    case 'other':
      bytes.set(body.bytes, at)
  }
}
