/** Which address and port a connection gets (`get_unique_tuple`, `net/netfilter/nf_nat_core.c`). @module */
import { compareOctets, sameOctets } from '../bits.js'
import { addressIn } from './address-choice.js'
import type { Part } from './connection.js'
import type { ConnectionTable } from './connection-table.js'
import { hasPorts, inverse, isQuery, type Tuple } from './tuple.js'

/** What a part may become (`struct nf_nat_range2`). */
export interface NatRange {
  /** First and last address. */
  readonly addresses: readonly [first: Uint8Array, last: Uint8Array]
  /** First and last port, or identifier of an ICMP query; without it the port is changed only where it is taken. */
  readonly ports?: readonly [first: number, last: number] | undefined
  /** A port is chosen by chance in the first place. */
  readonly isRandom?: boolean
  /** A client gets the same address for each connection. */
  readonly isPersistent?: boolean
}

/** Where a free one is looked for. */
export interface Chooser {
  readonly connections: ConnectionTable
  readonly now: number
  /** 16 random bits. */
  random(): number
}

/** Ports that are tried in a row; then the search goes on elsewhere, with half as many, down to the least. */
const mostTries = 128
const leastTries = 16

/** What a tuple becomes. Where nothing is free it is one that is taken, and the connection cannot be entered. */
export function freeTuple(chooser: Chooser, before: Tuple, part: Part, range: NatRange): Tuple {
  const { connections, now } = chooser
  const isFree = (tuple: Tuple) => connections.find(inverse(tuple), now) === undefined
  if (part === 'source' && range.isRandom !== true) {
    if (fits(before, range)) {
      if (isFree(before)) return before
    } else {
      // Who spoke from there with others already is to be seen at the same address and port.
      const known = knownAs(chooser, before, range)
      if (known !== undefined && isFree(known)) return known
    }
  }
  const address = addressIn(range.addresses, before, range.isPersistent === true)
  const tuple = { ...before, [part === 'source' ? 'from' : 'to']: address }
  if (range.isRandom !== true) {
    if (range.ports === undefined) {
      if (isFree(tuple)) return tuple
    } else if (portFits(tuple, part, range) && (range.ports[0] === range.ports[1] || isFree(tuple))) return tuple
  }
  return searched(chooser, tuple, part, range, isFree)
}

/** Whether the source of a tuple is one of a range. */
function fits(tuple: Tuple, range: NatRange): boolean {
  const [first, last] = range.addresses
  const isInside = compareOctets(tuple.from, first) >= 0 && compareOctets(tuple.from, last) <= 0
  return isInside && (range.ports === undefined || portFits(tuple, 'source', range))
}

function portFits(tuple: Tuple, part: Part, { ports }: NatRange): boolean {
  if (ports === undefined || (!hasPorts(tuple.protocol) && !isQuery(tuple))) return true
  const port = isQuery(tuple) ? tuple.source : tuple[part]
  return port >= ports[0] && port <= ports[1]
}

/** As what others have seen the same source (`find_appropriate_src`). */
function knownAs({ connections, now }: Chooser, tuple: Tuple, range: NatRange): Tuple | undefined {
  for (const { reply } of connections.ofSource(tuple, now)) {
    const known = { ...tuple, from: reply.to, source: isQuery(tuple) ? reply.source : reply.destination }
    if (fits(known, range)) return known
  }
  return undefined
}

/** Where ports are looked for: those of the same standing, where none are given. */
function placeOf(tuple: Tuple, part: Part, { ports }: NatRange): readonly [first: number, count: number] | undefined {
  if (isQuery(tuple)) return ports === undefined ? [0, 65_536] : [ports[0], ports[1] - ports[0] + 1]
  if (!hasPorts(tuple.protocol)) return undefined
  if (ports !== undefined) return [ports[0], ports[1] - ports[0] + 1]
  // A destination whose port nobody named keeps it.
  if (part === 'destination') return undefined
  if (tuple.source >= 1024) return [1024, 65_536 - 1024]
  return tuple.source < 512 ? [1, 511] : [600, 1024 - 600]
}

function searched(
  chooser: Chooser,
  tuple: Tuple,
  part: Part,
  range: NatRange,
  isFree: (tuple: Tuple) => boolean,
): Tuple {
  const place = placeOf(tuple, part, range)
  if (place === undefined) return tuple
  const [first, count] = place
  const name = part === 'source' || isQuery(tuple) ? 'source' : 'destination'
  let at = range.isRandom === true || part === 'source' ? chooser.random() : 0
  let tried = tuple
  for (let tries = Math.min(count, mostTries); ; tries = tries >> 1) {
    for (let i = 0; i < tries; i++, at++) {
      tried = { ...tuple, [name]: first + (at % count) }
      if (isFree(tried)) return tried
    }
    if (tries >= count || tries < leastTries) return tried
    at = chooser.random()
  }
}

/** Whether two tuples are the same. */
export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.protocol === b.protocol &&
  a.source === b.source &&
  a.destination === b.destination &&
  sameOctets(a.from, b.from) &&
  sameOctets(a.to, b.to)
