/** DHCP messages as clients and servers read them (RFC 2131 § 2): with a type, and options that are joined and known by name. @module */
import { DecodeError, formatMac, wrongArgument } from '@vnet/core'
import {
  type Dhcp,
  type DhcpOption,
  decodeDhcp,
  dhcpMessageTypes,
  dhcpOptionValue,
  encodeDhcp,
  readDhcpOptions,
} from '@vnet/wire'
import {
  type DhcpOptions,
  optionCodes,
  optionsOf,
  ownCodes,
  type RawDhcpOption,
  rawOptions,
  smallNumber,
} from './option.js'
import { fieldSizes, overloads, type Packed, packOptions, piecesOf } from './pack.js'

/** The type of a message. */
export type DhcpMessageType = keyof typeof dhcpMessageTypes

/** A message that was read. */
export interface DhcpMessage extends Omit<Dhcp, 'layer' | 'operation' | 'options' | 'ended' | 'trailer' | 'reserved'> {
  /** Its type, or the number of one that is not known here. */
  readonly type: DhcpMessageType | number
  /** Options by name. */
  readonly options: DhcpOptions
  /** Other options, and known ones whose octets make no sense. */
  readonly other: readonly RawDhcpOption[]
}

/** A message to write. Absent addresses are `0.0.0.0`, other absent values zero or empty. */
export type DhcpMessageSpec = { readonly type: DhcpMessageType } & Pick<DhcpMessage, 'transaction' | 'clientMac'> &
  Partial<Omit<DhcpMessage, 'type' | 'transaction' | 'clientMac'>>

const typesByNumber = new Map<number, DhcpMessageType>(
  Object.entries(dhcpMessageTypes).map(([name, number]) => [number, name as DhcpMessageType]),
)

/** Types that servers send (`op` 2). */
const replies: ReadonlySet<string | number> = new Set<DhcpMessageType>(['offer', 'acknowledge', 'refuse'])

/** Octets of the headers of IP and UDP, which the largest size of a message includes (RFC 2131 § 2), of the fields before the options, of the end of their list. */
const headers = 28 + 240 + 1
/** The size of a packet that every client takes (RFC 2131 § 2), and the least that may be asked for (RFC 2132 § 9.10). */
export const leastMaximum = 576
/** Octets of options that stay for a message beside what a relay added: type, overload, server, times, mask. */
const leastRoom = 48
/** Octets of a message of BOOTP, which some relays and clients want at least (RFC 951). */
const bootpSize = 300

/**
 * Decodes a message, the payload of a UDP datagram: pieces of long options are joined (RFC 3396), and the fields of file
 * and server's name are read as options where option 52 says so.
 *
 * @throws DecodeError the message is cut, an option leads out of it, it has no type (BOOTP), one that contradicts its `op`, or an essential option has a wrong length
 */
export function decodeDhcpMessage(bytes: Uint8Array, start = 0, end = bytes.length): DhcpMessage {
  const { layer, operation, options: list, ended, trailer, reserved, ...fields } = decodeDhcp(bytes, start, end)
  const at = start + 240
  const overload = smallNumber(joined([list]), ownCodes.overload, at) ?? 0
  if (overload > overloads.both) throw new DecodeError('dhcp.options.overload', at, `${overload} is not 1–3`)
  const held = { file: (overload & overloads.file) !== 0, serverName: (overload & overloads.serverName) !== 0 }
  const values = joined([
    list,
    held.file ? readField(bytes, start + 108, fieldSizes.file) : [],
    held.serverName ? readField(bytes, start + 44, fieldSizes.serverName) : [],
  ])
  const number = smallNumber(values, ownCodes.messageType, at)
  if (number === undefined) throw new DecodeError('dhcp.options', at, 'no message type: BOOTP')
  const type = typesByNumber.get(number) ?? number
  if (typeof type === 'string' && operation !== (replies.has(type) ? 2 : 1)) {
    throw new DecodeError('dhcp.operation', start, `operation ${operation} of a message of type ${type}`)
  }
  return {
    ...fields,
    ...(held.file ? { file: '' } : {}),
    ...(held.serverName ? { serverName: '' } : {}),
    type,
    ...optionsOf(values, at),
  }
}

function readField(bytes: Uint8Array, at: number, size: number): readonly DhcpOption[] {
  return readDhcpOptions(bytes, at, at + size).options
}

