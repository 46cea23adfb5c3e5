/** Watching: driver events, turned into changes of a known state that is never silently stale. @module */
import { rangeFault, typeFault } from '../argument.js'
import { checkArgument } from '../check/request.js'
import type { Connection } from '../driver.js'
import { type ChangeEvent, type DriverEvent, type EventGroup, eventGroups, type NetworkEvent } from '../event.js'
import type { Link } from '../link.js'
import type { WatchOptions } from './api.js'
import { State } from './state.js'

/** How long the event queue must be quiet before what the kernel may have dropped is read again, milliseconds. */
const QUIET = 2

/**
 * Changes of the chosen groups. `next` waits; `return` (which `break` calls), the signal, and closing the connection end
 * it at once.
 */
export function watch(connection: Connection, options: WatchOptions): AsyncIterableIterator<NetworkEvent> {
  const groups = checkArgument('watch', groupsOf, options.groups ?? eventGroups, 'groups')
  const ending = new AbortController()
  const end = () => ending.abort()
  if (options.signal?.aborted) end()
  else options.signal?.addEventListener('abort', end, { once: true })
  const changes = follow(connection, groups, options.snapshot === true, ending.signal)
  const finish = () => {
    options.signal?.removeEventListener('abort', end)
    end()
  }
  return {
    async next() {
      const step = await changes.next()
      if (step.done) finish()
      return step
    },
    async return() {
      // First wake a `next` that waits, then end: a generator's `return` would queue behind it for ever.
      finish()
      await changes.return(undefined)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* follow(
  connection: Connection,
  groups: readonly EventGroup[],
  snapshot: boolean,
  signal: AbortSignal,
): AsyncGenerator<NetworkEvent, undefined, undefined> {
  if (signal.aborted) return
  // Links tell when the kernel drops routes and disciplines without a word, so they are followed with these too.
  const needsLinks = groups.some((group) => linked.has(group))
  const needsQdiscs = groups.includes('class') || groups.includes('filter')
  const followed: readonly EventGroup[] = [
    ...(needsLinks && !groups.includes('link') ? (['link'] as const) : []),
    ...(needsQdiscs && !groups.includes('qdisc') ? (['qdisc'] as const) : []),
    ...groups,
  ]
  const wanted = (change: ChangeEvent) => groups.includes(change.group)
  let events: Awaited<ReturnType<Connection['watch']>> | undefined
  try {
    events = await connection.watch(followed, { signal })
    const state = new State(followed)
    await state.read(connection)
    if (snapshot) yield { kind: 'snapshot', state: only(state.snapshot(), groups) }
    const suspect = new Set<EventGroup>()
    let pending = ahead(events)
    while (true) {
      const step = suspect.size > 0 ? await Promise.race([pending, quiet()]) : await pending
      if (step === 'quiet') {
        const again = [...suspect]
        suspect.clear()
        for (const change of await state.read(connection, again)) yield change
        continue
      }
      if (step.done) return
      pending = ahead(events)
      const event: DriverEvent = step.value
      if (event.kind === 'lost') {
        yield { kind: 'resync', changes: (await state.read(connection)).filter(wanted) }
        continue
      }
      if (event.group === 'filter' && isVague(event)) suspect.add('filter')
      if (event.kind === 'action flush') suspect.add('action')
      for (const change of state.apply(event)) {
        for (const group of dropsOf(change)) if (groups.includes(group)) suspect.add(group)
        if (wanted(change)) yield change
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await events?.return?.()
  }
}

/**
 * Whether an event of filters leaves open what became of them: of a whole priority that is gone it names none, and of a
 * changed `u32` filter the kernel tells what it was before.
 */
function isVague(event: DriverEvent): boolean {
  if (event.kind === 'filter delete') return event.object.handle === undefined
  return event.kind === 'filter set' && event.object.kind === 'u32'
}

/** Groups of which the kernel drops objects with a link. */
const linked: ReadonlySet<EventGroup> = new Set(['route', 'qdisc', 'class', 'filter'])

/** The groups of which the kernel may have dropped objects with this change without telling (it tells nothing on link-down). */
function dropsOf(change: ChangeEvent): readonly EventGroup[] {
  // What stands inside a discipline goes with it.
  if (change.kind === 'qdisc delete') return ['qdisc', 'class', 'filter']
  if (change.kind === 'link delete') return ['route', 'qdisc', 'class', 'filter']
  if (change.kind === 'address delete') return ['route']
  if (change.kind !== 'link set') return []
  const { before, object } = change as { before: Link; object: Link }
  const lost = (before.up && !object.up) || (before.carrier === true && object.carrier === false)
  return lost ? ['route'] : []
}

/** Asks for the next event before anybody waits for it, so that its failure is told only to who does. */
function ahead(events: AsyncIterableIterator<DriverEvent>): Promise<IteratorResult<DriverEvent>> {
  const next = events.next()
  next.catch(() => {})
  return next
}

function only(state: ReturnType<State['snapshot']>, groups: readonly EventGroup[]): ReturnType<State['snapshot']> {
  return Object.fromEntries(Object.entries(state).filter(([group]) => groups.includes(group as EventGroup)))
}

function quiet(): Promise<'quiet'> {
  return new Promise((resolve) => setTimeout(() => resolve('quiet'), QUIET))
}

function groupsOf(value: unknown, path: string): readonly EventGroup[] {
  if (!Array.isArray(value)) throw typeFault(path, 'a list of groups', value)
  for (const group of value) {
    if (!eventGroups.includes(group))
      throw rangeFault(
        path,
        `${JSON.stringify(group)} is none of ${eventGroups.join(', ')}`,
        'leave the unknown ones out',
      )
  }
  return [...new Set(value as EventGroup[])]
}
