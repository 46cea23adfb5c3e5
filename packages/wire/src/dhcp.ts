/** DHCPv4 messages (RFC 2131 § 2): BOOTP's fields, and options. @module */
import { DecodeError, formatIp, formatMac } from '@vnet/core'
import { assembled, copyOf, need, none, type SpecOf, setIp, unsigned } from './bounds.js'
import { type DhcpOption, dhcpOptionBytes, latin1, readDhcpOptions, setLatin1 } from './dhcp-option.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** Ports of servers and clients. */
export const dhcpPorts = { server: 67, client: 68 } as const

/** Octets before the options, with the magic cookie. */
const headerSize = 240
const cookie = 0x63825363

/** A DHCP message. */
export interface Dhcp {
  readonly layer: 'dhcp'
  /** 1 from a client, 2 from a server. */
  readonly operation: number
  /** Hardware type: 1 is Ethernet. */
  readonly hardwareType: number
  /** Relays that the message passed. */
  readonly hops: number
  /** What question and answer have in common, 32 bits. */
  readonly transaction: number
  /** Time since the client began, seconds, 16 bits. */
  readonly seconds: number
  /** Whether the client can only receive broadcasts. */
  readonly broadcast: boolean
  /** Fifteen bits that must be zero. */
  readonly reserved: number
  /** The client's address, where it has one. */
  readonly clientIp: string
  /** The address that the client is to have. */
  readonly yourIp: string
  /** The server to boot from. */
  readonly serverIp: string
  /** The relay. */
  readonly relayIp: string
  /** Hardware address of the client, up to 16 octets: pairs of hexadecimal digits with colons. */
  readonly clientMac: string
  /** Octets behind the hardware address in its field of 16, where they are not zero. */
  readonly clientMacPadding?: Uint8Array
  /** Name of the server, at most 64 octets, an octet each character; zeros at its end are left out. */
  readonly serverName: string
  /** Name of the boot file, at most 128 octets, in the same way. */
  readonly file: string
  /** Options in their order. Option 255 is not one of them, see `ended`. */
  readonly options: readonly DhcpOption[]
  /** Whether option 255 ends the list, as it must. */
  readonly ended: boolean
  /** Octets behind option 255: padding. */
  readonly trailer?: Uint8Array
}

/** A DHCP message to encode. Absent addresses are `0.0.0.0`, other absent values zero; the list of options is ended. */
export type DhcpSpec = SpecOf<Dhcp, 'operation' | 'transaction' | 'clientMac' | 'options'>

/** Whether a DHCP message begins at `offset`: 240 octets up to `end`, and the magic cookie. */
export function isDhcpAt(bytes: Uint8Array, offset: number, end: number): boolean {
  return offset + headerSize <= end && u32At(bytes, offset + 236) === cookie
}

/**
 * Decodes a DHCP message.
 *
 * @throws DecodeError fewer than 240 octets, no magic cookie, an option that leads out of the message
 */
export function decodeDhcp(bytes: Uint8Array, start = 0, end = bytes.length): Dhcp {
  need(bytes, start, end, headerSize, 'dhcp')
  if (u32At(bytes, start + 236) !== cookie) throw new DecodeError('dhcp', start + 236, 'no magic cookie: BOOTP')
  const macSize = bytes[start + 2] as number
  if (macSize > 16) throw new DecodeError('dhcp.clientMac', start + 2, `${macSize} octets, 16 fit`)
  const { options, ended, next } = readDhcpOptions(bytes, start + headerSize, end)
  const padding = copyOf(bytes, start + 28 + macSize, start + 44)
  const flags = u16At(bytes, start + 10)
  return {
    layer: 'dhcp',
    operation: bytes[start] as number,
    hardwareType: bytes[start + 1] as number,
    hops: bytes[start + 3] as number,
    transaction: u32At(bytes, start + 4),
    seconds: u16At(bytes, start + 8),
    broadcast: (flags & 0x8000) !== 0,
    reserved: flags & 0x7fff,
    clientIp: formatIp(bytes, start + 12, 4),
    yourIp: formatIp(bytes, start + 16, 4),
    serverIp: formatIp(bytes, start + 20, 4),
    relayIp: formatIp(bytes, start + 24, 4),
    clientMac: formatMac(bytes, start + 28, start + 28 + macSize),
    ...(padding.some((octet) => octet !== 0) ? { clientMacPadding: padding } : {}),
    serverName: latin1(bytes, start + 44, textEnd(bytes, start + 44, start + 108)),
    file: latin1(bytes, start + 108, textEnd(bytes, start + 108, start + 236)),
    options,
    ended,
    ...(next < end ? { trailer: copyOf(bytes, next, end) } : {}),
  }
}

