/** Rules: RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE (`linux/fib_rules.h`). @module */
import type { CleanRuleSpec, Rule, RuleAction, RuleFilter } from '@vnet/core'
import { DecodeError } from '@vnet/core'
import { type Attribute, attributes, custom, ip, octets, text, u8, u32, u64be } from '../netlink/attribute.js'
import { readAttributes } from '../netlink/attribute-run.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { OperationCodec } from './codec.js'
import * as k from './constants-ip.js'
import { familyNumber, flagWords, protocolNumber, protocolWord, tableNumber, tableWord } from './ip-word.js'

const FIB_RULE_HDR = 12
const NONE = 0xffffffff

type Range = readonly [number, number]
const range16 = (type: number, name: string): Attribute<Range> =>
  custom<Range>(
    type,
    name,
    'struct',
    4,
    (to, value) => to.octetsAttribute(type, new Uint8Array(Uint16Array.from(value).buffer)),
    (from, at) => [from.u16(at), from.u16(at + 2)],
  )
const range32 = (type: number, name: string): Attribute<Range> =>
  custom<Range>(
    type,
    name,
    'struct',
    8,
    (to, value) => to.octetsAttribute(type, new Uint8Array(Uint32Array.from(value).buffer)),
    (from, at) => [from.u32(at), from.u32(at + 4)],
  )
/** Attributes of a rule, enum FRA_*. */
export const ruleAttributes = attributes({
  to: ip(1, 'FRA_DST'),
  from: ip(2, 'FRA_SRC'),
  inputLink: text(3, 'FRA_IIFNAME'),
  goto: u32(4, 'FRA_GOTO'),
  priority: u32(6, 'FRA_PRIORITY'),
  mark: u32(10, 'FRA_FWMARK'),
  flow: u32(11, 'FRA_FLOW'),
  tunnelId: u64be(12, 'FRA_TUN_ID'),
  suppressGroup: u32(13, 'FRA_SUPPRESS_IFGROUP'),
  suppressPrefixLength: u32(14, 'FRA_SUPPRESS_PREFIXLEN'),
  table: u32(15, 'FRA_TABLE'),
  markMask: u32(16, 'FRA_FWMASK'),
  outputLink: text(17, 'FRA_OIFNAME'),
  l3mdev: u8(19, 'FRA_L3MDEV'),
  uids: range32(20, 'FRA_UID_RANGE'),
  protocol: u8(21, 'FRA_PROTOCOL'),
  ipProtocol: u8(22, 'FRA_IP_PROTO'),
  sourcePorts: range16(23, 'FRA_SPORT_RANGE'),
  destinationPorts: range16(24, 'FRA_DPORT_RANGE'),
  padding: octets(18, 'FRA_PAD'),
})

const actions: { readonly [A in RuleAction]: number } = {
  table: k.FR_ACT_TO_TBL,
  goto: k.FR_ACT_GOTO,
  nop: k.FR_ACT_NOP,
  blackhole: k.FR_ACT_BLACKHOLE,
  unreachable: k.FR_ACT_UNREACHABLE,
  prohibit: k.FR_ACT_PROHIBIT,
}
const actionWords = new Map(Object.entries(actions).map(([word, number]) => [number, word as RuleAction]))

const flagsOf = flagWords([
  [k.FIB_RULE_PERMANENT, 'permanent'],
  [k.FIB_RULE_UNRESOLVED, 'unresolved'],
  [k.FIB_RULE_IIF_DETACHED, 'iif_detached'],
  [k.FIB_RULE_OIF_DETACHED, 'oif_detached'],
])

const encodeSpec =
  (message: number, flags: number) =>
  (to: MessageWriter, spec: CleanRuleSpec): void => {
    const adding = message === k.RTM_NEWRULE
    const action = spec.action ?? (adding ? 'table' : undefined)
    const table = spec.table ?? (action === 'table' && adding && !spec.l3mdev ? 'main' : undefined)
    const number = table === undefined ? k.RT_TABLE_UNSPEC : tableNumber(table)
    to.begin(message, NLM_F_REQUEST | flags)
    to.u8(familyNumber(spec.family))
    to.u8(spec.to?.length ?? 0)
    to.u8(spec.from?.length ?? 0)
    to.u8(spec.tos ?? 0)
    to.u8(number < 256 ? number : k.RT_TABLE_UNSPEC)
    to.zeros(2)
    to.u8(action === undefined ? 0 : actions[action])
    to.u32(spec.not ? k.FIB_RULE_INVERT : 0)
    const a = ruleAttributes
    if (spec.to !== undefined) to.octetsAttribute(a.to.type, spec.to.octets)
    if (spec.from !== undefined) to.octetsAttribute(a.from.type, spec.from.octets)
    if (number > 255) a.table.write(to, number)
    if (spec.l3mdev) a.l3mdev.write(to, 1)
    if (spec.protocol !== undefined) a.protocol.write(to, protocolNumber(spec.protocol))
    for (const name of plain) if (spec[name] !== undefined) (a[name] as Attribute<unknown>).write(to, spec[name])
    to.end()
  }

