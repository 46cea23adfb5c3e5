/** What a namespace has of traffic control, in a form that can be compared between backends. @module */
import type { Action, Link, Namespace, Qdisc, TrafficFilter } from '@vnet/core'
import { type NormalisedObject, type NormaliseOptions, Scrubber, sorted } from '../normalise.js'

/** The disciplines that somebody chose, with their classes and filters, in the kernel's order. */
export interface TrafficState {
  readonly qdisc: readonly NormalisedObject[]
  readonly class: readonly NormalisedObject[]
  readonly filter: readonly NormalisedObject[]
}

/** Reads it, without what counts or was chosen by the kernel for all its namespaces together. */
export async function trafficState(ns: Namespace, options: NormaliseOptions): Promise<TrafficState> {
  const links = await ns.link.list()
  const scrub = new Scrubber(links, options)
  const qdiscs = (await ns.qdisc.list()).filter(({ handle }) => handle !== '0:')
  const chosen = links.filter(({ index }) => qdiscs.some(({ link }) => link === index))
  const classes = await Promise.all(chosen.map(({ index }) => ns.class.list({ link: index })))
  const filters = await Promise.all(
    chosen.flatMap((link) => placesOf(link, qdiscs).map((place) => ns.filter.list(place))),
  )
  const all = (objects: readonly object[]) => objects.map((object) => withoutOwnHandles(scrub.object(object)))
  return {
    // In the order of tables of hashes, which nobody is promised.
    qdisc: sorted(all(qdiscs.map(({ directPackets: _, ...rest }) => rest))),
    class: sorted(all(classes.flat())),
    filter: all(filters.flat().map(withoutNumbers)),
  }
}

/** A handle; those from `8001:` on the kernel counts up for all namespaces together. */
export const chosenHandle = (handle: string): string => handle.replace(/^(?!ffff:)[89a-f][\da-f]{3}:/, '(own):')

function withoutOwnHandles(object: NormalisedObject): NormalisedObject {
  const scrubbed = Object.entries(object).map(([name, value]) => {
    const isHandle = ['handle', 'parent', 'classId', 'leaf'].includes(name) && typeof value === 'string'
    return [name, isHandle ? chosenHandle(value) : value]
  })
  return Object.fromEntries(scrubbed)
}

function placesOf({ index }: Link, qdiscs: readonly Qdisc[]): readonly { link: number; parent: string }[] {
  const own = qdiscs.filter(({ link }) => link === index)
  return own.flatMap(({ kind, handle }) => {
    if (kind === 'clsact') return ['ingress', 'egress'].map((parent) => ({ link: index, parent }))
    return [{ link: index, parent: kind === 'ingress' ? 'ingress' : handle }]
  })
}

const withoutNumbers = ({ actions, ...filter }: TrafficFilter): object => ({
  ...filter,
  // Whether somebody asked the hardware, of which there is none, is the kernel's.
  actions: actions.map(({ index: _, times: __, usedHardwareStatistics: ___, ...action }: Action) => action),
})
