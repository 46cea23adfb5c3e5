/** Checks of rule requests. @module */
import { rangeFault, typeFault } from '../argument.js'
import type { IpFamily, Prefix } from '../ip.js'
import type { CleanRuleSpec, RuleFilter } from '../rule.js'
import { ipFamily } from './address.js'
import { objectOf } from './object.js'
import { routeProtocol, routeTable } from './route.js'
import { boolean, ipNetwork, linkName, numberRange, wholeNumber, word } from './scalar.js'

const u32 = wholeNumber(0, 0xffffffff)
const ports = numberRange(1, 65_535)

const spec = objectOf({
  family: ipFamily,
  priority: u32,
  from: ipNetwork,
  to: ipNetwork,
  inputLink: linkName,
  outputLink: linkName,
  mark: u32,
  markMask: u32,
  tos: wholeNumber(0, 255),
  ipProtocol: wholeNumber(1, 255),
  sourcePorts: ports,
  destinationPorts: ports,
  uids: numberRange(0, 0xfffffffe),
  tunnelId: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  not: boolean,
  l3mdev: boolean,
  action: word(['table', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit'] as const),
  table: routeTable,
  goto: u32,
  suppressPrefixLength: wholeNumber(0, 128),
  suppressGroup: wholeNumber(0, 0x7fffffff),
  protocol: routeProtocol,
})

/** `rule add` and `rule delete`. */
export function ruleSpec(value: unknown): CleanRuleSpec {
  const clean = spec(value, 'spec') as { -readonly [K in keyof CleanRuleSpec]?: CleanRuleSpec[K] }
  const families = [clean.from, clean.to].filter((prefix) => prefix !== undefined).map(familyOfPrefix)
  if (families.length === 2 && families[0] !== families[1]) {
    throw rangeFault('spec.to', 'is of another version of IP than from', 'both are IPv4, or both IPv6')
  }
  if (clean.family !== undefined && families.some((family) => family !== clean.family)) {
    throw rangeFault(
      'spec.family',
      `the prefixes are of version ${families[0]}`,
      'leave family out: the prefixes tell it',
    )
  }
  if (clean.action === 'goto' && clean.goto === undefined) {
    throw typeFault('spec.goto', 'the priority of a rule', undefined)
  }
  if (clean.goto !== undefined) {
    if (clean.action !== undefined && clean.action !== 'goto')
      throw rangeFault('spec.goto', 'goes with action goto only', "give action: 'goto', or leave it out")
    if (clean.priority !== undefined && clean.goto <= clean.priority) {
      throw rangeFault(
        'spec.goto',
        `${clean.goto} is not behind this rule (${clean.priority})`,
        'a rule only jumps forward',
      )
    }
    clean.action = 'goto'
  }
  if (clean.table !== undefined && clean.action !== undefined && clean.action !== 'table') {
    throw rangeFault(
      'spec.table',
      `goes with action table only, not ${clean.action}`,
      "leave it out, or give action: 'table'",
    )
  }
  if (clean.l3mdev && clean.table !== undefined)
    throw rangeFault('spec.table', 'l3mdev finds the table by itself', 'leave table out, or l3mdev')
  return { ...clean, family: clean.family ?? families[0] ?? 4 } as CleanRuleSpec
}

const familyOfPrefix = (prefix: Prefix): IpFamily => (prefix.octets.length === 4 ? 4 : 6)

const filter = objectOf({ family: ipFamily })

/** `rule list`. */
export function ruleList(value: unknown): RuleFilter {
  return filter(value, 'spec') as RuleFilter
}
