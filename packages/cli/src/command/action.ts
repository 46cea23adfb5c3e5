/** `vnet action`: actions that filters share, as `tc actions`. @module */
import type { ActionFilter, ActionFlush, ActionKey, OwnActionSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { actionColumns } from '../render/columns/action.js'
import { tableText } from '../render/table.js'
import { actionsJson } from '../render/tc-json/action.js'
import { actionForms, actionValue } from './filter-action.js'
import { trafficDetails } from './traffic-kind.js'

const whom: readonly take.Parameter[] = [
  take.flag('skipHardware', 'only the kernel carries it out'),
  take.flag('skipSoftware', 'only NICs carry it out'),
]
const since: readonly take.Parameter[] = [
  take.whole('usedWithin', 'only those that were made or used within so many milliseconds'),
]
const kindAbout = 'its kind: gact, mirred, police'

/** Declares `action` and its verbs. */
export function defineAction(command: Command, context: Context): void {
  withExample(command, 'vnet action list police')
  const changes = [
    ['add', 'make an action that filters can share', 'vnet action add police=1mbit/10kb:index=7'],
    ['set', 'make or change an action (tc replace)', 'vnet action set police=2mbit/20kb:index=7'],
  ] as const
  for (const [verb, about, example] of changes) {
    const change = define(command, verb, about, example)
    takes(change, '<action>', actionForms)
    take.declare(change, whom)
    change.action(async (written: string, given: Record<string, unknown>) => {
      const spec = { ...(actionValue.read(written, 'action') as object), ...take.collect(whom, given) }
      await context.withHost(async (host) => {
        const made = await host.action[verb](spec as unknown as OwnActionSpec)
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, actionsJson([made], names, {}, 0))
        else context.terminal.out(`${made.kind} ${made.index}\n`)
      })
    })
  }

  const remove = define(command, 'delete', 'remove an action that no filter has', 'vnet action delete police 7')
  takes(remove, '<kind>', kindAbout)
  takes(remove, '<number>', 'its number')
  remove.action(async (kind: string, number: string) => {
    await context.withHost((host) => host.action.delete(keyOf(kind, number)))
  })

  const get = define(command, 'get', 'one action', 'vnet action get police 7 --statistics')
  takes(get, '<kind>', kindAbout)
  takes(get, '<number>', 'its number')
  take.declare(get, trafficDetails)
  get.action(async (kind: string, number: string, given: Record<string, unknown>) => {
    const detail = take.collect(trafficDetails, given)
    await context.withHost(
      async (host) => {
        const found = await host.action.get(keyOf(kind, number))
        if (found === undefined)
          throw missing(
            'action get',
            'ENOENT',
            `${kind} ${number}`,
            `\`vnet action list ${kind}\` shows those there are`,
          )
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, actionsJson([found], names, detail, 0))
        else context.terminal.out(await tableText(context, actionColumns(names, detail), [found]))
      },
      { reading: true },
    )
  })

  const list = define(command, 'list', 'the actions of a kind', 'vnet action list police --statistics')
  takes(list, '<kind>', kindAbout)
  take.declare(list, [...since, ...trafficDetails])
  list.action(async (kind: string, given: Record<string, unknown>) => {
    const asked = { kind, ...take.collect(since, given) } as ActionFilter
    const detail = take.collect(trafficDetails, given)
    await context.withHost(
      async (host) => {
        const found = await host.action.list(asked)
        const names = namesOf(await host.link.list())
        if (context.settings.json) printJson(context, actionsJson(found, names, detail))
        else context.terminal.out(await tableText(context, actionColumns(names, detail), found))
      },
      { reading: true },
    )
  })

  const flush = define(
    command,
    'flush',
    'remove the actions of a kind, up to the first that a filter has',
    'vnet action flush police',
  )
  takes(flush, '<kind>', kindAbout)
  flush.action(async (kind: string) => {
    await context.withHost((host) => host.action.flush({ kind } satisfies ActionFlush))
  })
}

const keyOf = (kind: string, number: string): ActionKey => ({
  kind,
  index: take.wholeValue('number').read(number, 'number') as number,
})
