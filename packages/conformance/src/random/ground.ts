/** The namespaces that a program runs in, and how they are emptied for the next one. @module */
import { type Driver, eventGroups, type Host, type LooseRequest, type Namespace } from '@vnet/core'
import { type PlacedNamespace, placed } from '../context.js'
import { isChosenRoute, normalise, readState } from '../normalise.js'
import { EventSequence, emptied } from './event-sequence.js'
import { trafficState } from './traffic-state.js'
import { chosenMacs } from './universe.js'

/** Rows of programs in the same namespaces: few enough that indexes of links stay small, for some kernels list by their hash. */
const mostRows = 10

/** Two namespaces, watched. */
export interface Ground {
  /** The namespaces. */
  readonly namespaces: Readonly<Record<'a' | 'b', PlacedNamespace>>
  /** What has happened in each since the ground was opened or emptied. */
  readonly events: Readonly<Record<'a' | 'b', EventSequence>>
  /**
   * Takes away what a row of programs has made, and tells whether both namespaces are as new ones are. To make and remove namespaces
   * takes the kernel longer than most programs do.
   */
  empty(): Promise<boolean>
  /** Lets go, without waiting for the kernel to clean up. */
  close(): Promise<void>
}

/** Makes the ground for a program. */
export async function openGround(host: Host, driver: Driver): Promise<Ground> {
  const open = async () => {
    const namespace = placed(await host.namespace.add())
    const connection = await driver.connect(namespace.ref)
    const events = new EventSequence(await connection.watch(eventGroups), chosenMacs)
    return { namespace, connection, events, asNew: await lookAt(namespace) }
  }
  const both = await Promise.all([open(), open()])
  const [a, b] = both
  let rows = 0
  return {
    namespaces: { a: a.namespace, b: b.namespace },
    events: { a: a.events, b: b.events },
    empty: async () => {
      if (++rows >= mostRows) return false
      // One after the other: links may reach from one into the other.
      for (const { namespace } of both) await remove(namespace)
      const found = await Promise.all(both.map(({ namespace }) => lookAt(namespace)))
      if (found.some((state, i) => state !== both[i]?.asNew)) return false
      for (const { namespace, events } of both) {
        await namespace.rule.add({ priority: emptied, table: 'main' })
        await namespace.rule.delete({ priority: emptied, table: 'main' })
        if (!(await events.beginAgain())) return false
      }
      return true
    },
    close: async () => {
      try {
        for (const { namespace } of both) await hush(namespace)
      } finally {
        await Promise.all(both.flatMap(({ connection, namespace }) => [connection.close(), namespace.close()]))
      }
    },
  }
}

/**
 * Bridges in a circle pass frames round until they are gone, which takes both processors of a small machine as long as the kernel has
 * other namespaces to remove first.
 */
async function hush(namespace: Namespace): Promise<void> {
  const links = await namespace.link.list({ kind: 'bridge' })
  await namespace.execute(
    links.map(({ index }): LooseRequest => ({ operation: 'link set', spec: { link: index, up: false } })),
  )
}

/** Removes links, and what stays without them. What cannot be removed is found when the namespace is looked at. */
async function remove(namespace: Namespace): Promise<void> {
  const [links, addresses, rules] = await namespace.execute([
    { operation: 'link list', spec: {} },
    { operation: 'address list', spec: { link: 'lo' } },
    { operation: 'rule list', spec: {} },
  ])
  const requests: LooseRequest[] = []
  for (const { index, type } of links.ok ? links.value : [])
    if (type !== 'loopback') requests.push({ operation: 'link delete', spec: { link: index } })
  requests.push({ operation: 'link set', spec: { link: 'lo', up: false } })
  for (const { address, prefixLength } of addresses.ok ? addresses.value : [])
    requests.push({ operation: 'address delete', spec: { link: 'lo', address: `${address}/${prefixLength}` } })
  for (const { flags: _, other: __, ...rule } of rules.ok ? rules.value : [])
    if (![0, 32_766, 32_767].includes(rule.priority)) requests.push({ operation: 'rule delete', spec: rule })
  await namespace.execute(requests)
  // Those that name no link outlive all.
  const routes = (await namespace.route.list({ table: 'all' })).filter(isChosenRoute)
  if (routes.length === 0) return
  await namespace.execute(
    routes.map(
      ({ family, destination, table, type, metric }): LooseRequest => ({
        operation: 'route delete',
        spec: { family, destination, table, type, ...(metric === undefined ? {} : { metric }) },
      }),
    ),
  )
}

/** All that a namespace holds, as text: neighbours of every sort. A loopback that was up once keeps its discipline. */
async function lookAt(namespace: Namespace): Promise<string> {
  const state = await readState(namespace)
  const { link, ...rest } = normalise(state)
  const links = link.map(({ qdisc: _, ...kept }) => kept)
  return JSON.stringify([links, rest, state.neighbour, await trafficState(namespace, {})])
}
