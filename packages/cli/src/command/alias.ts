/** `vnet alias`: alias sub-interfaces such as `eth0:1`, as `ifconfig` has them. @module */
import type { AliasSpec, LinkRef } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { aliasColumns } from '../render/columns/alias.js'
import { aliasJson } from '../render/ip-json/alias.js'
import { UsageError } from '../usage.js'
import { peer, settings } from './address-option.js'

const specification: readonly take.Parameter[] = [peer, ...settings]
const filter: readonly take.Parameter[] = [take.link('link', 'only those of this link', { flag: 'on' })]

/** Declares `alias` and its verbs. */
export function defineAlias(alias: Command, context: Context): void {
  withExample(alias, 'vnet alias list br0')
  const add = define(alias, 'add', 'give a link an alias', 'vnet alias add br0:1 172.10.1.10/24')
  takes(add, '<name>', 'name of the link, a colon and a word')
  takes(add, '<address>', 'its IPv4 address with the length of its network')
  take.declare(add, specification)
  add.action(async (name: string, address: string, given: Record<string, unknown>) => {
    const spec = { name, address, ...take.collect(specification, given) } as AliasSpec
    await context.withHost((host) => host.alias.add(spec))
  })

  const remove = define(alias, 'delete', 'remove one alias and nothing else', 'vnet alias delete br0:1')
  takes(remove, '<name>', 'the alias', 'alias')
  takes(remove, '[address]', 'which one, where several addresses carry the name')
  remove.action(async (name: string, address: string | undefined) => {
    await context.withHost((host) => host.alias.delete(address === undefined ? name : { name, address }))
  })

  const list = define(alias, 'list', 'the aliases', 'vnet alias list br0')
  takes(list, '[link]', 'only those of this link', 'link')
  take.declare(list, filter)
  list.action(async (word: string | undefined, given: Record<string, unknown>) => {
    const asked = take.collect(filter, given) as { link?: LinkRef }
    if (word !== undefined && asked.link !== undefined) throw new UsageError('the link is given twice')
    if (word !== undefined) asked.link = take.linkRef(word)
    await context.withHost(
      async (host) => {
        const aliases = await host.alias.list(asked)
        const names = namesOf(await host.link.list())
        await printList(
          context,
          aliases,
          (row) => aliasJson(row, names),
          () => aliasColumns(names),
        )
      },
      { reading: true },
    )
  })
}
