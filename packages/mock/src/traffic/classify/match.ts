/** What filters of each kind match (`net/sched/cls_matchall.c`, `cls_flower.c`). @module */
import { type FlowerMatch, flowerNumbers, parseMac, parsePrefix } from '@vnet/core'
import { samePrefix } from '../../bits.js'
import type { FilterEntry } from '../entry.js'
import { type FlowKeys, flowKeysOf } from './flow-keys.js'
import { besideTests } from './match-beside.js'
import { labelTests, tagTests } from './match-tag.js'
import type { Seen } from './seen.js'

/** Carries out the actions of a filter that matched; what follows (`TC_ACT_*`). */
export type Perform = (filter: FilterEntry, seen: Seen) => number

/** The filters of one priority: what they say of a frame, -1 where none of them matched. */
export type Match = (seen: Seen, perform: Perform) => number

/** A filter of `matchall`. */
export function matchAll([filter]: readonly FilterEntry[]): Match {
  return (seen, perform) => {
    if (filter === undefined) return -1
    filter.counts.matched++
    return perform(filter, seen)
  }
}

/** The numbers with a mask that packets themselves have. */
const ofPackets = [
  ...([
    'tos',
    'ttl',
    'sourcePort',
    'destinationPort',
    'tcpFlags',
    'icmpType',
    'icmpCode',
    'arpOperation',
    'spi',
  ] as const),
]

/** Whether a frame has what one field asks for. */
export type Test = (seen: Seen, keys: FlowKeys) => boolean

/** Filters of `flower`: the first that matches. `inputLink` is the name of the link that frames come in by. */
export function matchFlower(filters: readonly FilterEntry[], inputLink: () => string): Match {
  const all = filters.map((filter) => ({
    filter,
    tests: testsOf(filter.protocol, filter.options as FlowerMatch<string, string>),
  }))
  return (seen, perform) => {
    const keys = flowKeysOf(seen)
    const found = all.find(({ tests }) => tests.every((test) => test(seen, keys)))
    return found === undefined ? -1 : perform(found.filter, seen)
  }

  function testsOf(protocol: number, match: FlowerMatch<string, string>): Test[] {
    const tests: Test[] = []
    const { sourceMac, destinationMac, from, to, ipProtocol, arpSender, arpTarget } = match
    if (destinationMac !== undefined)
      tests.push(ofMac(destinationMac, match.destinationMacMask, (seen) => macIn(seen, 0)))
    if (sourceMac !== undefined) tests.push(ofMac(sourceMac, match.sourceMacMask, (seen) => macIn(seen, 6)))
    for (const name of ['arpSenderMac', 'arpTargetMac'] as const) {
      const mac = match[name]
      if (mac !== undefined) tests.push(ofMac(mac, match[`${name}Mask`], (_, keys) => keys[name]))
    }
    if (match.inputLink !== undefined) tests.push(({ isIncoming }) => isIncoming && inputLink() === match.inputLink)
    tests.push(...tagTests(protocol, match), ...labelTests(match), ...besideTests(match))
    if (from !== undefined) tests.push(within(from, (keys) => keys.from))
    if (to !== undefined) tests.push(within(to, (keys) => keys.to))
    if (arpSender !== undefined) tests.push(within(arpSender, (keys) => keys.arpSender))
    if (arpTarget !== undefined) tests.push(within(arpTarget, (keys) => keys.arpTarget))
    if (ipProtocol !== undefined) tests.push((_, keys) => keys.ipProtocol === ipProtocol)
    for (const name of ofPackets) {
      const value = match[name]
      const mask = match[`${name}Mask`] ?? flowerNumbers[name]
      // What a packet does not have is 0 here.
      if (value !== undefined) tests.push((_, keys) => ((keys[name] ?? 0) & mask) >>> 0 === value)
    }
    for (const name of ['l2tpSession', 'cfmLevel', 'cfmOpcode'] as const) {
      const value = match[name]
      if (value !== undefined) tests.push((_, keys) => (keys[name] ?? 0) === value)
    }
    for (const side of ['source', 'destination'] as const) {
      const [first, last] = match[`${side}Ports`] ?? []
      if (first === undefined || last === undefined) continue
      tests.push((_, keys) => {
        const port = keys[`${side}Port`] ?? 0
        return port >= first && port <= last
      })
    }
    for (const name of ['fragment', 'firstFragment'] as const) {
      const value = match[name]
      if (value !== undefined) tests.push((_, keys) => (keys[name] ?? false) === value)
    }
    return tests
  }
}

/** The MAC at a place of a frame of Ethernet. */
const macIn = ({ isEthernet, frame: { octets } }: Seen, at: number): Uint8Array | undefined =>
  isEthernet ? octets.subarray(at, at + 6) : undefined

function ofMac(
  text: string,
  maskText: string | undefined,
  macOf: (seen: Seen, keys: FlowKeys) => Uint8Array | undefined,
): Test {
  const wanted = parseMac(text) as Uint8Array
  const mask = maskText === undefined ? undefined : (parseMac(maskText) as Uint8Array)
  return (seen, keys) => {
    const mac = macOf(seen, keys)
    return mac !== undefined && wanted.every((octet, i) => ((mac[i] as number) & (mask?.[i] ?? 0xff)) === octet)
  }
}

function within(text: string, addressOf: (keys: FlowKeys) => Uint8Array | undefined): Test {
  const prefix = parsePrefix(text)
  return (_, keys) => {
    const address = addressOf(keys)
    return prefix !== undefined && address !== undefined && samePrefix(prefix.octets, address, prefix.length)
  }
}
