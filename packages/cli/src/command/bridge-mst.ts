/** `vnet bridge mst`: states of bridge ports in instances of the spanning tree, as `bridge mst`. @module */
import { type BridgeMstChange, type BridgeMstFilter, portStates } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, withExample } from '../define.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { bridgeMstColumns } from '../render/columns/bridge-mst.js'
import { bridgeMstsJson } from '../render/ip-json/bridge-mst.js'
import { tableText } from '../render/table.js'

const changed: readonly take.Parameter[] = [
  take.link('link', 'the port', { flag: 'on', required: true }),
  take.whole('msti', 'number of the instance, 1–4095', { required: true }),
  take.word('state', portStates, 'state of the spanning tree in the instance', { required: true }),
]
const filter: readonly take.Parameter[] = [
  take.link('link', 'only those of this port', { flag: 'on' }),
  take.whole('msti', 'only this instance'),
]

/** Declares `bridge mst` and its verbs. */
export function defineBridgeMst(mst: Command, context: Context): void {
  withExample(mst, 'vnet bridge mst list --on v0')

  const set = define(
    mst,
    'set',
    'change the state of a port in an instance',
    'vnet bridge mst set --on v0 --msti 2 --state forwarding',
  )
  take.declare(set, changed)
  set.action(async (given: Record<string, unknown>) => {
    const change = take.collect(changed, given) as unknown as BridgeMstChange
    await context.withHost((host) => host.bridgeMst.set(change))
  })

  const list = define(mst, 'list', 'the states of each port', 'vnet bridge mst list --on v0')
  take.declare(list, filter)
  list.action(async (given: Record<string, unknown>) => {
    await context.withHost(
      async (host) => {
        const found = await host.bridgeMst.list(take.collect(filter, given) as BridgeMstFilter)
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, bridgeMstsJson(found, names))
        else context.terminal.out(await tableText(context, bridgeMstColumns(names), found))
      },
      { reading: true },
    )
  })
}