/** Values by number; those of the same number are joined in the order of the lists (RFC 3396 § 5). */
function joined(lists: readonly (readonly DhcpOption[])[]): Map<number, Uint8Array> {
  const pieces = new Map<number, Uint8Array[]>()
  for (const option of lists.flat()) {
    if (option.name === 'pad') continue
    const { code, bytes } = dhcpOptionValue(option)
    const before = pieces.get(code)
    if (before === undefined) pieces.set(code, [bytes])
    else before.push(bytes)
  }
  return new Map([...pieces].map(([code, list]) => [code, list.length === 1 ? (list[0] as Uint8Array) : concat(list)]))
}

function concat(list: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(list.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const bytes of list) {
    out.set(bytes, at)
    at += bytes.length
  }
  return out
}

/** What a message is written with. */
export interface EncodeDhcpOptions {
  /** Octets of the largest IP packet that the receiver takes, from 576 (option 57, RFC 2132 § 9.10). Default 576. */
  readonly maximumSize?: number
}

/**
 * Encodes a message: options that do not fit go into the fields of file and server's name, where these are empty (option
 * 52), long ones into several pieces (RFC 3396); the message is filled up to the 300 octets of BOOTP.
 *
 * @throws TypeError, RangeError a value that does not fit; RangeError (`VNET_RANGE`) options that are too many for the size
 */
export function encodeDhcpMessage(message: DhcpMessageSpec, options: EncodeDhcpOptions = {}): Uint8Array {
  const { bytes, omitted } = packedMessage(message, options.maximumSize)
  if (omitted.length === 0) return bytes
  const problem = `options ${omitted.join(', ')} do not fit`
  throw wrongArgument(
    'VNET_RANGE',
    'dhcp encode',
    'message.options',
    problem,
    'give a larger maximumSize, or fewer options',
  )
}

/** As {@link encodeDhcpMessage}; options that do not fit are left out, and told. */
export function packedMessage(
  message: DhcpMessageSpec,
  maximumSize = leastMaximum,
): { readonly bytes: Uint8Array; readonly omitted: readonly number[] } {
  const { type, options = {}, other = [], ...fields } = message
  const { 'relay-agent': relayAgent, ...own } = options
  const head: RawDhcpOption = { code: ownCodes.messageType, bytes: Uint8Array.of(dhcpMessageTypes[type]) }
  const room = Math.max(maximumSize, leastMaximum) - headers
  // What a relay added stands at the end (RFC 3046 § 2.1), so its room is kept; of too much nothing is sent, as a part says nothing.
  const added = relayAgent === undefined ? [] : piecesOf({ code: optionCodes['relay-agent'], bytes: relayAgent })
  const reserved = added.reduce((size, { bytes }) => size + bytes.length + 2, 0)
  const fits = reserved <= room - leastRoom
  const packed = packOptions([head, ...rawOptions(own), ...other], {
    options: fits ? room - reserved : room,
    file: !fields.file,
    serverName: !fields.serverName,
  })
  const list = [...packed.options, ...(fits ? added : [])]
  const omitted = fits ? packed.omitted : [...packed.omitted, optionCodes['relay-agent']]
  if (packed.overload !== undefined)
    list.splice(1, 0, { code: ownCodes.overload, bytes: Uint8Array.of(packed.overload) })
  const bytes = encodeDhcp({
    ...fields,
    ...(packed.file.length > 0 ? { file: fieldText(packed.file) } : {}),
    ...(packed.serverName.length > 0 ? { serverName: fieldText(packed.serverName) } : {}),
    operation: replies.has(type) ? 2 : 1,
    options: list.map(({ code, bytes: value }) => ({ name: 'other', code, bytes: value })),
  })
  if (bytes.length >= bootpSize) return { bytes, omitted }
  const filled = new Uint8Array(bootpSize)
  filled.set(bytes)
  return { bytes: filled, omitted }
}

/** Options as the text of a field, a character an octet, with the end of the list. */
function fieldText(list: Packed['file']): string {
  const octets = list.flatMap(({ code, bytes }) => [code, bytes.length, ...bytes])
  return String.fromCharCode(...octets, 255)
}

/** What a server tells clients apart by: the identifier of option 61, else hardware type and address (RFC 2131 § 2). */
export function clientKey(message: Pick<DhcpMessage, 'options' | 'hardwareType' | 'clientMac'>): string {
  const identifier = message.options['client-identifier']
  if (identifier === undefined) return `${message.hardwareType}/${message.clientMac}`
  return formatMac(identifier)
}
