/** Rules of address translation as rows of a list. @module */
import type { NatRule } from '@vnet/core'
import type { Names } from '../../names.js'
import type { Column } from '../table.js'

/** The columns of a list of rules. */
export function natColumns(names: Names): readonly Column<NatRule>[] {
  return [
    { title: 'IP', text: (rule) => String(rule.family), right: true },
    { title: 'HANDLE', text: (rule) => String(rule.handle), right: true },
    { title: 'HOOK', text: (rule) => rule.hook },
    { title: 'KIND', text: (rule) => rule.kind },
    { title: 'FROM', text: (rule) => rule.from ?? 'all' },
    { title: 'TO', text: toText },
    { title: 'MATCH', text: (rule) => matchText(rule, names), optional: true },
    { title: 'BECOMES', text: becomesText, optional: true },
    { title: 'PACKETS', text: (rule) => countText(rule.packets), right: true },
    { title: 'BYTES', text: (rule) => countText(rule.bytes), right: true },
    { title: 'COMMENT', text: (rule) => rule.comment ?? '', optional: true },
  ]
}

const countText = (count: number | undefined): string => (count === undefined ? '' : String(count))

function toText({ to, toLocal, except = [] }: NatRule): string {
  const where = [toLocal ? 'local' : undefined, to].filter((part) => part !== undefined).join(' ') || 'all'
  return except.length === 0 ? where : `${where} except ${except.join(' ')}`
}

/** What a packet must match besides its addresses. */
function matchText(rule: NatRule, names: Names): string {
  if (rule.expressions !== undefined) return rule.expressions.join(' ')
  return [
    ['in', rule.inputLink],
    ['not in', rule.exceptInputLink],
    ['out', rule.outputLink],
    ['not out', rule.exceptOutputLink],
    ['protocol', rule.ipProtocol === undefined ? undefined : names.ipProtocol(rule.ipProtocol)],
    ['from port', portsText(rule.sourcePorts)],
    ['to port', portsText(rule.destinationPorts)],
  ]
    .filter(([, value]) => value !== undefined)
    .map((pair) => pair.join(' '))
    .join(', ')
}

function portsText(ports: readonly [number, number] | undefined): string | undefined {
  if (ports === undefined) return undefined
  return ports[0] === ports[1] ? String(ports[0]) : ports.join('-')
}

/** What address and port become, and how they are chosen. */
function becomesText({ address, lastAddress, ports, random, fullyRandom, persistent }: NatRule): string {
  return [
    address === undefined || lastAddress === undefined ? address : `${address}-${lastAddress}`,
    ports === undefined ? undefined : `port ${portsText(ports)}`,
    random ? 'random' : undefined,
    fullyRandom ? 'fully random' : undefined,
    persistent ? 'persistent' : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' ')
}
