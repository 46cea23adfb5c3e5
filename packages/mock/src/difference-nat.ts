/** What differs in address translation between two saved states: rules, and connections. @module */
import { fieldChanges, formatIp, type NatRule } from '@vnet/core'
import type { Namespace } from './namespace.js'
import type { Connection } from './nat/connection.js'
import { type Tuple, tupleKey } from './nat/tuple.js'
import { listNat } from './object/nat.js'

/** A rule of address translation that is in one of two states only. */
export interface NatDifference {
  /** What became of it. */
  readonly kind: 'nat add' | 'nat delete'
  /** Which sort of object. */
  readonly group: 'nat'
  /** It is there, or was. */
  readonly object: NatRule
}

/** Addresses and ports of the packets of one direction of a connection. */
export interface ConnectionEnds {
  /** Source. */
  readonly from: string
  /** Destination. */
  readonly to: string
  /** Source port, or the identifier of an ICMP query; 0 where the protocol has none. */
  readonly source: number
  /** Destination port; of an ICMP query its type and code, 8 bits each; 0 where the protocol has none. */
  readonly destination: number
}

/** A connection that is in one of two states only. */
export interface ConnectionDifference {
  /** What became of it. */
  readonly kind: 'connection add' | 'connection delete'
  /** Which sort of object. */
  readonly group: 'connection'
  /** It is there, or was. */
  readonly object: {
    /** Number of the protocol over IP. */
    readonly protocol: number
    /** Its first packet, as it came. */
    readonly original: ConnectionEnds
    /** Answers, as they come. */
    readonly reply: ConnectionEnds
  }
}

/** One of either, and how it is told behind the name of its namespace. */
export type NatStateDifference = (NatDifference | ConnectionDifference) & { readonly text: string }

/** What differs. */
export function natDifferences(was: Namespace, is: Namespace): readonly NatStateDifference[] {
  return [...ruleDifferences(listNat(was, {}), listNat(is, {})), ...connectionDifferences(was, is)]
}

function* ruleDifferences(were: readonly NatRule[], are: readonly NatRule[]): Generator<NatStateDifference> {
  const counters = { packets: 0, bytes: 0 }
  const isThere = (rules: readonly NatRule[], rule: NatRule) =>
    rules.some((other) => fieldChanges({ ...other, ...counters }, { ...rule, ...counters }).length === 0)
  const name = ({ handle, family, kind }: NatRule) => `nat rule ${handle} (IPv${family}, ${kind})`
  for (const object of were)
    if (!isThere(are, object)) yield { kind: 'nat delete', group: 'nat', object, text: `${name(object)} deleted` }
  for (const object of are)
    if (!isThere(were, object)) yield { kind: 'nat add', group: 'nat', object, text: `${name(object)} added` }
}

function* connectionDifferences(was: Namespace, is: Namespace): Generator<NatStateDifference> {
  const of = ({ nat }: Namespace) =>
    new Map([...nat.connections.all(0)].map((one) => [tupleKey(one.original) + tupleKey(one.reply), one] as const))
  const [were, are] = [of(was), of(is)]
  const group = 'connection'
  for (const [key, one] of were)
    if (!are.has(key)) yield { kind: 'connection delete', group, object: describe(one), text: `${name(one)} deleted` }
  for (const [key, one] of are)
    if (!were.has(key)) yield { kind: 'connection add', group, object: describe(one), text: `${name(one)} added` }
}

const endsOf = ({ from, to, source, destination }: Tuple): ConnectionEnds => ({
  from: formatIp(from),
  to: formatIp(to),
  source,
  destination,
})

const describe = ({ original, reply }: Connection): ConnectionDifference['object'] => ({
  protocol: original.protocol,
  original: endsOf(original),
  reply: endsOf(reply),
})

function name({ original, reply }: Connection): string {
  const told = ({ from, to, source, destination }: ConnectionEnds) => `${from} ${source} > ${to} ${destination}`
  return `connection of protocol ${original.protocol}, ${told(endsOf(original))}, answered ${told(endsOf(reply))},`
}
