/** `vnet nat`: rules of address translation, as `nft` has them in the tables `vnet`. @module */
import type { NatKey, NatRule, NatSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { ipProtocol } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printJson, printList } from '../output.js'
import * as take from '../parameter.js'
import { natColumns } from '../render/columns/nat.js'

const kinds = ['masquerade', 'snat', 'dnat', 'redirect']

const prefixes: take.Value = { placeholder: 'prefix', list: true, read: (given) => given }

const specification: readonly take.Parameter[] = [
  take.word('hook', ['prerouting', 'output'], 'dnat, redirect: what comes in, the default, or what is made here'),
  take.text('from', 'prefix', 'packets from here'),
  take.text('to', 'prefix', 'packets to here'),
  take.flag('toLocal', 'dnat, redirect: packets to any address of this host'),
  take.text('except', 'prefix', 'packets to here are left alone; several with commas', { value: prefixes }),
  take.link('inputLink', 'dnat, redirect: packets that came in by this link'),
  take.link('exceptInputLink', 'dnat, redirect: packets that came in by any other link'),
  take.link('outputLink', 'packets that leave by this link'),
  take.link('exceptOutputLink', 'packets that leave by any other link'),
  ipProtocol('ipProtocol', 'protocol over IP: a number or a name such as tcp'),
  take.range('sourcePorts', 'from these ports'),
  take.range('destinationPorts', 'to these ports'),
  take.text('address', 'address', 'snat, dnat: what the address becomes'),
  take.text('lastAddress', 'address', 'snat, dnat: the last of a range of them'),
  take.range('ports', 'what the port becomes: one of these'),
  take.flag('random', 'ports are chosen by chance'),
  take.flag('fullyRandom', 'ports are chosen by better chance'),
  take.flag('persistent', 'a client gets the same address each time'),
  take.text('comment', 'text', 'text that is kept with the rule'),
  take.whole('index', 'place among the rules of the hook, from 0; the last when absent'),
]

/** Declares `nat` and its verbs. */
export function defineNat(nat: Command, context: Context): void {
  withExample(nat, 'vnet nat list')

  const example = 'vnet nat add masquerade --from 172.17.0.0/16 --except-output-link docker0'
  const add = define(nat, 'add', 'make a rule, behind the others of its hook', example)
  takes(add, '<kind>', 'masquerade, snat, dnat or redirect', kinds)
  take.declare(add, specification)
  declareFamily(add)
  add.action(async (kind: string, given: Record<string, unknown>) => {
    const family = familyOf(given)
    const spec = { kind, ...take.collect(specification, given), ...(family === undefined ? {} : { family }) }
    await context.withHost(async (host) => {
      const made = await host.nat.add(spec as unknown as NatSpec)
      if (context.settings.json) printJson(context, [made])
    })
  })

  const remove = define(nat, 'delete', 'remove a rule by its handle, which the list tells', 'vnet nat delete 4')
  takes(remove, '<handle>', 'its handle')
  declareFamily(remove)
  remove.action(async (text: string, given: Record<string, unknown>) => {
    const handle = take.wholeValue('handle').read(text, 'handle')
    const family = familyOf(given)
    const key = (family === undefined ? { handle } : { family, handle }) as NatKey
    await context.withHost((host) => host.nat.delete(key))
  })

  const list = define(
    nat,
    'list',
    'the rules in the order in which they act, with what they counted',
    'vnet nat list -4',
  )
  declareFamily(list, true)
  list.action(async (given: Record<string, unknown>) => {
    await context.withHost(
      async (host) => {
        const rules = await host.nat.list(filterOf(given))
        const names = namesOf([])
        await printList(
          context,
          rules,
          (rule) => rule as NatRule & Record<string, never>,
          () => natColumns(names),
        )
      },
      { reading: true },
    )
  })

  const flush = define(nat, 'flush', 'remove all rules that vnet could have made', 'vnet nat flush -6')
  declareFamily(flush, true)
  flush.action(async (given: Record<string, unknown>) => {
    await context.withHost((host) => host.nat.flush(filterOf(given)))
  })
}

function filterOf(given: Record<string, unknown>): { readonly family?: 4 | 6 } {
  const family = familyOf(given)
  return family === undefined || family === 'all' ? {} : { family }
}
