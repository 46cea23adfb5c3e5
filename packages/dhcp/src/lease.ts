/** A lease: what a client may use, for how long, and what it was told with it. @module */
import { formatIp, formatPrefix, isMulticastIp, networkOf, type Prefix, parseIp, parsePrefix } from '@vnet/core'
import type { ClasslessRoute } from '@vnet/wire'
import type { DhcpMessage } from './message.js'

/** A lease of an address. Times are seconds of the clock that the client was given. */
export interface DhcpLease {
  /** The address. */
  readonly address: string
  /** Length of its network, 0–32: that of option 1, or of the address's class. */
  readonly prefixLength: number
  /** Broadcast address of the network, where it was told. */
  readonly broadcast?: string
  /** The server that gave it (option 54). */
  readonly server: string
  /** Routes: those of option 121, or else default routes through the routers of option 3 (RFC 3442). `0.0.0.0` is the link itself. */
  readonly routes: readonly ClasslessRoute[]
  /** Servers of the DNS, the first to be asked first. */
  readonly dnsServers: readonly string[]
  /** The client's own domain. */
  readonly domain?: string
  /** Domains in which names are looked up. */
  readonly searchDomains: readonly string[]
  /** Servers of the time. */
  readonly ntpServers: readonly string[]
  /** MTU of the link, octets, where it was told. */
  readonly mtu?: number
  /** When it was asked for; from here it counts. */
  readonly begun: number
  /** When the server that gave it is asked to prolong it (T1); `Infinity` never. */
  readonly renewAt: number
  /** When any server is (T2); `Infinity` never. */
  readonly rebindAt: number
  /** When it ends; `Infinity` never. */
  readonly endsAt: number
  /** The message that gave it, with all that else was told. */
  readonly message: DhcpMessage
}

/** The time that means for ever (RFC 2131 § 3.3). */
const forever = 0xffffffff

/** Times of option 51, 58 and 59 as seconds; `Infinity` is for ever. */
export const secondsOf = (value: number): number => (value === forever ? Number.POSITIVE_INFINITY : value)

/** Seconds as an option has them. */
export const timeValue = (seconds: number): number => (seconds >= forever ? forever : Math.max(1, Math.floor(seconds)))

/**
 * The lease of an acknowledgement, or why it is none.
 *
 * @param begun When it was asked for.
 * @param random Chance, by which clients that were given no T1 and T2 do not all ask at once (RFC 2131 § 4.4.5).
 */
export function leaseOf(message: DhcpMessage, begun: number, random: () => number): DhcpLease | string {
  const problem = offerProblem(message)
  if (problem !== undefined) return problem
  const { options, yourIp } = message
  const prefixLength = prefixLengthOf(message) as number
  const duration = secondsOf(options['lease-time'] as number)
  const mtu = options.mtu
  const domain = options['domain-name']
  const broadcast = options['broadcast-address']
  return {
    address: yourIp,
    prefixLength,
    ...(broadcast === undefined ? {} : { broadcast }),
    server: options['server-identifier'] as string,
    routes: routesOf(message),
    dnsServers: options['dns-servers'] ?? [],
    ...(domain === undefined ? {} : { domain }),
    searchDomains: options['domain-search'] ?? [],
    ntpServers: options['ntp-servers'] ?? [],
    ...(mtu !== undefined && mtu >= leastMtu ? { mtu } : {}),
    begun,
    ...timesOf(message, begun, duration, random),
    endsAt: begun + duration,
    message,
  }
}

/** The least MTU (RFC 2132 § 5.1). */
const leastMtu = 68

/** Why an offer or an acknowledgement cannot be used; `undefined` where it can. */
export function offerProblem(message: DhcpMessage): string | undefined {
  const { options, yourIp } = message
  if (!isHost(yourIp)) return `${yourIp} is no address of a host`
  if (options['server-identifier'] === undefined) return 'it does not say which server it is of'
  if (options['lease-time'] === undefined) return 'it does not say for how long'
  if (options['lease-time'] === 0) return 'it is for no time'
  if (prefixLengthOf(message) === undefined) return `${options['subnet-mask']} is no mask`
  return undefined
}

/** Whether an address can be that of a host: not of 0.0.0.0/8, 127.0.0.0/8 or 224.0.0.0/3. */
function isHost(address: string): boolean {
  const octets = parseIp(address) as Uint8Array
  const first = octets[0] as number
  return first !== 0 && first !== 127 && first < 240 && !isMulticastIp(octets)
}

function prefixLengthOf({ options, yourIp }: DhcpMessage): number | undefined {
  const mask = options['subnet-mask']
  if (mask !== undefined) return maskLength(mask)
  const first = Number.parseInt(yourIp, 10)
  return first < 128 ? 8 : first < 192 ? 16 : 24
}

/** Length of the network that a mask means; `undefined` where its ones are not all in front. */
export function maskLength(mask: string): number | undefined {
  const octets = parseIp(mask) as Uint8Array
  const bits = Array.from(octets, (octet) => octet.toString(2).padStart(8, '0')).join('')
  const length = bits.indexOf('0') === -1 ? 32 : bits.indexOf('0')
  return bits.indexOf('1', length) === -1 ? length : undefined
}

/** The mask of a network of this length. */
export function maskOf(length: number): string {
  const octets = [0, 8, 16, 24].map((at) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - at))))
  return formatIp(Uint8Array.from(octets))
}

function routesOf({ options }: DhcpMessage): readonly ClasslessRoute[] {
  const { routers = [] } = options
  // With option 121 the routers of option 3 must be ignored (RFC 3442).
  const classless = options['classless-routes']
  if (classless === undefined) return routers.map((router) => ({ destination: '0.0.0.0/0', router }))
  return classless.map(({ destination, router }) => ({ destination: networkText(destination), router }))
}

/** A destination without the bits behind its length, which servers may leave in (RFC 3442). */
function networkText(destination: string): string {
  return formatPrefix(networkOf(parsePrefix(destination) as Prefix))
}

/** T1 and T2 as told, or a half and seven eighths of the time, each a little off. Of 0 a client would ask without a pause. */
function timesOf({ options }: DhcpMessage, begun: number, duration: number, random: () => number) {
  if (duration === Number.POSITIVE_INFINITY) return { renewAt: duration, rebindAt: duration }
  const told = { t1: options['renewal-time'] || undefined, t2: options['rebinding-time'] || undefined }
  const fuzz = () => 0.98 + random() * 0.04
  let t2 = told.t2 === undefined ? duration * 0.875 * fuzz() : secondsOf(told.t2)
  if (t2 > duration) t2 = duration * 0.875
  let t1 = told.t1 === undefined ? duration * 0.5 * fuzz() : secondsOf(told.t1)
  if (t1 > t2) t1 = Math.min(duration * 0.5, t2)
  return { renewAt: begun + t1, rebindAt: begun + t2 }
}
