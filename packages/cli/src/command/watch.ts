/** `vnet watch`: changes as they happen, as `ip monitor`. @module */
import { type EventGroup, eventGroups, type Host, type NetworkEvent } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { takes, withExample } from '../define.js'
import { declare, flag } from '../parameter.js'
import { eventJson, eventLines, LinkTable } from '../render/event.js'
import { UsageError } from '../usage.js'
import { suggestion } from '../word.js'

const parameters = [flag('snapshot', 'begin with what is there'), flag('time', 'say when, before each line')]

/** Declares `watch`. */
export function defineWatch(watch: Command, context: Context): void {
  takes(
    withExample(watch, 'vnet watch link address --json'),
    '[groups...]',
    'what to watch; default everything',
    eventGroups,
  )
  declare(watch, parameters)
  watch.action(async (words: readonly string[], given: { readonly snapshot?: boolean; readonly time?: boolean }) => {
    const groups = words.length === 0 ? eventGroups : words.map(groupOf)
    const ending = new AbortController()
    // Being stopped is how a watch ends: no failure.
    const stop = () => ending.abort()
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    try {
      await context.withHost(
        async (host) => {
          // Links are followed in any case: events of everything else only tell a link's index.
          const followed: readonly EventGroup[] = groups.includes('link') ? groups : ['link', ...groups]
          const links = new LinkTable()
          for await (const event of host.watch({ groups: followed, snapshot: true, signal: ending.signal })) {
            for (const one of apart(host, event)) show(context, one, links, groups, given)
          }
        },
        { following: true },
      )
    } finally {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
  })
}

/** The mock's file tells that it changed, not what: the difference is all there is, and nothing was lost. */
function apart(host: Host, event: NetworkEvent): readonly NetworkEvent[] {
  return event.kind === 'resync' && host.driver.name === 'mock' ? event.changes : [event]
}

function show(
  context: Context,
  event: NetworkEvent,
  links: LinkTable,
  groups: readonly EventGroup[],
  given: { readonly snapshot?: boolean; readonly time?: boolean },
): void {
  const time = new Date()
  links.take(event)
  const names = links.names()
  if (event.kind !== 'snapshot' || given.snapshot === true) {
    if (context.settings.json) {
      const json = eventJson(event, names, groups)
      if (json !== undefined) context.terminal.out(`${JSON.stringify({ time: time.toISOString(), ...json })}\n`)
    } else {
      const stamp = given.time === true ? `[${time.toISOString()}] ` : ''
      for (const line of eventLines(event, names, groups)) context.terminal.out(`${stamp}${line}\n`)
    }
  }
}

function groupOf(written: string): EventGroup {
  const begun = eventGroups.filter((group) => group.startsWith(written))
  const exact = eventGroups.find((group) => group === written)
  const found = exact ?? (begun.length === 1 ? begun[0] : undefined)
  if (found === undefined) {
    throw new UsageError(`there is no group ${JSON.stringify(written)}`, suggestion(written, eventGroups))
  }
  return found
}
