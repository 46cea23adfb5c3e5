/** Options of DHCPv4 (RFC 2132 and later): a table of the common ones; all others as octets. @module */
import { DecodeError, formatIp } from '@vnet/core'
import { copyOf, setIp, unsigned } from './bounds.js'
import { setU16At, setU32At, u16At, u32At } from './octets.js'

/** Types of DHCP messages by name, the values of option 53 (RFC 2132 § 9.6). */
export const dhcpMessageTypes = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  acknowledge: 5,
  refuse: 6,
  release: 7,
  inform: 8,
} as const

type AddressOption = 'subnet-mask' | 'broadcast-address' | 'requested-address' | 'server-identifier'
type AddressesOption = 'routers' | 'dns-servers' | 'ntp-servers'
type TextOption = 'host-name' | 'domain-name' | 'message' | 'vendor-class' | 'tftp-server' | 'boot-file'
/** Numbers; times are seconds, sizes octets. */
type NumberOption =
  | 'mtu'
  | 'lease-time'
  | 'overload'
  | 'message-type'
  | 'maximum-size'
  | 'renewal-time'
  | 'rebinding-time'

/** A destination that is reached through a router (option 121, RFC 3442). */
export interface ClasslessRoute {
  /** The destination with its length: `10.0.0.0/8`. */
  readonly destination: string
  /** The router; `0.0.0.0` is the link itself. */
  readonly router: string
}

/** An option of DHCP. */
export type DhcpOption =
  | { readonly name: AddressOption; readonly value: string }
  | { readonly name: AddressesOption; readonly value: readonly string[] }
  /** Text of one octet a character (ISO 8859-1), which keeps every octet. */
  | { readonly name: TextOption; readonly value: string }
  | { readonly name: NumberOption; readonly value: number }
  /** Numbers of the options that the client wants (55). */
  | { readonly name: 'parameters'; readonly value: readonly number[] }
  | { readonly name: 'classless-routes'; readonly value: readonly ClasslessRoute[] }
  /** One octet of padding (0). */
  | { readonly name: 'pad' }
  /** Any other option, and one of those above that has an unusual length: its number, 1–254, and its octets. */
  | { readonly name: 'other'; readonly code: number; readonly bytes: Uint8Array }

type Format = 'ip' | 'ips' | 'text' | 'u8' | 'u16' | 'u32' | 'octets' | 'routes'

/** Number and layout of each option that has a name. */
const table: Readonly<Record<Exclude<DhcpOption['name'], 'pad' | 'other'>, readonly [number, Format]>> = {
  'subnet-mask': [1, 'ip'],
  routers: [3, 'ips'],
  'dns-servers': [6, 'ips'],
  'host-name': [12, 'text'],
  'domain-name': [15, 'text'],
  mtu: [26, 'u16'],
  'broadcast-address': [28, 'ip'],
  'ntp-servers': [42, 'ips'],
  'requested-address': [50, 'ip'],
  'lease-time': [51, 'u32'],
  overload: [52, 'u8'],
  'message-type': [53, 'u8'],
  'server-identifier': [54, 'ip'],
  parameters: [55, 'octets'],
  message: [56, 'text'],
  'maximum-size': [57, 'u16'],
  'renewal-time': [58, 'u32'],
  'rebinding-time': [59, 'u32'],
  'vendor-class': [60, 'text'],
  'tftp-server': [66, 'text'],
  'boot-file': [67, 'text'],
  'classless-routes': [121, 'routes'],
}

/** Numbers of the options that have a name. */
export const dhcpOptionCodes = Object.fromEntries(Object.entries(table).map(([name, [code]]) => [name, code])) as {
  readonly [Name in keyof typeof table]: number
}

const byCode = new Map(Object.entries(table).map(([name, [code, format]]) => [code, { name, format }]))

/** The option of a number and its octets, of any length: by name where it has one and the octets fit, else as `other`. */
export function dhcpOptionOf(code: number, bytes: Uint8Array): DhcpOption {
  const entry = byCode.get(code)
  const value = entry && readValue(entry.format, bytes)
  if (entry === undefined || value === undefined) return { name: 'other', code, bytes }
  return { name: entry.name, value } as DhcpOption
}

function readValue(format: Format, bytes: Uint8Array): unknown {
  const size = bytes.length
  switch (format) {
    case 'ip':
      return size === 4 ? formatIp(bytes) : undefined
    case 'ips':
      if (size === 0 || size % 4 !== 0) return undefined
      return Array.from({ length: size / 4 }, (_, i) => formatIp(bytes, i * 4, 4))
    case 'text':
      return latin1(bytes, 0, size)
    case 'u8':
      return size === 1 ? bytes[0] : undefined
    case 'u16':
      return size === 2 ? u16At(bytes, 0) : undefined
    case 'u32':
      return size === 4 ? u32At(bytes, 0) : undefined
    case 'octets':
      return [...bytes]
    case 'routes':
      return routesOf(bytes)
  }
}

