/** Options of Neighbour Discovery (RFC 4861 § 4.6, RFC 4191, RFC 8106): the common ones with names. @module */
import { DecodeError, formatIp } from '@vnet/core'
import { copyOf, macTextAt, need, setIp, setMac, unsigned } from './bounds.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** An option of Neighbour Discovery. Lifetimes are seconds; 0xffffffff is without end. */
export type NdOption =
  /** MAC address of the sender (1), or of the target (2). */
  | { readonly kind: 'source-mac' | 'target-mac'; readonly mac: string }
  /** A prefix of the link (3). */
  | {
      readonly kind: 'prefix'
      /** Prefix without its length. */
      readonly prefix: string
      /** Bits of the prefix, 0–128. */
      readonly length: number
      /** Whether its addresses are on the link. */
      readonly onLink: boolean
      /** Whether hosts may make addresses of it. */
      readonly autonomous: boolean
      /** Six bits: 0x20 is the router's address (RFC 6275). */
      readonly flags: number
      /** How long it is valid, seconds. */
      readonly valid: number
      /** How long addresses of it are preferred, seconds. */
      readonly preferred: number
      /** Four octets that must be zero. */
      readonly reserved: number
    }
  /** MTU of the link in octets (5). */
  | { readonly kind: 'mtu'; readonly mtu: number; readonly reserved: number }
  /** Addresses of name servers (25). */
  | {
      readonly kind: 'dns-servers'
      readonly lifetime: number
      readonly servers: readonly string[]
      readonly reserved: number
    }
  /** Any other option: its number and everything behind its length, 6 octets and then a multiple of 8. */
  | { readonly kind: 'other'; readonly type: number; readonly bytes: Uint8Array }

/** Reads options up to the end. @throws DecodeError an option without a length, or that leads out of the message */
export function readNdOptions(bytes: Uint8Array, start: number, end: number): NdOption[] {
  const options: NdOption[] = []
  let at = start
  while (at < end) {
    need(bytes, at, end, 2, 'icmpv6.options')
    const size = (bytes[at + 1] as number) * 8
    if (size === 0) throw new DecodeError('icmpv6.options', at + 1, 'an option of no octets')
    need(bytes, at, end, size, 'icmpv6.options')
    options.push(readNdOption(bytes, at, size))
    at += size
  }
  return options
}

function readNdOption(bytes: Uint8Array, at: number, size: number): NdOption {
  const type = bytes[at] as number
  if ((type === 1 || type === 2) && size === 8) {
    return { kind: type === 1 ? 'source-mac' : 'target-mac', mac: macTextAt(bytes, at + 2) }
  }
  if (type === 3 && size === 32) {
    const flags = bytes[at + 3] as number
    return {
      kind: 'prefix',
      prefix: formatIp(bytes, at + 16, 16),
      length: bytes[at + 2] as number,
      onLink: (flags & 0x80) !== 0,
      autonomous: (flags & 0x40) !== 0,
      flags: flags & 0x3f,
      valid: u32At(bytes, at + 4),
      preferred: u32At(bytes, at + 8),
      reserved: u32At(bytes, at + 12),
    }
  }
  if (type === 5 && size === 8) return { kind: 'mtu', mtu: u32At(bytes, at + 4), reserved: u16At(bytes, at + 2) }
  if (type === 25 && size >= 24 && size % 16 === 8) {
    const servers = Array.from({ length: (size - 8) / 16 }, (_, i) => formatIp(bytes, at + 8 + i * 16, 16))
    return { kind: 'dns-servers', lifetime: u32At(bytes, at + 4), servers, reserved: u16At(bytes, at + 2) }
  }
  return { kind: 'other', type, bytes: copyOf(bytes, at + 2, at + size) }
}

function sizeOf(option: NdOption): number {
  if (option.kind === 'prefix') return 32
  if (option.kind === 'dns-servers') return 8 + option.servers.length * 16
  return option.kind === 'other' ? 2 + option.bytes.length : 8
}

/** Octets of options. */
export function ndOptionsSize(options: readonly NdOption[]): number {
  return options.reduce((size, option) => size + sizeOf(option), 0)
}

/** Writes options at `at`. @throws TypeError, RangeError a value that does not fit */
export function writeNdOptions(options: readonly NdOption[], bytes: Uint8Array, at: number): void {
  let to = at
  for (const option of options) {
    writeNdOption(option, bytes, to)
    to += sizeOf(option)
  }
}

function writeNdOption(option: NdOption, bytes: Uint8Array, at: number): void {
  const size = sizeOf(option)
  if (size === 0 || size % 8 !== 0) throw new RangeError(`icmpv6.options: ${size} octets are no multiple of 8`)
  bytes[at + 1] = unsigned(size / 8, 8, 'icmpv6.options (a size in units of 8)')
  switch (option.kind) {
    case 'source-mac':
    case 'target-mac':
      bytes[at] = option.kind === 'source-mac' ? 1 : 2
      setMac(bytes, at + 2, option.mac, 'icmpv6.options.mac')
      break
    case 'prefix':
      bytes[at] = 3
      bytes[at + 2] = unsigned(option.length, 8, 'icmpv6.options.length')
      bytes[at + 3] =
        (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0) | unsigned(option.flags, 6, 'icmpv6.options.flags')
      setU32At(bytes, at + 4, unsigned(option.valid, 32, 'icmpv6.options.valid'))
      setU32At(bytes, at + 8, unsigned(option.preferred, 32, 'icmpv6.options.preferred'))
      setU32At(bytes, at + 12, unsigned(option.reserved, 32, 'icmpv6.options.reserved'))
      setIp(bytes, at + 16, option.prefix, 16, 'icmpv6.options.prefix')
      break
    case 'mtu':
      bytes[at] = 5
      setU16At(bytes, at + 2, unsigned(option.reserved, 16, 'icmpv6.options.reserved'))
      setU32At(bytes, at + 4, unsigned(option.mtu, 32, 'icmpv6.options.mtu'))
      break
    case 'dns-servers':
      bytes[at] = 25
      setU16At(bytes, at + 2, unsigned(option.reserved, 16, 'icmpv6.options.reserved'))
      setU32At(bytes, at + 4, unsigned(option.lifetime, 32, 'icmpv6.options.lifetime'))
      option.servers.forEach((server, i) => {
        setIp(bytes, at + 8 + i * 16, server, 16, 'icmpv6.options.servers')
      })
      break
    case 'other':
      bytes[at] = unsigned(option.type, 8, 'icmpv6.options.type')
      bytes.set(option.bytes, at + 2)
  }
}
