/** `vnet token`: the host's half of IPv6 addresses that routers give, as `ip token`. @module */
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { tokenColumns } from '../render/columns/token.js'
import { tableText } from '../render/table.js'

const on = take.link('link', 'the link', { flag: 'on', required: true })

/** Declares `token` and its verbs. */
export function defineToken(token: Command, context: Context): void {
  withExample(token, 'vnet token list')

  const set = define(
    token,
    'set',
    'give a link its half of addresses, and ask routers anew',
    'vnet token set ::5 --on eth0',
  )
  takes(set, '<token>', 'the last 64 bits of its addresses: ::5')
  take.declare(set, [on])
  set.action(async (written: string, given: Record<string, unknown>) => {
    const { link } = take.collect([on], given) as { link: string }
    await context.withHost((host) => host.token.set({ link, token: written }))
  })

  const remove = define(token, 'delete', 'make addresses of the MAC again', 'vnet token delete --on eth0')
  take.declare(remove, [on])
  remove.action(async (given: Record<string, unknown>) => {
    const { link } = take.collect([on], given) as { link: string }
    await context.withHost((host) => host.token.delete({ link }))
  })

  const list = define(token, 'list', 'the token of each link', 'vnet token list eth0')
  takes(list, '[link]', 'only that of this link', 'link')
  list.action(async (link: string | undefined) => {
    await context.withHost(
      async (host) => {
        const found = await host.token.list(link === undefined ? {} : { link: take.linkRef(link) })
        const names = namesOf(await host.link.list())
        const json = found.map((entry) => ({ token: entry.token, ifname: names.link(entry.link) }))
        if (context.settings.json) printJson(context, json)
        else context.terminal.out(await tableText(context, tokenColumns(names), found))
      },
      { reading: true },
    )
  })
}
