/** Which ends of cables are in one network, and which addresses they get. @module */
import { formatPrefix, type IpFamily, networkOf, type Prefix, wrongArgument } from '@vnet/core'
import type { Role } from './check.js'
import type { PlannedCable, PlannedEnd } from './plan.js'

/** Ends that reach each other without a router. */
export interface Segment {
  /** Those of hosts and routers. */
  readonly ends: readonly PlannedEnd[]
}

/** The network of a number, of those that nobody gave: `10.0.0.0/24`, `10.0.1.0/24`, …; `fd00::/64`, `fd00:0:0:1::/64`, … */
function networkNumber(family: IpFamily, number: number): Prefix {
  const octets = new Uint8Array(family === 4 ? 4 : 16)
  octets[0] = family === 4 ? 10 : 0xfd
  const at = family === 4 ? 1 : 6
  octets[at] = number >> 8
  octets[at + 1] = number & 0xff
  return { octets, length: family === 4 ? 24 : 64 }
}

/** Networks that {@link networkNumber} has. */
const mostNetworks = 0x10000

/** Gives every end of a host or router that has none its addresses; returns the segments, in order of their first cable. */
export function handOut(
  cables: readonly PlannedCable[],
  roles: ReadonlyMap<string, Role>,
  families: readonly IpFamily[],
): Segment[] {
  const segments = segmentsOf(cables, roles)
  const given = cables.flatMap(({ ends }) => ends.flatMap((end) => end.given ?? []))
  for (const family of families) {
    let number = 0
    for (const { ends } of segments) {
      const network = firstNetwork(ends, family) ?? freeNetwork()
      const taken = new Set(ends.flatMap(({ addresses }) => addresses.map(({ octets }) => octets.join())))
      for (const end of ends) {
        // NAT boxes have no IPv6.
        if (end.given !== undefined || (end.side !== undefined && family === 6)) continue
        const address = freeAddress(network, taken)
        taken.add(address.octets.join())
        end.addresses = [...end.addresses, address]
      }
    }
    function freeNetwork(): Prefix {
      while (number < mostNetworks) {
        const network = networkNumber(family, number++)
        if (!given.some((other) => overlap(network, other))) return network
      }
      throw wrongArgument(
        'VNET_RANGE',
        'lab create',
        'links',
        'there are no networks left',
        'give addresses of your own',
      )
    }
  }
  return segments
}

/** The network of the first address that was given. */
function firstNetwork(ends: readonly PlannedEnd[], family: IpFamily): Prefix | undefined {
  const size = family === 4 ? 4 : 16
  const first = ends.flatMap((end) => end.given ?? []).find(({ octets }) => octets.length === size)
  return first === undefined ? undefined : networkOf(first)
}

function overlap(one: Prefix, other: Prefix): boolean {
  if (one.octets.length !== other.octets.length) return false
  const length = Math.min(one.length, other.length)
  const cut = ({ octets }: Prefix) => formatPrefix(networkOf({ octets, length }))
  return cut(one) === cut(other)
}

/** The lowest address of a network that nobody has: neither the network's own nor the broadcast address. */
function freeAddress(network: Prefix, taken: ReadonlySet<string>): Prefix {
  const { octets, length } = network
  const bits = octets.length * 8 - length
  // More than anybody has cables; and a number keeps it exactly.
  const most = Math.min(2 ** bits - (octets.length === 4 ? 2 : 1), 0xffffff)
  for (let number = 1; number <= most; number++) {
    const address = Uint8Array.from(octets)
    let rest = number
    for (let at = octets.length - 1; rest > 0; at--) {
      address[at] = (address[at] as number) | (rest & 0xff)
      rest >>= 8
    }
    if (!taken.has(address.join())) return { octets: address, length }
  }
  const problem = `${formatPrefix(network)} has no address left`
  throw wrongArgument('VNET_RANGE', 'lab create', 'links', problem, 'give a larger network, or addresses of your own')
}

/** The ends that cables and switches join. */
function segmentsOf(cables: readonly PlannedCable[], roles: ReadonlyMap<string, Role>): Segment[] {
  const seen = new Set<PlannedCable>()
  const segments: Segment[] = []
  for (const cable of cables) {
    if (seen.has(cable)) continue
    const ends: PlannedEnd[] = []
    const waiting = [cable]
    seen.add(cable)
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const end of next.ends) {
        if (roles.get(end.node) !== 'switch') {
          ends.push(end)
          continue
        }
        for (const other of cables) {
          if (seen.has(other) || !other.ends.some(({ node }) => node === end.node)) continue
          seen.add(other)
          waiting.push(other)
        }
      }
    }
    segments.push({ ends })
  }
  return segments
}

/** The networks of a segment, by version of IP, each once. */
export function networksOf({ ends }: Segment, family: IpFamily): Prefix[] {
  const size = family === 4 ? 4 : 16
  const networks = new Map<string, Prefix>()
  for (const { addresses } of ends) {
    for (const address of addresses) {
      if (address.octets.length !== size) continue
      const network = networkOf(address)
      networks.set(formatPrefix(network), network)
    }
  }
  return [...networks.values()]
}
