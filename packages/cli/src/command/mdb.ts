/** `vnet mdb`: the multicast databases of bridges, as `bridge mdb`. @module */
import type { MdbFilter, MdbFlush, MdbKey, MdbSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { maker } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { mdbColumns, mdbRouterColumns } from '../render/columns/mdb.js'
import { type MdbDetail, mdbsJson } from '../render/ip-json/mdb.js'
import { tableText } from '../render/table.js'

const bridge = take.link('bridge', 'the bridge', { required: true })
const key: readonly take.Parameter[] = [
  bridge,
  take.link('port', 'the port; the bridge itself for a group that this host has joined', {
    flag: 'on',
    required: true,
  }),
  take.text('source', 'address', 'only what comes from this source'),
  take.whole('vlan', 'VLAN of the group'),
]
const source: take.Value = { placeholder: 'address', read: (given) => given, list: true }
const specification: readonly take.Parameter[] = [
  ...key,
  take.word('state', ['temp', 'permanent'], 'whether it ages; default temp, of a MAC permanent'),
  take.word('filterMode', ['exclude', 'include'], 'all sources pass but those of --sources, or only those'),
  { flag: 'sources', property: 'sources', about: 'the sources of --filter-mode', value: source },
  maker('protocol', 'who makes it; default static'),
]
const flushed: readonly take.Parameter[] = [
  take.link('port', 'only those of this port', { flag: 'on' }),
  take.whole('vlan', 'only those of this VLAN'),
  take.toggle('permanent', 'only those that never age, or only others'),
  maker('protocol', 'only those of this maker'),
]
const filter: readonly take.Parameter[] = [
  take.link('bridge', 'only those of this bridge'),
  take.link('port', 'only those of this port', { flag: 'on' }),
  take.text('group', 'address', 'only this group'),
  take.whole('vlan', 'only this VLAN'),
]
const detail: readonly take.Parameter[] = [
  take.flag('details', 'sources, makers and router ports too', { short: 'd' }),
  take.flag('statistics', 'seconds until they are forgotten', { short: 's' }),
]

/** Declares `mdb` and its verbs. */
export function defineMdb(mdb: Command, context: Context): void {
  withExample(mdb, 'vnet mdb list --details')
  const changes = [
    ['add', 'make an entry', 'vnet mdb add 239.1.2.3 --bridge br0 --on v0 --state permanent'],
    [
      'set',
      'make or replace an entry',
      'vnet mdb set 239.1.2.3 --bridge br0 --on v0 --filter-mode include --sources 192.0.2.1,192.0.2.2',
    ],
  ] as const
  for (const [verb, about, example] of changes) {
    const command = define(mdb, verb, about, example)
    takes(command, '<group>', 'the group: an IP address or a MAC')
    take.declare(command, specification)
    command.action(async (group: string, given: Record<string, unknown>) => {
      const spec = { ...take.collect(specification, given), group } as unknown as MdbSpec
      await context.withHost((host) => host.mdb[verb](spec))
    })
  }

  const remove = define(mdb, 'delete', 'remove an entry', 'vnet mdb delete 239.1.2.3 --bridge br0 --on v0')
  takes(remove, '<group>', 'the group: an IP address or a MAC')
  take.declare(remove, key)
  remove.action(async (group: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect(key, given), group } as unknown as MdbKey
    await context.withHost((host) => host.mdb.delete(spec))
  })

  const flush = define(mdb, 'flush', 'remove all entries that match', 'vnet mdb flush br0 --no-permanent')
  takes(flush, '<bridge>', 'the bridge', 'link')
  take.declare(flush, flushed)
  flush.action(async (word: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect(flushed, given), bridge: take.linkRef(word) } as unknown as MdbFlush
    await context.withHost((host) => host.mdb.flush(spec))
  })

  const list = define(mdb, 'list', 'the entries; with --details the router ports too', 'vnet mdb list --bridge br0')
  take.declare(list, [...filter, ...detail])
  list.action(async (given: Record<string, unknown>) => {
    const details = take.collect(detail, given) as MdbDetail
    const asked = take.collect(filter, given) as MdbFilter
    await context.withHost(
      async (host) => {
        const entries = await host.mdb.list(asked)
        const { bridge } = asked
        const routers = details.details ? await host.mdbRouter.list(bridge === undefined ? {} : { bridge }) : []
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, mdbsJson(entries, routers, names, details))
        else {
          context.terminal.out(await tableText(context, mdbColumns(names, details), entries))
          context.terminal.out(await tableText(context, mdbRouterColumns(names, details), routers))
        }
      },
      { reading: true },
    )
  })
}
