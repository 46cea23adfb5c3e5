/** What filters of `flower` ask of tags, of sessions of PPPoE and of labels (`fl_set_key_vlan`, `fl_set_key_pppoe`, `fl_set_key_mpls`, `net/sched/cls_flower.c`). @module */
import {
  behindTags,
  type FilterProtocol,
  type FlowerLabels,
  type FlowerTags,
  filterProtocols,
  innermostProtocol,
} from '@vnet/core'
import type { FlowKeys, TagKeys } from './flow-keys.js'
import type { Seen } from './seen.js'

type Test = (seen: Seen, keys: FlowKeys) => boolean

const typeOf = (protocol: FilterProtocol): number =>
  typeof protocol === 'number' ? protocol : filterProtocols[protocol]

/** The tests of tags, and of what is behind them. */
export function tagTests(protocol: number, match: FlowerTags): Test[] {
  const tests: Test[] = []
  const { vlan, vlanPriority, vlanEtherType, innerVlan, innerVlanPriority, innerVlanEtherType, vlanCount } = match
  // What a packet does not have is 0 here.
  const add = (index: number, part: keyof TagKeys, value: number | undefined) => {
    if (value !== undefined) tests.push((_, { tags = [] }) => (tags[index]?.[part] ?? 0) === value)
  }
  const outer = vlanEtherType === undefined ? undefined : typeOf(vlanEtherType)
  add(0, 'id', vlan)
  add(0, 'priority', vlanPriority)
  add(0, 'next', outer)
  add(1, 'id', innerVlan)
  add(1, 'priority', innerVlanPriority)
  const inner = innerVlanEtherType === undefined ? undefined : typeOf(innerVlanEtherType)
  add(1, 'next', inner)
  if (vlanCount !== undefined) tests.push((_, { tags = [] }) => tags.length === vlanCount)
  const types = {
    protocol,
    ...(outer === undefined ? {} : { vlanEtherType: outer }),
    ...(inner === undefined ? {} : { innerVlanEtherType: inner }),
    ...(vlanCount === undefined ? {} : { vlanCount }),
    ...(match.pppProtocol === undefined ? {} : { pppProtocol: match.pppProtocol }),
  }
  const innermost = innermostProtocol(types)
  if (innermost !== undefined) tests.push((_, keys) => keys.protocol === innermost)
  if (behindTags(types).type === filterProtocols.ppp_ses) tests.push((_, keys) => keys.pppoeSession !== undefined)
  for (const name of ['pppoeSession', 'pppProtocol'] as const) {
    const value = match[name]
    if (value !== undefined) tests.push((_, keys) => keys[name] === value)
  }
  return tests
}

/** The tests of labels: each entry that is named must be there. */
export function labelTests({ mpls = [] }: FlowerLabels): Test[] {
  return mpls.map(({ depth, ...wanted }) => (_, { labels = [] }) => {
    const found = labels[depth - 1]
    return (
      found !== undefined &&
      Object.entries(wanted).every(([part, value]) => found[part as keyof typeof found] === value)
    )
  })
}