const plain = [
  ...['priority', 'inputLink', 'outputLink', 'mark', 'markMask', 'tunnelId', 'ipProtocol', 'sourcePorts'],
  ...['destinationPorts', 'uids', 'goto', 'suppressPrefixLength', 'suppressGroup'],
] as readonly (
  | 'priority'
  | 'inputLink'
  | 'outputLink'
  | 'mark'
  | 'markMask'
  | 'tunnelId'
  | 'ipProtocol'
  | 'sourcePorts'
  | 'destinationPorts'
  | 'uids'
  | 'goto'
  | 'suppressPrefixLength'
  | 'suppressGroup'
)[]

function encodeList(to: MessageWriter, spec: RuleFilter): void {
  to.begin(k.RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP)
  to.u8(familyNumber(spec.family))
  to.zeros(FIB_RULE_HDR - 1)
  to.end()
}

/** Reads a rule from the payload of RTM_NEWRULE or RTM_DELRULE; `undefined` for other families. */
export function decodeRule(from: Octets, start: number, end: number): Rule | undefined {
  if (end - start < FIB_RULE_HDR) throw new DecodeError('rule', start, `${end - start} octets, needs ${FIB_RULE_HDR}`)
  const { bytes } = from
  const family = bytes[start]
  if (family !== k.AF_INET && family !== k.AF_INET6) return undefined
  const { values, other } = readAttributes(ruleAttributes, from, start + FIB_RULE_HDR, end, 'rule')
  const flags = from.u32(start + 8)
  const action = actionWords.get(bytes[start + 7] as number) ?? 'nop'
  const l3mdev = values.l3mdev === 1
  const rule: Record<string, unknown> = { family: family === k.AF_INET ? 4 : 6, priority: values.priority ?? 0 }
  const any = family === k.AF_INET ? '0.0.0.0' : '::'
  for (const [name, length] of [
    ['from', bytes[start + 2]],
    ['to', bytes[start + 1]],
  ] as const) {
    if (values[name] !== undefined) rule[name] = `${values[name]}/${length}`
    else if (length !== 0) rule[name] = `${any}/${length}`
  }
  for (const name of [
    'inputLink',
    'outputLink',
    'tunnelId',
    'ipProtocol',
    'sourcePorts',
    'destinationPorts',
    'uids',
    'goto',
  ]) {
    if (values[name] !== undefined) rule[name] = values[name]
  }
  if (values.mark !== undefined) rule.mark = values.mark
  if (values.markMask !== undefined && values.markMask !== NONE) rule.markMask = values.markMask
  if (bytes[start + 3] !== 0) rule.tos = bytes[start + 3]
  for (const name of ['suppressGroup', 'suppressPrefixLength']) {
    if (values[name] !== undefined && values[name] !== NONE) rule[name] = values[name]
  }
  if (flags & k.FIB_RULE_INVERT) rule.not = true
  if (l3mdev) rule.l3mdev = true
  const table = (values.table as number | undefined) ?? (bytes[start + 4] as number)
  if (action === 'table' && !l3mdev && table !== 0) rule.table = tableWord(table)
  rule.action = action
  rule.protocol = protocolWord((values.protocol as number | undefined) ?? 0)
  rule.flags = flagsOf(flags & ~k.FIB_RULE_INVERT)
  rule.other = other
  return rule as unknown as Rule
}

/** The codecs of the three operations. */
export const ruleCodecs: {
  readonly 'rule add': OperationCodec<'rule add'>
  readonly 'rule delete': OperationCodec<'rule delete'>
  readonly 'rule list': OperationCodec<'rule list'>
} = {
  'rule add': { answer: 'ack', encode: encodeSpec(k.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL) },
  'rule delete': { answer: 'ack', encode: encodeSpec(k.RTM_DELRULE, 0) },
  'rule list': { answer: 'dump', encode: encodeList, decode: decodeRule },
}
