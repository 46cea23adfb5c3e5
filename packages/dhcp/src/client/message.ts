/** The messages of a client (RFC 2131 § 4.4.1, table 5). @module */
import type { DhcpMessageSpec, DhcpMessageType } from '../message.js'
import { type DhcpOptions, optionCodes } from '../option.js'
import type { ClientSettings } from './option.js'

/** What a question is about, beside what stands in each. */
export interface Question {
  readonly transaction: number
  /** Seconds since the client began. */
  readonly seconds: number
  /** The address that it has. */
  readonly clientIp?: string
  /** Options of this question. */
  readonly options?: DhcpOptions
}

/** A question: with what the client is, and what it wants to be told. */
export function question(settings: ClientSettings, type: 'discover' | 'request', about: Question): DhcpMessageSpec {
  const { hostName, fqdn, vendorClass, parameters, maximumSize, leaseTime } = settings
  return {
    ...plain(settings, type, about),
    // A client that has an address takes what is sent to it.
    ...(settings.broadcast && about.clientIp === undefined ? { broadcast: true } : {}),
    options: {
      ...identifier(settings),
      ...about.options,
      ...(leaseTime === undefined ? {} : { 'lease-time': leaseTime }),
      'maximum-size': maximumSize,
      ...(hostName === undefined ? {} : { 'host-name': hostName }),
      ...(fqdn === undefined ? {} : { 'client-fqdn': fqdn }),
      ...(vendorClass === undefined ? {} : { 'vendor-class': vendorClass }),
      parameters: parameters.map((name) => optionCodes[name]),
      ...settings.options,
    },
  }
}

/** A message that gives an address back: `decline` where somebody else has it, `release` where it is not needed any more. */
export function farewell(settings: ClientSettings, type: 'decline' | 'release', about: Question): DhcpMessageSpec {
  return { ...plain(settings, type, about), options: { ...identifier(settings), ...about.options } }
}

function plain({ mac }: ClientSettings, type: DhcpMessageType, { transaction, seconds, clientIp }: Question) {
  const since = Math.min(0xffff, Math.floor(seconds))
  return { type, transaction, clientMac: mac, seconds: since, ...(clientIp === undefined ? {} : { clientIp }) }
}

function identifier({ clientIdentifier }: ClientSettings): DhcpOptions {
  return clientIdentifier.length === 0 ? {} : { 'client-identifier': clientIdentifier }
}
