/** The answers of a server: their options, and where they go (RFC 2131 § 4.1 and § 4.3.1, table 3). @module */
import { maskOf, timeValue } from '../lease.js'
import { type DhcpMessage, type DhcpMessageSpec, packedMessage } from '../message.js'
import { type DhcpOptionName, type DhcpOptions, optionCodes } from '../option.js'
import type { Reservation, Subnet } from './option.js'
import type { DhcpDestination, DhcpServerStep } from './step.js'

/** What an answer gives. */
export interface Given {
  readonly subnet: Subnet
  readonly reservation: Reservation | undefined
  /** The address and for how long; absent where the client has one already (`inform`). */
  readonly address?: string
  readonly seconds?: number
}

/** The size that is taken where a client says none. */
const plainSize = 576
/** What an Ethernet takes; more than that is not sent, whatever a client says. */
const largestSize = 1500

/** An offer or an acknowledgement. */
export function grant(server: string, type: 'offer' | 'acknowledge', asked: DhcpMessage, given: Given): DhcpServerStep {
  const { subnet, reservation, address, seconds } = given
  const times: DhcpOptions = seconds === undefined ? {} : timesOf(seconds)
  const told: DhcpOptions = {
    'subnet-mask': maskOf(subnet.length),
    ...subnet.options,
    ...reservation?.options,
  }
  const message: DhcpMessageSpec = {
    ...common(asked, type),
    clientIp: type === 'acknowledge' ? asked.clientIp : '0.0.0.0',
    ...(address === undefined ? {} : { yourIp: address }),
    options: { ...always(server, asked), ...times, ...chosen(told, asked), ...echoed(asked) },
  }
  return sent(message, asked, destinationOf(asked, address))
}

/** A refusal: to everybody, for the client may have an address that does not belong here; through a relay with the flag that makes it do so. */
export function refusal(server: string, asked: DhcpMessage, reason: string): DhcpServerStep {
  const message: DhcpMessageSpec = {
    ...common(asked, 'refuse'),
    broadcast: true,
    options: { ...always(server, asked), message: reason, ...echoed(asked) },
  }
  return sent(message, asked, isZero(asked.relayIp) ? { kind: 'broadcast' } : { kind: 'relay', address: asked.relayIp })
}

function common(asked: DhcpMessage, type: 'offer' | 'acknowledge' | 'refuse') {
  const { transaction, clientMac, hardwareType, broadcast, relayIp } = asked
  return { type, transaction, clientMac, hardwareType, broadcast, relayIp }
}

/** Which server it is, and the client's identifier, so that the right client takes it (RFC 6842). */
function always(server: string, { options }: DhcpMessage): DhcpOptions {
  const identifier = options['client-identifier']
  return { 'server-identifier': server, ...(identifier === undefined ? {} : { 'client-identifier': identifier }) }
}

/** What a relay added comes back to it (RFC 3046 § 2.2). */
function echoed({ options }: DhcpMessage): DhcpOptions {
  const added = options['relay-agent']
  return added === undefined ? {} : { 'relay-agent': added }
}

function timesOf(seconds: number): DhcpOptions {
  const time = timeValue(seconds)
  if (seconds === Number.POSITIVE_INFINITY) return { 'lease-time': time }
  return {
    'lease-time': time,
    'renewal-time': Math.max(1, Math.floor(time / 2)),
    'rebinding-time': Math.max(1, Math.floor((time * 7) / 8)),
  }
}

/** The mask, then what the client wants in its order, then the rest: what it wants most stays where room is short. */
function chosen(told: DhcpOptions, { options }: DhcpMessage): DhcpOptions {
  const wanted = options.parameters ?? []
  const names = Object.keys(told) as DhcpOptionName[]
  const rank = (name: DhcpOptionName): number => {
    if (name === 'subnet-mask') return -1
    const place = wanted.indexOf(optionCodes[name])
    return place === -1 ? wanted.length : place
  }
  // A client that says what it wants gets that, and the mask.
  const kept = names.filter((name) => wanted.length === 0 || rank(name) < wanted.length)
  return Object.fromEntries(kept.sort((a, b) => rank(a) - rank(b)).map((name) => [name, told[name]]))
}

function sent(message: DhcpMessageSpec, asked: DhcpMessage, to: DhcpDestination): DhcpServerStep {
  const size = Math.min(largestSize, asked.options['maximum-size'] ?? plainSize)
  const { bytes, omitted } = packedMessage(message, size)
  return { kind: 'send', to, bytes, omitted }
}

const isZero = (address: string): boolean => address === '0.0.0.0'

function destinationOf(
  { relayIp, clientIp, broadcast, clientMac, hardwareType }: DhcpMessage,
  address: string | undefined,
): DhcpDestination {
  if (!isZero(relayIp)) return { kind: 'relay', address: relayIp }
  if (!isZero(clientIp)) return { kind: 'client', address: clientIp }
  const isEthernet = hardwareType === 1 && clientMac.length === 17
  if (broadcast || address === undefined || !isEthernet) return { kind: 'broadcast' }
  return { kind: 'mac', mac: clientMac, address }
}
