/** `vnet socket`: who listens and who is connected, as `ss` tells it. @module */
import type { SocketFilter } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { declareFamily, familyOf } from '../family.js'
import { namesOf } from '../names.js'
import { printList } from '../output.js'
import * as take from '../parameter.js'
import { socketColumns, socketJson } from '../render/columns/socket.js'

const filter: readonly take.Parameter[] = [
  take.word('protocol', ['tcp', 'udp'], 'only those of this protocol'),
  take.whole('port', 'only those with this port of their own'),
  take.toggle('listening', 'only those that wait for whoever comes, or only the others'),
]

/** Declares `socket` and its verb. */
export function defineSocket(socket: Command, context: Context): void {
  withExample(socket, 'vnet socket list')

  const list = define(
    socket,
    'list',
    'sockets of TCP and UDP, whoever has them open, as ss --tcp --udp --all --numeric',
    'vnet socket list --listening --port 53',
  )
  take.declare(list, filter)
  declareFamily(list)
  list.action(async (given: Record<string, unknown>) => {
    const family = familyOf(given) as SocketFilter['family']
    const asked = { ...(take.collect(filter, given) as SocketFilter), ...(family === undefined ? {} : { family }) }
    await context.withHost(
      async (host) => {
        const found = await host.socket.list(asked)
        const names = namesOf(await host.link.list())
        await printList(
          context,
          found,
          (row) => socketJson(row, names),
          () => socketColumns(names),
        )
      },
      { reading: true },
    )
  })
}
