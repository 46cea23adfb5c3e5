/** Rules as rows of a list. @module */
import type { Rule } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of rules. */
export function ruleColumns(names: Names, detail: { readonly details?: boolean } = {}): readonly Column<Rule>[] {
  return [
    { title: 'PRIORITY', text: (rule) => String(rule.priority), right: true },
    { title: 'NOT', text: (rule) => (rule.not ? 'not' : ''), optional: true },
    { title: 'FROM', text: (rule) => rule.from ?? 'all' },
    { title: 'TO', text: (rule) => rule.to ?? '', optional: true },
    { title: 'MATCH', text: (rule) => matchText(rule, names), optional: true },
    { title: 'ACTION', text: (rule) => actionText(rule, names) },
    { title: 'FLAGS', text: (rule) => rule.flags.join(','), optional: true },
    ...(detail.details ? [{ title: 'PROTOCOL', text: (rule: Rule) => names.maker(rule.protocol) }] : []),
  ]
}

/** What a packet must match besides its addresses. */
export function matchText(rule: Rule, names: Names): string {
  const pair = (name: string, value: readonly [number, number] | undefined) =>
    value === undefined ? undefined : `${name} ${value[0] === value[1] ? value[0] : value.join('-')}`
  const mask = rule.markMask === undefined || rule.markMask === 0xffffffff ? '' : `/0x${rule.markMask.toString(16)}`
  return [
    rule.inputLink === undefined ? undefined : `in ${rule.inputLink}`,
    rule.outputLink === undefined ? undefined : `out ${rule.outputLink}`,
    rule.mark === undefined ? undefined : `mark 0x${rule.mark.toString(16)}${mask}`,
    rule.tos === undefined || rule.tos === 0 ? undefined : `tos 0x${rule.tos.toString(16)}`,
    rule.ipProtocol === undefined ? undefined : `protocol ${names.ipProtocol(rule.ipProtocol)}`,
    pair('from port', rule.sourcePorts),
    pair('to port', rule.destinationPorts),
    pair('uid', rule.uids),
    rule.tunnelId === undefined ? undefined : `tunnel ${rule.tunnelId}`,
    rule.l3mdev ? 'l3mdev' : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

/** What is done with a packet that matches. */
export function actionText(rule: Rule, names: Names): string {
  if (rule.action === 'goto') return `goto ${rule.goto}`
  if (rule.action !== 'table') return rule.action
  const suppressed = [
    rule.suppressPrefixLength === undefined ? '' : ` suppress length ${rule.suppressPrefixLength}`,
    rule.suppressGroup === undefined ? '' : ` suppress group ${names.group(rule.suppressGroup)}`,
  ].join('')
  return rule.l3mdev ? `table of the VRF${suppressed}` : `table ${names.table(rule.table ?? 'main')}${suppressed}`
}
