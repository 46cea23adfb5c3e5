/** The options of `vnet dhcp serve`, and the server that they mean. @module */
import type { DhcpOptions, DhcpReservation, DhcpServerRunOptions } from '@vnet/dhcp'
import * as take from '../parameter.js'
import { UsageError } from '../usage.js'

const list = (placeholder: string): take.Value => ({ placeholder, list: true, read: (given) => given })

/** Two texts with something between them. */
const pair = (placeholder: string, separator: string): take.Value => ({
  placeholder,
  list: true,
  read(given, flag) {
    const parts = given.split(separator)
    if (parts.length === 2 && parts.every((part) => part !== '')) return parts
    throw new UsageError(`--${flag} takes ${placeholder}, not ${JSON.stringify(given)}`)
  },
})

/** The options. */
export const serveParameters: readonly take.Parameter[] = [
  take.link('on', 'the link'),
  take.text('address', 'address', 'the server’s own, where the link has several'),
  take.text('pool', 'range', 'addresses to give, 10.0.0.100-10.0.0.199; several with commas; default all', {
    value: pair('first-last', '-'),
  }),
  take.text('reserve', 'reservation', 'the address of a MAC, 02:00:00:00:00:01=10.0.0.7; several with commas', {
    value: pair('mac=address', '='),
  }),
  take.duration('leaseTime', 'for how long; default 3600'),
  take.duration('maximumLeaseTime', 'the longest time that clients may ask for; default that of --lease-time'),
  take.text('router', 'address', 'routers; several with commas', { value: list('address') }),
  take.text('route', 'route', 'routes, 10.8.0.0/16=10.0.0.9; several with commas', {
    value: pair('prefix=router', '='),
  }),
  take.text('dns', 'address', 'servers of the DNS; several with commas', { value: list('address') }),
  take.text('domain', 'name', 'the domain of the clients'),
  take.text('search', 'name', 'domains in which names are looked up; several with commas', { value: list('name') }),
  take.text('ntp', 'address', 'servers of the time; several with commas', { value: list('address') }),
  take.whole('mtu', 'MTU of the clients’ links'),
  take.toggle('probe', 'look for somebody with an address before it is offered; default'),
  take.toggle('authoritative', 'refuse what cannot be, as the one who knows the network; default'),
  take.text('leases', 'file', 'where leases are kept', {
    value: { placeholder: 'file', completion: 'file', read: (given) => given },
  }),
]

/** What was chosen. */
export interface ServeChoice {
  readonly on?: string | number
  readonly leases?: string
  readonly address?: string
  readonly pool?: readonly (readonly [string, string])[]
  readonly reserve?: readonly (readonly [string, string])[]
  readonly leaseTime?: number
  readonly maximumLeaseTime?: number
  readonly router?: readonly string[]
  readonly route?: readonly (readonly [string, string])[]
  readonly dns?: readonly string[]
  readonly domain?: string
  readonly search?: readonly string[]
  readonly ntp?: readonly string[]
  readonly mtu?: number
  readonly probe?: boolean
  readonly authoritative?: boolean
}

/** Options of the server. */
export function serverOptions(choice: ServeChoice): DhcpServerRunOptions {
  const { leaseTime, maximumLeaseTime, probe, authoritative, address, pool: pools } = choice
  const reservations = choice.reserve?.map(([mac, to]): DhcpReservation => ({ mac, address: to }))
  return {
    ...given({ address, probe, authoritative }),
    subnet: { options: told(choice), ...given({ pools, leaseTime, maximumLeaseTime, reservations }) },
  }
}

function told({ router, route, dns, domain, search, ntp, mtu }: ServeChoice): DhcpOptions {
  return given({
    routers: router,
    'classless-routes': route?.map(([destination, by]) => ({ destination, router: by })),
    'dns-servers': dns,
    'domain-name': domain,
    'domain-search': search,
    'ntp-servers': ntp,
    mtu,
  })
}

/** The properties that are there. */
function given<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never
}
