/** How a server is made, and its checks. @module */
import { formatMac, formatPrefix, isNetwork, parseIp, parseMac, parsePrefix, wrongArgument } from '@vnet/core'
import { u32At } from '@vnet/wire'
import { type DhcpOptions, optionCodes, rawOptions } from '../option.js'
import type { DhcpBinding } from './binding.js'

/** A client that always gets the same address. It is found by MAC or by identifier. */
export interface DhcpReservation {
  /** Its MAC. */
  readonly mac?: string
  /** Its identifier (option 61). */
  readonly clientIdentifier?: Uint8Array
  /** Its address, of the network; it need not be in a pool, and is given to nobody else. */
  readonly address: string
  /** Options for it, which precede those of the network. */
  readonly options?: DhcpOptions
}

/** A network whose addresses are given out. */
export interface DhcpSubnet {
  /** The network, `10.0.0.0/24`. */
  readonly network: string
  /** First and last address of each range that is given out. May be empty: only reservations are served then. */
  readonly pools: readonly (readonly [first: string, last: string])[]
  /** Clients whose address is fixed. */
  readonly reservations?: readonly DhcpReservation[]
  /** For how long, seconds; `Infinity` for ever. Default 3600. */
  readonly leaseTime?: number
  /** The longest time that clients may ask for, seconds. Default `leaseTime`. */
  readonly maximumLeaseTime?: number
  /** What clients are told: routers, servers of the DNS and so on. Mask, times and server are added. */
  readonly options?: DhcpOptions
}

/** What a server is made of. */
export interface DhcpServerOptions {
  /** Its own address (option 54); the network that it is in is that of its link. */
  readonly address: string
  /** The networks: its own, and those that relays ask for. */
  readonly subnets: readonly DhcpSubnet[]
  /**
   * Whether it knows all of its networks: a client that asks for an address that it cannot have there is refused, and one that
   * is not known gets the address that it has if that is free. Else such are not answered, for another server may know them.
   * Default `true`.
   */
  readonly authoritative?: boolean
  /** Whether it asks if somebody has an address before it is offered. Default `false`. */
  readonly probe?: boolean
  /** For how long an address is kept for a client that it was offered to, seconds. Default 60. */
  readonly offerTime?: number
  /** For how long an address that somebody else has is not given out, seconds. Default 600. */
  readonly quarantine?: number
  /** Leases of earlier, as {@link DhcpServer.bindings} told them. */
  readonly bindings?: readonly DhcpBinding[]
}

/** A network, checked. Addresses are numbers of 32 bits. */
export interface Subnet {
  readonly spec: DhcpSubnet
  readonly first: number
  readonly last: number
  readonly length: number
  readonly pools: readonly (readonly [first: number, last: number])[]
  readonly reservations: readonly Reservation[]
  readonly leaseTime: number
  readonly maximumLeaseTime: number
  readonly options: DhcpOptions
}

/** A reservation, checked. */
export interface Reservation {
  readonly mac: string | undefined
  readonly client: string | undefined
  readonly address: number
  readonly options: DhcpOptions
}

/** Options of a server, checked. */
export interface ServerSettings {
  readonly address: string
  readonly subnets: readonly Subnet[]
  readonly authoritative: boolean
  readonly probe: boolean
  readonly offerTime: number
  readonly quarantine: number
}

/** An address as a number. */
export const addressNumber = (address: string): number => u32At(parseIp(address) as Uint8Array, 0)

/** Checks options. @throws TypeError, RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is not allowed */
export function serverSettings(options: DhcpServerOptions): ServerSettings {
  const { address, authoritative = true, probe = false } = options
  ipv4(address, 'address')
  if (!Array.isArray(options.subnets) || options.subnets.length === 0)
    throw refused('subnets', 'there is none', 'give a network, such as 10.0.0.0/24')
  const subnets = options.subnets.map((subnet, i) => checkedSubnet(subnet, `subnets.${i}`))
  for (const [i, one] of subnets.entries()) {
    if (subnets.slice(0, i).some((other) => one.first <= other.last && other.first <= one.last))
      throw refused(`subnets.${i}.network`, 'it overlaps another', 'join them, or make them smaller')
  }
  for (const [i, binding] of (options.bindings ?? []).entries()) ipv4(binding.address, `bindings.${i}.address`)
  return {
    address,
    subnets,
    authoritative,
    probe,
    offerTime: seconds(options.offerTime ?? 60, 'offerTime'),
    quarantine: seconds(options.quarantine ?? 600, 'quarantine'),
  }
}