/** Only the zeros at the very end go: what stands behind an inner zero is kept. */
function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && bytes[at - 1] === 0) at--
  return at
}

/** Octets of a DHCP message without its trailer. @throws TypeError, RangeError a value of an option that does not fit */
export function sizeOfDhcp(spec: DhcpSpec): number {
  const end = (spec.ended ?? true) ? 1 : 0
  return spec.options.reduce((size, option) => size + dhcpOptionBytes(option).length, headerSize + end)
}

/** Writes a DHCP message at `at`, over zeros. @throws TypeError, RangeError a value that does not fit */
export function writeDhcp(spec: DhcpSpec, bytes: Uint8Array, at: number): void {
  const mac = spec.clientMac === '' ? [] : spec.clientMac.split(':').map((pair) => Number.parseInt(pair, 16))
  if (mac.length > 16 || !/^([0-9a-f]{2}(:[0-9a-f]{2})*)?$/i.test(spec.clientMac)) {
    throw new TypeError(`dhcp.clientMac: ${JSON.stringify(spec.clientMac)} is not a hardware address`)
  }
  const padding = spec.clientMacPadding ?? none()
  if (mac.length + padding.length > 16) throw new RangeError('dhcp.clientMacPadding: does not fit into the 16 octets')
  bytes.fill(0, at, at + headerSize)
  bytes[at] = unsigned(spec.operation, 8, 'dhcp.operation')
  bytes[at + 1] = unsigned(spec.hardwareType ?? 1, 8, 'dhcp.hardwareType')
  bytes[at + 2] = mac.length
  bytes[at + 3] = unsigned(spec.hops ?? 0, 8, 'dhcp.hops')
  setU32At(bytes, at + 4, unsigned(spec.transaction, 32, 'dhcp.transaction'))
  setU16At(bytes, at + 8, unsigned(spec.seconds ?? 0, 16, 'dhcp.seconds'))
  setU16At(bytes, at + 10, (spec.broadcast ? 0x8000 : 0) | unsigned(spec.reserved ?? 0, 15, 'dhcp.reserved'))
  const addresses = ['clientIp', 'yourIp', 'serverIp', 'relayIp'] as const
  addresses.forEach((name, i) => {
    setIp(bytes, at + 12 + i * 4, spec[name] ?? '0.0.0.0', 4, `dhcp.${name}`)
  })
  bytes.set(mac, at + 28)
  bytes.set(padding, at + 28 + mac.length)
  setLatin1(bytes, at + 44, spec.serverName ?? '', 64, 'dhcp.serverName')
  setLatin1(bytes, at + 108, spec.file ?? '', 128, 'dhcp.file')
  setU32At(bytes, at + 236, cookie)
  let to = at + headerSize
  for (const option of spec.options) {
    const octets = dhcpOptionBytes(option)
    bytes.set(octets, to)
    to += octets.length
  }
  if (spec.ended ?? true) bytes[to] = 255
}

/** Encodes a DHCP message. @throws TypeError, RangeError a value that does not fit */
export function encodeDhcp(spec: DhcpSpec): Uint8Array {
  return assembled(sizeOfDhcp(spec), none(), spec.trailer, (bytes, at) => writeDhcp(spec, bytes, at))
}
