/** Options of a message by name: those of `@vnet/wire`, joined where they were split, and a few more. @module */
import { DecodeError } from '@vnet/core'
import { type DhcpOption, dhcpOptionCodes, dhcpOptionOf, dhcpOptionValue } from '@vnet/wire'
import { type ClientFqdn, clientFqdnOctets, readClientFqdn } from './client-fqdn.js'
import { domainNameOctets, isDomainName, readDomainNames } from './domain-name.js'

type Named = Exclude<Extract<DhcpOption, { readonly value: unknown }>, { readonly name: 'message-type' | 'overload' }>

/** The options that `@vnet/wire` knows, by its names; type and overload of a message are no part of them. */
export type WireOptions = {
  readonly [Option in Named as Exclude<Option['name'], 'message-type' | 'overload'>]?: Option['value']
}

/** Options of a message by name. Times are seconds (4294967295 is for ever), sizes octets. */
export interface DhcpOptions extends WireOptions {
  /** What a client is told apart by (61): 2 to 255 octets, the first of them a hardware type, or 0, or 255. */
  readonly 'client-identifier'?: Uint8Array
  /** Who registers the client's name in the DNS (81). */
  readonly 'client-fqdn'?: ClientFqdn
  /** What a relay has added, to be sent back as it is (82, RFC 3046). */
  readonly 'relay-agent'?: Uint8Array
  /** Domains in which names are looked up (119, RFC 3397). */
  readonly 'domain-search'?: readonly string[]
}

/** The name of an option. */
export type DhcpOptionName = keyof DhcpOptions

/** An option that has no name here, or an unusual length: its number, 1–254, and its octets, all pieces of it together. */
export interface RawDhcpOption {
  /** Number. */
  readonly code: number
  /** Octets, without number and length. */
  readonly bytes: Uint8Array
}

const { 'message-type': messageType, overload, ...wireCodes } = dhcpOptionCodes

/** Numbers of options that a message has for itself. */
export const ownCodes = { messageType, overload } as const

/** Numbers of the options by name. */
export const optionCodes: { readonly [Name in DhcpOptionName]-?: number } = {
  ...wireCodes,
  'client-identifier': 61,
  'client-fqdn': 81,
  'relay-agent': 82,
  'domain-search': 119,
}

const namesByCode = new Map(Object.entries(optionCodes).map(([name, code]) => [code, name as DhcpOptionName]))

/** Options without which a message makes no sense: one with a wrong length is a broken message, not an unknown option. */
const essential: ReadonlySet<number> = new Set([
  optionCodes['subnet-mask'],
  optionCodes['requested-address'],
  optionCodes['lease-time'],
  optionCodes['server-identifier'],
  optionCodes['maximum-size'],
  optionCodes['renewal-time'],
  optionCodes['rebinding-time'],
  ownCodes.messageType,
  ownCodes.overload,
])

/** What was read of a list of options. */
export interface ReadOptions {
  readonly options: DhcpOptions
  readonly other: readonly RawDhcpOption[]
}

/** Values by number into options by name. @throws DecodeError an essential option has a wrong length */
export function optionsOf(values: ReadonlyMap<number, Uint8Array>, offset: number): ReadOptions {
  const options: Record<string, unknown> = {}
  const other: RawDhcpOption[] = []
  for (const [code, bytes] of values) {
    if (code === ownCodes.messageType || code === ownCodes.overload) continue
    const name = namesByCode.get(code)
    const value = name === undefined ? undefined : readOption(code, bytes)
    if (name !== undefined && value !== undefined) options[name] = value
    else if (essential.has(code)) {
      throw new DecodeError(`dhcp.options.${name}`, offset, `an option of ${bytes.length} octets`)
    } else other.push({ code, bytes })
  }
  return { options, other }
}

/** The value of an option that has a name; `undefined` where its octets make no sense. */
function readOption(code: number, bytes: Uint8Array): unknown {
  switch (code) {
    case optionCodes['client-identifier']:
      // Longer than one option it is nobody's name, and the key of a table.
      return bytes.length >= 2 && bytes.length <= 255 ? bytes : undefined
    case optionCodes['relay-agent']:
      return bytes
    case optionCodes['client-fqdn']:
      return readClientFqdn(bytes)
    case optionCodes['domain-search']:
      return readDomainNames(bytes)
    default: {
      const option = dhcpOptionOf(code, bytes)
      if (!('value' in option)) return undefined
      return typeof option.value === 'string' ? withoutZeros(option.value) : option.value
    }
  }
}

/** Text without zeros at its end, which some send and nobody means (RFC 2132 § 2). */
function withoutZeros(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return text.slice(0, end)
}

/** The number of one octet that an option of the message itself has. @throws DecodeError another length */
export function smallNumber(values: ReadonlyMap<number, Uint8Array>, code: number, offset: number): number | undefined {
  const bytes = values.get(code)
  if (bytes === undefined) return undefined
  if (bytes.length !== 1) throw new DecodeError('dhcp.options', offset, `option ${code} of ${bytes.length} octets`)
  return bytes[0]
}

/** Options by name as numbers and octets, in the order of their properties. @throws TypeError, RangeError a value that does not fit */
export function rawOptions(options: DhcpOptions): RawDhcpOption[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [rawOption(name as DhcpOptionName, value)],
  )
}

function rawOption(name: DhcpOptionName, value: unknown): RawDhcpOption {
  const code = optionCodes[name]
  if (code === undefined) throw new TypeError(`dhcp.options.${name}: there is no such option`)
  switch (name) {
    case 'client-identifier':
    case 'relay-agent':
      return { code, bytes: value as Uint8Array }
    case 'client-fqdn':
      return { code, bytes: clientFqdnOctets(value as ClientFqdn) }
    case 'domain-search': {
      const wrong = (value as readonly string[]).find((domain) => !isDomainName(domain))
      if (wrong !== undefined) throw new RangeError(`dhcp.options.${name}: ${JSON.stringify(wrong)} is no domain name`)
      return { code, bytes: domainNameOctets(value as readonly string[]) }
    }
    default:
      return dhcpOptionValue({ name, value } as Parameters<typeof dhcpOptionValue>[0])
  }
}
