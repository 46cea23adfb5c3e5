/** `vnet fdb`: the forwarding database of bridges and VXLANs, as `bridge fdb`. @module */
import type { FdbFilter, FdbFlush, FdbKey, FdbQuery, FdbSpec, Host, LinkRef } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printList, printOne } from '../output.js'
import * as take from '../parameter.js'
import { fdbColumns } from '../render/columns/fdb.js'
import { fdbJson } from '../render/ip-json/fdb.js'

const states = ['permanent', 'static', 'dynamic']

const key: readonly take.Parameter[] = [
  take.link('link', 'the port, or the link itself', { flag: 'on', required: true }),
  take.flag('self', 'kept by the link itself (the default)'),
  take.flag('master', 'kept by the bridge of the port'),
  take.whole('vlan', 'VLAN of the entry'),
  take.text('remote', 'address', 'VXLAN: the remote end'),
  take.whole('port', 'VXLAN: UDP port of the remote end'),
  take.whole('vni', 'VXLAN: network identifier at the remote end'),
  take.whole('sourceVni', 'VXLAN, external: network identifier here'),
  take.link('via', 'VXLAN: the link that leads to the remote end'),
]

const specification: readonly take.Parameter[] = [
  ...key,
  take.word('state', states, 'whether it ages; default permanent'),
  take.flag('sticky', 'it stays at its port'),
  take.flag('externallyLearned', 'learned by a control plane; not aged'),
  take.flag('router', 'send it up to the router port too'),
  take.whole('nexthop', 'VXLAN: number of the nexthop object that has the remote ends'),
  take.flag('use', 'as if a frame from it had just arrived; with --master'),
]
const append = take.flag('append', 'a further remote end for the MAC')

const filter: readonly take.Parameter[] = [
  take.link('on', 'only those of this port; of a bridge also those of its ports'),
  take.word('state', states, 'only this state'),
  take.whole('vlan', 'only this VLAN'),
]
const flushed: readonly take.Parameter[] = [
  take.flag('self', 'of what the link keeps itself (the default)'),
  take.flag('master', 'of what the bridge of the port keeps'),
  take.link('port', 'only those at this port'),
  take.whole('vlan', 'only those of this VLAN'),
  take.toggle('permanent', 'only the bridge’s own, or only others'),
  take.toggle('static', 'only those that do not age, or only others'),
  take.toggle('addedByUser', 'only those that somebody added, or only learned ones'),
  take.toggle('externallyLearned', 'only those of a control plane, or only others'),
  take.toggle('sticky', 'only those that stay at their port, or only others'),
  take.toggle('offloaded', 'only those in hardware, or only others'),
  take.toggle('router', 'VXLAN: only those that go up to the router port too, or only others'),
  take.text('remote', 'address', 'VXLAN: only this remote end'),
  take.whole('udpPort', 'VXLAN: only remote ends of this UDP port'),
  take.whole('vni', 'VXLAN: only remote ends of this network identifier'),
  take.whole('sourceVni', 'VXLAN: only those of this network identifier here'),
  take.whole('nexthop', 'VXLAN: only those of this nexthop object'),
]
const query: readonly take.Parameter[] = [
  take.link('link', 'the port, with --master; or the bridge or VXLAN itself', { flag: 'on', required: true }),
  take.flag('self', 'kept by the link itself (the default)'),
  take.flag('master', 'kept by the bridge of the port'),
  take.whole('vlan', 'VLAN of the entry'),
  take.whole('vni', 'VXLAN, external: network identifier'),
]
const statistics = take.flag('statistics', 'seconds since it was used and changed', { short: 's' })

/** Declares `fdb` and its verbs. */
export function defineFdb(fdb: Command, context: Context): void {
  withExample(fdb, 'vnet fdb list --on br0')
  const changes = [
    ['add', 'make an entry', 'vnet fdb add 02:00:00:00:00:02 --on v0 --master --state static', [append]],
    ['set', 'make or replace an entry', 'vnet fdb set 02:00:00:00:00:02 --on v1 --master', []],
  ] as const
  for (const [verb, about, example, more] of changes) {
    const command = define(fdb, verb, about, example)
    const parameters = [...specification, ...more]
    takes(command, '<mac>', 'the MAC')
    take.declare(command, parameters)
    command.action(async (mac: string, given: Record<string, unknown>) => {
      const spec = { mac, ...take.collect(parameters, given) } as unknown as FdbSpec
      await context.withHost((host) => host.fdb[verb](spec))
    })
  }

  const remove = define(fdb, 'delete', 'remove an entry', 'vnet fdb delete 02:00:00:00:00:02 --on v0 --master')
  takes(remove, '<mac>', 'the MAC')
  take.declare(remove, key)
  remove.action(async (mac: string, given: Record<string, unknown>) => {
    const spec = { mac, ...take.collect(key, given) } as unknown as FdbKey
    await context.withHost((host) => host.fdb.delete(spec))
  })

  const flush = define(
    fdb,
    'flush',
    'remove all entries that match, the bridge’s own too',
    'vnet fdb flush br0 --port v0 --no-permanent',
  )
  takes(flush, '<link>', 'the bridge, or with --master a port', 'link')
  take.declare(flush, flushed)
  flush.action(async (word: string, given: Record<string, unknown>) => {
    const spec = { ...take.collect(flushed, given), link: take.linkRef(word) } as unknown as FdbFlush
    await context.withHost((host) => host.fdb.flush(spec))
  })

  const get = define(fdb, 'get', 'one entry', 'vnet fdb get 02:00:00:00:00:02 --on br0')
  takes(get, '<mac>', 'the MAC')
  take.declare(get, [...query, statistics])
  get.action(async (mac: string, given: Record<string, unknown>) => {
    const asked = { mac, ...take.collect(query, given) } as unknown as FdbQuery
    await context.withHost(
      async (host) => {
        const found = await host.fdb.get(asked)
        if (found === undefined) throw missing('fdb get', 'ENOENT', mac)
        const names = namesOf(await host.link.list())
        const detail = { statistics: given.statistics === true }
        printOne(
          context,
          found,
          (row) => fdbJson(row, names, detail),
          () => fdbColumns(names, detail),
        )
      },
      { reading: true },
    )
  })

  const list = define(fdb, 'list', 'the entries', 'vnet fdb list --on br0')
  take.declare(list, [...filter, statistics])
  list.action(async (given: Record<string, unknown>) => {
    const { on, ...rest } = take.collect(filter, given)
    await context.withHost(
      async (host) => {
        const where = on === undefined ? {} : await placeOf(host, on as LinkRef)
        const found = await host.fdb.list({ ...(rest as FdbFilter), ...where })
        const names = namesOf(await host.link.list())
        const detail = { oneLink: where.link !== undefined, statistics: given.statistics === true }
        await printList(
          context,
          found,
          (row) => fdbJson(row, names, detail),
          () => fdbColumns(names, detail),
        )
      },
      { reading: true },
    )
  })
}

/** A bridge is asked for with its ports (`br`), any other link by itself (`brport`). */
async function placeOf(host: Host, ref: LinkRef): Promise<Pick<FdbFilter, 'link' | 'bridge'>> {
  const link = await host.link.get(ref)
  if (link === undefined) throw missing('fdb list', 'ENODEV', ref)
  return link.kind === 'bridge' ? { bridge: link.index } : { link: link.index }
}