function routesOf(bytes: Uint8Array): ClasslessRoute[] | undefined {
  const routes: ClasslessRoute[] = []
  let at = 0
  while (at < bytes.length) {
    const length = bytes[at] as number
    const size = (length + 7) >> 3
    if (length > 32 || at + 1 + size + 4 > bytes.length) return undefined
    const destination = new Uint8Array(4)
    destination.set(bytes.subarray(at + 1, at + 1 + size))
    routes.push({ destination: `${formatIp(destination)}/${length}`, router: formatIp(bytes, at + 1 + size, 4) })
    at += 1 + size + 4
  }
  return routes
}

/** Octets as text, a character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

/** Writes text at `at`, an octet each character. @throws RangeError a character above 255, or more than `room` */
export function setLatin1(bytes: Uint8Array, at: number, text: string, room: number, field: string): void {
  if (text.length > room) throw new RangeError(`${field}: ${text.length} octets, ${room} fit`)
  for (let i = 0; i < text.length; i++) bytes[at + i] = unsigned(text.charCodeAt(i), 8, field)
}

/** Reads options up to option 255, or to the end. @throws DecodeError an option that leads out of the message */
export function readDhcpOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
): { options: DhcpOption[]; ended: boolean; next: number } {
  const options: DhcpOption[] = []
  let at = start
  while (at < end) {
    const code = bytes[at] as number
    if (code === 255) return { options, ended: true, next: at + 1 }
    if (code === 0) {
      options.push({ name: 'pad' })
      at++
      continue
    }
    if (at + 2 > end) throw new DecodeError('dhcp.options', at, 'an option without a length')
    const size = bytes[at + 1] as number
    const next = at + 2 + size
    if (next > end) throw new DecodeError('dhcp.options', at, `an option of ${size} octets in ${end - at - 2}`)
    options.push(dhcpOptionOf(code, copyOf(bytes, at + 2, next)))
    at = next
  }
  return { options, ended: false, next: at }
}

/** Octets of an option with its number and length. @throws TypeError, RangeError a value that does not fit */
export function dhcpOptionBytes(option: DhcpOption): Uint8Array {
  if (option.name === 'pad') return new Uint8Array(1)
  const { code, bytes } = dhcpOptionValue(option)
  return withHeader(code, bytes)
}

/**
 * Number and value of an option; the value may be longer than the 255 octets of one option, for senders that split it (RFC 3396).
 *
 * @throws TypeError, RangeError a value that does not fit
 */
export function dhcpOptionValue(option: Exclude<DhcpOption, { readonly name: 'pad' }>): {
  readonly code: number
  readonly bytes: Uint8Array
} {
  if (option.name === 'other') {
    if (option.code < 1 || option.code > 254) throw new RangeError(`dhcp.options.code: ${option.code} is not 1–254`)
    return { code: unsigned(option.code, 8, 'dhcp.options.code'), bytes: option.bytes }
  }
  const [code, format] = table[option.name]
  return { code, bytes: octetsOf(format, option.value, `dhcp.options.${option.name}`) }
}

function withHeader(code: number, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 + value.length)
  out[0] = code
  out[1] = unsigned(value.length, 8, `dhcp.options (size of option ${code})`)
  out.set(value, 2)
  return out
}

function octetsOf(format: Format, value: unknown, field: string): Uint8Array {
  switch (format) {
    case 'ip':
      return addresses([value as string], field)
    case 'ips':
      return addresses(value as string[], field)
    case 'text': {
      const text = value as string
      const bytes = new Uint8Array(text.length)
      setLatin1(bytes, 0, text, text.length, field)
      return bytes
    }
    case 'u8':
      return Uint8Array.of(unsigned(value as number, 8, field))
    case 'u16': {
      const bytes = new Uint8Array(2)
      setU16At(bytes, 0, unsigned(value as number, 16, field))
      return bytes
    }
    case 'u32': {
      const bytes = new Uint8Array(4)
      setU32At(bytes, 0, unsigned(value as number, 32, field))
      return bytes
    }
    case 'octets':
      return Uint8Array.from(value as number[], (octet) => unsigned(octet, 8, field))
    case 'routes':
      return Uint8Array.from((value as ClasslessRoute[]).flatMap((route) => routeOctets(route, field)))
  }
}

function addresses(list: readonly string[], field: string): Uint8Array {
  const bytes = new Uint8Array(list.length * 4)
  list.forEach((address, i) => {
    setIp(bytes, i * 4, address, 4, field)
  })
  return bytes
}

function routeOctets({ destination, router }: ClasslessRoute, field: string): number[] {
  const [address = '', bits = '32'] = destination.split('/')
  const length = Number(bits)
  if (!(length >= 0 && length <= 32)) throw new RangeError(`${field}: /${bits} is not a length of 0–32`)
  const network = [...addresses([address], field)].slice(0, (length + 7) >> 3)
  return [length, ...network, ...addresses([router], field)]
}
