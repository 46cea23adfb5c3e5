/**
 * What filters of `flower` ask of what the kernel keeps beside a packet: the tunnel that it came by, its connection, its hash, whether
 * a bridge knew its destination.
 * Frames of the mock have none of it, and what a packet does not have is 0 for the kernel (`skb_flow_dissect_tunnel_info`,
 * `skb_flow_dissect_ct`, `net/core/flow_dissector.c`). @module
 */
import { connectionStates, type FlowerMatch, tunnelFlags, tunnelOptionsOf } from '@vnet/core'

/** Whether packets with nothing beside them match; the answer is the same for all. */
export function besideTests(match: FlowerMatch<string, string>): (() => boolean)[] {
  const numbers = [
    ...(['tunnelKey', 'tunnelSourcePort', 'tunnelDestinationPort', 'tunnelTos', 'tunnelTtl'] as const),
    ...(['connectionZone', 'connectionMark', 'hash'] as const),
  ]
  const states = Object.keys({ ...connectionStates, ...tunnelFlags }) as (
    | keyof typeof connectionStates
    | keyof typeof tunnelFlags
  )[]
  const fits =
    numbers.every((name) => (match[name] ?? 0) === 0) &&
    states.every((name) => match[name] !== true) &&
    /^0*$/.test(match.connectionLabel ?? '') &&
    match.l2Miss !== true &&
    // An address has a version besides.
    match.tunnelFrom === undefined &&
    match.tunnelTo === undefined &&
    // Options are of a kind of tunnel.
    tunnelOptionsOf(match) === undefined
  return fits ? [] : [() => false]
}
