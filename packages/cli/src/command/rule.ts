/** `vnet rule`: rules of policy routing, as `ip rule`. @module */
import type { RuleSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { group, ipProtocol, maker, table } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { ruleColumns } from '../render/columns/rule.js'
import { ruleJson } from '../render/ip-json/rule.js'

const actions = ['table', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit']

const mark: take.Value = {
  placeholder: 'mark[/mask]',
  read(given, flag) {
    return given.split('/', 2).map((part) => take.wholeValue('mark').read(part, flag) as number)
  },
}

const specification: readonly take.Parameter[] = [
  take.whole('priority', 'order, the lowest first'),
  take.text('from', 'prefix', 'packets from here'),
  take.text('to', 'prefix', 'packets to here'),
  take.link('inputLink', 'packets that came in by this link'),
  take.link('outputLink', 'packets of sockets bound to this link'),
  take.whole('mark', 'packets with this mark', { value: mark }),
  take.whole('tos', 'type of service'),
  ipProtocol('ipProtocol', 'protocol over IP: a number or a name such as tcp'),
  take.range('sourcePorts', 'from these ports'),
  take.range('destinationPorts', 'to these ports'),
  take.range('uids', 'of these users'),
  take.whole('tunnelId', 'number of a tunnel key'),
  take.flag('not', 'packets that do not match'),
  take.flag('l3mdev', 'packets of a VRF master'),
  take.word('action', actions, 'what is done; default table'),
  table('table', 'table to look in; default main'),
  take.whole('goto', 'priority of the rule to go on with'),
  take.whole('suppressPrefixLength', 'ignore routes with a prefix of this length or shorter'),
  group('suppressGroup', 'ignore routes by links of this group'),
  maker('protocol', 'who made it; default boot'),
]

const details = take.flag('details', 'also who made it', { short: 'd' })

/** Declares `rule` and its verbs. */
export function defineRule(rule: Command, context: Context): void {
  withExample(rule, 'vnet rule list')
  const changes = [
    ['add', 'make a rule', 'vnet rule add --from 10.0.0.0/8 --table 100'],
    ['delete', 'remove the first rule that matches all that is given', 'vnet rule delete --priority 500'],
  ] as const
  for (const [verb, about, example] of changes) {
    const command = define(rule, verb, about, example)
    take.declare(command, specification)
    declareFamily(command)
    command.action(async (given: Record<string, unknown>) => {
      const family = familyOf(given)
      const { mark: marks, ...rest } = take.collect(specification, given)
      const spec = {
        ...rest,
        ...marked(marks as readonly number[] | undefined),
        // `--goto 300` says what is done.
        ...(rest.goto !== undefined && rest.action === undefined ? { action: 'goto' } : {}),
        ...(family === undefined ? {} : { family }),
      }
      await context.withHost((host) => host.rule[verb](spec as RuleSpec))
    })
  }

  const list = define(rule, 'list', 'the rules; those of IPv4 unless told otherwise, as with ip', 'vnet rule list -6')
  take.declare(list, [details])
  declareFamily(list, true)
  list.action(async (given: Record<string, unknown>) => {
    const family = familyOf(given) ?? 4
    const detail = { details: given.details === true }
    await context.withHost(
      async (host) => {
        const rules = await host.rule.list(family === 'all' ? {} : { family })
        const names = namesOf([])
        await printList(
          context,
          rules,
          (row) => ruleJson(row, names, detail),
          () => ruleColumns(names, detail),
        )
      },
      { reading: true },
    )
  })
}

function marked(marks: readonly number[] | undefined): { readonly mark?: number; readonly markMask?: number } {
  const [value, mask] = marks ?? []
  return { ...(value === undefined ? {} : { mark: value }), ...(mask === undefined ? {} : { markMask: mask }) }
}
