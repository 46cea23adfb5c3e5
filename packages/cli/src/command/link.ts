/** `vnet link`: network devices, as `ip link`. @module */
import { knownKinds, type Link, type LinkFilter } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { group } from '../named-parameter.js'
import { namesOf } from '../names.js'
import { printList, printOne } from '../output.js'
import * as take from '../parameter.js'
import { linkColumns } from '../render/columns/link.js'
import { type LinkDetail, linkJson } from '../render/ip-json/link.js'
import { UsageError } from '../usage.js'
import { defineLinkAdd, refuseMisspelt } from './link-add.js'
import { defineLinkSet } from './link-set.js'

const filter: readonly take.Parameter[] = [
  take.text('kind', 'kind', 'only this kind', {
    value: { placeholder: 'kind', completion: knownKinds, read: (given) => given },
  }),
  take.link('master', 'only ports of this master'),
  take.flag('up', 'only those that are up, or down', { contrary: 'down' }),
  group('group', 'only this group'),
]

const detail: readonly take.Parameter[] = [
  take.flag('details', 'options of the kind and of the port, queues, limits', { short: 'd' }),
  take.flag('statistics', 'counters', { short: 's' }),
]

/** Declares `link` and its verbs. */
export function defineLink(link: Command, context: Context): void {
  withExample(link, 'vnet link list --kind bridge')
  defineLinkAdd(link, context)
  defineLinkSet(link, context)

  const remove = define(link, 'delete', 'remove a link', 'vnet link delete v0')
  takes(remove, '<link>', 'the link', 'link')
  remove.action(async (word: string) => {
    await context.withHost((host) => host.link.delete(take.linkRef(word)))
  })

  const get = define(link, 'get', 'one link, by name, alternative name or index', 'vnet link get br0 --details')
  takes(get, '<link>', 'the link', 'link')
  take.declare(get, detail)
  get.action(async (word: string, given: Record<string, unknown>) => {
    const details = take.collect(detail, given) as LinkDetail
    await context.withHost(
      async (host) => {
        const found = await host.link.get(take.linkRef(word), { statistics: details.statistics === true })
        if (found === undefined) throw missing('link get', 'ENODEV', take.linkRef(word))
        const names = namesOf(await host.link.list())
        printOne(
          context,
          found,
          (row) => linkJson(row, names, details),
          () => linkColumns(names, details),
        )
      },
      { reading: true },
    )
  })

  const list = define(link, 'list', 'the links', 'vnet link list --master br0')
  takes(list, '[link]', 'only this link', 'link')
  take.declare(list, filter)
  take.declare(list, detail)
  list.action(async (word: string | undefined, given: Record<string, unknown>) => {
    await listLinks(context, word, given)
  })
}

async function listLinks(context: Context, word: string | undefined, given: Record<string, unknown>): Promise<void> {
  const asked = take.collect(filter, given) as LinkFilter
  const details = take.collect(detail, given) as LinkDetail
  const statistics = details.statistics === true
  if (asked.kind !== undefined) refuseMisspelt(asked.kind)
  if (word !== undefined && Object.keys(asked).length > 0) throw new UsageError('give a link or a filter, not both')
  await context.withHost(
    async (host) => {
      let links: readonly Link[]
      if (word === undefined) links = await host.link.list({ ...asked, ...(statistics ? { statistics } : {}) })
      else {
        const one = await host.link.get(take.linkRef(word), { statistics })
        if (one === undefined) throw missing('link list', 'ENODEV', take.linkRef(word))
        links = [one]
      }
      const known = new Set(links.map(({ index }) => index))
      const unknown = links.some(({ master, parent }) => [master, parent].some((other) => other && !known.has(other)))
      const names = namesOf(unknown ? await host.link.list() : links)
      await printList(
        context,
        links,
        (row) => linkJson(row, names, details),
        () => linkColumns(names, details),
      )
    },
    { reading: true },
  )
}
