/**
 * What filters of `flower` ask of what the kernel keeps beside a packet: the tunnel that it came by, its connection, its hash, whether
 * a bridge knew its destination.
 * Frames of the mock have the tunnel, where it is an external one, and nothing else; what a packet does not have is 0 for the kernel
 * (`skb_flow_dissect_tunnel_info`, `skb_flow_dissect_ct`, `net/core/flow_dissector.c`). @module
 */
import { connectionStates, type FlowerMatch, flowerNumbers, parsePrefix, tunnelOptionsOf } from '@vnet/core'
import { samePrefix } from '../../bits.js'
import type { TunnelInfo } from '../../stack/tunnel-info.js'
import type { Seen } from './seen.js'

type Match = FlowerMatch<string, string>
type Test = (seen: Seen) => boolean

const numbers = {
  tunnelKey: ({ key }) => key,
  tunnelSourcePort: ({ sourcePort }) => sourcePort,
  tunnelDestinationPort: ({ destinationPort }) => destinationPort,
  tunnelTos: ({ tos }) => tos,
  tunnelTtl: ({ ttl }) => ttl,
} as const satisfies { readonly [name in keyof Match]?: (tunnel: TunnelInfo) => number }

const flags = {
  tunnelChecksum: ({ isSummed }) => isSummed,
  // Nobody says so of a packet that came.
  tunnelDontFragment: () => false,
  tunnelOam: ({ isOam }) => isOam,
  tunnelCritical: ({ isCritical }) => isCritical,
} as const satisfies { readonly [name in keyof Match]?: (tunnel: TunnelInfo) => boolean }

const addresses = {
  tunnelFrom: ({ from }) => from,
  tunnelTo: ({ to }) => to,
} as const satisfies { readonly [name in keyof Match]?: (tunnel: TunnelInfo) => Uint8Array }

/** What is asked of them. */
export function besideTests(match: Match): Test[] {
  return [...tunnelTests(match), ...(isOfNothing(match) ? [] : [() => false])]
}

/** Whether packets without a connection and a hash match, which is all packets. */
function isOfNothing(match: Match): boolean {
  const states = Object.keys(connectionStates) as (keyof typeof connectionStates)[]
  return (
    (['connectionZone', 'connectionMark', 'hash'] as const).every((name) => (match[name] ?? 0) === 0) &&
    states.every((name) => match[name] !== true) &&
    /^0*$/.test(match.connectionLabel ?? '') &&
    match.l2Miss !== true &&
    // No tunnel of the mock has options.
    tunnelOptionsOf(match) === undefined
  )
}

function tunnelTests(match: Match): Test[] {
  const tests: Test[] = []
  for (const [name, of] of entriesOf(numbers)) {
    const wanted = match[name]
    const mask = name === 'tunnelKey' ? 0xffffffff : (match[`${name}Mask`] ?? flowerNumbers[name])
    if (wanted !== undefined)
      tests.push(({ frame: { tunnel } }) => ((tunnel === undefined ? 0 : of(tunnel)) & mask) >>> 0 === wanted)
  }
  for (const [name, of] of entriesOf(flags)) {
    const wanted = match[name]
    if (wanted !== undefined) tests.push(({ frame: { tunnel } }) => (tunnel !== undefined && of(tunnel)) === wanted)
  }
  for (const [name, of] of entriesOf(addresses)) {
    const wanted = match[name] === undefined ? undefined : parsePrefix(match[name])
    if (wanted === undefined) continue
    // An address has a version besides, which a packet of no tunnel has not.
    tests.push(
      ({ frame: { tunnel } }) =>
        tunnel !== undefined &&
        of(tunnel).length === wanted.octets.length &&
        samePrefix(wanted.octets, of(tunnel), wanted.length),
    )
  }
  return tests
}

const entriesOf = <T extends object>(table: T) => Object.entries(table) as { [K in keyof T]: [K, T[K]] }[keyof T][]
