/** `vnet filter`: filters of disciplines and what they do, as `tc filter`. @module */
import {
  estimatorField,
  type FilterKey,
  type FilterQuery,
  type FilterSpec,
  filterFields,
  type TrafficFilter,
} from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { parametersOf } from '../field-parameter.js'
import { namesOf } from '../names.js'
import { printJson, printList } from '../output.js'
import * as take from '../parameter.js'
import { filterColumns } from '../render/columns/filter.js'
import { filterJson, priorityJson } from '../render/tc-json/filter.js'
import { protocolValue } from '../traffic-value.js'
import { UsageError } from '../usage.js'
import { action } from './filter-action.js'
import { declareKinds, type TrafficKinds, trafficDetails } from './traffic-kind.js'

const query: readonly take.Parameter[] = [
  take.link('link', 'the link', { flag: 'on' }),
  take.text('parent', 'parent', 'who asks it: root, ingress, egress, or a discipline (1:)'),
  take.whole('block', 'in the place of a link: the number of the block that disciplines share'),
]

/** What is given, which must say where. */
function placed<T extends Record<string, unknown>>(given: T): T {
  if (given.link === undefined && given.block === undefined)
    throw new UsageError('at which link?', '--on LINK, or --block NUMBER for filters that disciplines share')
  return given
}

const key: readonly take.Parameter[] = [
  ...query,
  take.whole('priority', 'the lowest is asked first'),
  take.text('protocol', 'protocol', 'protocol of the packets: all, ip, ipv6, arp, … or an EtherType', {
    value: protocolValue,
  }),
  take.text('handle', 'handle', 'its number: 800::1 of u32, 1 of others', {
    value: { placeholder: 'handle', read: (given) => (take.numeric.test(given) ? Number(given) : given) },
  }),
  take.whole('chain', 'the chain that it is in'),
]

const kinds: TrafficKinds = {
  object: 'filter',
  tables: filterFields,
  base: [
    ...key,
    take.text('classId', 'class', 'the class that packets go to, such as 1:10'),
    action,
    ...parametersOf({ estimator: estimatorField }, 'add'),
  ],
  examples: {
    u32: ' --protocol ip --keys offset=16,value=0x0a000000,mask=0xff000000 --class-id 1:10',
    matchall: ' --parent ingress --action redirect=ifb0',
    flower: ' --parent ingress --protocol ip --to 10.0.0.0/8 --action drop',
  },
}

/** Declares `filter` and its verbs. */
export function defineFilter(command: Command, context: Context): void {
  withExample(command, 'vnet filter list --on eth0 --parent ingress')
  const changes = [
    ['add', 'make a filter', 'vnet filter add matchall --on eth0 --parent ingress --action redirect=ifb0'],
    ['set', 'make or change a filter (tc replace)', 'vnet filter set matchall --on eth0 --priority 1 --handle 1'],
    ['change', 'change a filter that is there', 'vnet filter change matchall --on eth0 --priority 1 --handle 1'],
  ] as const
  for (const [verb, about, example] of changes) {
    declareKinds(define(command, verb, about, example), kinds, (spec) =>
      context.withHost((host) => host.filter[verb](placed(spec) as unknown as FilterSpec)),
    )
  }

  const remove = define(
    command,
    'delete',
    'remove filters',
    'vnet filter delete --on eth0 --parent ingress --priority 1',
  )
  const which = [...key, take.text('kind', 'kind', 'its kind; needed with a handle')]
  take.declare(remove, which)
  remove.action(async (given: Record<string, unknown>) => {
    await context.withHost((host) => host.filter.delete(placed(take.collect(which, given)) as unknown as FilterKey))
  })

  const list = define(command, 'list', 'the filters of a place', 'vnet filter list --on eth0 --parent ingress')
  take.declare(list, [...query, ...trafficDetails])
  list.action(async (given: Record<string, unknown>) => {
    const asked = placed(take.collect(query, given)) as unknown as FilterQuery
    const detail = { ...take.collect(trafficDetails, given), place: asked }
    await context.withHost(
      async (host) => {
        const found = await host.filter.list(asked)
        const names = namesOf(await host.link.list())
        if (context.settings.json) {
          printJson(
            context,
            found.flatMap((filter, index) => [
              ...(begins(found, index) ? [priorityJson(filter, detail)] : []),
              filterJson(filter, names, detail),
            ]),
          )
          return
        }
        const shown = found.filter(({ divisor }) => divisor === undefined)
        await printList(
          context,
          shown,
          (row) => filterJson(row, names, detail),
          () => filterColumns(names),
        )
      },
      { reading: true },
    )
  })
}

/** Whether a filter is the first of its priority. */
function begins(found: readonly TrafficFilter[], index: number): boolean {
  const [filter, before] = [found[index], found[index - 1]]
  return before?.priority !== filter?.priority || before?.chain !== filter?.chain
}
