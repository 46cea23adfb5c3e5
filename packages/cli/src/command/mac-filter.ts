/** `vnet mac-filter`: who may send at the ports of bridges, as `nft` has it in the table `bridge vnet`. @module */
import type { MacFilter, MacFilterSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { macFilterColumns } from '../render/columns/mac-filter.js'

const macs: take.Value = { placeholder: 'mac', list: true, read: (given) => given }

/** A list of stations, or the word that nobody is in it. */
const stations = (property: string, about: string): take.Parameter =>
  take.text(property, 'mac', about, { value: macs, contrary: `${property}-nobody`, contraryGives: [] })

const specification: readonly take.Parameter[] = [
  stations('allow', 'only these stations may send here; several with commas'),
  stations('deny', 'these may not, also where --allow has them; several with commas'),
]

/** Declares `mac-filter` and its verbs. */
export function defineMacFilter(macFilter: Command, context: Context): void {
  withExample(macFilter, 'vnet mac-filter list')

  const example = 'vnet mac-filter set lan1 --deny 02:00:00:00:00:66'
  const set = define(macFilter, 'set', 'say who may send at a port, in place of what was said before', example)
  takes(set, '<link>', 'the port', 'link')
  take.declare(set, specification)
  set.action(async (link: string, given: Record<string, unknown>) => {
    const spec = { link, ...take.collect(specification, given) } as MacFilterSpec
    await context.withHost((host) => host.macFilter.set(spec))
  })

  const remove = define(macFilter, 'delete', 'let all stations send at a port again', 'vnet mac-filter delete lan1')
  takes(remove, '<link>', 'the port', 'link')
  remove.action((link: string) => context.withHost((host) => host.macFilter.delete({ link })))

  const list = define(macFilter, 'list', 'the filters, with what they counted', 'vnet mac-filter list lan1 --json')
  takes(list, '[link]', 'only that of this port', 'link')
  list.action(async (link: string | undefined) => {
    await context.withHost(
      async (host) => {
        const filters = await host.macFilter.list(link === undefined ? {} : { link })
        await printList(
          context,
          filters,
          (filter) => filter as MacFilter & Record<string, never>,
          () => macFilterColumns,
        )
      },
      { reading: true },
    )
  })
}
