/** `vnet route`: routes, as `ip route`. @module */
import { type RouteFilter, type RouteQuery, type RouteSpec, routeTypes } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { missing } from '../missing.js'
import { maker, tableOrAll } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printList, printOne } from '../output.js'
import * as take from '../parameter.js'
import { routeColumns } from '../render/columns/route.js'
import { routeJson } from '../render/ip-json/route.js'
import { metrics, routeOf, specification } from './route-option.js'

const query: readonly take.Parameter[] = [
  take.text('from', 'address', 'from where'),
  take.link('inputLink', 'as if received on this link'),
  take.link('outputLink', 'as if sent by a socket bound to this link'),
  take.whole('mark', 'with this mark'),
  take.whole('tos', 'with this type of service'),
]

const filter: readonly take.Parameter[] = [
  tableOrAll('table', 'this table, or all; default main'),
  take.link('link', 'only those that leave by this link', { flag: 'on' }),
  maker('protocol', 'only those of this maker'),
  take.word('type', routeTypes, 'only this type'),
  take.text('destination', 'prefix', 'only this destination exactly'),
]
const details = take.flag('details', 'also what is as usual: type unicast, scope global, …', { short: 'd' })

/** Declares `route` and its verbs. */
export function defineRoute(route: Command, context: Context): void {
  withExample(route, 'vnet route list --table all')
  const changes = [
    ['add', 'make a route', 'vnet route add default --via 172.10.1.1'],
    ['set', 'make or replace a route', 'vnet route set 10.0.0.0/8 --via 172.10.1.2 --metric 50'],
    ['delete', 'remove a route; what is not given matches any', 'vnet route delete 10.0.0.0/8'],
  ] as const
  for (const [verb, about, example] of changes) {
    const command = define(route, verb, about, example)
    takes(command, '<destination>', 'a prefix, or default', ['default'])
    take.declare(command, specification)
    take.declare(command, metrics, 'Metrics:')
    declareFamily(command)
    command.action(async (destination: string, given: Record<string, unknown>) => {
      const family = familyOf(given)
      const spec = { destination, ...routeOf(given), ...(family === undefined ? {} : { family }) }
      await context.withHost((host) => host.route[verb](spec as RouteSpec))
    })
  }

  const get = define(route, 'get', 'the way to an address', 'vnet route get 192.0.2.1')
  takes(get, '<address>', 'where to')
  take.declare(get, query)
  get.action(async (to: string, given: Record<string, unknown>) => {
    const spec = { to, ...take.collect(query, given) } as RouteQuery
    await context.withHost(
      async (host) => {
        const found = await host.route.get(spec)
        if (found === undefined) throw missing('route get', 'ENETUNREACH', to)
        const names = namesOf(await host.link.list())
        printOne(
          context,
          found,
          (row) => routeJson(row, names, { answer: true }),
          () => routeColumns(names),
        )
      },
      { reading: true },
    )
  })

  const list = define(
    route,
    'list',
    'the routes; those of IPv4 unless told otherwise, as with ip',
    'vnet route list -6',
  )
  take.declare(list, [...filter, details])
  declareFamily(list, true)
  list.action(async (given: Record<string, unknown>) => {
    await listRoutes(context, given)
  })
}

async function listRoutes(context: Context, given: Record<string, unknown>): Promise<void> {
  const asked = take.collect(filter, given) as RouteFilter
  const usual = asked.table === 'all' ? 'all' : asked.destination?.toString().includes(':') ? 6 : 4
  const family = familyOf(given) ?? usual
  await context.withHost(
    async (host) => {
      const routes = await host.route.list({ ...asked, ...(family === 'all' ? {} : { family }) })
      const names = namesOf(await host.link.list())
      const detail = {
        details: given.details === true,
        oneTable: asked.table !== 'all',
        oneLink: asked.link !== undefined,
        oneMaker: asked.protocol !== undefined,
      }
      await printList(
        context,
        routes,
        (row) => routeJson(row, names, detail),
        () => routeColumns(names, detail),
      )
    },
    { reading: true },
  )
}
