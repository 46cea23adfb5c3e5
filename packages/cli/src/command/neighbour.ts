/** `vnet neighbour`: the MAC of an IP address on a link, as `ip neighbour`. @module */
import type { NeighbourFilter, NeighbourKey, NeighbourSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printList, printOne } from '../output.js'
import * as take from '../parameter.js'
import { neighbourColumns } from '../render/columns/neighbour.js'
import { neighbourJson } from '../render/ip-json/neighbour.js'

const states = ['incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed', 'noarp', 'permanent', 'none']

const key: readonly take.Parameter[] = [
  take.link('link', 'the link', { flag: 'on', required: true }),
  take.flag('proxy', 'the entry for which this host answers'),
]

const specification: readonly take.Parameter[] = [
  ...key,
  take.text('mac', 'mac', 'its MAC'),
  take.word('state', states, 'state; default permanent'),
  take.flag('router', 'it is a router (IPv6)'),
  take.flag('externallyLearned', 'learned by a control plane; not aged'),
]

const filter: readonly take.Parameter[] = [
  take.link('link', 'only those on this link', { flag: 'on' }),
  take.word('state', states, 'only this state'),
  take.flag('proxy', 'the entries for which this host answers'),
]

/** Declares `neighbour` and its verbs. */
export function defineNeighbour(neighbour: Command, context: Context): void {
  withExample(neighbour, 'vnet neighbour list --on br0')
  const changes = [
    ['add', 'make an entry', 'vnet neighbour add 10.0.0.2 --on br0 --mac 02:00:00:00:00:02'],
    ['set', 'make or replace an entry', 'vnet neighbour set 10.0.0.2 --on br0 --mac 02:00:00:00:00:03'],
  ] as const
  for (const [verb, about, example] of changes) {
    const command = define(neighbour, verb, about, example)
    takes(command, '<address>', 'its IP address')
    take.declare(command, specification)
    command.action(async (address: string, given: Record<string, unknown>) => {
      const spec = { address, ...take.collect(specification, given) } as unknown as NeighbourSpec
      await context.withHost((host) => host.neighbour[verb](spec))
    })
  }

  const remove = define(neighbour, 'delete', 'remove an entry', 'vnet neighbour delete 10.0.0.2 --on br0')
  takes(remove, '<address>', 'its IP address')
  take.declare(remove, key)
  remove.action(async (address: string, given: Record<string, unknown>) => {
    const spec = { address, ...take.collect(key, given) } as unknown as NeighbourKey
    await context.withHost((host) => host.neighbour.delete(spec))
  })

  const get = define(neighbour, 'get', 'one entry', 'vnet neighbour get 10.0.0.2 --on br0')
  takes(get, '<address>', 'its IP address')
  take.declare(get, key)
  get.action(async (address: string, given: Record<string, unknown>) => {
    const spec = { address, ...take.collect(key, given) } as unknown as NeighbourKey
    await context.withHost(
      async (host) => {
        const found = await host.neighbour.get(spec)
        if (found === undefined) throw missing('neighbour get', 'ENOENT', address)
        const names = namesOf(await host.link.list())
        printOne(
          context,
          found,
          (row) => neighbourJson(row, names),
          () => neighbourColumns(names),
        )
      },
      { reading: true },
    )
  })

  const list = define(neighbour, 'list', 'the entries', 'vnet neighbour list --state reachable')
  take.declare(list, filter)
  declareFamily(list)
  list.action(async (given: Record<string, unknown>) => {
    const family = familyOf(given) as NeighbourFilter['family']
    const asked = { ...(take.collect(filter, given) as NeighbourFilter), ...(family === undefined ? {} : { family }) }
    await context.withHost(
      async (host) => {
        const found = await host.neighbour.list(asked)
        const names = namesOf(await host.link.list())
        const detail = { oneLink: asked.link !== undefined }
        await printList(
          context,
          found,
          (row) => neighbourJson(row, names, detail),
          () => neighbourColumns(names),
        )
      },
      { reading: true },
    )
  })
}