function checkedSubnet(spec: DhcpSubnet, path: string): Subnet {
  const prefix = parsePrefix(String(spec.network))
  if (prefix?.octets.length !== 4 || !isNetwork(prefix) || prefix.length > 30)
    throw refused(`${path}.network`, `${JSON.stringify(spec.network)} is no network of hosts`, 'such as 10.0.0.0/24')
  const first = u32At(prefix.octets, 0)
  const last = first + 2 ** (32 - prefix.length) - 1
  /** Address of a host of it. */
  const host = (text: string, where: string): number => {
    const number = ipv4(text, where)
    if (number > first && number < last) return number
    throw refused(where, `${text} is no host of ${formatPrefix(prefix)}`, 'give an address of the network')
  }
  const pools = spec.pools.map(([from, to], i): readonly [number, number] => {
    const where = `${path}.pools.${i}`
    const pool = [host(from, `${where}.0`), host(to, `${where}.1`)] as const
    if (pool[0] > pool[1]) throw refused(where, `${from} is behind ${to}`, 'give the first address first')
    return pool
  })
  pools.sort(([one], [other]) => one - other)
  if (pools.some(([from], i) => from <= (pools[i - 1]?.[1] ?? 0)))
    throw refused(`${path}.pools`, 'two of them overlap', 'join them')
  const leaseTime = seconds(spec.leaseTime ?? 3600, `${path}.leaseTime`)
  const maximumLeaseTime = seconds(spec.maximumLeaseTime ?? leaseTime, `${path}.maximumLeaseTime`)
  if (maximumLeaseTime < leaseTime)
    throw refused(`${path}.maximumLeaseTime`, `${maximumLeaseTime} is less than leaseTime`, 'give at least that')
  const reservations = (spec.reservations ?? []).map((one, i) =>
    checkedReservation(one, `${path}.reservations.${i}`, host),
  )
  const addresses = reservations.map(({ address }) => address)
  if (new Set(addresses).size < addresses.length)
    throw refused(`${path}.reservations`, 'an address is reserved twice', 'give each client its own')
  const options = checkedOptions(spec.options, `${path}.options`)
  return { spec, first, last, length: prefix.length, pools, reservations, leaseTime, maximumLeaseTime, options }
}

function checkedReservation(
  spec: DhcpReservation,
  path: string,
  host: (text: string, where: string) => number,
): Reservation {
  const { mac, clientIdentifier } = spec
  if (mac === undefined && clientIdentifier === undefined)
    throw refused(path, 'it does not say for whom it is', 'give mac or clientIdentifier')
  const octets = mac === undefined ? undefined : parseMac(mac)
  if (mac !== undefined && octets === undefined)
    throw refused(`${path}.mac`, `${JSON.stringify(mac)} is not a MAC address`, 'write it as 02:00:00:00:00:01')
  return {
    mac: octets && formatMac(octets),
    client: clientIdentifier && formatMac(clientIdentifier),
    address: host(spec.address, `${path}.address`),
    options: checkedOptions(spec.options, `${path}.options`),
  }
}

/** Options that a server says itself. */
const own = ['server-identifier', 'lease-time', 'renewal-time', 'rebinding-time', 'subnet-mask', 'relay-agent'] as const

function checkedOptions(options: DhcpOptions = {}, path: string): DhcpOptions {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(optionCodes, name))
      throw refused(`${path}.${name}`, 'there is no such option', `there are ${Object.keys(optionCodes).join(', ')}`)
    if (own.some((one) => one === name))
      throw refused(`${path}.${name}`, 'the server says it itself', 'times are leaseTime, the mask is that of network')
  }
  try {
    rawOptions(options)
  } catch (error) {
    throw refused(path, (error as Error).message, 'see DhcpOptions for what each option takes')
  }
  return options
}

function ipv4(text: string, path: string): number {
  const octets = parseIp(String(text))
  if (octets?.length === 4) return u32At(octets, 0)
  throw refused(path, `${JSON.stringify(text)} is no IPv4 address`, 'such as 10.0.0.1')
}

function seconds(value: number, path: string): number {
  if (typeof value === 'number' && value >= 1) return value
  throw refused(path, `${String(value)} is no time`, 'give seconds from 1, or Infinity')
}

const refused = (name: string, problem: string, hint: string) =>
  wrongArgument('VNET_RANGE', 'dhcp server', `options.${name}`, problem, hint)
