/** How a client is made. @module */
import { formatMac, parseIp, parseMac, wrongArgument } from '@vnet/core'
import type { ClientFqdn } from '../client-fqdn.js'
import type { DhcpLease } from '../lease.js'
import { type DhcpOptionName, type DhcpOptions, optionCodes } from '../option.js'

/** What a client is made of. */
export interface DhcpClientOptions {
  /** MAC of the link. */
  readonly mac: string
  /** Numbers from 0 up to 1: transactions, and times that are not the same for all clients. */
  readonly random: () => number
  /** What servers are to tell it apart by (option 61); default the MAC, with a 1 in front. Empty: none is sent. */
  readonly clientIdentifier?: Uint8Array
  /** Name of the host (option 12). */
  readonly hostName?: string
  /** Its full name, and who tells the DNS (option 81). Servers ignore option 12 then. */
  readonly fqdn?: ClientFqdn
  /** What it is, for servers that treat kinds of clients differently (option 60). */
  readonly vendorClass?: string
  /** What it wants to be told; default mask, routers, routes, DNS, domains, MTU, broadcast, NTP and times. */
  readonly parameters?: readonly DhcpOptionName[]
  /** The address that it would like to have. */
  readonly requestedAddress?: string
  /** For how long it would like to have it, seconds. */
  readonly leaseTime?: number
  /** A lease of earlier, which it first asks to keep (INIT-REBOOT). One that has ended is no more than a wish. */
  readonly lease?: DhcpLease
  /** Whether servers are to answer to all, for links that take no packet to an address before they have it. Default `false`. */
  readonly broadcast?: boolean
  /** How long it waits for further offers after the first, seconds. Default 0: it takes the first. */
  readonly offerWait?: number
  /** How often it asks whether somebody has the address before it uses it (RFC 5227). Default 3; 0 not at all. */
  readonly probes?: number
  /** Seconds between two of these questions, and after the last. Default 0.5. */
  readonly probeInterval?: number
  /** Octets of the largest packet that it takes, from 576. Default 1500. */
  readonly maximumSize?: number
  /** Further options that go with everything that it asks. */
  readonly options?: DhcpOptions
}

/** Options with what is absent filled in. */
export type ClientSettings = DhcpClientOptions &
  Required<
    Pick<
      DhcpClientOptions,
      'clientIdentifier' | 'parameters' | 'offerWait' | 'probes' | 'probeInterval' | 'maximumSize'
    >
  >

/** What a client asks for where nothing else is said. Routes stand before routers (RFC 3442). */
const defaultParameters: readonly DhcpOptionName[] = [
  'subnet-mask',
  'classless-routes',
  'routers',
  'dns-servers',
  'domain-name',
  'domain-search',
  'mtu',
  'broadcast-address',
  'ntp-servers',
  'lease-time',
  'renewal-time',
  'rebinding-time',
]

/** Checks options. @throws TypeError, RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
export function clientSettings(options: DhcpClientOptions): ClientSettings {
  const mac = parseMac(options.mac)
  if (mac === undefined) {
    throw refused('mac', `${JSON.stringify(options.mac)} is not a MAC address`, 'write it as 02:00:00:00:00:01')
  }
  if (typeof options.random !== 'function') {
    throw wrongArgument('VNET_TYPE', 'dhcp client', 'options.random', 'a function is needed', 'such as Math.random')
  }
  for (const name of ['offerWait', 'probeInterval'] as const) inRange(options, name, 0, 60)
  wholeInRange(options, 'probes', 0, 10)
  wholeInRange(options, 'maximumSize', 576, 65_535)
  wholeInRange(options, 'leaseTime', 1, 0xffffffff)
  const wrong = options.parameters?.find((name) => optionCodes[name] === undefined)
  if (wrong !== undefined) {
    throw refused(
      'parameters',
      `there is no option ${JSON.stringify(wrong)}`,
      `there are ${Object.keys(optionCodes).join(', ')}`,
    )
  }
  if (options.requestedAddress !== undefined && parseIp(options.requestedAddress)?.length !== 4) {
    throw refused(
      'requestedAddress',
      `${JSON.stringify(options.requestedAddress)} is no IPv4 address`,
      'such as 10.0.0.9',
    )
  }
  const identifier = options.clientIdentifier?.length
  if (identifier === 1 || (identifier ?? 0) > 255) {
    throw refused('clientIdentifier', `it has ${identifier} octets`, 'give 2 to 255 octets, or none to send none')
  }
  return {
    clientIdentifier: Uint8Array.of(1, ...mac),
    parameters: defaultParameters,
    offerWait: 0,
    probes: 3,
    probeInterval: 0.5,
    maximumSize: 1500,
    ...options,
    mac: formatMac(mac),
  }
}

function wholeInRange(options: DhcpClientOptions, name: keyof DhcpClientOptions, min: number, max: number) {
  inRange(options, name, min, max)
  const value = options[name]
  if (value === undefined || Number.isInteger(value)) return
  throw refused(name, `${String(value)} is not whole`, `give a whole number from ${min} to ${max}`)
}

function inRange(options: DhcpClientOptions, name: keyof DhcpClientOptions, min: number, max: number) {
  const value = options[name]
  if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return
  throw refused(name, `${String(value)} is not from ${min} to ${max}`, `give a number from ${min} to ${max}`)
}

const refused = (name: string, problem: string, hint: string) =>
  wrongArgument('VNET_RANGE', 'dhcp client', `options.${name}`, problem, hint)
