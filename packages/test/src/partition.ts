/** Which cables must be cut so that groups of nodes do not reach each other. @module */
import { wrongArgument } from '@vnet/core'
import type { PlannedCable } from './plan.js'

type Groups = readonly (readonly string[])[]

/**
 * The cables between the groups. Nodes that are in no group go with the first one that needs them to hang together; those
 * that none needs go with the nearest, the first of those that are as near.
 *
 * @throws RangeError (`VNET_RANGE`) a node in two groups, or a group that would be torn apart: it meets only where others do
 */
export function cablesBetween<C extends PlannedCable>(cables: readonly C[], groups: Groups): C[] {
  const groupOf = new Map<string, number>()
  groups.forEach((names, group) => {
    for (const name of names) {
      if (groupOf.has(name)) {
        const hint = 'name each node once'
        throw wrongArgument('VNET_RANGE', 'lab partition', `groups[${group}]`, `${name} is in two groups`, hint)
      }
      groupOf.set(name, group)
    }
  })
  groups.forEach((names, group) => {
    claim(cables, names, group, groupOf)
  })
  spread(cables, groupOf)
  return cables.filter(({ ends: [one, other] }) => groupOf.get(one.node) !== groupOf.get(other.node))
}

/** The nodes that a node has a cable to. */
const besides = (cables: readonly PlannedCable[], name: string): string[] =>
  cables.flatMap(({ ends: [one, other] }) => (one.node === name ? [other.node] : other.node === name ? [one.node] : []))

/** Gives a group the nodes by which its own hang together, where they did before. */
function claim(cables: readonly PlannedCable[], names: readonly string[], group: number, groupOf: Map<string, number>) {
  const all = (name: string) => pathTo(cables, new Set([names[0] as string]), name, () => true)
  const joined = new Set(names.slice(0, 1))
  for (const name of names.slice(1)) {
    const path = pathTo(cables, joined, name, (node) => (groupOf.get(node) ?? group) === group)
    if (path === undefined && all(name) !== undefined) {
      const problem = `${names[0]} and ${name} meet only at nodes of another group`
      const hint = 'give each side a switch of its own, with a cable between the two'
      throw wrongArgument('VNET_RANGE', 'lab partition', `groups[${group}]`, problem, hint)
    }
    for (const node of path ?? [name]) {
      joined.add(node)
      groupOf.set(node, group)
    }
  }
}

/** The shortest way from some nodes to another, over nodes that may be used. */
function pathTo(
  cables: readonly PlannedCable[],
  from: ReadonlySet<string>,
  to: string,
  mayUse: (node: string) => boolean,
): string[] | undefined {
  const before = new Map<string, string | undefined>([...from].map((name) => [name, undefined]))
  const waiting = [...from]
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === to) {
      const path: string[] = []
      for (let at: string | undefined = to; at !== undefined; at = before.get(at)) path.push(at)
      return path
    }
    for (const other of besides(cables, name)) {
      if (before.has(other) || !mayUse(other)) continue
      before.set(other, name)
      waiting.push(other)
    }
  }
  return undefined
}

/** Gives every other node the group that reaches it first. */
function spread(cables: readonly PlannedCable[], groupOf: Map<string, number>): void {
  // In order of their groups, so that the first one wins where two are as near.
  const waiting = [...groupOf].sort(([, one], [, other]) => one - other).map(([name]) => name)
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    for (const other of besides(cables, name)) {
      if (groupOf.has(other)) continue
      groupOf.set(other, groupOf.get(name) as number)
      waiting.push(other)
    }
  }
}
